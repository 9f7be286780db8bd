"""The source that the face open311 asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.tracking import tracking_hash
from yishi.foundation.places.values import PlaceError
from yishi.foundation.ui.open311 import (
    NotPublished,
    Published,
    Query,
    Sent,
    Service,
    Taken,
    Update,
)
from yishi.systems.city_events.catalogue import EventType
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.open311 import published, supplements, taking
from yishi.systems.city_events.open311.offered import effective_types, services_of

_LONGEST_NUMBER = 40


class CityEvents:
    """City events for Open311 clients, see `yishi.foundation.ui.open311.Source`."""

    def contact(self, now: datetime) -> str:
        """The city's operation centre (1 statement)."""
        register = city().register
        root = register.place_of_division(register.root)
        try:
            found = register.responsible("operations", root, order="territory", at=now.date())
            return register.unit(found.unit_id).name if found else ""
        except PlaceError:
            return ""

    def changed_at(self, now: datetime) -> datetime:
        """When the catalogue in force took effect (1 statement)."""
        starts = [start for _, start in city().effective.versions if start <= now]
        return max(starts, default=datetime(2000, 1, 1, tzinfo=UTC))

    def services(self, now: datetime) -> Sequence[Service]:
        """The public types of the catalogue in force (1 statement)."""
        version, types = effective_types(city(), now)
        return services_of(version) if types else ()

    def report(self, actor: Actor, sent: Sent, now: datetime) -> Taken:
        """Take in a report, see `taking.report`."""
        return taking.report(actor, sent, now)

    def supplement(self, actor: Actor, sent: Sent, now: datetime) -> str:
        """Take in an update, see `supplements.supplement`."""
        return supplements.supplement(actor, sent, now)

    def requests(self, query: Query, now: datetime) -> Sequence[Published]:
        """Published cases (2 statements, 3 for a program).

        Raises:
            NotPublished: for a service code that is not published.
        """
        registers, types = _for(query, now)
        asked = replace(query, numbers=_storable(query.numbers))
        if query.numbers and not asked.numbers:
            return ()
        return published.requests(asked, types, registers.register)

    def updates(self, query: Query, now: datetime) -> Sequence[Update]:
        """Steps of published cases (2 statements)."""
        registers, types = _for(query, now)
        asked = replace(query, numbers=_storable(query.numbers))
        if query.numbers and not asked.numbers:
            return ()
        return published.updates(asked, types, registers.register)

    def number_of(self, token: str) -> str | None:
        """The case behind a tracking code (1 statement)."""
        rows = Report.objects.unscoped("the tracking code is the permission")
        found: str | None = (
            rows.filter(tracking_hash=tracking_hash(token))
            .values_list("case__number", flat=True)
            .first()
        )
        return found


def _for(query: Query, now: datetime) -> tuple[City, Mapping[str, EventType]]:
    registers = city()
    _, types = effective_types(registers, now)
    for code in query.services:
        if code not in types:
            raise NotPublished("service_code", f"没有公开的服务编码 {code[:64]}")
    return registers, types


def _storable(numbers: Sequence[str]) -> list[str]:
    """The numbers that the database may be asked for; the others cannot exist."""
    return [n for n in numbers if n.isascii() and n.isalnum() and len(n) <= _LONGEST_NUMBER]
