"""How long readings and the ids of messages are kept: the city's ``retention`` says it."""

from __future__ import annotations

from datetime import datetime

from yishi.foundation.audit.retention import Kind
from yishi.foundation.statements import execute
from yishi.systems.city_events.notices import CITY_TIME


def _readings(before: datetime, most: int) -> int:
    """Whole days only: a day is there, or it is not."""
    day = before.astimezone(CITY_TIME).replace(hour=0, minute=0, second=0, microsecond=0)
    return _deleted("city_events_readinghour", "hour", day, most)


def _messages(before: datetime, most: int) -> int:
    return _deleted("city_events_sensedmessage", "at", before, most)


def _deleted(table: str, column: str, before: datetime, most: int) -> int:
    statement = f"""
    WITH gone AS (DELETE FROM {table} WHERE id IN (
      SELECT id FROM {table} WHERE {column} < $1::timestamptz ORDER BY {column} LIMIT $2::int)
      RETURNING 1)
    SELECT count(*) FROM gone
    """
    return int(execute(statement, [before, most])[0][0])


KINDS = (
    Kind("reading", "感知读数", _readings),
    # Longer than a broker keeps what was not acknowledged, and than a message may be late.
    Kind("device_message", "设备消息编号", _messages, least=14, basis="消息可能迟到7天"),
)
