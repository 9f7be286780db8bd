"""As which moment now counts for the limits of a system's cases: lights follow it as cards do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from yishi.foundation import revisions
from yishi.foundation.calendars.active import load_active
from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.calendars.days import CalendarError
from yishi.foundation.cases.lifecycle import LIFECYCLES, lifecycle_of


def judged_at(system: str, now: datetime, numbers: Mapping[str, int]) -> datetime:
    """*now*; where decisions of a rest day count with the working day before, the end of that (no
    statement). *numbers*: the registers' revisions as of this request."""
    return working_moment(now, numbers) if lifecycle_of(system).by_working_day else now


def working_moment(now: datetime, numbers: Mapping[str, int]) -> datetime:
    """*now*, on a rest day the end of the last working day before it."""
    try:
        calendar = revisions.at("calendars", numbers.get("calendars", 0), load_active)
    except CalendarError:  # none was loaded: no case has a limit
        return now
    return effective_moment(calendar, now)


def systems_by_working_day() -> list[str]:
    """The systems whose limits are judged so."""
    return sorted(name for name, one in LIFECYCLES.items() if one.by_working_day)
