"""Limits as working days, so that limits of different units can be compared and drawn.

Natural days and months are converted (5 of 7 days, 21 days a month): for comparison only, a due
date is always computed with the calendar.
"""

from __future__ import annotations

from functools import lru_cache

from yishi.foundation.calendars.limits import Unit, parse_limit

MONTH = 21


@lru_cache(maxsize=1024)
def in_days(text: str) -> int:
    """*text* (official wording) in working days, rounded up; at least one."""
    limit = parse_limit(text, "licence")
    if limit.unit is Unit.MONTH:
        return limit.amount * MONTH
    if limit.unit in (Unit.CALENDAR_DAY, Unit.NATURAL_DAY, Unit.EMERGENCY_DAY):
        return -(-limit.amount * 5 // 7)
    if limit.unit in (Unit.WORKING_DAY, Unit.WORKING_DAY_FROM_MINUTE):
        return limit.amount
    return 1
