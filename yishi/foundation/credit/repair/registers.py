"""What verbs on repairs need besides the case: calendar, places, the city's way of repairing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yishi.foundation import revisions
from yishi.foundation.calendars.active import load_active
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.cases.draft import Context
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit.repair import catalogue
from yishi.foundation.credit.repair.states import SYSTEM
from yishi.foundation.exchange import register as exchange
from yishi.foundation.places import register_at
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError


def _load_versions() -> tuple[tuple[int, datetime], ...]:
    """The versions, newest first: (id, effective from)."""
    from yishi.foundation.cases.models import CatalogueVersion

    rows = CatalogueVersion.objects.filter(system=SYSTEM).order_by("-effective_from", "-id")
    return tuple(rows.values_list("id", "effective_from"))


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers as of one look at their revision numbers."""

    calendar: Calendar
    places: Register
    versions: tuple[tuple[int, datetime], ...]

    def book(self, at: datetime) -> tuple[int, catalogue.Book]:
        """The version in force with its id.

        Raises:
            FieldError: ``records`` when none is loaded.
        """
        for number, start in self.versions:
            if start <= at:
                return number, catalogue.version(number)
        raise FieldError(
            "records", "尚未载入信用修复规定，请先运行 yishi city load", "no_catalogue"
        )

    def for_case(self, case: CaseState) -> Context:
        """What planning a move of *case* may know."""
        return Context(self.calendar, self.places, catalogue.version(case.catalogue_id))


def registers(numbers: Mapping[str, Any] | None = None) -> Registers:
    """The registers now: one statement, or none when the caller already has the *numbers*."""
    known = revisions.numbers() if numbers is None else numbers
    exchange.look(known)
    return Registers(
        revisions.at("calendars", known.get("calendars", 0), load_active),
        register_at(known.get("places", 0)),
        revisions.at("catalogue", known.get("catalogue", 0), _load_versions),
    )


def context_for(case: CaseState) -> Context:
    """What planning a move of *case* may know (1 statement)."""
    return registers().for_case(case)


def look() -> Callable[[CaseState], Context]:
    """The registers now, for any number of cases (1 statement)."""
    return registers().for_case
