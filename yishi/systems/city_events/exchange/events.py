"""What partners are told of city events, and in which words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yishi.foundation import revisions
from yishi.foundation.cases.lifecycle import Lifecycle
from yishi.foundation.exchange.register import ExchangeSystem, Told
from yishi.foundation.parties.masking import mask_numbers
from yishi.foundation.places.loading import load_register
from yishi.foundation.places.values import PlaceError
from yishi.systems.city_events.lifecycle import LIFECYCLE, MOVES, STATES, SYSTEM
from yishi.systems.city_events.models import Report

DISPATCHED, MOVED, REPLIED, CLOSED = (
    "case.dispatched",
    "case.moved",
    "case.replied",
    "case.closed",
)
#: What stays inside a unit or inside the house.
_INNER = frozenset(
    {"assign_person", "revoke_person", "redo", "recalculate", "merge_report", "unmerge_report"}
)
#: The unit's answer.
_REPLIES = frozenset({"confirm"})
#: Events whose free text a sender may read: answers meant for whoever reported.
_ANSWERS = frozenset({REPLIED, CLOSED})


def told_moves(lifecycle: Lifecycle) -> Mapping[str, str]:
    """The moves that partners hear of, each as which event, read from the lifecycle."""
    told: dict[str, str] = {}
    for move in lifecycle.moves.values():
        if move.name in _INNER:
            continue
        final = move.target is not None and lifecycle.states[move.target].final
        if move.name in _REPLIES:
            told[move.name] = REPLIED
        elif final:
            told[move.name] = CLOSED
        else:
            told[move.name] = DISPATCHED if move.target == "assigned" else MOVED
    return told


def describe(told: Told) -> dict[str, Any]:
    """The content of an event (2 statements at most). Contacts are never in it, and numbers in
    free text are masked: who handles the case asks for it by the API."""
    case, body = told.case, told.body
    state = STATES[body["to"]]
    found: dict[str, Any] = {
        "move": body["move"],
        "move_label": MOVES[body["move"]].label,
        "state": state.name,
        "state_label": state.label,
        "stage": state.stage,
        "unit": _unit(body.get("unit")),
        "due_at": _due(body),
        "reason": body.get("reason"),
        "text": mask_numbers(told.note) if _may_read(told) else "",
        "type": case.type_key,
        "type_name": str(case.data.get("type_name") or ""),
        "division": case.division,
        "address": str(case.data.get("where") or ""),
        "lon": case.lon,
        "lat": case.lat,
        "datum": "EPSG:4490",
    }
    if told.as_unit and told.kind == DISPATCHED:
        found["description"] = described(case.id, datetime.fromisoformat(body["at"]))
    return found


def described(case_id: int, until: datetime) -> str:
    """What the reports of a case said up to a moment, without personal numbers (1 statement)."""
    return mask_numbers(described_in_full(case_id, until))


def described_in_full(case_id: int, until: datetime) -> str:
    """The same with the numbers of those who did not ask for secrecy, for whoever has to call."""
    reports = Report.objects.unscoped("a partner that has the case in sight")
    rows = reports.filter(case_id=case_id, received_at__lte=until).order_by("received_at", "id")
    words = [mask_numbers(row.text) if row.secret else row.text for row in rows]
    return "\n".join(filter(None, words))


def _may_read(told: Told) -> bool:
    return told.as_unit or told.kind in _ANSWERS


def _unit(unit_id: int | None) -> dict[str, str] | None:
    if unit_id is None:
        return None
    try:
        unit = revisions.kept("places", load_register).unit(unit_id)
    except PlaceError:
        return None
    return {"code": unit.code, "name": unit.name}


def _due(body: Mapping[str, Any]) -> str | None:
    """When handling is due, where this step started or changed its clock."""
    for entry in body.get("clocks", ()):
        if entry["kind"] == "handling" and entry["what"] != "stop":
            return str(entry["due"])
    return None


EXCHANGE = ExchangeSystem(SYSTEM, told_moves(LIFECYCLE), describe)
