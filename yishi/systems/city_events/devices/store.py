"""The statements of one message: what is known of it and its device, and everything it changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from yishi.foundation.statements import execute
from yishi.systems.city_events.devices.machine import State

#: Messages of one device are taken one after the other, by whatever door they come. The lock is a
#: statement of its own: what is looked up after it sees what the one before has stored.
_LOCK = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))"
_LOOK = """
SELECT (SELECT json_object_agg(name, number)::text FROM revisions_revision),
       (SELECT json_build_object('hash', encode(m.body_hash, 'hex'), 'answer', m.answer)::text
          FROM city_events_sensedmessage m JOIN city_events_device d ON d.id = m.device_id
         WHERE d.ref = $1 AND m.key = $2),
       (SELECT json_agg(json_build_array(s.metric, s.at, s.value, s.phase, s.since))::text
          FROM city_events_sensorstate s JOIN city_events_device d ON d.id = s.device_id
         WHERE d.ref = $1)
"""
_STORE = """
WITH message AS (
  INSERT INTO city_events_sensedmessage (device_id, key, body_hash, answer, at)
  VALUES ($1::bigint, $2, decode($3, 'hex'), $4::jsonb, $5::timestamptz)),
heard AS (
  INSERT INTO city_events_heard AS h (device_id, at, battery)
  VALUES ($1::bigint, $5::timestamptz, $6::smallint)
  ON CONFLICT (device_id) DO UPDATE SET at = greatest(h.at, EXCLUDED.at),
    battery = coalesce(EXCLUDED.battery, h.battery), silent_since = NULL),
states AS (
  INSERT INTO city_events_sensorstate (device_id, metric, phase, at, value, since)
  SELECT $1::bigint, metric, phase, at, value, since
    FROM json_to_recordset($7::json)
      AS t (metric text, phase text, at timestamptz, value float8, since timestamptz)
  ON CONFLICT (device_id, metric) DO UPDATE SET phase = EXCLUDED.phase, at = EXCLUDED.at,
    value = EXCLUDED.value, since = EXCLUDED.since),
readings AS (
  INSERT INTO city_events_readinghour AS r (device_id, metric, hour, points)
  SELECT $1::bigint, metric, hour, points
    FROM json_to_recordset($8::json) AS t (metric text, hour timestamptz, points jsonb)
  ON CONFLICT (device_id, metric, hour) DO UPDATE SET points = EXCLUDED.points || r.points)
SELECT 1
"""
_END = """
UPDATE city_events_alarm a SET ended_at = t.at
  FROM json_to_recordset($2::json) AS t (metric text, at timestamptz)
 WHERE a.device_id = $1::bigint AND a.metric = t.metric AND a.ended_at IS NULL
"""
_BEGIN = """
INSERT INTO city_events_alarm (device_id, case_id, metric, threshold_id, type_key, value, picture,
                               merged, at, taken_at, ended_at)
SELECT $1::bigint, c.id, t.metric, t.threshold, t.type_key, t.value, t.picture, t.merged, t.at,
       t.taken, t.ended
  FROM json_to_recordset($2::json)
    AS t (number text, metric text, threshold bigint, type_key text, value float8, picture text,
          merged bool, at timestamptz, taken timestamptz, ended timestamptz)
  JOIN cases_case c ON c.number = t.number
"""


@dataclass(frozen=True, slots=True)
class Known:
    """Revision numbers, the earlier message of that id, and the states of the device's metrics."""

    numbers: dict[str, int]
    earlier: tuple[bytes, dict[str, Any]] | None
    states: dict[str, State]


def look(ref: str, key: str) -> Known:
    """Lock the device *ref* until the transaction ends and say what is known (2 statements)."""
    execute(_LOCK, [f"device:{ref}"])
    ((numbers, earlier, states),) = execute(_LOOK, [ref, key])
    found = orjson.loads(earlier) if earlier else None
    return Known(
        orjson.loads(numbers or "{}"),
        (bytes.fromhex(found["hash"]), found["answer"]) if found else None,
        {row[0]: _state(row) for row in orjson.loads(states or "[]")},
    )


def _state(row: list[Any]) -> State:
    _metric, at, value, phase, since = row
    begun = datetime.fromisoformat(since) if since else None
    return State(datetime.fromisoformat(at), value, phase, begun)


def store(
    device_id: int,
    key: str,
    digest: bytes,
    answer: Mapping[str, Any],
    now: datetime,
    battery: int | None,
    states: Mapping[str, State],
    samples: Iterable[tuple[str, datetime, float]],
) -> None:
    """Store the message with what it changes (1 statement)."""
    hours: dict[tuple[str, datetime], dict[str, float]] = {}
    for metric, at, value in samples:
        moment = at.astimezone(UTC)
        hour = moment.replace(minute=0, second=0, microsecond=0)
        second = f"{(moment - hour).total_seconds():g}"
        hours.setdefault((metric, hour), {}).setdefault(second, value)
    rows = [
        {"metric": metric, "hour": hour, "points": points}
        for (metric, hour), points in hours.items()
    ]
    kept = [
        {"metric": metric, "phase": s.phase, "at": s.at, "value": s.value, "since": s.since}
        for metric, s in states.items()
    ]
    execute(
        _STORE,
        [device_id, key, digest.hex(), _json(answer), now, battery, _json(kept), _json(rows)],
    )


def store_alarms(
    device_id: int, ended: Mapping[str, datetime], raised: Iterable[Mapping[str, Any]]
) -> None:
    """End the open alarms of the metrics in *ended*, then store new ones (1 or 2 statements)."""
    rows = list(raised)
    if ended:
        over = [{"metric": metric, "at": at} for metric, at in ended.items()]
        execute(_END, [device_id, _json(over)])
    if rows:
        execute(_BEGIN, [device_id, _json(rows)])


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
