"""Points from rates, by a city's published profile (``rules/scoring.yaml``), dated and by area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from yishi.foundation.rulebook.store import Rulebook
from yishi.systems.city_events.assessment.rates import Line, rounded

#: Lines that fall with a rate: name in the parameters → rate that they read.
LINES = {"satisfied": "satisfaction", "on_time": "on_time_rate"}
#: Who published the profiles that come with the house.
CITIES = {"3207": _("连云港"), "3307": _("金华")}


@dataclass(frozen=True, slots=True)
class Profile:
    """How a city scores. ``area`` is the code of the city that published it."""

    area: str
    lines: dict[str, Line]
    closed_full: Decimal | None
    closed_target: Decimal | None
    rework: Decimal
    rework_third: Decimal
    fake: Decimal
    deferred: bool

    def points(self, rates: Mapping[str, Decimal | None]) -> dict[str, Decimal | None]:
        """Points by part; ``None`` for parts without data. *rates* by name in percent."""
        found = {name: line.points(rates.get(LINES[name])) for name, line in self.lines.items()}
        if self.closed_full is not None and self.closed_target is not None:
            rate = rates.get("closing_rate")
            reached = rate is not None and rate >= self.closed_target
            found["closed"] = None if rate is None else self.closed_full * int(reached)
        return found

    def deductions(self, reworked: int, third: int, fake: int) -> Decimal:
        """Points off: a rework each, more for a third one, and fake handling."""
        return rounded(
            self.rework * (reworked - third) + self.rework_third * third + self.fake * fake
        )


def profile(rulebook: Rulebook, at: datetime, area: str) -> Profile | None:
    """The profile that the city of *area* uses on that day, or ``None`` when it scores nothing."""
    chosen = rulebook.value("scoring_profile", at, area)
    return None if chosen is None else published(rulebook, at, str(chosen))


def published(rulebook: Rulebook, at: datetime, city: str) -> Profile:
    """The profile that *city* (its code) published."""

    def value(name: str) -> Decimal | None:
        found = rulebook.value(name, at, city)
        return None if found is None else Decimal(str(found))

    lines = {}
    for name in LINES:
        parts = [value(f"score_{name}_{part}") for part in ("full", "target", "step", "floor")]
        given = [part for part in parts if part is not None]
        if len(given) == len(parts):
            lines[name] = Line(*given)
    zero = Decimal(0)
    return Profile(
        area=city,
        lines=lines,
        closed_full=value("score_closed_full"),
        closed_target=value("score_closed_target"),
        rework=value("score_rework") or zero,
        rework_third=value("score_rework_third") or zero,
        fake=value("score_fake") or zero,
        deferred=rulebook.value("closing_mode", at, city) == "deferred",
    )
