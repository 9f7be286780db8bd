"""What makes the list wrong as a whole: with its single items, what is forbidden, near names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar

from rapidfuzz.distance import Levenshtein

from yishi.foundation.approvals.catalogue.model import Book as Items
from yishi.foundation.cases.catalogue_errors import Problem
from yishi.systems.pledge_licences.catalogue.model import (
    TEXT_KINDS,
    Book,
    Forbidden,
    Licence,
    Trade,
)

T = TypeVar("T")
#: Names that differ in no more than this share of the longer one are taken for one.
NEAR = 0.12
_PLAIN = re.compile(r"[（(【\[）)】\]的、，。“”‘’\s\-—/]")


@dataclass(frozen=True, slots=True)
class Placed(Generic[T]):
    """Something read, and where it stands."""

    found: T
    file: str
    line: int

    def problem(self, field: str, message: str) -> Problem:
        """A fault of it."""
        return Problem(self.file, self.line, field, message)


def problems_of(
    licences: list[Placed[Licence]],
    trades: list[Placed[Trade]],
    book: Book,
    items: Items | None,
    functions: frozenset[str] | None,
) -> Iterator[Problem]:
    """Everything that is wrong; *items* None: the list was compared with them before."""
    yield from _doubled("事项", licences)
    yield from _doubled("行业", trades)
    yield from _near("事项", licences)
    yield from _near("行业", trades)
    for one in licences:
        yield from _inside(one, book)
        if items is not None:
            yield from _with_items(one, items)
        yield from _forbidden(one, book.forbidden, items)
        if functions is not None and one.found.regulator not in ("", *functions):
            yield one.problem("regulator", f"未知职能“{one.found.regulator}”")
    for trade in trades:
        for key in trade.found.components:
            if items is not None and key not in book.licences and key not in items.items:
                yield trade.problem("components", f"没有事项 {key}")
    for text in book.texts.values():
        for key in text.licences:
            if key not in book.licences:
                yield Problem(f"texts/{text.key}.yaml", 0, "licences", f"没有事项 {key}")


def _doubled(what: str, placed: Iterable[Placed[Any]]) -> Iterator[Problem]:
    first: dict[str, Placed[Any]] = {}
    for one in placed:
        other = first.setdefault(one.found.key, one)
        if other is not one and one.found.key:
            yield one.problem(
                "key", f"{what}代码 {one.found.key} 已在 {other.file}:{other.line} 使用"
            )


def _near(what: str, placed: list[Placed[Any]]) -> Iterator[Problem]:
    names = [_PLAIN.sub("", one.found.name) for one in placed]
    for later, name in enumerate(names):
        for earlier in range(later):
            other = names[earlier]
            longest = max(len(name), len(other))
            if not longest or placed[later].found.key == placed[earlier].found.key:
                continue
            if Levenshtein.distance(name, other, score_cutoff=longest) <= NEAR * longest:
                before = placed[earlier].found
                yield placed[later].problem(
                    "name",
                    f"{what}“{placed[later].found.name}”与 {before.key}“{before.name}”过于相近",
                )


def _inside(one: Placed[Licence], book: Book) -> Iterator[Problem]:
    licence = one.found
    if licence.check.profile and licence.check.profile not in book.profiles:
        yield one.problem(
            "check.profile",
            f"没有核查期限口径“{licence.check.profile}”，可用：{'、'.join(book.profiles)}",
        )
    for kind, label in TEXT_KINDS.items():
        if book.text_for(kind, licence.key, date.max) is None:
            yield one.problem("", f"没有可用的{label}文本（texts/*.yaml）")
    for kind in licence.trade_kinds:
        if kind not in book.trades:
            yield one.problem("trade_kinds", f"没有行业 {kind}")


def _with_items(one: Placed[Licence], items: Items) -> Iterator[Problem]:
    licence = one.found
    item = items.items.get(licence.item)
    if item is None:
        if licence.item:
            yield one.problem("item", f"单项事项目录没有 {licence.item}，普通程序无从办理")
        return
    known = {wanted.material for wanted in item.materials}
    for field, wanted in (
        ("replaced", licence.replaced),
        ("later", tuple(later.material for later in licence.later)),
    ):
        for material in wanted:
            if material not in known:
                yield one.problem(field, f"单项事项 {item.key} 没有要求材料“{material}”")
    both = sorted({later.material for later in licence.later} & set(licence.replaced))
    if both:
        yield one.problem("later", f"“{both[0]}”既由承诺替代又要求后补")


def _forbidden(
    one: Placed[Licence], forbidden: tuple[Forbidden, ...], items: Items | None
) -> Iterator[Problem]:
    licence = one.found
    item = items.items.get(licence.item) if items is not None else None
    names = [licence.name, licence.certificate.name, item.name if item else ""]
    for entry in forbidden:
        if entry.word and any(entry.word in name for name in names):
            yield one.problem(
                "name", f"含“{entry.word}”的事项不得列入告知承诺清单（{entry.basis}）"
            )
        if entry.item and entry.item == licence.item:
            yield one.problem("item", f"事项 {entry.item} 不得列入告知承诺清单（{entry.basis}）")
