"""Working time: limits, deadlines, pauses, holidays. The core is pure and imports no Django."""

from yishi.foundation.calendars.active import active_calendar, calendar_version
from yishi.foundation.calendars.calendar import Calendar, Due, Light, light, on_time
from yishi.foundation.calendars.dates import DueDate
from yishi.foundation.calendars.days import (
    CalendarError,
    CalendarRangeError,
    DayKind,
    PauseError,
)
from yishi.foundation.calendars.limits import (
    CountMode,
    Limit,
    LimitError,
    Unit,
    parse_limit,
)
from yishi.foundation.calendars.pauses import Pause
from yishi.foundation.calendars.timeline import SHANGHAI, end_of_day

__all__ = [
    "SHANGHAI",
    "Calendar",
    "CalendarError",
    "CalendarRangeError",
    "CountMode",
    "DayKind",
    "Due",
    "DueDate",
    "Light",
    "Limit",
    "LimitError",
    "Pause",
    "PauseError",
    "Unit",
    "active_calendar",
    "calendar_version",
    "end_of_day",
    "light",
    "on_time",
    "parse_limit",
]
