"""What a theme spares: fields, papers, visits, steps and days before and after.

Computed from the catalogue on the fullest path. *Before*: each item applied for by itself, with the
statutory limits. *After*: one form, one set of papers, promised limits side by side where the order
allows. Days are working days (see ``days``).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from yishi.foundation.approvals.catalogue.model import Book, Item
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.days import in_days
from yishi.systems.life_events.catalogue.form import form_of, papers_of
from yishi.systems.life_events.catalogue.model import CAP, Theme
from yishi.systems.life_events.catalogue.routes import Route

#: Steps of an item by itself: 申请、受理、审查、决定、送达; on the spot 申请、办理、送达.
PROMISED_STEPS, SPOT_STEPS = 5, 3
#: What one theme case has once: 申请、统一受理、统一送达; then 审查 and 决定 (办理) of each item.
SHARED_STEPS, PROMISED_INSIDE, SPOT_INSIDE = 3, 2, 1


@dataclass(frozen=True, slots=True)
class Pair:
    """A measure before and after."""

    before: int
    after: int

    @property
    def reduction(self) -> Decimal | None:
        """1 − after/before in percent with one decimal; ``None`` where there was nothing."""
        if self.before == 0:
            return None
        share = Decimal(self.before - self.after) * 100 / Decimal(self.before)
        return share.quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Measures:
    """One route. ``papers``: listed by the items, and to be uploaded by who has what the licence
    store keeps; ``distinct_papers`` stands between. ``in_turn``: statutory days one after another.
    ``critical``: the items on the longest path."""

    items: int
    departments: int
    fields: Pair
    prefilled: int
    papers: Pair
    distinct_papers: int
    visits: Pair
    steps: Pair
    days: Pair
    in_turn: int
    critical: tuple[str, ...]


def measures(theme: Theme, route: Route, book: Book) -> Measures:
    """The measures of *route*."""
    items = [book.items[key] for key in route.items]
    form, papers = form_of(theme, route, book), papers_of(theme, route, book)
    legal, _ = routes.longest(route, lambda key: in_days(book.items[key].legal))
    promised, critical = promised_days(theme, route, book)
    prefilled = sum(field.spec.source is not None for field in form)
    listed = sum(len(routes.wanted_of(item, route.answers)) for item in items)
    return Measures(
        items=len(items),
        departments=len({item.department for item in items}),
        fields=Pair(sum(len(item.fields) for item in items), len(form) - prefilled),
        prefilled=prefilled,
        papers=Pair(listed, sum(not paper.shared for paper in papers)),
        distinct_papers=len(papers),
        visits=Pair(sum(item.visits for item in items), visits_after(items)),
        steps=Pair(sum(_steps(item) for item in items), SHARED_STEPS + sum(map(_inside, items))),
        days=Pair(legal, promised),
        in_turn=sum(in_days(item.legal) for item in items),
        critical=critical,
    )


def promised_days(theme: Theme, route: Route, book: Book) -> tuple[int, tuple[str, ...]]:
    """The promise of a route, and the items that make it so long: the longest path of promises,
    the theme's own promise where it is shorter, for licences never above the legal cap."""
    days, critical = routes.longest(route, lambda key: in_days(book.items[key].promise))
    if theme.promise:
        days = min(days, in_days(theme.promise))
    if route.items and all(book.items[key].licence for key in route.items):
        days = min(days, in_days(CAP))
    return days, critical


def visits_after(items: list[Item]) -> int:
    """Once to the counter, if any item cannot be had online or by post; else not at all."""
    return int(any(not {"web", "mobile", "post"} & set(item.channels) for item in items))


def _steps(item: Item) -> int:
    return PROMISED_STEPS if item.handling == "promised" else SPOT_STEPS


def _inside(item: Item) -> int:
    return PROMISED_INSIDE if item.handling == "promised" else SPOT_INSIDE


def fullest(theme: Theme, book: Book) -> Route:
    """The path with the most items; of several, the one with the most papers."""
    return max(routes.paths(theme, book), key=lambda one: (len(one.items), len(one.papers)))
