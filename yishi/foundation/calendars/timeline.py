"""The days of a calendar laid out for arithmetic.

Time is Asia/Shanghai, which has been UTC+8 without daylight saving since 1992; the horizon
therefore begins in 1992 (the summer times of 1986-91 are out of scope) and wall-clock arithmetic
is exact. Inside, an instant is a whole number of microseconds since the horizon began, and a day
an index from it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from itertools import accumulate, compress
from zoneinfo import ZoneInfo

from yishi.foundation.calendars.days import (
    CalendarData,
    CalendarError,
    CalendarRangeError,
    DayKind,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
HORIZON = (1992, 2100)
"""First year that can be asked about, and the first that cannot."""

_BASE = datetime(HORIZON[0], 1, 1, tzinfo=SHANGHAI)
_BASE_ORDINAL = date(HORIZON[0], 1, 1).toordinal()
DAYS = date(HORIZON[1], 1, 1).toordinal() - _BASE_ORDINAL
SECOND = 1_000_000
DAY = 86_400 * SECOND


def end_of_day(day: date) -> datetime:
    """24:00 of ``day``, as the end of a pause "to the end of 18 March"."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=1)


def last_moment(day: date) -> datetime:
    """The last instant of ``day``: deadlines counted in dates end with it."""
    return end_of_day(day) - timedelta(microseconds=1)


class Timeline:
    """Which days work, and where in working time an instant lies."""

    def __init__(self, data: CalendarData, version: str = "") -> None:
        self.version = version
        self.data = data
        self._works = works = _working_flags(data)
        self._before = list(accumulate(works, initial=0))
        self._workdays = list(compress(range(DAYS), works))
        done, periods = 0, []
        for begin, end in data.periods:
            a, b = begin * 60 * SECOND, end * 60 * SECOND
            periods.append((a, b, done))
            done += b - a
        self._periods = tuple(periods)
        self._day_work = done
        years = data.official_years
        self.official_from = date(years[0], 1, 1) if years else None
        self.official_to = date(years[-1], 12, 31) if years else None
        self._official_first = self._index(self.official_from) if self.official_from else DAYS
        self._official_last = self._index(self.official_to) if self.official_to else -1

    def kind(self, day: date) -> DayKind:
        """What ``day`` is (beyond the official range: provisionally)."""
        works = self._works[self._index(day)]
        if works:
            return DayKind.WORKDAY if day.isoweekday() < 6 else DayKind.MAKEUP
        return DayKind.HOLIDAY if self.holiday_name(day) else DayKind.WEEKEND

    def holiday_name(self, day: date) -> str:
        """Festival that makes ``day`` special, or an empty string."""
        name = self.data.names.get(day, "")
        if not name and (day.month, day.day) == (1, 1) and not self.is_official(day):
            return "元旦"
        return name

    def is_workday(self, day: date) -> bool:
        """Whether offices work on ``day``."""
        return bool(self._works[self._index(day)])

    def is_official(self, day: date) -> bool:
        """Whether the holidays of that year are published."""
        return self._official_first <= self._index(day) <= self._official_last

    def next_working(self, at: datetime) -> datetime:
        """*at* itself within a working period, else the begin of the next one.

        Raises:
            CalendarRangeError: outside the horizon.
        """
        # One microsecond further has been worked only after a period has begun again.
        return instant(self._work_instant(self._work_position(self._micros(at)) + 1) - 1)

    def _work_position(self, micros: int) -> int:
        """Working microseconds between the start of the horizon and an instant."""
        day, rest = divmod(micros, DAY)
        total = self._before[day] * self._day_work
        if not self._works[day]:
            return total
        for begin, end, done in self._periods:
            if rest <= begin:
                return total + done
            if rest < end:
                return total + done + rest - begin
        return total + self._day_work

    def _work_instant(self, position: int) -> int:
        """The earliest instant at which ``position`` is reached."""
        days, rest = divmod(position - 1, self._day_work)
        rest += 1
        day = self._nth_workday(days + 1)
        for begin, end, done in self._periods:
            if rest <= done + end - begin:
                return day * DAY + begin + rest - done
        raise AssertionError("rest lies within a day's work")

    def first_working(self, at: datetime) -> datetime:
        """The first instant of a working period that is not before *at* (itself when it lies in
        one)."""
        position = self._work_position(self._micros(at))
        return instant(self._work_instant(position + 1) - 1)

    def _nth_workday(self, n: int) -> int:
        try:
            return self._workdays[n - 1]
        except IndexError:
            raise outside() from None

    def _roll(self, day: int) -> int:
        if not 0 <= day < DAYS:
            raise outside()
        while not self._works[day]:
            day += 1
            if day >= DAYS:
                raise outside()
        return day

    @staticmethod
    def _micros(at: datetime) -> int:
        if at.tzinfo is None:
            raise CalendarError("时间必须带时区")
        since = at - _BASE
        if not 0 <= since.days < DAYS:
            raise outside()
        return since.days * DAY + since.seconds * SECOND + since.microseconds

    @staticmethod
    def _index(day: date) -> int:
        index = day.toordinal() - _BASE_ORDINAL
        if not 0 <= index < DAYS:
            raise outside()
        return index

    @staticmethod
    def _date(index: int) -> date:
        if not 0 <= index < DAYS:
            raise outside()
        return date.fromordinal(_BASE_ORDINAL + index)

    def _beyond(self, day: date) -> CalendarRangeError:
        known = f"{self.official_from} 至 {self.official_to}" if self.official_from else "无"
        return CalendarRangeError(f"{day} 超出已公布的放假安排（{known}），不能确定日期")


def instant(micros: int) -> datetime:
    if not 0 <= micros <= DAYS * DAY:
        raise outside()
    return _BASE + timedelta(microseconds=micros)


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def outside() -> CalendarRangeError:
    return CalendarRangeError(f"日期超出可计算的范围（{HORIZON[0]}–{HORIZON[1] - 1} 年）")


def _working_flags(data: CalendarData) -> bytes:
    """One byte a day of the horizon: 1 where offices work."""
    first = date.fromordinal(_BASE_ORDINAL).weekday()
    week = bytes([1, 1, 1, 1, 1, 0, 0])
    flags = bytearray(((week[first:] + week[:first]) * (DAYS // 7 + 1))[:DAYS])
    for year in range(*HORIZON):
        if year not in data.official_years:
            flags[date(year, 1, 1).toordinal() - _BASE_ORDINAL] = 0
    for days, works in ((data.holidays, 0), (data.makeup, 1)):
        for day in days:
            index = day.toordinal() - _BASE_ORDINAL
            if not 0 <= index < DAYS:
                raise outside()
            flags[index] = works
    return bytes(flags)
