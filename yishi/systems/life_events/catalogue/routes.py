"""What a theme comes to for given answers: items, their order, longest paths, all paths.

A question that was not asked has no answer; a condition on it is unknown and includes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from yishi.foundation.approvals.catalogue.conditions import holds
from yishi.foundation.approvals.catalogue.model import Book, Item, Wanted
from yishi.systems.life_events.catalogue.model import After, Answers, Question, Theme

#: More sets of answers than this are refused: nobody could check them, nor could we.
MOST_ANSWERS = 5_000


class TooMany(ValueError):
    """A theme with more sets of answers than can be looked at."""


class Circle(ValueError):
    """Items that wait for each other; ``keys`` in the order of waiting."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(" → ".join(keys))
        self.keys = tuple(keys)


@dataclass(frozen=True, slots=True)
class Route:
    """The items that answers lead to, in the theme's order, and the edges among them."""

    answers: Answers
    items: tuple[str, ...]
    after: Mapping[str, tuple[After, ...]]
    papers: frozenset[tuple[str, str, str]]

    @property
    def key(self) -> tuple[tuple[str, ...], frozenset[tuple[str, str, str]]]:
        """What tells paths apart: the set of items and papers."""
        return self.items, self.papers


def asked(theme: Theme, answers: Answers) -> list[Question]:
    """The questions that *answers* lead through, up to the first that has no answer yet."""
    found: list[Question] = []
    given: dict[str, str | bool] = {}
    for question in theme.questions:
        if holds(question.when, given) is not True:
            continue
        found.append(question)
        if question.key not in answers:
            break
        given[question.key] = answers[question.key]
    return found


def settled(theme: Theme, answers: Answers) -> dict[str, str | bool]:
    """*answers* without those to questions that the others do not lead to."""
    return {one.key: answers[one.key] for one in asked(theme, answers) if one.key in answers}


def all_answers(theme: Theme) -> Iterator[dict[str, str | bool]]:
    """Every complete set of answers. Raises TooMany."""
    count = 0
    open_sets: list[dict[str, str | bool]] = [{}]
    while open_sets:
        given = open_sets.pop()
        path = asked(theme, given)
        question = path[-1] if path and path[-1].key not in given else None
        if question is None:
            count += 1
            if count > MOST_ANSWERS:
                raise TooMany(f"超过 {MOST_ANSWERS} 种回答组合")
            yield given
            continue
        for option in reversed(list(question.options)):
            open_sets.append({**given, question.key: question.value(option)})


def route(theme: Theme, answers: Answers, book: Book) -> Route:
    """What *answers* lead to. Items that *book* does not have are left out."""
    chosen = {
        one.item: one
        for one in theme.items
        if one.item in book.items and holds(one.when, answers) is True
    }
    return Route(
        answers,
        tuple(chosen),
        {key: tuple(a for a in one.after if a.item in chosen) for key, one in chosen.items()},
        frozenset(
            (key, wanted.material, wanted.holder)
            for key in chosen
            for wanted in wanted_of(book.items[key], answers)
        ),
    )


def wanted_of(item: Item, answers: Answers) -> list[Wanted]:
    """The papers of *item* that *answers* call for. One whose condition cannot be told from the
    answers is not asked for here: the guide names it as depending on the case."""
    return [wanted for wanted in item.materials if holds(wanted.when, answers) is True]


def undecided(item: Item, answers: Answers) -> list[Wanted]:
    """The papers of *item* whose conditions the answers leave open."""
    return [wanted for wanted in item.materials if holds(wanted.when, answers) is None]


def paths(theme: Theme, book: Book) -> list[Route]:
    """The distinct paths over all answers: one route for each set of items and papers."""
    found: dict[object, Route] = {}
    for answers in all_answers(theme):
        one = route(theme, answers, book)
        found.setdefault(one.key, one)
    return list(found.values())


def in_order(after: Mapping[str, Iterable[str]]) -> list[str]:
    """The keys of *after* so that each comes behind what it waits for. Raises Circle."""
    done: dict[str, None] = {}
    trail: list[str] = []

    def visit(key: str) -> None:
        if key in done:
            return
        if key in trail:
            raise Circle([*trail[trail.index(key) :], key])
        trail.append(key)
        for before in after.get(key, ()):
            if before in after:
                visit(before)
        trail.pop()
        done[key] = None

    for key in after:
        visit(key)
    return list(done)


def before(one: Route) -> dict[str, list[str]]:
    """The items that each waits for."""
    return {key: [a.item for a in one.after.get(key, ())] for key in one.items}


def longest(one: Route, days: Callable[[str], int]) -> tuple[int, tuple[str, ...]]:
    """The longest path through the items, with the items on it: parallel ones count once."""
    best: dict[str, tuple[int, tuple[str, ...]]] = {}
    waits = before(one)
    for key in in_order(waits):
        length, path = max((best[b] for b in waits[key]), default=(0, ()))
        best[key] = (length + days(key), (*path, key))
    return max(best.values(), default=(0, ()))


def levels(one: Route) -> list[list[str]]:
    """The items in bands: what stands in one band may run side by side."""
    return bands(before(one))


def bands(waits: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Keys in bands, each below all that it waits for. Raises Circle."""
    depth: dict[str, int] = {}
    for key in in_order(waits):
        depth[key] = 1 + max((depth[b] for b in waits[key]), default=-1)
    found: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for key in waits:
        found[depth[key]].append(key)
    return found
