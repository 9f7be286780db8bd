"""What an officer finds on the phone: own open work, the types, the sketch of the own area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Move
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Assignment
from yishi.foundation.cases.policy import NOT_YOURS, why_not
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.worklists import work
from yishi.foundation.places.models import Boundary, Cell
from yishi.foundation.ui.parts import Light, light
from yishi.systems.city_events import privacy, roles
from yishi.systems.city_events.catalogue import Catalogue, EventType
from yishi.systems.city_events.context import City, catalogue_version
from yishi.systems.city_events.lifecycle import LIFECYCLE, SYSTEM
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.onsite import settling
from yishi.systems.city_events.onsite.sending import MOVES

DUTIES = (roles.CHECK, roles.VERIFY, roles.MAIN)
#: What a phone keeps at most; the page says so where there is more.
MOST = 100
MOST_CELLS = 300
MOST_MARKS = 3000


@dataclass(frozen=True, slots=True)
class Work:
    """One open assignment of the officer, with what its case offers on site."""

    assignment: Assignment
    case: CaseState
    moves: tuple[Move, ...]
    #: (move's label, why it cannot be made) of the officer's own moves that wait for something.
    blocked: tuple[tuple[str, str], ...]

    @property
    def url(self) -> str:
        """The case's page at the desk."""
        return reverse("desk:case", args=[self.case.number])

    @property
    def links(self) -> list[tuple[str, str]]:
        """(label, address) of the ordinary forms of the moves."""
        return [
            (gettext(move.label), reverse("desk:move", args=[self.case.number, move.name]))
            for move in self.moves
        ]

    @property
    def duty_label(self) -> str:
        """核查, 核实 or 处置."""
        return gettext(LIFECYCLE.duty_labels[self.assignment.role])

    @property
    def where(self) -> str:
        """The place in words."""
        return str(self.case.data.get("where") or "")

    def light(self, now: datetime) -> Light:
        """The assignment's own light."""
        return light(self.assignment.due_at, now, warn_at=self.assignment.warn_at)


def work_of(actor: Actor, now: datetime) -> tuple[list[Work], bool]:
    """The officer's open work on site, due first, and whether there is more (2 statements)."""
    rows = work(actor).filter(role__in=DUTIES, case__system=SYSTEM)
    found = list(rows.order_by(F("due_at").asc(nulls_last=True), "id")[: MOST + 1])
    kept = found[:MOST]
    cases = {case.id: case for case in load_states(row.case_id for row in kept)} if kept else {}
    return [_work(actor, row, cases[row.case_id], now) for row in kept], len(found) > MOST


def _work(actor: Actor, row: Assignment, case: CaseState, now: datetime) -> Work:
    offered: list[Move] = []
    blocked: list[tuple[str, str]] = []
    for name in MOVES:
        move = LIFECYCLE.moves[name]
        if move.duty != row.role or case.state not in move.sources:
            continue
        why = why_not(LIFECYCLE, move, actor, case, {}, now)
        if why is None:
            offered.append(move)
        elif why != NOT_YOURS:
            blocked.append((gettext(move.label), gettext(why)))
    return Work(row, case, tuple(offered), tuple(blocked))


def work_json(actor: Actor, found: list[Work]) -> list[dict[str, Any]]:
    """The list as phones keep it (1 statement for the reporters' words, numbers masked)."""
    words = _words(actor, found)
    return [_item(one, words.get(one.case.id, "")) for one in found]


def _words(actor: Actor, found: list[Work]) -> dict[int, str]:
    """The first report's words of each case; numbers are never sent to a phone to be kept."""
    cases = {one.case.id: one.case for one in found}
    if not cases:
        return {}
    rows = Report.objects.visible_to(actor).filter(case_id__in=cases, merged=False)
    said: dict[int, str] = {}
    for report in rows.order_by("received_at", "id"):
        said.setdefault(
            report.case_id, privacy.words_of(actor, cases[report.case_id], report, numbers=False)
        )
    return said


def _item(one: Work, words: str) -> dict[str, Any]:
    case, row = one.case, one.assignment
    catalogue = catalogue_version(case.catalogue_id)
    kind = catalogue.by_key.get(case.type_key)
    return {
        "number": case.number,
        "subject": case.subject,
        "where": one.where,
        "words": words,
        "duty": row.role,
        "duty_label": one.duty_label,
        "state": case.state,
        "state_label": gettext(LIFECYCLE.states[case.state].label),
        "due": row.due_at.isoformat() if row.due_at else None,
        "warn": row.warn_at.isoformat() if row.warn_at else None,
        "version": case.version,
        "lon": case.lon,
        "lat": case.lat,
        "url": one.url,
        "moves": [move.name for move in one.moves],
        "blocked": [list(pair) for pair in one.blocked],
        **_guidance(catalogue, kind, case),
    }


