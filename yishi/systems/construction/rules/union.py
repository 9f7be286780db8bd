"""How many days of a project's limit are used: the union of the days on which items count.

Each item counts the working days after its acceptance up to and including its decision, without
its suspensions. Days on which several items count, count once; the owner's designing and building
between items counts nothing. That is one clock with pauses: it stands still whenever no item
counts. So a project's deadline, light, recomputation and warnings are those of any clock.

Days are half-open, (from, to]: the day of acceptance does not count, the day of a notice that
suspends still does.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from yishi.foundation.calendars import Calendar
from yishi.foundation.calendars.pauses import merged
from yishi.foundation.cases.families.spans import Span, spans_of
from yishi.foundation.cases.state import ClockState

CITY_TIME = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Course:
    """When something counted: *begin* of the first span, the *gaps* between spans, and since when
    it stands still (``None`` while it counts)."""

    begin: datetime
    gaps: tuple[tuple[datetime, datetime], ...]
    still_since: datetime | None


def course_of(clocks: Iterable[ClockState]) -> Course | None:
    """The course of a project from the clocks of its counted items; ``None`` before the first."""
    spans = merged(span for clock in clocks for span in spans_of(clock))
    if not spans:
        return None
    gaps = []
    for (_, end), (begin, _) in pairwise(spans):
        if end is not None:
            gaps.append((end, begin))
    return Course(spans[0][0], tuple(gaps), spans[-1][1])


def day_of(moment: datetime) -> date:
    """The day in the city."""
    return moment.astimezone(CITY_TIME).date()


def used_days(calendar: Calendar, clock: ClockState, now: datetime) -> int:
    """Working days that a project's (or stage's) clock has counted until *now*."""
    today = day_of(min(now, clock.stopped_at) if clock.stopped_at else now)
    used = 0
    for begin, end in dated(spans_of(clock), today):
        used += max(0, calendar.working_days_between(begin, end))
    return used


def dated(spans: Sequence[Span], today: date) -> list[tuple[date, date]]:
    """Spans as days (after, until] up to *today*, those that share a day joined."""
    found: list[tuple[date, date]] = []
    for begin, end in spans:
        a = day_of(begin)
        b = today if end is None else min(day_of(end), today)
        if b <= a:
            continue
        if found and a <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], b))
        else:
            found.append((a, b))
    return found
