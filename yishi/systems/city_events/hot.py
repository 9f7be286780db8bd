"""热点问题: what many people raise about one place or thing, with its members.

A group is a type in a community within a span of days; what counts is how many reports there were,
over all its cases, merged or not. Scope first: only cases that the actor may see are counted.
Those of whole areas are counted by a worker (`hot_counts`), all others when somebody looks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, IntegerField, Min, Q, QuerySet, Sum, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Case
from yishi.systems.city_events.catalogue import Catalogue
from yishi.systems.city_events.hot_counts import SPANS, since
from yishi.systems.city_events.hot_counts import stored as stored_groups
from yishi.systems.city_events.lifecycle import STAGES, SYSTEM

#: Groups on a page, and cases shown of each.
GROUPS, MEMBERS = 50, 30
__all__ = ["SPANS", "Found", "Group", "groups", "members", "stage_label"]


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


@dataclass(frozen=True, slots=True)
class Found:
    """Hot issues, most reports first, and when they were counted (``None``: just now)."""

    groups: Sequence[Group]
    counted_at: datetime | None


def _counted(actor: Actor, now: datetime, days: int) -> QuerySet[Case]:
    """Cases of the span that count: typed, and not void unless they go on in another."""
    rows: QuerySet[Case] = Case.objects.visible_to(actor).filter(
        system=SYSTEM, received_on__gte=since(now, days)
    )
    return rows.exclude(type_key="").exclude(stage="void")


def groups(
    actor: Actor, catalogue: Catalogue, label: Any, now: datetime, days: int, least: int
) -> Found:
    """Groups with at least *least* reports (2 statements).

    *label* names a managed path.
    """
    stored = stored_groups(actor, now, days, least)
    rows, counted_at = stored or (_counted_now(actor, now, days), None)
    hot = rows.filter(said__gte=least).order_by("-said", "type_key", "division")[:GROUPS]
    return Found([_group(row, catalogue, label) for row in hot], counted_at)


def _counted_now(actor: Actor, now: datetime, days: int) -> Any:
    reports = Coalesce(Cast(KeyTextTransform("reports", "data"), IntegerField()), Value(1))
    return (
        _counted(actor, now, days)
        .values("type_key", "division")
        .annotate(
            n=Count("id"),
            said=Sum(reports),
            still=Count("id", filter=Q(closed_at__isnull=True)),
            path=Min("managed_path"),
        )
    )


def _group(row: dict[str, Any], catalogue: Catalogue, label: Any) -> Group:
    kind = catalogue.by_key.get(row["type_key"])
    return Group(
        row["type_key"],
        kind.name if kind else "",
        row["division"],
        label(row["path"]),
        row["n"],
        row["said"],
        row["still"],
    )


def members(actor: Actor, type_key: str, division: str, now: datetime, days: int) -> list[Case]:
    """The newest cases of one group (1 statement)."""
    rows = _counted(actor, now, days).filter(type_key=type_key, division=division)
    return list(rows.select_related("unit").order_by("-id")[:MEMBERS])


def stage_label(case: Case) -> str:
    """The stage of a case, in words."""
    return STAGES[case.stage]
