"""What verbs need besides the case: calendar, places, the limits in force, who answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yishi.foundation import revisions
from yishi.foundation.calendars.active import load_active
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.draft import Context
from yishi.foundation.cases.models import CatalogueVersion
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places import register_at
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.catalogue import Book, version
from yishi.systems.direct_benefits.states import SYSTEM


@dataclass(frozen=True, slots=True)
class City:
    """The registers as of one look; ``versions``: (id, effective from) of the limits, newest
    first."""

    calendar: Calendar
    places: Register
    versions: tuple[tuple[int, datetime], ...]

    def limits_at(self, at: datetime) -> tuple[int, Book]:
        """The limits in force with their version's id. Raises FieldError."""
        for number, begins in self.versions:
            if begins <= at:
                return number, version(number)
        raise FieldError("item", "尚未载入兑现规程，请先运行 yishi city load", "unknown")

    def for_case(self, case: CaseState) -> Context:
        """What planning a move of *case* may know."""
        return Context(self.calendar, self.places, version(case.catalogue_id))

    def unit(self, function: str, path: str, at: datetime) -> int:
        """The unit with *function* that answers at a managed path, up to the city.

        Raises:
            FieldError: when nobody does.
        """
        code = path.rpartition("/")[2] or self.places.root
        try:
            found = self.places.responsible(
                function, self.places.place_of_division(code), at=day_of(at)
            )
        except PlaceError as error:
            raise FieldError("item", error.message, "no_unit") from error
        if found is None:
            raise FieldError("item", "没有承担此职能的单位", "no_unit")
        return found.unit_id


def _load_versions() -> tuple[tuple[int, datetime], ...]:
    rows = CatalogueVersion.objects.filter(system=SYSTEM).order_by("-effective_from", "-id")
    return tuple(rows.values_list("id", "effective_from"))


def city(numbers: Mapping[str, Any] | None = None) -> City:
    """The registers now: one statement, or none when the caller already has the *numbers*."""
    known = revisions.numbers() if numbers is None else numbers
    return City(
        revisions.at("calendars", known.get("calendars", 0), load_active),
        register_at(known.get("places", 0)),
        revisions.at("catalogue", known.get("catalogue", 0), _load_versions),
    )


def context_for(case: CaseState) -> Context:
    """The context of one case (1 statement)."""
    return city().for_case(case)


def day_of(moment: datetime) -> date:
    """The city's day."""
    return moment.astimezone(SHANGHAI).date()
