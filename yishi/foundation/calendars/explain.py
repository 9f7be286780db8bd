"""A deadline explained day by day: what each date is, what it counts, what has been counted.

Texts are Chinese; the edges translate the fixed words (see ``presentation``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from yishi.foundation.calendars.calendar import Calendar, Due
from yishi.foundation.calendars.days import CalendarError, DayKind
from yishi.foundation.calendars.limits import CountMode, Limit, Unit
from yishi.foundation.calendars.pauses import Pause
from yishi.foundation.calendars.timeline import SHANGHAI, end_of_day, midnight

MAX_LINES = 4000
"""An explanation longer than this many days is refused: nobody reads it."""


class Remark(StrEnum):
    """Why a line counts as it does."""

    FIRST_DAY = "起算当日不计入"
    FIRST_DAY_COUNTS = "起算当日计入"
    PAUSED = "中止期间不计"
    ROLLED = "末日遇休息日顺延"
    DUE = "到期"
    OPEN = "中止尚未结束"


_WEEKDAYS = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")


@dataclass(frozen=True, slots=True)
class Line:
    """One date of an explanation.

    ``counted`` and ``total`` are working or elapsed time, or whole days for date units
    (``by_date``). ``name`` is the festival of a holiday or make-up day.
    """

    day: date
    kind: DayKind
    name: str
    provisional: bool
    counted: timedelta
    total: timedelta
    by_date: bool
    remarks: tuple[Remark, ...] = ()

    @property
    def weekday(self) -> str:
        """星期一 … 星期日."""
        return _WEEKDAYS[self.day.weekday()]

    @property
    def text(self) -> str:
        """The line in Chinese."""
        kind = f"{self.kind.label}（{self.name}）" if self.name else self.kind.label
        kind += "·暂定" if self.provisional else ""
        parts = [
            f"{self.day} {self.weekday} {kind}",
            f"计 {amount_text(self.counted, self.by_date)}",
            f"累计 {amount_text(self.total, self.by_date)}",
        ]
        if self.remarks:
            parts.append("、".join(self.remarks))
        return "，".join(parts)


def amount_text(amount: timedelta, by_date: bool) -> str:
    """``3 天`` for dates, ``17 小时`` or ``1 小时 30 分`` for time."""
    if by_date:
        return f"{amount.days} 天"
    seconds = int(amount.total_seconds())
    parts = [
        f"{value} {word}"
        for value, word in (
            (seconds // 3600, "小时"),
            (seconds // 60 % 60, "分"),
            (seconds % 60, "秒"),
        )
        if value
    ]
    return " ".join(parts) or "0 小时"


def explain(
    calendar: Calendar, start: datetime, limit: Limit, pauses: Sequence[Pause] = ()
) -> list[Line]:
    """One Line for each date from the start to the deadline. Raises as ``Calendar.due``.

    With a pause still open the last line is the day on which it began.
    """
    due = calendar.due(start, limit, pauses)
    start = start.astimezone(SHANGHAI)
    last = due.at.date()
    if due.paused:
        began = min(begin for begin, end in pauses if end is None)
        last = max(start.date(), began.astimezone(SHANGHAI).date())
    first = start.date()
    if (last - first).days >= MAX_LINES:
        raise CalendarError(f"期限跨度超过 {MAX_LINES} 天，无法逐日说明", "limit")
    lines: list[Line] = []
    total = timedelta(0)
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        until = _used_until(calendar, start, limit, pauses, day, due)
        lines.append(
            Line(
                day=day,
                kind=calendar.kind(day),
                name=calendar.holiday_name(day),
                provisional=not calendar.is_official(day),
                counted=until - total,
                total=until,
                by_date=limit.unit.by_date,
                remarks=_remarks(limit, pauses, day, first, last, due),
            )
        )
        total = until
    return lines


def _used_until(
    calendar: Calendar,
    start: datetime,
    limit: Limit,
    pauses: Sequence[Pause],
    day: date,
    due: Due,
) -> timedelta:
    """What is counted at the end of ``day`` (by ``used``, so that both always agree)."""
    if not limit.unit.by_date:
        moment = min(end_of_day(day), due.at) if not due.paused else end_of_day(day)
        return calendar.used(start, limit, moment, pauses)
    raw = due.day - timedelta(days=due.rolled)
    # A start at 0:00 is not before that day's 0:00, hence the last moment of the day.
    moment = end_of_day(min(day, raw)) - timedelta(microseconds=1)
    return calendar.used(start, limit, moment, pauses)


def _remarks(
    limit: Limit, pauses: Sequence[Pause], day: date, first: date, last: date, due: Due
) -> tuple[Remark, ...]:
    remarks: list[Remark] = []
    if day == first and limit.unit.by_date:
        inclusive = limit.count_mode is CountMode.INCLUSIVE
        remarks.append(Remark.FIRST_DAY_COUNTS if inclusive else Remark.FIRST_DAY)
    if _touched(limit, pauses, day):
        remarks.append(Remark.PAUSED)
    if due.rolled and day > due.day - timedelta(days=due.rolled):
        remarks.append(Remark.ROLLED)
    if day == last:
        remarks.append(Remark.OPEN if due.paused else Remark.DUE)
    return tuple(remarks)


def _touched(limit: Limit, pauses: Sequence[Pause], day: date) -> bool:
    """Whether a pause takes something from ``day``: for date units the day it began counts."""
    begin_of_day, after = midnight(day), end_of_day(day)
    for begin, end in pauses:
        if limit.unit is Unit.WORKING_DAY:
            if begin < begin_of_day and (end is None or end > begin_of_day):
                return True
        elif begin < after and (end is None or end > begin_of_day):
            return True
    return False
