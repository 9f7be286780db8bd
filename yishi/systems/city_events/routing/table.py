"""The routing table (派单规则): which unit gets a report, beyond what its type says.

A row says of which reports it speaks (a type, a scenario or all; a place; hours, days and season;
urgent, channel, object) and who gets them: a function sought from a level upwards, or one unit. Of
the rows that match a report the most particular decides: a type's before a scenario's before one
for all; then the deeper place; then the one with more further conditions. Two of equal rank that
match the same report are a conflict, which `checks` finds. What no row says stays with the type.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext_noop as _

from yishi.foundation.exchange.register import CHANNEL as PARTNER
from yishi.foundation.places.values import in_scope
from yishi.systems.city_events.catalogue.types import CHINA, Season

if TYPE_CHECKING:
    from yishi.foundation.calendars.calendar import Calendar

#: What ``days`` of a row may say.
DAYS: Mapping[str, str] = {"workday": _("工作日"), "restday": _("休息日")}
#: Channels that rows may name; partners' platforms count as one.
CHANNELS = ("portal", "hotline", "api", "open311", "csv", "collector", "camera", "sensor", "ai")
PARTNERS = "partner"


def channel_name(channel: str) -> str:
    """*channel* as rows name it."""
    return PARTNERS if channel.startswith(PARTNER) else channel


@dataclass(frozen=True, slots=True)
class Question:
    """What rows look at of a report; ``at`` is the moment of dispatch."""

    type_key: str
    path: str
    at: datetime
    urgent: bool = False
    channel: str = ""
    object_ref: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row. ``type_key`` (``event/01/10``) or ``scenario`` (``event/97``) or neither: all types.

    ``hours``: minutes of the day, from and before; over midnight when the second is not later.
    ``start`` and ``end`` are days, both included. Exactly one of ``unit`` (a code) and ``function``
    (with ``level``) is given.
    """

    key: str
    start: date
    end: date | None
    reason: str
    source: str
    area: str = ""
    type_key: str = ""
    scenario: str = ""
    hours: tuple[int, int] | None = None
    days: str = ""
    season: Season | None = None
    urgent: bool | None = None
    channels: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    function: str = ""
    level: str = ""
    unit: str = ""
    line: int = field(default=0, compare=False)

    @property
    def subject(self) -> str:
        """The type, the scenario, or nothing."""
        return self.type_key or self.scenario

    @property
    def rank(self) -> tuple[int, int, int]:
        """The greater, the more particular."""
        kind = 2 if self.type_key else 1 if self.scenario else 0
        depth = self.area.count("/") + 1 if self.area else 0
        further = (self.hours, self.days, self.season, self.channels, self.objects)
        return kind, depth, sum(map(bool, further)) + (self.urgent is not None)

    def holds_on(self, day: date) -> bool:
        """In force on *day*, and in its season."""
        within = self.start <= day and (self.end is None or day <= self.end)
        return within and (self.season is None or self.season.holds(day))

    def holds_at(self, minute: int) -> bool:
        """Whether a minute of the day lies in its hours."""
        if self.hours is None:
            return True
        begin, stop = self.hours
        return begin <= minute < stop if begin < stop else minute >= begin or minute < stop

    def suits(self, urgent: bool, channel: str, object_ref: str) -> bool:
        """Whether its further attributes match."""
        return (
            (self.urgent is None or self.urgent == urgent)
            and (not self.channels or channel in self.channels)
            and (not self.objects or object_ref.startswith(self.objects))
        )


@dataclass(frozen=True)
class Table:
    """An immutable version of the routing table."""

    rows: tuple[Row, ...] = ()
    document: str = ""
    illustrative: bool = True

    @cached_property
    def _by_subject(self) -> Mapping[str, tuple[Row, ...]]:
        found: dict[str, list[Row]] = {}
        for row in sorted(self.rows, key=lambda row: row.rank, reverse=True):
            found.setdefault(row.subject, []).append(row)
        return {subject: tuple(rows) for subject, rows in found.items()}

    @cached_property
    def by_key(self) -> Mapping[str, Row]:
        """Rows by key."""
        return {row.key: row for row in self.rows}

    @cached_property
    def turns(self) -> tuple[date, ...]:
        """The days on which an answer may begin to be another one."""
        return tuple(sorted(set(_turns(self.rows))))

    def of_type(self, type_key: str) -> Iterator[Row]:
        """The rows that speak of a type, the most particular first."""
        for subject in (type_key, type_key.rpartition("/")[0], ""):
            yield from self._by_subject.get(subject, ())

    def pick(self, question: Question, calendar: Calendar) -> Row | None:
        """The row that decides, or None: then the type's own function does."""
        local = question.at.astimezone(CHINA)
        day, minute = local.date(), local.hour * 60 + local.minute
        channel = channel_name(question.channel)
        for row in self.of_type(question.type_key):
            if (
                in_scope(question.path, row.area)
                and row.holds_on(day)
                and row.holds_at(minute)
                and (not row.days or (row.days == "workday") == calendar.is_workday(day))
                and row.suits(question.urgent, channel, question.object_ref)
            ):
                return row
        return None


def _turns(rows: Iterable[Row]) -> Iterator[date]:
    for row in rows:
        yield row.start
        if row.end is not None:
            yield date.fromordinal(row.end.toordinal() + 1)


EMPTY = Table()
