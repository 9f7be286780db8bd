"""Application scenarios (应用场景): what a main class of the catalogue is handled as.

Purpose, indicators, plan and goals come from the catalogue; open cases are counted as the officer
sees them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext

from yishi.foundation.access.actors import Actor, within
from yishi.foundation.cases.models import Case
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError, UnitInfo
from yishi.foundation.ui.desk import Family, Look, Panel
from yishi.systems.city_events.assessment.homes import reach_of
from yishi.systems.city_events.catalogue import Catalogue, EventType
from yishi.systems.city_events.catalogue.types import LEVELS, Group
from yishi.systems.city_events.context import catalogue_version, city
from yishi.systems.city_events.figures import FIGURE_STAGES
from yishi.systems.city_events.states import SYSTEM

#: So few units of a function are named at once; more unfold, and at most so many.
FEW, NAMED = 3, 60


@dataclass(frozen=True, slots=True)
class Open:
    """Open cases of a scenario: all, past a running limit, and those whose handling was late."""

    open: int = 0
    running_late: int = 0
    late: int = 0


def address(key: str) -> str:
    """The page of the scenario with *key* (``event/05``)."""
    kind, _slash, main = key.partition("/")
    return reverse("desk:city_events:scenario", args=[kind, main])


def families(numbers: Mapping[str, int], now: datetime) -> Sequence[Family]:
    """The scenarios in force by section (no statement); none before a catalogue was loaded."""
    try:
        _version, catalogue = city(numbers).catalogue(now)
    except LookupError:
        return ()
    return [
        Family(one.key, one.main_name, section, address(one.key))
        for section, groups in by_section(catalogue)
        for one in groups
    ]


def by_section(catalogue: Catalogue) -> list[tuple[str, list[Group]]]:
    """The main classes by their scenario's section, in the order in which sections come up."""
    found: dict[str, list[Group]] = {}
    for group in catalogue.groups:
        section = group.scenario.section if group.scenario else ""
        found.setdefault(section or gettext("其他"), []).append(group)
    return list(found.items())


def open_cases(actor: Actor, now: datetime, key: str = "") -> dict[str, Open]:
    """Open cases that *actor* sees, by scenario (1 statement). They are few among all cases."""
    rows = Case.objects.visible_to(actor).filter(
        system=SYSTEM, closed_at=None, stage__in=FIGURE_STAGES.open
    )
    if key:
        rows = rows.filter(type_key__startswith=key + "/")
    try:
        sql, params = (
            rows.order_by().values("type_key", "next_due_at", "timeliness").query
        ).sql_with_params()
    except EmptyResultSet:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_to_string((string_to_array(type_key, '/'))[1:2], '/'), count(*),"
            " count(*) FILTER (WHERE next_due_at < %s), count(*) FILTER (WHERE timeliness = 'late')"
            f" FROM ({sql}) c GROUP BY 1",
            [now, *params],
        )
        return {row[0]: Open(*row[1:]) for row in cursor.fetchall()}


# --- Who carries it ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Carrier:
    """The units of one function in the viewer's area: the first of them, and how many there are.

    ``types``: how many types of the scenario they handle."""

    function: str
    role: str
    units: Sequence[UnitInfo]
    total: int
    types: int

    @property
    def few(self) -> bool:
        """Whether they are named without unfolding."""
        return self.total <= FEW


def areas_of(actor: Actor, register: Register) -> list[str]:
    """The managed paths that an officer works in: their scopes, else the county of their unit."""
    paths, _units, _people = reach_of(actor)
    if paths:
        return paths
    found = set()
    for grant in actor.grants:
        try:
            path = register.unit(grant.unit_id or 0).managed_path
        except PlaceError:
            continue
        found.add("/".join(path.split("/")[:2]))
    return sorted(found)


def carriers(group: Group, actor: Actor, register: Register) -> list[Carrier]:
    """Who handles, supervises and reports for the types of *group* in the actor's area."""
    areas = areas_of(actor, register)
    handles, supervises, reports = gettext("处置"), gettext("监管"), gettext("吹哨报到")
    roles: dict[str, dict[str, int]] = {}
    for kind in group.types:
        parts = [(kind.function, handles), (kind.supervision, supervises)]
        for function, role in [*parts, *((one, reports) for one in kind.whistle)]:
            said = roles.setdefault(function, {})
            said[role] = said.get(role, 0) + 1
    found = []
    for function, said in roles.items():
        units = [
            unit
            for unit in register.units(function=function)
            if any(within(unit.managed_path, a) or within(a, unit.managed_path) for a in areas)
        ]
        units.sort(key=lambda unit: (unit.managed_path.count("/"), unit.code))
        name = register.functions.get(function, function)
        role = "、".join(one for one in (handles, supervises, reports) if one in said)
        found.append(Carrier(name, role, units[:NAMED], len(units), said.get(handles, 0)))
    return sorted(found, key=lambda one: (-one.types, one.function))


# --- Its types -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """One type: what officers ask first about it."""

    type: EventType
    limits: Sequence[tuple[str, str, bool]]
    level: str
    function: str
    settled_by: str
    raised_to: str
    whistle: str
    open_url: str


def type_rows(group: Group, register: Register) -> list[Row]:
    """The types of *group* in their order."""
    return [_row(kind, register) for kind in group.types]


def _row(kind: EventType, register: Register) -> Row:
    named = register.functions
    return Row(
        type=kind,
        limits=[(one.filing, one.wording, one.urgent) for one in kind.standards],
        level=level_text(kind.level),
        function=named.get(kind.function, kind.function),
        settled_by=gettext("可自行处置") if kind.settles else gettext("派给职能部门"),
        raised_to=level_text(kind.raised_to),
        whistle="、".join(named.get(one, one) for one in kind.whistle),
        open_url=f"{reverse('desk:cases')}?type={kind.key}&figure=open",
    )


def level_text(level: str) -> str:
    """A level of the three centres, in words."""
    return gettext(LEVELS[level]) if level in LEVELS else ""


# --- On the case's page --------------------------------------------------------------------------


def panel(look: Look) -> list[Panel]:
    """Handling standard and plan at hand of the case's type, in one fold-out (no statement)."""
    catalogue = catalogue_version(look.case.catalogue_id)
    kind = catalogue.by_key.get(look.case.type_key)
    if kind is None:
        return []
    group = catalogue.group_of(kind.key)
    chosen = str(look.case.data.get("standard") or "")
    context: dict[str, Any] = {
        "kind": kind,
        "row": _row(kind, look.register),
        "standards": [(one, one.code == chosen) for one in kind.standards],
        "plan": group.scenario.plan if group and group.scenario else (),
        "scenario": group.main_name if group else "",
        "url": address(group.key) if group else "",
        "supervision": look.register.functions.get(kind.supervision, kind.supervision),
    }
    return [
        Panel("standard", gettext("处置标准与预案"), "city_events/standard_panel.html", context)
    ]
