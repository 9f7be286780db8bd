"""What must hold between policy and items before a catalogue may be published."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import pairwise

from yishi.foundation.cases.catalogue_errors import Problem
from yishi.systems.construction.catalogue.types import Book, ProjectItem

Lines = Mapping[str, tuple[str, int]]


def check(book: Book, lines: Lines, problems: list[Problem]) -> None:
    """Note every reference that leads nowhere, every circle, every stage that cannot hold."""
    found = len(problems)
    _check_references(book, lines, problems)
    for key in (
        book.policy.joint_item,
        book.policy.unit_item,
        book.policy.planning_item,
        book.policy.permit_item,
    ):
        if key and key not in book.item:
            problems.append(Problem("policy.yaml", 0, "acceptance", f"没有事项 {key}"))
    if len(problems) == found and not _check_circles(book, lines, problems):
        _check_stages(book, lines, problems)


def _check_references(book: Book, lines: Lines, problems: list[Problem]) -> None:
    for item in book.items:
        file, line = lines[item.key]

        def fault(
            field: str, key: str, known: Collection[str], file: str = file, line: int = line
        ) -> None:
            if key not in known:
                problems.append(Problem(file, line, field, f"没有 {key}"))

        for key in item.after:
            fault("after", key, book.item)
            if key in book.item and book.item[key].stage > item.stage:
                text = f"{book.item[key].name}属于更后的阶段，不能作前置事项"
                problems.append(Problem(file, line, "after", text))
        for kind in item.kinds:
            fault("kinds", kind, book.kind)
        for trait in (*item.when, *item.unless):
            fault("when", trait, book.policy.traits)


def _check_circles(book: Book, lines: Lines, problems: list[Problem]) -> bool:
    done: set[str] = set()

    def walk(item: ProjectItem, above: tuple[str, ...]) -> bool:
        if item.key in above:
            circle = (*above[above.index(item.key) :], item.key)
            file, line = lines[item.key]
            names = " → ".join(book.item[after].name for after, _ in pairwise((*circle, "")))
            problems.append(Problem(file, line, "after", f"前置事项循环：{names}"))
            return True
        if item.key in done:
            return False
        # every branch is walked, so that each circle is told
        found = sum(walk(book.item[key], (*above, item.key)) for key in item.after) > 0
        done.add(item.key)
        return found

    return sum(walk(item, ()) for item in book.items) > 0


def longest(book: Book, kind: str, stage: int) -> tuple[int, list[ProjectItem]]:
    """The working days and the items of the longest chain of promises of counted items of a stage,
    for a project that has every trait."""
    traits = list(book.policy.traits)
    known: dict[str, tuple[int, list[ProjectItem]]] = {}

    def reach(item: ProjectItem) -> tuple[int, list[ProjectItem]]:
        if item.key not in known:
            before = [
                reach(book.item[key])
                for key in item.after
                if kind in book.item[key].kinds and book.item[key].stage == stage
            ]
            days, chain = max(before, key=lambda found: found[0], default=(0, []))
            own = item.promise if item.counted else 0
            known[item.key] = (days + own, [*chain, item])
        return known[item.key]

    items = [i for i in book.items if kind in i.kinds and i.stage == stage]
    fitting = [i for i in items if i.fits(kind, traits) or i.unless]
    return max((reach(item) for item in fitting), key=lambda found: found[0], default=(0, []))


def _check_stages(book: Book, lines: Lines, problems: list[Problem]) -> None:
    for kind in book.policy.kinds:
        for stage in book.policy.stages:
            allowed = kind.stages[stage.number - 1]
            days, chain = longest(book, kind.key, stage.number)
            if days > allowed:
                file, line = lines[chain[-1].key]
                names = " → ".join(f"{item.name}{item.promise}日" for item in chain)
                problems.append(
                    Problem(
                        file,
                        line,
                        "promise",
                        f"{kind.name}第{stage.number}阶段相继办理需 {days} 个工作日"
                        f"（{names}），超过该阶段的 {allowed} 个工作日",
                    )
                )
