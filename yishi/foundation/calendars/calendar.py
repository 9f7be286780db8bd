"""The one time service: deadlines, extensions, what is used and what remains.

Pure: no database, and the time is always passed in. A Calendar is immutable and may be shared
between threads.

Three measures carry all units: continuous time, working time (only inside working periods) and
dates. Each maps an instant to a position; a limit is an amount of positions, and a pause is an
interval of positions that is skipped, so pauses that overlap are never added up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from yishi.foundation.calendars.dates import DateCounting, add_months
from yishi.foundation.calendars.days import PauseError, read_document, version_name
from yishi.foundation.calendars.limits import CountMode, Limit, Unit
from yishi.foundation.calendars.pauses import Pause, Spans, counted, merge_pauses, walk
from yishi.foundation.calendars.timeline import DAY, SECOND, instant

if TYPE_CHECKING:
    from yishi.foundation.calendars.explain import Line

_CONTINUOUS = {
    Unit.MINUTE: 60 * SECOND,
    Unit.EMERGENCY_HOUR: 3_600 * SECOND,
    Unit.EMERGENCY_DAY: DAY,
    Unit.NATURAL_DAY: DAY,
}


class Light(StrEnum):
    """Traffic light of a running clock."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Due:
    """A computed deadline, times in Asia/Shanghai.

    ``at``: last instant that is still on time (date units: 23:59:59.999999 of the day).
    ``warn_at``: from here the light is yellow. ``provisional``: rests on days whose holidays are
    not published yet. ``paused``: a pause is still open, so ``at`` is only the earliest possible
    deadline. ``rolled``: days moved because the last one was a rest day (民法典 art. 203).
    """

    at: datetime
    provisional: bool
    warn_at: datetime
    paused: bool = False
    rolled: int = 0

    @property
    def day(self) -> date:
        """The date of the deadline."""
        return self.at.date()

    def on_time(self, finished: datetime) -> bool:
        """Whether something finished then is in time: the deadline itself still is."""
        return finished <= self.at

    def light(self, now: datetime) -> Light:
        """Green, yellow or red at ``now``."""
        return light(now, self.warn_at, self.at)


def light(now: datetime, warn_at: datetime, due_at: datetime) -> Light:
    """Light of a running clock from its two stored instants."""
    if now > due_at:
        return Light.RED
    return Light.YELLOW if now >= warn_at else Light.GREEN


def on_time(finished: datetime, due_at: datetime) -> bool:
    """Deadlines are inclusive: finished exactly at the deadline is on time."""
    return finished <= due_at


