"""What verbs on items need besides the case: calendar, places, rules, catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yishi.foundation import revisions
from yishi.foundation.approvals.catalogue import SYSTEM, Book, book_of
from yishi.foundation.calendars.active import load_active
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.cases.draft import Context
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places import register_at
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.store import Rulebook, load_rulebook


def _load_versions() -> tuple[tuple[int, datetime], ...]:
    """The catalogue's versions, newest first: (id, effective from)."""
    from yishi.foundation.cases.models import CatalogueVersion

    rows = CatalogueVersion.objects.filter(system=SYSTEM).order_by("-effective_from", "-id")
    return tuple(rows.values_list("id", "effective_from"))


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers as of one look at their revision numbers."""

    calendar: Calendar
    places: Register
    rulebook: Rulebook
    versions: tuple[tuple[int, datetime], ...]

    def catalogue(self, at: datetime) -> tuple[int, Book]:
        """The catalogue in force with its version's id.

        Raises:
            FieldError: ``item`` when none is in force yet.
        """
        for version, start in self.versions:
            if start <= at:
                return version, book_of(version)
        raise FieldError("item", "尚未载入事项目录，请先运行 yishi city load", "no_catalogue")

    def for_case(self, case: CaseState) -> Context:
        """What planning a move of *case* may know."""
        book = book_of(case.catalogue_id)
        return Context(self.calendar, self.places, book, rulebook=self.rulebook)


def registers(numbers: Mapping[str, Any] | None = None) -> Registers:
    """The registers now: one statement, or none when the caller already has the *numbers*."""
    known = revisions.numbers() if numbers is None else numbers
    return Registers(
        revisions.at("calendars", known.get("calendars", 0), load_active),
        register_at(known.get("places", 0)),
        revisions.at("rulebook", known.get("rulebook", 0), load_rulebook),
        revisions.at("catalogue", known.get("catalogue", 0), _load_versions),
    )


def look() -> Callable[[CaseState], Context]:
    """The registers now, for any number of cases (1 statement)."""
    return registers().for_case


def context_for(case: CaseState) -> Context:
    """What planning a move of *case* may know (1 statement)."""
    return registers().for_case(case)
