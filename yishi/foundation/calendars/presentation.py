"""A deadline question asked in texts, answered in plain data: command line and API share it."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.calendars.days import CalendarError
from yishi.foundation.calendars.explain import Line, explain
from yishi.foundation.calendars.limits import Limit, Unit, parse_limit, shown
from yishi.foundation.calendars.pauses import Pause
from yishi.foundation.calendars.timeline import SHANGHAI, end_of_day, midnight

MAX_PAUSES = 100

# Words that the pure core holds in Chinese, named here so that the message extractor finds them.
WORDS = (
    _("工作日"), _("周末"), _("节假日"), _("调休上班"), _("暂定"),
    _("星期一"), _("星期二"), _("星期三"), _("星期四"), _("星期五"), _("星期六"), _("星期日"),
    _("元旦"), _("春节"), _("清明节"), _("劳动节"), _("端午节"), _("中秋节"), _("国庆节"),
    _("起算当日不计入"), _("起算当日计入"), _("中止期间不计"), _("末日遇休息日顺延"),
    _("到期"), _("中止尚未结束"),
    _("紧急工作时"), _("紧急工作日"), _("工作时"), _("工作日（自分钟起算）"),
    _("工作日（按日计）"), _("自然日（连续）"), _("日历日（遇休顺延）"), _("月"), _("分钟"),
)  # fmt: skip

_DATE = r"\d{4}-\d{2}-\d{2}"
_MOMENT = re.compile(
    rf"({_DATE})(?:[T ](\d{{2}}:\d{{2}}(?::\d{{2}}(?:\.\d{{1,6}})?)?)(Z|[+-]\d{{2}}:\d{{2}})?)?",
    re.ASCII,
)


def parse_moment(text: str, field: str) -> datetime | date:
    """``2026-03-02`` → date; ``2026-03-02T09:00`` (Shanghai unless it has an offset) → datetime.

    Raises CalendarError for ``field``.
    """
    found = _MOMENT.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise CalendarError(f"“{shown(str(text))}”应写作 2026-03-02 或 2026-03-02T09:00", field)
    day, clock, offset = found.groups()
    try:
        if clock is None:
            return date.fromisoformat(day)
        moment = datetime.fromisoformat(f"{day}T{clock}{offset or ''}")
        return (moment if offset else moment.replace(tzinfo=SHANGHAI)).astimezone(SHANGHAI)
    except (ValueError, OverflowError):
        raise CalendarError(f"没有“{shown(text)}”这个时间", field) from None


def parse_start(text: str, limit: Limit) -> datetime:
    """The start of a clock; limits counted in time need the time of day."""
    moment = parse_moment(text, "start")
    if isinstance(moment, datetime):
        return moment
    if not limit.unit.by_date:
        raise CalendarError(
            f"“{shown(limit.text)}”自时刻起算，请写明时刻，如 {moment}T09:00", "start"
        )
    return midnight(moment)


def parse_pause(text: str) -> Pause:
    """``A..B``: from A to B. B as a date means to its end; no B means still paused."""
    begin_text, dots, end_text = text.partition("..") if isinstance(text, str) else ("", "", "")
    if not dots:
        raise CalendarError(f"中止“{shown(str(text))}”应写作 起..止", "pauses")
    begin = parse_moment(begin_text, "pauses")
    start = begin if isinstance(begin, datetime) else midnight(begin)
    if not end_text.strip():
        return start, None
    end = parse_moment(end_text, "pauses")
    return start, end if isinstance(end, datetime) else _end(end)


def _end(day: date) -> datetime:
    if day == date.max:
        raise CalendarError(f"日期 {day} 超出可计算的范围", "pauses")
    return end_of_day(day)


def explain_deadline(
    start: str,
    limit: str,
    pauses: list[str],
    *,
    profile: str = "events",
    calendar: Calendar | None = None,
) -> dict[str, Any]:
    """Deadline of ``limit`` from ``start`` with every day explained, ready for JSON.

    Words are in the active language. ``calendar`` defaults to the one in force. Raises LimitError
    (field ``limit``) or CalendarError (``start``, ``pauses``, ``calendar``): always FieldError.
    """
    calendar = calendar or active_calendar()
    read = parse_limit(limit, profile)
    if len(pauses) > MAX_PAUSES:
        raise CalendarError(f"中止最多 {MAX_PAUSES} 段", "pauses")
    begin = parse_start(start, read)
    stops = [parse_pause(text) for text in pauses]
    due = calendar.due(begin, read, stops)
    lines = explain(calendar, begin, read, stops)
    return {
        "start": begin.isoformat(),
        "limit": {
            "text": read.text,
            "amount": read.amount,
            "unit": read.unit.value,
            "unit_label": gettext(read.unit.label),
            "profile": profile,
            "count_mode": read.count_mode.value,
        },
        "due_at": None if due.paused else due.at.isoformat(),
        "due_day": None if due.paused else due.day.isoformat(),
        "due_text": _due_text(read, due.at, due.provisional, due.paused),
        "warn_at": None if due.paused else due.warn_at.isoformat(),
        "provisional": due.provisional,
        "paused": due.paused,
        "earliest_due_at": due.at.isoformat(),
        "rolled_days": due.rolled,
        "calendar": {
            "version": calendar.version,
            "official_from": str(calendar.official_from),
            "official_to": str(calendar.official_to),
        },
        "lines": [_line(line) for line in lines],
    }


def _due_text(limit: Limit, at: datetime, provisional: bool, paused: bool) -> str:
    if paused:
        return gettext("中止尚未结束")
    precise = at.second and not limit.unit.by_date
    text = str(at.date()) if limit.unit.by_date else f"{at:%Y-%m-%d %H:%M}"
    text = f"{at:%Y-%m-%d %H:%M:%S}" if precise else text
    return f"{text}（{gettext('暂定')}）" if provisional else text


def _amount(amount: timedelta, by_date: bool) -> int | float:
    """Days for date units, else seconds."""
    return amount.days if by_date else amount.total_seconds()


def _line(line: Line) -> dict[str, Any]:
    return {
        "date": line.day.isoformat(),
        "weekday": gettext(line.weekday),
        "kind": line.kind.value,
        "kind_label": gettext(line.kind.label),
        "holiday": gettext(line.name) if line.name else "",
        "provisional": line.provisional,
        "counted": _amount(line.counted, line.by_date),
        "total": _amount(line.total, line.by_date),
        "measure": "days" if line.by_date else "seconds",
        "counted_text": amount_label(line.counted, line.by_date),
        "total_text": amount_label(line.total, line.by_date),
        "remarks": [gettext(remark.value) for remark in line.remarks],
    }


def amount_label(amount: timedelta, by_date: bool) -> str:
    """An amount in the active language: ``3 天``, ``1 小时 30 分``."""
    if by_date:
        return gettext("%(n)d 天") % {"n": amount.days}
    seconds = int(amount.total_seconds())
    hours, minutes, rest = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = []
    if hours or not seconds:
        parts.append(gettext("%(n)d 小时") % {"n": hours})
    if minutes:
        parts.append(gettext("%(n)d 分") % {"n": minutes})
    if rest:
        parts.append(gettext("%(n)d 秒") % {"n": rest})
    return " ".join(parts)


def unit_choices() -> list[tuple[str, str]]:
    """Units with their terms in the active language, for forms."""
    return [(unit.value, gettext(unit.label)) for unit in Unit]
