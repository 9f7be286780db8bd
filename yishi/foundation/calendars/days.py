"""The kinds of days, the official data of a year, and reading both from a JSON document.

A document is what ``cities/<city>/calendar.json`` and the database hold::

    {"source": "...", "notice": "...", "periods": ["08:00-12:00", "14:00-18:00"],
     "years": {"2026": {"holidays": {"2026-01-01": "元旦"}, "makeup_workdays": {…}}}}
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from yishi.foundation.revisions.errors import FieldError


class DayKind(StrEnum):
    """What a date is to the working calendar; ``label`` is the Chinese term."""

    WORKDAY = "workday"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    MAKEUP = "makeup"

    @property
    def works(self) -> bool:
        """True for working days, made-up ones included."""
        return self in (DayKind.WORKDAY, DayKind.MAKEUP)

    @property
    def label(self) -> str:
        """The Chinese term."""
        return _KIND_LABELS[self]


_KIND_LABELS = {
    DayKind.WORKDAY: "工作日",
    DayKind.WEEKEND: "周末",
    DayKind.HOLIDAY: "节假日",
    DayKind.MAKEUP: "调休上班",
}

Periods = tuple[tuple[int, int], ...]
"""Working periods of a working day: (from, to) in minutes after midnight, ascending."""

DEFAULT_PERIODS: Periods = ((8 * 60, 12 * 60), (14 * 60, 18 * 60))


class CalendarError(FieldError):
    """A calendar or a request to it that makes no sense; ``field`` names the culprit."""

    def __init__(self, message: str, field: str = "calendar", code: str = "invalid") -> None:
        super().__init__(field, message, code)


class CalendarRangeError(CalendarError):
    """A date outside what the calendar can answer, or beyond the official range when strict."""


class PauseError(CalendarError):
    """A pause that ends before it begins, or of a limit that the law does not let pause."""


@dataclass(frozen=True, slots=True)
class CalendarData:
    """Everything a calendar is made of. ``names`` gives the festival of each special date."""

    official_years: tuple[int, ...]
    holidays: frozenset[date]
    makeup: frozenset[date]
    names: Mapping[date, str]
    periods: Periods = DEFAULT_PERIODS

    def __post_init__(self) -> None:
        years = self.official_years
        if list(years) != list(range(years[0], years[0] + len(years))) if years else False:
            raise CalendarError("公布的年份必须连续，缺年不能推算", "years")
        both = self.holidays & self.makeup
        if both:
            raise CalendarError(f"{min(both)} 同时列为放假和上班", "makeup_workdays")
        for day in self.makeup:
            if day.isoweekday() < 6:
                raise CalendarError(f"调休上班日 {day} 不是周六或周日", "makeup_workdays")
        check_periods(self.periods)


def check_periods(periods: Periods) -> None:
    """Raise CalendarError unless the periods are ascending, apart and inside one day."""
    last = 0
    for begin, end in periods:
        if not last <= begin < end <= 24 * 60:
            raise CalendarError("工作时段必须按先后排列、互不重叠且在一天之内", "periods")
        last = end
    if not periods:
        raise CalendarError("至少要有一个工作时段", "periods")


_PERIOD = re.compile(r"([0-2]?\d):([0-5]\d)-([0-2]?\d):([0-5]\d)", re.ASCII)


def _read_periods(raw: object) -> Periods:
    if raw is None:
        return DEFAULT_PERIODS
    if not isinstance(raw, list):
        raise CalendarError('应为列表，如 ["08:00-12:00"]', "periods")
    periods = []
    for item in raw:
        found = _PERIOD.fullmatch(item) if isinstance(item, str) else None
        if found is None:
            raise CalendarError(f"工作时段写法应为 08:00-12:00，而不是 {item!r}", "periods")
        a, b, c, d = map(int, found.groups())
        periods.append((a * 60 + b, c * 60 + d))
    return tuple(periods)


def _read_days(raw: object, year: int, field: str) -> dict[date, str]:
    if not isinstance(raw, Mapping):
        raise CalendarError(f"{year} 年：应为 日期 → 名称 的对照", field)
    days = {}
    for text, name in raw.items():
        try:
            day = date.fromisoformat(text)
        except (TypeError, ValueError):
            raise CalendarError(f"{year} 年：{text!r} 不是日期", field) from None
        check_in_year(day, year, field)
        if not isinstance(name, str):
            raise CalendarError(f"{day} 的名称应为文字", field)
        days[day] = name
    return days


def check_in_year(day: date, year: int, field: str) -> None:
    """A notice names days of its year, and of the December before (New Year of 2023 began so)."""
    if day.year != year and (day.year, day.month) != (year - 1, 12):
        raise CalendarError(f"{day} 不属于 {year} 年的放假安排", field)


def read_document(document: Mapping[str, Any]) -> CalendarData:
    """The data of a calendar document. Raises CalendarError naming the field."""
    years = document.get("years")
    if not isinstance(years, Mapping) or not years:
        raise CalendarError("缺少各年的放假安排", "years")
    holidays: dict[date, str] = {}
    makeup: dict[date, str] = {}
    numbers = []
    for key in sorted(years, key=str):
        if not re.fullmatch(r"[12]\d{3}", str(key), re.ASCII):
            raise CalendarError(f"{key!r} 不是年份", "years")
        entry = years[key]
        if not isinstance(entry, Mapping):
            raise CalendarError(f"{key} 年的安排格式不对", "years")
        year = int(key)
        numbers.append(year)
        holidays |= _read_days(entry.get("holidays"), year, "holidays")
        makeup |= _read_days(entry.get("makeup_workdays"), year, "makeup_workdays")
    return CalendarData(
        tuple(numbers),
        frozenset(holidays),
        frozenset(makeup),
        {**holidays, **makeup},
        _read_periods(document.get("periods")),
    )


def content_hash(document: Mapping[str, Any]) -> str:
    """SHA-256 (hex) over what decides dates: periods and years, not source or notice texts."""
    core = {"years": document["years"], "periods": document.get("periods")}
    text = json.dumps(core, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def version_name(document: Mapping[str, Any]) -> str:
    """Short name of a version: last official year and the start of the content hash."""
    return f"{max(map(int, document['years']))}-{content_hash(document)[:12]}"
