"""What an application comes to: items, form and papers for its answers and for who applies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from yishi.foundation.approvals.catalogue.model import Book
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.form import FormField, Paper, form_of, papers_of
from yishi.systems.life_events.catalogue.model import Answers, Theme
from yishi.systems.life_events.catalogue.routes import Route

#: Papers and fields that only somebody who acts for another has.
AGENT = "agent"
MANDATE_PAPER = "power_of_attorney"
#: An address to send the result to is asked for only where it is to be sent.
BY_POST = ("delivery_address", "delivery_method", "post")


@dataclass(frozen=True)
class Made:
    """``route`` is what the answers lead to; ``exempt`` items are held already (免办), by the paper
    that says so; ``form`` and ``papers`` are what the others ask for."""

    theme: Theme
    book: Book
    route: Route
    exempt: Mapping[str, str]
    form: tuple[FormField, ...]
    papers: tuple[Paper, ...]
    maybe: tuple[tuple[str, str], ...] = field(default=())

    @property
    def to_do(self) -> tuple[str, ...]:
        """The items that are to be handled."""
        return tuple(key for key in self.route.items if key not in self.exempt)

    def paper(self, key: str) -> Paper | None:
        """A paper by its key."""
        return next((one for one in self.papers if one.key == key), None)


def made_of(
    theme: Theme,
    answers: Answers,
    book: Book,
    held: Iterable[str] = (),
    *,
    by_agent: bool = False,
) -> Made:
    """What *answers* come to. *held*: materials that the applicant has on file."""
    route = routes.route(theme, routes.settled(theme, answers), book)
    having = set(held)
    exempt = {
        one.item: one.held_by
        for one in theme.items
        if one.item in route.items and one.held_by and one.held_by in having
    }
    rest = _without(route, exempt)
    form = [f for f in form_of(theme, rest, book) if by_agent or f.spec.section != AGENT]
    papers = [
        p
        for p in papers_of(theme, rest, book)
        if by_agent or (p.holder != AGENT and p.material != MANDATE_PAPER)
    ]
    maybe = tuple(
        (wanted.named, book.items[key].name)
        for key in rest.items
        for wanted in routes.undecided(book.items[key], route.answers)
    )
    return Made(theme, book, route, exempt, tuple(form), tuple(papers), maybe)


def _without(route: Route, left_out: Mapping[str, Any]) -> Route:
    items = tuple(key for key in route.items if key not in left_out)
    after = {
        key: tuple(a for a in route.after.get(key, ()) if a.item not in left_out) for key in items
    }
    papers = frozenset(one for one in route.papers if one[0] in items)
    return replace(route, items=items, after=after, papers=papers)


def rest_of(made: Made) -> Route:
    """The route without what is held already."""
    return _without(made.route, made.exempt)


def wanted_now(one: FormField, values: Mapping[str, str]) -> bool:
    """Whether a field is asked for, given the others."""
    field_key, deciding, value = BY_POST
    return one.key != field_key or values.get(deciding, value) == value
