"""Deadlines counted in dates: working days, calendar days and months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from yishi.foundation.calendars.days import CalendarError, PauseError
from yishi.foundation.calendars.pauses import Pause, Spans, merge_spans, walk
from yishi.foundation.calendars.timeline import (
    DAY,
    HORIZON,
    Timeline,
    end_of_day,
    midnight,
    outside,
)


class DueDate(NamedTuple):
    """A deadline counted in dates."""

    day: date
    provisional: bool


class DateCounting(Timeline):
    """Counting in whole dates. The first day does not count (民法典 art. 201)."""

    def working_days_between(self, after: date, until: date) -> int:
        """Number of working days d with after < d <= until; negative if until lies before."""
        return self._before[self._index(until) + 1] - self._before[self._index(after) + 1]

    def add_wd(self, start: date, n: int, *, strict: bool = False) -> DueDate:
        """The n-th working day strictly after ``start``; n = 0 gives ``start``."""
        return self.deadline_with_suspensions(start, n, (), strict=strict)

    def deadline_with_suspensions(
        self,
        accepted: date,
        limit: int,
        suspensions: Sequence[tuple[date, date]],
        *,
        strict: bool = False,
    ) -> DueDate:
        """Last day of ``limit`` working days; each suspension (s, e] leaves s counted, e not."""
        if limit < 0:
            raise CalendarError("工作日数不能为负", "limit")
        if limit == 0:
            return self._answer(accepted, accepted, accepted, strict)
        pauses = [(midnight(s), end_of_day(e)) for s, e in suspensions]
        first = self._index(accepted)
        spans = self._date_spans(pauses)
        place, _ = self._walk_dates(self._before[first + 1], limit, spans)
        return self._answer(accepted, self._date(self._nth_workday(place)), accepted, strict)

    def calendar_days_rolled(self, start: date, n: int, *, strict: bool = False) -> DueDate:
        """``start`` + n days, moved past rest days (民法典 art. 201, 203)."""
        raw = self._index(start) + n
        return self._answer(self._date(raw), self._date(self._roll(raw)), start, strict)

    def calendar_months_rolled(self, start: date, n: int, *, strict: bool = False) -> DueDate:
        """Same day n months on, else month end (art. 202), moved past rest days (art. 203)."""
        raw = add_months(start, n)
        return self._answer(raw, self._date(self._roll(self._index(raw))), start, strict)

    def _date_spans(self, pauses: Sequence[Pause]) -> Spans:
        """Pauses as positions in working days: (day it begins, day it ends], as the law counts.

        They are merged as dates, not as times: of two suspensions that touch at midnight the
        second still leaves the day of its notice counted.
        """
        spans: list[tuple[int, int | None]] = []
        for begin, end in pauses:
            if end is not None and end < begin:
                raise PauseError("中止的结束早于开始", "pauses")
            first = self._before[self._micros(begin) // DAY + 1]
            last = None
            if end is not None:
                # A pause "to the end of" a day ends at 24:00, which is 0:00 of the next.
                last = max(first, self._before[(self._micros(end) - 1) // DAY + 1])
            spans.append((first, last))
        return merge_spans(spans)

    def _walk_dates(self, start: int, amount: int, spans: Spans) -> tuple[int, bool]:
        """Position of the last counted day, and whether a pause is still open.

        A pause that begins on the very last day leaves nothing to be counted after it, and ends the
        limit on its own last day: add_wd(e, 0) = e (§S10 0.3). What is decided there is in time.
        """
        place, paused = walk(start, amount, spans)
        for begin, end in spans:
            if begin == place:
                return (place, True) if end is None else (end, paused)
        return place, paused

    def _answer(self, first: date, last: date, start: date, strict: bool) -> DueDate:
        provisional = not (self.is_official(first) and self.is_official(last))
        if strict and provisional:
            raise self._beyond(last)
        return DueDate(last, provisional)


def add_months(day: date, n: int) -> date:
    """Same-numbered day n months on; month end if there is none (民法典 art. 202)."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    if not HORIZON[0] <= year < HORIZON[1]:
        raise outside()
    after = date(year + month // 11, (month + 1) % 12 + 1, 1)
    return date(year, month + 1, min(day.day, (after - timedelta(days=1)).day))
