"""The calendar in force, and any earlier version, as immutable copies kept by the process."""

from __future__ import annotations

from functools import lru_cache

from yishi.foundation import revisions
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.calendars.days import CalendarError


def active_calendar() -> Calendar:
    """The calendar in force (1 statement, to see whether it changed).

    Raises CalendarError while no calendar was loaded.
    """
    return revisions.current("calendars", load_active)


def load_active() -> Calendar:
    """Read the newest version from the database. Pass it to ``revisions.at`` as the loader."""
    from yishi.foundation.calendars.models import CalendarVersion

    row = CalendarVersion.objects.order_by("-id").first()
    if row is None:
        raise CalendarError("尚未载入工作日历，请先运行 yishi city load")
    return Calendar.from_document(row.days)


@lru_cache(maxsize=16)
def calendar_version(version: str) -> Calendar:
    """The calendar under which a stored clock was computed. Raises CalendarError if unknown."""
    from yishi.foundation.calendars.models import CalendarVersion

    row = CalendarVersion.objects.filter(version=version).first()
    if row is None:
        raise CalendarError(f"没有日历版本 {version}", "version")
    return Calendar.from_document(row.days)
