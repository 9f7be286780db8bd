"""What the page and the paper of a period are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from yishi.systems.city_events.assessment.pages import (
    Asked,
    Number,
    Share,
)
from yishi.systems.city_events.hotline import calls


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a list: what it is of, its numbers and shares, and how it changed."""

    label: str
    number: Number
    before: int | None = 0
    share: Share | None = None
    rank: int | None = None
    received: Number | None = None
    satisfaction: Share | None = None
    shares: Sequence[Share] = ()
    hours: Decimal | None = None

    @property
    def change(self) -> int | None:
        """More (or fewer, negative) than in the period before; ``None`` if that is not known."""
        return None if self.before is None else self.number.value - self.before


@dataclass(frozen=True, slots=True)
class Better:
    """What improved: a rate of the whole or of an area, from … to …, in per cent."""

    label: str
    name: str
    before: Decimal
    now: Decimal
    url: str

    @property
    def points(self) -> Decimal:
        """By how many percentage points, always as a gain."""
        return abs(self.now - self.before)


@dataclass(frozen=True, slots=True)
class Bulletin:
    """Everything that is said of the period."""

    question: Asked
    head: Sequence[Line]
    rates: Sequence[tuple[Share, Decimal | None]]
    three: Sequence[Share]
    tickets: Sequence[Number]
    weighted: Decimal | None
    hours: Decimal | None
    areas: Sequence[Line]
    units: Sequence[Line]
    places: Sequence[Line]
    types: Sequence[Line]
    scenarios: Sequence[Line]
    cards: Sequence[Number]
    card_units: Sequence[Line]
    better: Sequence[Better]
    quality: calls.Quality | None
    repeats: int