def _guidance(catalogue: Catalogue, kind: EventType | None, case: CaseState) -> dict[str, Any]:
    """The standard that the case was filed under, what to do, and the plan of its scenario."""
    if kind is None:
        return {"type": gettext("待识别"), "standard": None, "handling": "", "plan": []}
    found = kind.standard(case.data.get("standard") or "")
    standard = None
    if found is not None:
        standard = {
            "filing": found.filing,
            "limit": case.data.get("limit") or found.wording,
            "closing": found.closing,
            "illustrative": found.illustrative,
        }
    return {
        "type": kind.name,
        "standard": standard,
        "handling": kind.handling,
        "plan": plan_of(catalogue, kind),
    }


def plan_of(catalogue: Catalogue, kind: EventType) -> list[str]:
    """The plan at hand (预案) of the type's scenario, line by line."""
    for group in catalogue.groups:
        if (group.kind, group.main) == (kind.kind, kind.main) and group.scenario:
            return list(group.scenario.plan)
    return []


def forms_json() -> dict[str, Any]:
    """What each move asks for, as the lifecycle says."""
    return {
        name: {
            "label": gettext(LIFECYCLE.moves[name].label),
            "needs": [
                {
                    "name": need.name,
                    "label": gettext(need.label),
                    "kind": need.kind,
                    "required": need.required,
                    "hint": gettext(need.hint) if need.hint else "",
                    "choices": [[value, gettext(text)] for value, text in need.choices],
                }
                for need in LIFECYCLE.moves[name].needs
            ],
        }
        for name in MOVES
    }


def types_json(version: int, catalogue: Catalogue) -> dict[str, Any]:
    """All types in short: key, name, main class, whether it settles, words to find it by, standards
    as (code, filing, limit)."""
    mains = list(dict.fromkeys(group.main_name for group in catalogue.groups))
    place = {name: number for number, name in enumerate(mains)}
    return {
        "version": version,
        "mains": mains,
        "types": [
            [
                kind.key,
                kind.name,
                place[kind.main_name],
                int(kind.settles),
                " ".join((*kind.aliases, *kind.keywords)),
                [[one.code, one.filing, one.wording] for one in kind.standards],
            ]
            for kind in catalogue.types
        ],
    }


def area_json(actor: Actor, registers: City) -> dict[str, Any]:
    """Outlines and landmarks of the area in which the officer's units work (at most 2 statements):
    counties, and unit cells where they are few enough to be drawn."""
    paths = areas_of(actor, registers)
    counties = sorted({path.split("/")[1] for path in paths if "/" in path})
    codes = [code for code in counties if code.isdigit()]
    outlines = [
        {"name": row.division.name, "shape": row.geometry, "kind": "county"}
        for row in Boundary.objects.filter(division_id__in=codes).select_related("division")
    ]
    cells: list[Mapping[str, Any]] = []
    if len(paths) == 1 and paths[0].count("/") >= 2:
        rows = Cell.objects.filter(managed_path__startswith=paths[0]).order_by("code")
        shapes = list(rows.values_list("code", "polygon", "synthetic")[: MOST_CELLS + 1])
        if len(shapes) <= MOST_CELLS:
            cells = [{"name": c, "shape": s, "kind": "cell", "synthetic": m} for c, s, m in shapes]
    marks = [
        [mark.id, mark.name, round(mark.lon, 6), round(mark.lat, 6), label]
        for mark, label in _marks(paths, registers)
    ]
    return {"outlines": [*outlines, *cells], "marks": marks}


def _marks(paths: list[str], registers: City) -> list[tuple[Any, str]]:
    register = registers.register
    near = [
        mark
        for mark in register.landmarks
        if any((mark.managed_path + "/").startswith(path + "/") for path in paths)
    ]
    return [(mark, register.label(mark.managed_path)) for mark in near[:MOST_MARKS]]


def areas_of(actor: Actor, registers: City) -> list[str]:
    """Managed paths of the units for which the officer works on site, none inside another."""
    paths = {
        registers.register.unit(grant.unit_id).managed_path
        for grant in actor.grants
        if grant.unit_id is not None
    }
    return sorted(p for p in paths if not any(p != q and p.startswith(q + "/") for q in paths))


def may_settle(actor: Actor, registers: City) -> bool:
    """Whether the officer belongs to a unit that settles on the spot (自行处置)."""
    return any(
        grant.role in settling.ROLES
        and grant.unit_id is not None
        and registers.register.unit(grant.unit_id).level in settling.LEVELS
        for grant in actor.grants
    )
