"""What is wrong with themes as a whole: with their items, their answers, and beside each other."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from yishi.foundation.approvals.catalogue.model import Book
from yishi.foundation.cases.catalogue_errors import Problem
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.days import in_days
from yishi.systems.life_events.catalogue.model import CAP, Question, Theme, Themes

#: Names that differ in less than this share of the longer one are taken for one.
NEAR = 0.2


@dataclass(frozen=True, slots=True)
class Placed:
    """A theme with the file and the lines that it was read from."""

    theme: Theme
    file: str
    lines: Mapping[str, int]

    def problem(self, where: str, message: str) -> Problem:
        """A fault of the part *where*."""
        line = self.lines.get(where) or self.lines.get(where.partition(".")[0]) or 0
        return Problem(self.file, line or self.lines.get("", 0), where, message)


def problems_of(
    placed: list[Placed], national: Collection[str], book: Book, functions: Collection[str] | None
) -> Iterator[Problem]:
    """Everything that is wrong, with file and line."""
    yield from _doubled(placed)
    for one in placed:
        yield from _references(one, national, book, functions)
        if (circle := _circle(one.theme)) is not None:
            yield one.problem(f"after.{circle[0]}", f"事项互为前置：{' → '.join(circle)}")
            continue
        yield from _answers(one, book)


def _references(
    one: Placed, national: Collection[str], book: Book, functions: Collection[str] | None
) -> Iterator[Problem]:
    theme = one.theme
    if functions is not None and theme.lead not in functions:
        yield one.problem("lead", f"未知职能“{theme.lead}”")
    if theme.national and theme.national not in national:
        yield one.problem("national", f"没有国家清单 {theme.national}")
    inside = {item.item for item in theme.items}
    for item in theme.items:
        where = f"items.{item.item}"
        if item.item not in book.items:
            yield one.problem(where, f"没有事项 {item.item}")
        if item.held_by and item.held_by not in book.materials:
            yield one.problem(where, f"没有材料 {item.held_by}（held_by）")
        for after in item.after:
            if after.item not in inside:
                yield one.problem(f"after.{item.item}", f"前置事项 {after.item} 不在本主题中")
    yield from _form(one, book)


def _form(one: Placed, book: Book) -> Iterator[Problem]:
    theme = one.theme
    items = [book.items[item.item] for item in theme.items if item.item in book.items]
    used = {key for item in items for key in item.fields}
    papers = {wanted.material for item in items for wanted in item.materials}
    for item in items:
        for key in item.fields:
            if key not in book.fields:
                yield one.problem(f"items.{item.key}", f"字段 {key} 没有来源：字段表中没有它")
        for wanted in item.materials:
            if wanted.material not in book.materials:
                yield one.problem(f"items.{item.key}", f"没有材料 {wanted.material}")
    named = {*theme.labels, *theme.order, *(key for group in theme.same_fields for key in group)}
    for key in sorted(named - used):
        yield one.problem("fields", f"字段 {key} 没有来源：本主题没有事项使用它")
    for group in theme.same_fields:
        types = {book.fields[key].type for key in group if key in book.fields}
        if len(types) > 1:
            yield one.problem("fields", f"{'、'.join(group)} 类型不同，不能视为同一字段")
    for group in theme.same_materials:
        for key in group:
            if key not in papers:
                yield one.problem("materials", f"材料 {key} 没有来源：本主题没有事项使用它")


def _circle(theme: Theme) -> tuple[str, ...] | None:
    try:
        routes.in_order({one.item: [a.item for a in one.after] for one in theme.items})
    except routes.Circle as error:
        return error.keys
    return None


def _answers(one: Placed, book: Book) -> Iterator[Problem]:
    """Every set of answers leads somewhere, and everything is led to by one."""
    theme = one.theme
    asked: set[str] = set()
    reached: set[str] = set()
    empty: dict[str, str | bool] | None = None
    longest_legal = 0
    licences = False
    try:
        for answers in routes.all_answers(theme):
            asked |= set(answers)
            found = routes.route(theme, answers, book)
            reached |= set(found.items)
            if not found.items and empty is None:
                empty = answers
            legal, _ = routes.longest(found, lambda key: in_days(book.items[key].legal))
            longest_legal = max(longest_legal, legal)
            licences |= any(book.items[key].licence for key in found.items)
    except routes.TooMany as error:
        yield one.problem("questions", str(error))
        return
    for question in theme.questions:
        if question.key not in asked:
            yield one.problem(f"questions.{question.key}", f"问题“{question.ask}”永远问不到")
    for item in theme.items:
        if item.item in book.items and item.item not in reached:
            yield one.problem(f"items.{item.item}", f"任何回答都到不了事项 {item.item}")
    if empty is not None and all(item.item in book.items for item in theme.items):
        yield one.problem("items", f"走不通：回答“{said(theme, empty)}”时没有任何事项")
    yield from _promise(one, longest_legal, licences)


def _promise(one: Placed, longest_legal: int, licences: bool) -> Iterator[Problem]:
    if not one.theme.promise:
        return
    promised = in_days(one.theme.promise)
    if promised > in_days(CAP):
        yield one.problem("promise", f"承诺时限“{one.theme.promise}”超过联合办理的法定上限 {CAP}")
    elif longest_legal and promised > longest_legal:
        text = (
            f"承诺时限“{one.theme.promise}”超过各事项法定时限的最长路径（{longest_legal} 个工作日）"
        )
        yield one.problem("promise", text)


def said(theme: Theme, answers: Mapping[str, str | bool]) -> str:
    """Answers in words."""
    parts = []
    for key, value in answers.items():
        question = theme.question(key)
        if isinstance(question, Question):
            parts.append(f"{question.ask}{question.options[question.option(value)]}")
    return "；".join(parts) or "（没有问题）"


def compared(name: str) -> str:
    """A name without signs and filler words."""
    text = "".join(char for char in name if char.isalnum())
    for filler in ("一件事", "主题", "一次办"):
        text = text.removesuffix(filler) or text
    return text


def _doubled(placed: list[Placed]) -> Iterator[Problem]:
    from rapidfuzz.distance import Levenshtein

    keys: dict[str, Placed] = {}
    for one in placed:
        other = keys.setdefault(one.theme.key, one)
        if other is not one:
            yield one.problem("key", f"{one.theme.key} 与 {other.file} 重复")
    names = [compared(one.theme.name) for one in placed]
    for i, one in enumerate(placed):
        name = names[i]
        for other, theirs in zip(placed[:i], names, strict=False):
            longer = max(len(name), len(theirs))
            if not longer or _declared(one.theme, other.theme):
                continue
            apart = Levenshtein.distance(name, theirs, score_cutoff=longer // 5 + 1)
            if apart < NEAR * longer:
                text = f"“{one.theme.name}”与 {other.theme.key}“{other.theme.name}”过于相近"
                yield one.problem("name", text + "；确属不同主题请写入 distinct_from")


def _declared(one: Theme, other: Theme) -> bool:
    return other.name in one.distinct_from or one.name in other.distinct_from


def notes_of(themes: Themes) -> Iterator[str]:
    """What is no fault and still wants to be seen."""
    for theme in themes.themes.values():
        found = themes.national.get(theme.national)
        if found is not None and compared(theme.name) not in {compared(n) for n in found.names}:
            yield f"{theme.key}: “{theme.name}”不在“{found.title}”所列名称中"
