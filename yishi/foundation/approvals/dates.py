"""When a family of items will be done, as a parent tells it (S1.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from yishi.foundation.approvals.catalogue import Book, Item
from yishi.foundation.approvals.catalogue.model import LICENCE
from yishi.foundation.approvals.lifecycle import states as s
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.calendars.limits import Limit, parse_limit
from yishi.foundation.cases.draft import due_of
from yishi.foundation.cases.families import Dates, Link, Step, plan_dates
from yishi.foundation.cases.state import CaseState, ClockState

#: 统一、联合、集中办理 (行政许可法 art. 42): binds items that are licences, no others.
JOINT_CAP = parse_limit("45工作日", s.PROFILE)


def plan_items(
    items: Iterable[tuple[Item, tuple[str, ...]]], calendar: Calendar, accepted: datetime
) -> Dates:
    """The planned end of *items* (each with the keys it comes after) if all are accepted then: by
    their promises, in their order, licences capped by joint handling."""
    steps = [
        Step(item.key, item.promise_limit, after, capped=item.kind == LICENCE)
        for item, after in items
    ]
    return plan_dates(steps, calendar, accepted, JOINT_CAP)


def plan_family(
    members: Sequence[CaseState],
    links: Iterable[Link],
    book: Book,
    calendar: Calendar,
    accepted: datetime,
    *,
    cap: Limit = JOINT_CAP,
    pauses: Sequence[tuple[datetime, datetime]] = (),
    now: datetime | None = None,
) -> Dates:
    """The end of running members by number: decided ones when they were, running ones by their
    promise clock, waiting ones from the end of what they wait for. One that stands still goes on
    when its notice said, and not before *now*. *cap*: that of joint handling, more after the
    government extended it, with its own *pauses*. Pure; for a parent's effect."""
    numbers = {member.id: member.number for member in members}
    before: dict[int, list[str]] = {}
    for link in links:
        if link.before in numbers:
            before.setdefault(link.after, []).append(numbers[link.before])
    steps = [_step(one, tuple(before.get(one.id, ())), book, calendar, now) for one in members]
    return plan_dates(steps, calendar, accepted, cap, pauses)


def _step(
    member: CaseState,
    after: tuple[str, ...],
    book: Book,
    calendar: Calendar,
    now: datetime | None,
) -> Step:
    item = book.items[member.type_key]
    clock = member.last_clock(s.PROMISE)
    ends: datetime | None = None
    if member.outcome:
        at = member.data.get("decided_at")
        ends = datetime.fromisoformat(at) if at else member.closed_at or member.received_at
    elif clock is not None:
        ends = clock.due_at
        if clock.paused_at is not None:
            ends = _resumed(member, clock, clock.paused_at, calendar, now)
    return Step(member.number, item.promise_limit, after, item.kind == LICENCE, ends)


def _resumed(
    member: CaseState,
    clock: ClockState,
    since: datetime,
    calendar: Calendar,
    now: datetime | None,
) -> datetime:
    """The due time of a clock that stands still, if it goes on as the notices planned."""
    until = max(since, now or since)
    for one in member.data.get("pauses", ()):
        if "to" not in one:
            planned = timedelta(days=int(one["planned_days"]))
            until = max(until, datetime.fromisoformat(one["from"]) + planned)
    resumed = clock.clone()
    resumed.pauses.append([since.isoformat(), until.isoformat()])
    return due_of(calendar, resumed, clock.limit_text, clock.started_at).at
