"""An item that is being composed, tried on the enterprises of the latest snapshot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from yishi.foundation.facts import snapshots
from yishi.foundation.facts.models import Snapshot
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.columns import Column
from yishi.foundation.rulebook.engine import Item, missing
from yishi.foundation.rulebook.engine.book import Book
from yishi.foundation.rulebook.engine.previewing import Near, preview
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.formulas import Derived
from yishi.foundation.rulebook.wording import text_shown, with_unit
from yishi.systems.direct_benefits.policies import conditions, facts
from yishi.systems.direct_benefits.policies.areas import AREA
from yishi.systems.direct_benefits.studio import examples_form, population, saying, wording
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

Content = Mapping[str, Any]
#: Facts by which the winners are counted, where the vocabulary has them.
SIZE = "size"
MOST_FIRMS, MOST_CLOSEST, MOST_NEAR = 10, 3, 12
#: Complaints about these do not keep an item from being tried.
_DECIDING = ("w-", "t-", "when", "amount", "region")


@dataclass(frozen=True, slots=True)
class Firm:
    """One enterprise of the snapshot."""

    code: str
    name: str
    amount: str = ""
    gap: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Missed:
    """Those whom one condition alone keeps out."""

    text: str
    count: int
    closest: Sequence[Firm]


@dataclass(frozen=True, slots=True)
class Split:
    """Winners of one county or size."""

    label: str
    count: int
    total: str


@dataclass(frozen=True, slots=True)
class Spent:
    """What it costs beside what the budget line provides for a year."""

    text: str
    short: bool


@dataclass(slots=True)
class Trial:
    """What trying shows; ``missing`` says why there is nothing to show."""

    missing: str = ""
    refused: str = ""
    pays: bool = False
    true: int = 0
    unknown: int = 0
    total: str = ""
    total_fen: int = 0
    budget: Spent | None = None
    near: list[Missed] = field(default_factory=list)
    counties: list[Split] = field(default_factory=list)
    sizes: list[Split] = field(default_factory=list)
    firms: list[Firm] = field(default_factory=list)
    about: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """An item as the engine takes it, with what it is counted from."""

    item: Item
    derived: tuple[Derived, ...]
    names: frozenset[str]


def engine_item(content: Content) -> Tried:
    """The item that *content* says; only what decides is looked at. Raises FieldError."""
    declared = facts.declared()
    every = declared.every
    items = conditions.conditions_of(list(content.get("when") or ()), every, declared.parameters)
    rule = conditions.rule_of(
        str(content.get("key") or "draft.item"),
        str(content.get("name") or "…"),
        str(content.get("region") or "4206"),
        every.get(AREA),
        items,
        declared.parameters,
        illustrative=True,
    )
    raw = content.get("amount")
    amount = conditions.amount_of(raw, every, declared.parameters) if raw else None
    named = set(rule.facts) | (conditions.named_in(raw, "fact") if raw else set())
    derived = declared.needed(sorted(named))
    names = {name for one in derived for name in one.formula.names} | named
    return Tried(Item(rule.key, rule, amount), derived, frozenset(names & set(declared.facts)))


def trial(
    content: Content,
    errors: Mapping[str, str],
    register: Register,
    now: datetime,
    *,
    may_look: bool = True,
) -> Trial:
    """Try *content* on everybody; *errors* are the form's complaints about it."""
    if any(name.startswith(_DECIDING) for name in errors):
        return Trial(
            missing=_("选好条件和金额后，这里马上显示谁会得到、差一点的差多少、要花多少钱。")
        )
    snapshot = snapshots.latest()
    if snapshot is None:
        return Trial(missing=_("还没有企业数据快照。部门交付数据并生成快照后才能试算。"))
    try:
        tried = engine_item(content)
    except FieldError as error:
        return Trial(missing=error.message)
    day = timezone.localtime(now).date()
    params = facts.declared().params_on(day)
    columns = population.columns(snapshot, sorted(tried.names | {AREA, SIZE}))
    found = preview(tried.item, columns, params, facts.moment(day), derived=tried.derived)
    made = Trial(pays=bool(content.get("amount")), true=found.true, unknown=found.unknown)
    made.refused = without_value(tried, params, day)
    made.total_fen, made.total = found.total_fen, saying.money(found.total_fen)
    made.budget = _spent(content, found.total_fen)
    made.near = [_missed(one, snapshot, may_look) for one in _most(found.near)]
    rows, fen = found.match.awards(tried.item.key)
    made.counties = _counties(columns.get(AREA), rows, fen, register)
    made.sizes = _sizes(columns.get(SIZE), rows, fen)
    made.firms = _firms(snapshot, rows, fen)
    made.about = _about(snapshot)
    return made


def without_value(tried: Tried, params: Mapping[str, Any], day: date) -> str:
    """That a parameter has no value in force (S9-A8b), or ''."""
    book = Book([tried.item], tried.derived)
    names = missing(book, params).get(tried.item.key)
    if not names:
        return ""
    declared = facts.declared().parameters
    labels = "、".join(wording.named(declared[one]) for one in names if one in declared)
    text = _("%(day)s 没有现行规则：%(names)s 没有有效值，发布后筛选会被拒绝。")
    return text % {"day": day.isoformat(), "names": labels}


def _about(snapshot: Snapshot) -> str:
    taken = timezone.localtime(snapshot.taken_at)
    text = _("数据快照 %(at)s，%(rows)s 家企业")
    said = text % {"at": f"{taken:%Y-%m-%d %H:%M}", "rows": f"{snapshot.rows:,}"}
    return said + (_("（模拟数据）") if snapshot.simulated else "")


