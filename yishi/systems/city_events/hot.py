"""热点问题: what many people raise about one place or thing, with its members.

A group is a type in a community within a span of days; what counts is how many reports there were,
over all its cases, merged or not. Scope first: only cases that the actor may see are counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, IntegerField, Min, Q, QuerySet, Sum, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Case
from yishi.systems.city_events.catalogue import Catalogue
from yishi.systems.city_events.lifecycle import STAGES, SYSTEM
from yishi.systems.city_events.notices import CITY_TIME

#: Spans of days that are offered; the first is the usual one.
SPANS = (7, 1, 3, 30)
#: Groups on a page, and cases shown of each.
GROUPS, MEMBERS = 50, 30


@dataclass(frozen=True, slots=True)
class Group:
    """A hot issue: so many *reports* in so many *cases* of one type in one community."""

    type_key: str
    type_name: str
    division: str
    where: str
    cases: int
    reports: int
    open: int


def since(now: datetime, days: int) -> date:
    """The first day of a span that ends today."""
    return now.astimezone(CITY_TIME).date() - timedelta(days=days - 1)


def _counted(actor: Actor, now: datetime, days: int) -> QuerySet[Case]:
    """Cases of the span that count: typed, and not void unless they go on in another."""
    rows: QuerySet[Case] = Case.objects.visible_to(actor).filter(
        system=SYSTEM, received_on__gte=since(now, days)
    )
    return rows.exclude(type_key="").exclude(stage="void")


def groups(
    actor: Actor, catalogue: Catalogue, label: Any, now: datetime, days: int, least: int
) -> list[Group]:
    """Groups with at least *least* reports, most reports first (1 statement).

    *label* names a managed path.
    """
    reports = Coalesce(Cast(KeyTextTransform("reports", "data"), IntegerField()), Value(1))
    rows = (
        _counted(actor, now, days)
        .values("type_key", "division")
        .annotate(
            n=Count("id"),
            said=Sum(reports),
            open=Count("id", filter=Q(closed_at__isnull=True)),
            path=Min("managed_path"),
        )
        .filter(said__gte=least)
        .order_by("-said", "type_key", "division")[:GROUPS]
    )
    return [
        Group(
            row["type_key"],
            catalogue.by_key[row["type_key"]].name if row["type_key"] in catalogue.by_key else "",
            row["division"],
            label(row["path"]),
            row["n"],
            row["said"],
            row["open"],
        )
        for row in rows
    ]


def members(actor: Actor, type_key: str, division: str, now: datetime, days: int) -> list[Case]:
    """The newest cases of one group (1 statement)."""
    rows = _counted(actor, now, days).filter(type_key=type_key, division=division)
    return list(rows.select_related("unit").order_by("-id")[:MEMBERS])


def stage_label(case: Case) -> str:
    """The stage of a case, in words."""
    return STAGES[case.stage]
