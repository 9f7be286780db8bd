"""iCalendar (RFC 5545): what somebody has to do when, for any calendar program.

Sources are registered: the desk brings the deadlines of open cases, shifts bring duty. An entry
must hold no personal data: calendars are read on private telephones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor

if TYPE_CHECKING:
    from icalendar import Event

PRODUCT = "-//Yishi//calendar//ZH"
#: How often programs are asked to read again.
REFRESH = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. ``uid`` stays the same for the same thing, ``sequence`` grows when it changes.

    Without ``end`` it is a deadline at ``start`` and does not make anybody busy. ``path`` is the
    page's address on this site; all times are aware.
    """

    uid: str
    summary: str
    start: datetime
    stamp: datetime
    sequence: int = 0
    end: datetime | None = None
    alarm_at: datetime | None = None
    description: str = ""
    path: str = ""


#: Gives the entries of somebody as of now.
Source = Callable[[Actor, datetime], Iterable[Entry]]
_SOURCES: dict[str, Source] = {}


def register_agenda(name: str, source: Source) -> None:
    """Declare a source of entries (called from an app's ``ready``)."""
    _SOURCES[name] = source


def entries_of(actor: Actor, now: datetime) -> list[Entry]:
    """The entries of all sources, in order of time."""
    found = [entry for name in sorted(_SOURCES) for entry in _SOURCES[name](actor, now)]
    return sorted(found, key=lambda entry: (entry.start, entry.uid))


def calendar(name: str, entries: Iterable[Entry], absolute: Callable[[str], str]) -> bytes:
    """The entries as a calendar called *name*; *absolute* makes full addresses of paths.

    The same entries give the same bytes.
    """
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", PRODUCT)
    made.add("version", "2.0")
    made.add("calscale", "GREGORIAN")
    made.add("method", "PUBLISH")
    made.add("x-wr-calname", name)
    made.add("name", name)
    made.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    made.add("x-published-ttl", REFRESH)
    for entry in entries:
        made.add_component(_event(entry, absolute))
    return bytes(made.to_ical())


def _event(entry: Entry, absolute: Callable[[str], str]) -> Event:
    from icalendar import Alarm, Event

    event = Event()
    event.add("uid", entry.uid)
    event.add("summary", entry.summary)
    event.add("dtstamp", entry.stamp.astimezone(UTC))
    event.add("sequence", entry.sequence)
    event.add("dtstart", entry.start.astimezone(UTC))
    if entry.end is not None:
        event.add("dtend", entry.end.astimezone(UTC))
    event.add("transp", "OPAQUE" if entry.end is not None else "TRANSPARENT")
    event.add("class", "PRIVATE")
    if entry.description:
        event.add("description", entry.description)
    if entry.path:
        event.add("url", absolute(entry.path))
    if entry.alarm_at is not None and entry.alarm_at < entry.start:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", entry.summary)
        alarm.add("trigger", entry.alarm_at.astimezone(UTC), parameters={"value": "DATE-TIME"})
        event.add_component(alarm)
    return event
