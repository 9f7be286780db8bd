"""What planning a project's moves may know, and the catalogue in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yishi.foundation import revisions
from yishi.foundation.calendars.active import load_active
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.cases.draft import Context
from yishi.foundation.cases.models import CatalogueVersion
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.loading import load_register
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.catalogue import Book, version
from yishi.systems.construction.states import SYSTEM


@dataclass(frozen=True, slots=True)
class City:
    """The registers as of one look at their revision numbers; ``versions``: (id, effective from) of
    the catalogue, newest first."""

    calendar: Calendar
    register: Register
    versions: tuple[tuple[int, datetime], ...]

    def catalogue(self, at: datetime) -> tuple[int, Book]:
        """The catalogue in force with its version's id.

        Raises:
            FieldError: when none was loaded.
        """
        for number, begins in self.versions:
            if begins <= at:
                return number, version(number)
        raise FieldError("kind", "尚未载入工程审批目录，请先运行 yishi city load", "unknown")

    def for_case(self, case: CaseState) -> Context:
        """What planning a move of *case* may know."""
        return Context(self.calendar, self.register, version(case.catalogue_id))


def _load_versions() -> tuple[tuple[int, datetime], ...]:
    rows = CatalogueVersion.objects.filter(system=SYSTEM).order_by("-effective_from", "-id")
    return tuple(rows.values_list("id", "effective_from"))


def city(numbers: Mapping[str, Any] | None = None) -> City:
    """The registers now: one statement, or none when the caller already has the *numbers*."""
    known = revisions.numbers() if numbers is None else numbers
    return City(
        revisions.at("calendars", known.get("calendars", 0), load_active),
        revisions.at("places", known.get("places", 0), load_register),
        revisions.at("catalogue", known.get("catalogue", 0), _load_versions),
    )


def context_for(case: CaseState) -> Context:
    """The context of one case (1 statement)."""
    return city().for_case(case)
