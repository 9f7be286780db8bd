"""The registers that themes are planned with: themes, items, calendar, places."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from yishi.foundation import revisions
from yishi.foundation.approvals.catalogue import SYSTEM as ITEMS
from yishi.foundation.approvals.catalogue import Book, book_of
from yishi.foundation.calendars.active import load_active
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.cases.draft import Context
from yishi.foundation.cases.models import CatalogueVersion
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.loading import load_register
from yishi.foundation.places.snapshot import Register
from yishi.systems.life_events.catalogue import SYSTEM, from_content
from yishi.systems.life_events.catalogue.model import Theme, Themes


@lru_cache(maxsize=16)
def themes_of(version: int) -> Themes:
    """The themes of one stored version; versions never change, so the copy never ages."""
    content = CatalogueVersion.objects.values_list("content", flat=True).get(pk=version)
    return from_content(content)


Effective = tuple[tuple[int, datetime], ...]


def _load_effective() -> dict[str, Effective]:
    rows = CatalogueVersion.objects.filter(system__in=(SYSTEM, ITEMS))
    found: dict[str, list[tuple[int, datetime]]] = {SYSTEM: [], ITEMS: []}
    for system, pk, start in rows.order_by("-effective_from", "-id").values_list(
        "system", "id", "effective_from"
    ):
        found[system].append((pk, start))
    return {system: tuple(versions) for system, versions in found.items()}


@dataclass(frozen=True, slots=True)
class Known:
    """The catalogues of a case, in the versions that it keeps."""

    theme: Theme
    book: Book


@dataclass(frozen=True, slots=True)
class Registers:
    """The registers as of one look at their revision numbers."""

    calendar: Calendar
    register: Register
    effective: Mapping[str, Effective]

    def version(self, system: str, at: datetime) -> int:
        """The version of *system*'s catalogue in force. Raises LookupError before the first."""
        for version, start in self.effective[system]:
            if start <= at:
                return version
        raise LookupError("尚未载入一件事目录，请先运行 yishi city load")

    def themes(self, at: datetime) -> tuple[int, Themes]:
        """The themes in force with their version."""
        version = self.version(SYSTEM, at)
        return version, themes_of(version)

    def book(self, at: datetime) -> tuple[int, Book]:
        """The items in force with their version."""
        version = self.version(ITEMS, at)
        return version, book_of(version)

    def for_case(self, case: CaseState) -> Context:
        """What planning a move of *case* may know."""
        return Context(self.calendar, self.register, Known(theme_of(case), book_of_case(case)))

    def new_case(self, theme: Theme, book: Book) -> Context:
        """What planning the first move of a case may know."""
        return Context(self.calendar, self.register, Known(theme, book))


def theme_of(case: CaseState) -> Theme:
    """The theme of a case in the version that the case keeps."""
    return themes_of(case.catalogue_id).themes[case.type_key]


def book_of_case(case: CaseState) -> Book:
    """The items in the version that a theme's case keeps."""
    return book_of(int(case.data["items"]))


def look() -> Callable[[CaseState], Context]:
    """The registers now, for any number of cases (1 statement)."""
    return registers().for_case


def context_for(case: CaseState) -> Context:
    """What planning a move of *case* may know (1 statement)."""
    return registers().for_case(case)


def registers(numbers: Mapping[str, Any] | None = None) -> Registers:
    """The registers now: one statement, or none when the caller already has the *numbers*."""
    known = revisions.numbers() if numbers is None else numbers
    return Registers(
        revisions.at("calendars", known.get("calendars", 0), load_active),
        revisions.at("places", known.get("places", 0), load_register),
        revisions.at("life_events.catalogue", known.get("catalogue", 0), _load_effective),
    )
