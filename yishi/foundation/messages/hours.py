"""When a message may go out: nobody is woken for what can wait.

Residents are told between eight in the morning and nine in the evening, officers within the working
periods of the calendar unless they asked to be told always. What is urgent goes out at once. In the
application a message is there from the beginning.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.calendars.days import CalendarRangeError
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.messages.models import Message, Outside

#: Local time between which a resident's telephone may ring.
DAY_BEGINS, DAY_ENDS = time(8), time(21)


def held_until(message: Message, now: datetime) -> datetime | None:
    """When *message* may go out, or ``None`` for at once (officers: at most 2 statements)."""
    if message.urgent:
        return None
    if message.contact_id is not None:
        return by_day(now)
    wish = Outside.objects.filter(user_id=message.user_id or 0).first()
    if wish is not None and wish.hours == Outside.Hours.ALWAYS:
        return None
    try:
        opens = active_calendar().next_working(now)
    except CalendarRangeError:
        return None
    return opens if opens > now else None


def by_day(now: datetime) -> datetime | None:
    """The next morning where *now* is in the quiet hours, else ``None``."""
    local = now.astimezone(SHANGHAI)
    if DAY_BEGINS <= local.time() < DAY_ENDS:
        return None
    day = local.date() + timedelta(days=local.time() >= DAY_ENDS)
    return datetime.combine(day, DAY_BEGINS, SHANGHAI)
