"""The calendar of the demo city, and a slow independent way to count, for the tests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from yishi.foundation.calendars import SHANGHAI, Calendar, Limit, Pause, Unit

CITY = Path(__file__).parents[4] / "cities" / "xiangyang"
DOCUMENT: dict[str, Any] = json.loads((CITY / "calendar.json").read_text(encoding="utf-8"))
CALENDAR = Calendar.from_document(DOCUMENT)
MINUTE = timedelta(minutes=1)

_OFF = {day for year in DOCUMENT["years"].values() for day in year["holidays"]}
_ON = {day for year in DOCUMENT["years"].values() for day in year["makeup_workdays"]}


def at(text: str) -> datetime:
    """``2026-03-02 09:00`` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def works(day: date) -> bool:
    """Whether offices work, straight from the published lists."""
    text = day.isoformat()
    if not 2020 <= day.year <= 2026 and text.endswith("-01-01"):
        return False
    return text in _ON or (text not in _OFF and day.weekday() < 5)


def minutes(start: datetime) -> Iterator[datetime]:
    """Every minute from ``start``, by walking."""
    moment = start.astimezone(SHANGHAI)
    while True:
        yield moment
        moment += MINUTE


def paused(moment: datetime, pauses: list[Pause]) -> bool:
    """Whether any pause covers the minute that begins at ``moment``."""
    return any(a <= moment and (b is None or moment < b) for a, b in pauses)


def counts(moment: datetime, limit: Limit) -> bool:
    """Whether the minute that begins at ``moment`` counts toward ``limit`` (time units)."""
    if limit.unit.continuous:
        return True
    in_hours = 8 <= moment.hour < 12 or 14 <= moment.hour < 18
    return in_hours and works(moment.date())


def needed_minutes(limit: Limit) -> int:
    """The limit in counted minutes (time units)."""
    size = {
        Unit.MINUTE: 1,
        Unit.EMERGENCY_HOUR: 60,
        Unit.WORKING_HOUR: 60,
        Unit.WORKING_DAY_FROM_MINUTE: 8 * 60,
        Unit.EMERGENCY_DAY: 24 * 60,
        Unit.NATURAL_DAY: 24 * 60,
    }
    return limit.amount * size[limit.unit]


def walked_due(start: datetime, limit: Limit, pauses: list[Pause]) -> datetime:
    """The deadline found by walking minute by minute."""
    left = needed_minutes(limit)
    for moment in minutes(start):
        if counts(moment, limit) and not paused(moment, pauses):
            left -= 1
            if left == 0:
                return moment + MINUTE
    raise AssertionError("minutes never end")


def walked_used(start: datetime, limit: Limit, now: datetime, pauses: list[Pause]) -> timedelta:
    """What was counted from ``start`` to ``now``, by walking minute by minute."""
    used = 0
    for moment in minutes(start):
        if moment >= now:
            return used * MINUTE
        used += counts(moment, limit) and not paused(moment, pauses)
    raise AssertionError("minutes never end")


def walked_working_day(start: date, n: int, pauses: list[tuple[date, date]]) -> date:
    """The n-th working day after ``start`` that lies in no (s, e], by walking day by day.

    Where the pause begins on that day nothing is left, and the limit ends with the pause.
    """
    day = start
    if not n:
        return day
    while n:
        day += timedelta(days=1)
        n -= works(day) and not any(s < day <= e for s, e in pauses)
    last = day
    while not works(day) or day == last or any(s < day <= e for s, e in pauses):
        last = day if works(day) else last
        day += timedelta(days=1)
    return last