def _spent(content: Content, total: int) -> Spent | None:
    budget = content.get("budget") or {}
    yearly = budget.get("yearly") if isinstance(budget, dict) else None
    if type(yearly) is not int or yearly <= 0 or not content.get("fiscal"):
        return None
    values = {
        "line": budget.get("line", ""),
        "yearly": saying.money(yearly),
        "share": saying.share(total, yearly),
        "short": saying.money(total - yearly),
    }
    if total > yearly:
        text = _("预算项目 %(line)s 年度 %(yearly)s，还差 %(short)s；超出的按比例兑现。")
        return Spent(text % values, True)
    return Spent(_("占预算项目 %(line)s 年度 %(yearly)s 的 %(share)s。") % values, False)


def _most(near: Sequence[Near]) -> list[Near]:
    return sorted(near, key=lambda one: -len(one.rows))[:MOST_NEAR]


def _missed(near: Near, snapshot: Snapshot, may_look: bool) -> Missed:
    closest = near.closest(MOST_CLOSEST)
    listed = population.named(snapshot, [row for row, _gap in closest])
    fact = near.conditions[0].fact
    firms = [
        Firm(
            code,
            name,
            gap=gap_text(fact, gap) if gap is not None else "",
            url=reverse("desk:direct_benefits:party", args=[code]) if may_look else "",
        )
        for (code, name), (_row, gap) in zip(listed, closest, strict=True)
    ]
    labels = [wording.named(one) for one in near.conditions]
    return Missed(_(" 或 ").join(labels), len(near.rows), firms)


def gap_text(fact: Fact, gap: int) -> str:
    """By how much a value misses, in its own unit."""
    if fact.type is FactType.MONEY:
        return _("差 %(gap)s") % {"gap": saying.money(gap)}
    if fact.type is FactType.DATE:
        return _("差 %(n)d 天") % {"n": gap}
    if fact.type is FactType.DECIMAL:
        text = f"{gap / 10**fact.scale:.{min(fact.scale, 2)}f}"
        return _("差 %(gap)s") % {"gap": with_unit(fact, text, wording.language())}
    return _("差 %(gap)s") % {"gap": with_unit(fact, str(gap), wording.language())}


def _counties(
    column: Column | None, rows: NDArray[np.int64], fen: NDArray[np.int64], register: Register
) -> list[Split]:
    """Winners by county: the second part of the managed path."""
    if column is None or not len(rows):
        return []
    counties = ["/".join(str(path).split("/")[:2]) for path in column.categories]
    order = sorted(set(counties))
    place = np.array([order.index(one) for one in counties], np.int64)
    codes = column.values[rows]
    groups = np.where(codes >= 0, place[codes], len(order))
    return _splits(groups, fen, [*(register.label(one) for one in order), _("未登记")])


def _sizes(column: Column | None, rows: NDArray[np.int64], fen: NDArray[np.int64]) -> list[Split]:
    if column is None or not len(rows):
        return []
    fact = facts.declared().facts[SIZE]
    labels = [text_shown(fact, str(one), wording.language()) for one in column.categories]
    codes = column.values[rows]
    groups = np.where(codes >= 0, codes, len(labels)).astype(np.int64)
    return _splits(groups, fen, [*labels, _("未登记")])


def _splits(
    groups: NDArray[np.int64], fen: NDArray[np.int64], labels: Sequence[str]
) -> list[Split]:
    counts = np.bincount(groups, minlength=len(labels))
    # Sums in integers: a float would not hold fen exactly.
    sums = np.zeros(len(labels), np.int64)
    np.add.at(sums, groups, fen)
    found = [
        (int(counts[n]), Split(label, int(counts[n]), saying.money(int(sums[n]))))
        for n, label in enumerate(labels)
        if counts[n]
    ]
    return [one for _count, one in sorted(found, key=lambda pair: -pair[0])]


def _firms(snapshot: Snapshot, rows: NDArray[np.int64], fen: NDArray[np.int64]) -> list[Firm]:
    listed = population.named(snapshot, [int(row) for row in rows[:MOST_FIRMS]])
    return [
        Firm(code, name, saying.money(int(amount)))
        for (code, name), amount in zip(listed, fen[:MOST_FIRMS], strict=True)
    ]


def with_example(content: Content, code: str, words: Vocabulary, now: datetime) -> dict[str, Any]:
    """*content* with an enterprise of the latest snapshot as one more example, and what came out.

    Raises:
        FieldError: where the snapshot does not have it, or the item cannot be tried yet.
    """
    from yishi.foundation.rulebook.engine import match_one
    from yishi.foundation.rulebook.facts import Seen, to_json

    snapshot = snapshots.latest()
    seen = population.facts_of(snapshot, code) if snapshot is not None else None
    if seen is None:
        raise FieldError("code", "最近的数据快照里没有这家企业", "unknown")
    tried = engine_item(content)
    day = timezone.localtime(now).date()
    asked = [one.name for one in examples_form.named(content, words)]
    book = Book([tried.item], tried.derived)
    (found,) = match_one(book, seen, facts.declared().params_on(day), facts.moment(day))
    kept = {}
    for name in [*asked, AREA]:
        value = seen.get(name)
        value = value.value if isinstance(value, Seen) else value
        if value is not None:
            kept[name] = to_json(value)
    made: dict[str, Any] = {"facts": kept, "on": day.isoformat(), "expect": str(found.truth)}
    if str(found.truth) == "true" and found.amount is not None:
        made["amount"] = found.amount
    return {**content, "examples": [*(content.get("examples") or ()), made]}
