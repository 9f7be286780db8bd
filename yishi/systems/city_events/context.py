"""What planning needs besides the case: calendar, register, rules and the case's catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any

from django.utils import timezone

from yishi.foundation import revisions
from yishi.foundation.calendars.active import load_active
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.cases.draft import Context
from yishi.foundation.cases.state import CaseState
from yishi.foundation.exchange import register as partners
from yishi.foundation.places.loading import load_register
from yishi.foundation.places.snapshot import Register
from yishi.foundation.rulebook.store import Rulebook, load_rulebook
from yishi.systems.city_events.catalogue import Catalogue, Standard
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.recognition.recogniser import NONE, Recogniser, load_recogniser
from yishi.systems.city_events.routing.absence import REVISION as ABSENCES
from yishi.systems.city_events.routing.absence import Absences, load_absences
from yishi.systems.city_events.routing.versions import Tables, load_tables


@dataclass(frozen=True, slots=True)
class Effective:
    """The catalogue versions of the system, newest first: (id, effective from)."""

    versions: tuple[tuple[int, datetime], ...]

    def at(self, moment: datetime) -> int:
        """Id of the version in force.

        Raises:
            LookupError: when no version was in force yet.
        """
        for version, start in self.versions:
            if start <= moment:
                return version
        raise LookupError("尚未载入事部件目录，请先运行 yishi city load")


def _load_effective() -> Effective:
    from yishi.foundation.cases.models import CatalogueVersion

    rows = CatalogueVersion.objects.filter(system=SYSTEM).order_by("-effective_from", "-id")
    return Effective(tuple(rows.values_list("id", "effective_from")))


def catalogue_version(version: int) -> Catalogue:
    """The catalogue of one stored version; versions never change, so the copy never ages."""
    with _reading:  # whoever asks at the same time waits instead of reading it too
        return _catalogue_version(version)


_reading = Lock()


@lru_cache(maxsize=32)
def _catalogue_version(version: int) -> Catalogue:
    from yishi.foundation.cases.models import CatalogueVersion
    from yishi.systems.city_events.catalogue import from_content

    content = CatalogueVersion.objects.values_list("content", flat=True).get(pk=version)
    return from_content(content, checked=True)


@dataclass(frozen=True, slots=True)
class City:
    """The registers as of one look at their revision numbers."""

    calendar: Calendar
    register: Register
    rulebook: Rulebook
    effective: Effective
    recogniser: Recogniser = NONE
    #: The versions of the routing table, and which units are away.
    tables: Tables = field(default_factory=Tables)
    absences: Absences = field(default_factory=Absences)
    #: See :class:`yishi.foundation.cases.draft.Context`.
    tell_since: datetime | None = None

    def catalogue(self, at: datetime) -> tuple[int, Catalogue]:
        """The catalogue in force with its version's id."""
        version = self.effective.at(at)
        return version, catalogue_version(version)

    def text_confidence(self, at: datetime, area: str = "") -> float:
        """How sure the recogniser must be of a text for nobody to look at it: the city's parameter,
        or what its model was trained for."""
        own = self.recogniser.model.threshold if self.recogniser.model else 1.0
        return float(self.rulebook.value("text_confidence", at, area, default=own))

    def for_case(self, case: CaseState) -> Context:
        """What planning a move of *case* may know."""
        return Context(
            self.calendar,
            self.register,
            catalogue_version(case.catalogue_id),
            rulebook=self.rulebook,
            standard_at=self.standard_at,
            tell_since=self.tell_since,
        )

    def standard_at(self, type_key: str, code: str, at: datetime) -> Standard | None:
        """The standard of that type and code in force at *at*, if there still is one."""
        try:
            kind = self.catalogue(at)[1].by_key.get(type_key)
        except LookupError:
            return None
        return kind.standard(code) if kind is not None else None


def read_first() -> None:
    """Read the registers, and have the recogniser answer once."""
    now = timezone.now()
    registers = city()
    _version, catalogue = registers.catalogue(now)
    registers.recogniser.recognise(catalogue, "路灯不亮")


def city(numbers: Mapping[str, Any] | None = None) -> City:
    """The registers now: one statement, or none when the caller already has the *numbers*."""
    known = revisions.numbers() if numbers is None else numbers
    partners.look(known)
    return City(
        revisions.at("calendars", known.get("calendars", 0), load_active),
        revisions.at("places", known.get("places", 0), load_register),
        revisions.at("rulebook", known.get("rulebook", 0), load_rulebook),
        revisions.at("catalogue", known.get("catalogue", 0), _load_effective),
        revisions.at("recognition", known.get("recognition", 0), load_recogniser),
        revisions.at("catalogue", known.get("catalogue", 0), load_tables),
        revisions.at(ABSENCES, known.get(ABSENCES, 0), load_absences),
    )
