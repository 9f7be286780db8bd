"""What intake has to know before it plans, in as few statements as possible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import cos, radians
from typing import Any

import orjson

from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places import datum as datums
from yishi.foundation.statements import execute
from yishi.systems.city_events.context import City
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.reports import MACHINE_CHANNELS, ReportInput

#: Within which a machine's reports of one object are one where the type says nothing.
MACHINE_WINDOW = timedelta(minutes=10)
METRES_PER_DEGREE = 111_320.0

_LOOK = """
SELECT (SELECT json_object_agg(name, number)::text FROM revisions_revision),
       nextval(pg_get_serial_sequence('cases_case', 'id')),
       (SELECT json_build_object('hash', encode(body_hash, 'hex'), 'answer', answer)::text
          FROM cases_intakekey WHERE channel = $1 AND key = $2)
"""
_LOCK_OBJECT = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_SAME_OBJECT = """
SELECT c.id FROM city_events_report r JOIN cases_case c ON c.id = r.case_id
 WHERE r.object_ref = $1 AND r.received_at >= $2 AND c.type_key = $3 AND c.closed_at IS NULL
 ORDER BY c.id LIMIT 1
"""
_NEAR = """
SELECT c.id, c.lon, c.lat FROM cases_case c
 WHERE c.system = $1 AND c.type_key = $2 AND c.closed_at IS NULL AND c.received_at >= $3
   AND c.lat BETWEEN $4 AND $5 AND c.lon BETWEEN $6 AND $7
 ORDER BY c.id LIMIT 20
"""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier report under the same key: digest of its body, and what was answered."""

    body_hash: bytes
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Look:
    """Revision numbers, a reserved case id, and the earlier report if there was one."""

    numbers: dict[str, int]
    case_id: int
    earlier: Earlier | None


def look(channel: str, key: str) -> Look:
    """One statement; text that PostgreSQL cannot hold is looked up as no key (input checks come
    after and refuse it)."""
    usable = key if _storable(key) else ""
    ((numbers, case_id, earlier),) = execute(_LOOK, [channel, usable])
    found = orjson.loads(earlier) if earlier and usable else None
    return Look(
        orjson.loads(numbers or "{}"),
        case_id,
        Earlier(bytes.fromhex(found["hash"]), found["answer"]) if found else None,
    )


def _storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def same_thing(data: ReportInput, registers: City, now: datetime) -> CaseState | None:
    """The open case that *data* reports once more, locked, or ``None``.

    The type's merge rule decides: the same known object within minutes, or the same type within
    metres and hours; an object that is named is the same wherever it stands. A machine that names
    its object does not report it twice within minutes even where the type has no rule. Reports
    about one object are serialised by a lock that ends with the transaction, so that two cameras
    cannot both open a case.
    """
    _, catalogue = registers.catalogue(now)
    kind = catalogue.by_key.get(data.type_key)
    if kind is None:
        return None
    rule = kind.merge
    window = rule.window if rule else MACHINE_WINDOW if data.channel in MACHINE_CHANNELS else None
    found: int | None = None
    if window is not None and data.object_ref:
        execute(_LOCK_OBJECT, [f"{data.type_key}/{data.object_ref}"])
        rows = execute(_SAME_OBJECT, [data.object_ref, now - window, data.type_key])
        found = rows[0][0] if rows else None
    if found is None and rule and rule.metres and data.place.certain and data.place.lon is not None:
        found = _near(data, rule.metres, now - rule.window)
    if found is None:
        return None
    states = load_states([found], lock=True)
    return states[0] if states and states[0].closed_at is None else None


def _near(data: ReportInput, metres: float, since: datetime) -> int | None:
    lon, lat = data.place.lon, data.place.lat
    if lon is None or lat is None:
        return None
    high = metres / METRES_PER_DEGREE
    wide = high / max(cos(radians(lat)), 0.01)
    box = [lat - high, lat + high, lon - wide, lon + wide]
    rows = execute(_NEAR, [SYSTEM, data.type_key, since, *box])
    near = [
        (datums.metres(lon, lat, row[1], row[2]), row[0])
        for row in rows
        if datums.metres(lon, lat, row[1], row[2]) <= metres
    ]
    return min(near)[1] if near else None
