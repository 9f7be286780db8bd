"""Open cases of the same type near by, for officers who are about to file another one."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import cos, radians

from django.db.models import Q

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Case
from yishi.foundation.places.values import Place
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.looking import METRES_PER_DEGREE

METRES = 300
WITHIN = timedelta(days=30)
SHOWN = 5


def open_near(actor: Actor, type_key: str, place: Place, now: datetime) -> list[Case]:
    """Up to five open cases of the type within 300 m, or in the same division where no point is
    known, newest first, of those that *actor* may see (1 statement)."""
    if not type_key or not place.certain:
        return []
    where = Q(division=place.division)
    if place.lon is not None and place.lat is not None:
        high = METRES / METRES_PER_DEGREE
        wide = high / max(cos(radians(place.lat)), 0.01)
        where = Q(
            lat__range=(place.lat - high, place.lat + high),
            lon__range=(place.lon - wide, place.lon + wide),
        )
    rows = Case.objects.visible_to(actor).filter(
        where,
        system=SYSTEM,
        type_key=type_key,
        closed_at__isnull=True,
        received_at__gte=now - WITHIN,
    )
    return list(rows.select_related("unit").order_by("-id")[:SHOWN])
