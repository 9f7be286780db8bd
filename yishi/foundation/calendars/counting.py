"""Working days that count, as sets of days: several cases of one stage share them (§S10.6).

Suspensions are half-open by date, (s, e]: the day on which the applicant is told still counts, the
day on which the special step ends does not; those that overlap are merged, never added.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from yishi.foundation.calendars.calendar import Calendar, Light, warning_amount
from yishi.foundation.calendars.days import CalendarError
from yishi.foundation.calendars.timeline import SHANGHAI, last_moment

Suspension = tuple[date, date]


def merged(suspensions: Iterable[Suspension]) -> list[Suspension]:
    """*suspensions* as disjoint ones in order; empty ones (told and ended on one day) vanish.

    Raises:
        CalendarError: for one that ends before it begins.
    """
    found: list[Suspension] = []
    for begin, end in sorted(suspensions):
        if end < begin:
            raise CalendarError("中止的结束日早于开始日", "suspensions")
        if begin == end:
            continue
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def counted_days(
    calendar: Calendar, accepted_on: date, until: date, suspensions: Sequence[Suspension] = ()
) -> frozenset[date]:
    """The working days that count from acceptance (not counted) to *until* (counted)."""
    away = merged(suspensions)
    days = (accepted_on + timedelta(days=n + 1) for n in range((until - accepted_on).days))
    return frozenset(
        day
        for day in days
        if calendar.is_workday(day) and not any(begin < day <= end for begin, end in away)
    )


def union_used(sets: Iterable[frozenset[date]]) -> int:
    """How many days several cases have used together: parallel days count once."""
    return len(frozenset().union(*sets))


def deadline(
    calendar: Calendar, accepted_on: date, limit: int, suspensions: Sequence[Suspension] = ()
) -> date:
    """The last day of *limit* working days, suspensions left out."""
    return calendar.deadline_with_suspensions(accepted_on, limit, merged(suspensions)).day


def effective_day(calendar: Calendar, day: date) -> date:
    """The day as which a decision dated *day* counts: of a rest day the last working day before."""
    while not calendar.is_workday(day):
        day -= timedelta(days=1)
    return day


def effective_moment(calendar: Calendar, at: datetime) -> datetime:
    """The moment as which *at* counts: on a rest day the end of the last working day before. What
    was due on that day is not over until the next working day begins."""
    today = at.astimezone(SHANGHAI).date()
    day = effective_day(calendar, today)
    return at if day == today else last_moment(day)


@dataclass(frozen=True, slots=True)
class Standing:
    """How a limit of working days stands on a day. ``remaining`` is negative when it is over."""

    used: int
    remaining: int
    light: Light

    @property
    def overdue(self) -> int:
        """Working days over the limit."""
        return max(0, -self.remaining)


def standing(
    calendar: Calendar,
    accepted_on: date,
    limit: int,
    on: date,
    suspensions: Sequence[Suspension] = (),
) -> Standing:
    """Used and remaining working days on the day *on*, and the light (yellow: a fifth remains)."""
    used = len(counted_days(calendar, accepted_on, on, suspensions))
    remaining = limit - used
    if remaining < 0:
        light = Light.RED
    else:
        light = Light.YELLOW if remaining <= warning_amount(limit) else Light.GREEN
    return Standing(used, remaining, light)
