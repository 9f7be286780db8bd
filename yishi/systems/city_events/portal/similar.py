"""Open cases of the same kind near by, as far as everybody may know them.

Nothing that a reporter wrote is shown (an address may name a person): only the kind, how far and
how old, and who has it. Reports in secrecy and types that are not public never appear.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any

from yishi.foundation.cases.models import Case
from yishi.foundation.places import datum as datums
from yishi.foundation.places.values import Place
from yishi.systems.city_events.catalogue import EventType
from yishi.systems.city_events.lifecycle import STAGES, SYSTEM
from yishi.systems.city_events.looking import METRES_PER_DEGREE

METRES = 300
WITHIN = timedelta(days=30)
SHOWN = 5


@dataclass(frozen=True, slots=True)
class Similar:
    """A case near by: *metres* is ``None`` where the place is only a community."""

    type_key: str
    stage: str
    unit: str
    received_at: datetime
    metres: int | None


def similar(kinds: Iterable[EventType], place: Place, now: datetime) -> list[Similar]:
    """Up to five open public cases of *kinds* within 300 m, or in the same community (1
    statement)."""
    keys = [kind.key for kind in kinds if kind.public]
    if not keys or not place.certain:
        return []
    rows = (
        Case.objects.unscoped("only kind, distance, age and unit of public cases are shown")
        .filter(
            system=SYSTEM,
            type_key__in=keys,
            closed_at__isnull=True,
            secret=False,
            received_at__gte=now - WITHIN,
        )
        .select_related("unit")
    )
    rows = rows.filter(**_around(place)).order_by("-id")[: SHOWN * 4]
    found = [
        Similar(
            row.type_key,
            STAGES[row.stage],
            row.unit.name if row.unit else "",
            row.received_at,
            _metres(place, row),
        )
        for row in rows
    ]
    near = [case for case in found if case.metres is None or case.metres <= METRES]
    near.sort(key=lambda case: (case.metres or 0, -case.received_at.timestamp()))
    return near[:SHOWN]


def _around(place: Place) -> dict[str, Any]:
    if place.lon is None or place.lat is None:
        return {"division": place.division}
    high = METRES / METRES_PER_DEGREE
    wide = high / max(cos(radians(place.lat)), 0.01)
    return {
        "lat__range": (place.lat - high, place.lat + high),
        "lon__range": (place.lon - wide, place.lon + wide),
    }


def _metres(place: Place, case: Case) -> int | None:
    if place.lon is None or place.lat is None or case.lon is None or case.lat is None:
        return None
    return round(datums.metres(place.lon, place.lat, case.lon, case.lat))