def warning_amount(amount: int) -> int:
    """Units before the end at which the light turns yellow: max(1, ceil(0.2 x amount))."""
    return max(1, -(-amount // 5))


class Calendar(DateCounting):
    """Working calendar of one version: official years, and Mon-Fri minus 01-01 beyond them.

    ``strict=True`` on a method raises CalendarRangeError instead of answering provisionally;
    payment dates ask so.
    """

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Calendar:
        """Calendar of a JSON document (see ``days``). Raises CalendarError."""
        return cls(read_document(document), version_name(document))

    # Deadlines

    def due(
        self,
        start: datetime,
        limit: Limit,
        pauses: Sequence[Pause] = (),
        *,
        strict: bool = False,
    ) -> Due:
        """Deadline of a clock that started at ``start`` (aware).

        Time units count from the instant; date units count dates and end at 24:00. In date units
        the day a pause begins still counts and the day it ends does not. Calendar days and
        months take no pause: PauseError. Raises CalendarRangeError outside the horizon.
        """
        unit = limit.unit
        if unit in _CONTINUOUS:
            return self._due_continuous(start, limit, pauses)
        if unit is Unit.WORKING_DAY:
            found = self._due_working_day(start, limit, pauses)
        elif unit.by_date:
            found = self._due_rolled(start, limit, pauses)
        else:
            found = self._due_working_time(start, limit, pauses)
        if strict and found.provisional:
            raise self._beyond(found.at.date())
        return found

    def extend(
        self, due_at: datetime, limit: Limit, pauses: Sequence[Pause] = (), *, strict: bool = False
    ) -> Due:
        """Deadline after one extension: from the current deadline, one original limit more.

        *pauses* that lie in the added time are skipped as in the limit itself.
        """
        if limit.count_mode is CountMode.INCLUSIVE:
            limit = Limit(limit.amount, limit.unit, limit.text)
        return self.due(due_at, limit, pauses, strict=strict)

    def used(
        self, start: datetime, limit: Limit, now: datetime, pauses: Sequence[Pause] = ()
    ) -> timedelta:
        """What the clock has counted until ``now``, merged pauses left out.

        Working time for 工作时 and 工作日 from the minute, elapsed time for continuous units,
        a number of days (``timedelta.days``) for date units.
        """
        if now <= start:
            return timedelta(0)
        unit = limit.unit
        if unit.by_date:
            first, last = (
                self._date_position(start, limit),
                self._date_position(now, limit, True),
            )
            return timedelta(days=counted(first, last, self._spans(pauses, limit)))
        position = self._work_position if unit not in _CONTINUOUS else int
        begin, end = position(self._micros(start)), position(self._micros(now))
        return timedelta(microseconds=counted(begin, end, self._spans(pauses, limit)))

    def remaining(
        self, start: datetime, limit: Limit, now: datetime, pauses: Sequence[Pause] = ()
    ) -> timedelta:
        """``total`` minus ``used``; negative by what was counted beyond the limit."""
        return self.total(start, limit) - self.used(start, limit, now, pauses)

    def total(self, start: datetime, limit: Limit) -> timedelta:
        """The whole limit in the measure of ``used`` (calendar days: with the roll-over)."""
        unit = limit.unit
        if unit in _CONTINUOUS:
            return timedelta(microseconds=limit.amount * _CONTINUOUS[unit])
        if unit is Unit.WORKING_DAY:
            return timedelta(days=limit.amount)
        if unit.by_date:
            last = self._index(self.due(start, limit).at.date())
            return timedelta(days=last - self._date_position(start, limit))
        return timedelta(microseconds=self._work_amount(limit))

    def explain(self, start: datetime, limit: Limit, pauses: Sequence[Pause] = ()) -> list[Line]:
        """Day by day how the deadline comes about. Raises as ``due``."""
        from yishi.foundation.calendars.explain import explain

        return explain(self, start, limit, pauses)

    # Inside

    def _due_continuous(self, start: datetime, limit: Limit, pauses: Sequence[Pause]) -> Due:
        size = _CONTINUOUS[limit.unit]
        begin = self._micros(start)
        amount = limit.amount * size
        quiet = max(0, amount - warning_amount(limit.amount) * size)
        if not pauses:
            return Due(instant(begin + amount), False, instant(begin + quiet))
        spans = self._spans(pauses, limit)
        place, paused = walk(begin, amount, spans)
        calm, _ = walk(begin, quiet, spans)
        return Due(instant(place), False, instant(calm), paused)

    def _work_amount(self, limit: Limit) -> int:
        hours = limit.unit is Unit.WORKING_HOUR
        return limit.amount * (3_600 * SECOND if hours else self._day_work)

    def _due_working_time(self, start: datetime, limit: Limit, pauses: Sequence[Pause]) -> Due:
        begin = self._micros(start)
        place = self._work_position(begin)
        spans = self._spans(pauses, limit) if pauses else ()
        amount = self._work_amount(limit)
        end, paused = walk(place, amount, spans)
        warning = amount // limit.amount * warning_amount(limit.amount)
        calm, _ = walk(place, max(0, amount - warning), spans)
        at = self._work_instant(end)
        warn = max(begin, self._work_instant(calm)) if calm > place else begin
        provisional = begin // DAY < self._official_first or at // DAY > self._official_last
        return Due(instant(at), provisional, instant(warn), paused)

    def _due_working_day(self, start: datetime, limit: Limit, pauses: Sequence[Pause]) -> Due:
        begin = self._micros(start)
        place = self._date_position(start, limit)
        spans = self._spans(pauses, limit) if pauses else ()
        end, paused = self._walk_dates(place, limit.amount, spans)
        quiet = limit.amount - warning_amount(limit.amount)
        warn = begin
        if quiet > 0:
            calm, _ = walk(place, quiet, spans)
            warn = max(begin, self._nth_workday(calm) * DAY)
        day = self._nth_workday(end)
        provisional = begin // DAY < self._official_first or day > self._official_last
        return Due(instant((day + 1) * DAY - 1), provisional, instant(warn), paused)

    def _due_rolled(self, start: datetime, limit: Limit, pauses: Sequence[Pause]) -> Due:
        if pauses:
            raise PauseError(f"{limit.unit.label}的时限依法不中止", "pauses")
        begin = self._micros(start)
        first = self._date_position(start, limit)
        if limit.unit is Unit.MONTH:
            raw = self._index(add_months(self._date(begin // DAY), limit.amount))
            raw -= limit.count_mode is CountMode.INCLUSIVE
        else:
            raw = first + limit.amount
        day = self._roll(raw)
        amount = limit.amount if limit.unit is Unit.CALENDAR_DAY else raw - first
        warn = max(begin, (day - warning_amount(amount)) * DAY)
        provisional = not self._official_first <= raw <= day <= self._official_last
        return Due(instant((day + 1) * DAY - 1), provisional, instant(warn), rolled=day - raw)

    def _spans(self, pauses: Sequence[Pause], limit: Limit) -> Spans:
        if not pauses:
            return ()
        if limit.unit is Unit.WORKING_DAY:
            return self._date_spans(pauses)
        if limit.unit.by_date:
            raise PauseError(f"{limit.unit.label}的时限依法不中止", "pauses")
        position = int if limit.unit in _CONTINUOUS else self._work_position
        return [
            (
                position(self._micros(a)),
                None if b is None else position(self._micros(b)),
            )
            for a, b in merge_pauses(pauses)
        ]

    def _date_position(self, at: datetime, limit: Limit, stop: bool = False) -> int:
        """Position of a date in its measure; as a start, INCLUSIVE begins one day earlier."""
        day = self._micros(at) // DAY
        if not stop and limit.count_mode is CountMode.INCLUSIVE:
            day -= 1
        return self._before[day + 1] if limit.unit is Unit.WORKING_DAY else day
