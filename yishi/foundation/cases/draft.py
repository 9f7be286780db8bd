"""The working copy of a case inside a move, and what planning may know beside the case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import models

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.calendar import Calendar, Due
from yishi.foundation.calendars.limits import Limit, parse_limit
from yishi.foundation.cases.state import AssignmentState, CaseState, ClockState
from yishi.foundation.rulebook.models import DecisionRow
from yishi.foundation.rulebook.store import Rulebook

ON_TIME = "on_time"
LATE = "late"
#: Profile of clocks that end at a named moment; no calendar moves them.
FIXED = "fixed"


class MoveRefused(Exception):
    """A move that cannot be made. ``code`` is ``state``, ``role``, ``guard``, ``waiting`` or
    ``version``; ``state`` is the state the case is in."""

    def __init__(self, code: str, message: str, case: CaseState) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.state = case.state
        self.number = case.number


@dataclass(slots=True)
class Context:
    """What planning may know besides the case: calendar, registers and parameters.

    ``register``: the places register; ``catalogue``: the system's catalogue in the case's version;
    ``rulebook``: dated parameters, without which a system's own defaults hold.
    """

    calendar: Calendar
    register: Any
    catalogue: Any
    rulebook: Rulebook | None = None
    #: The standard in force (type, code, moment), where it may be newer than the case's catalogue:
    #: a changed limit holds for what is dispatched later, whenever it was filed.
    standard_at: Callable[[str, str, datetime], Any] | None = None
    #: Moves before this moment write no messages: history that is taken in tells nobody.
    tell_since: datetime | None = None

    def tells(self, now: datetime) -> bool:
        """Whether a move made at *now* is told to anybody."""
        return self.tell_since is None or now >= self.tell_since


@lru_cache(maxsize=4096)
def _limit(text: str, profile: str) -> Limit:
    return parse_limit(text, profile)


def due_of(calendar: Calendar, clock: ClockState, limit_text: str, begin: datetime) -> Due:
    """When *clock* would end with that limit from *begin*: its pauses and extensions stay."""
    limit = _limit(limit_text, clock.profile)
    pauses = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in clock.pauses]
    due = calendar.due(begin, limit, pauses)
    for _ in range(clock.extensions):
        due = calendar.extend(due.at, limit, pauses)
    return due


class Draft:
    """The working copy of a case inside a move's effect, with the verbs effects are made of."""

    __slots__ = (
        "actor",
        "body",
        "case",
        "context",
        "decisions",
        "lender",
        "now",
        "rows",
        "topics",
    )

    def __init__(self, case: CaseState, actor: Actor, now: datetime, context: Context) -> None:
        self.case = case
        self.actor = actor
        self.now = now
        self.context = context
        self.body: dict[str, Any] = {}
        self.decisions: list[DecisionRow] = []
        self.rows: list[tuple[type[models.Model], dict[str, Any]]] = []
        self.topics: set[str] = set()
        #: (user id, name) of the officer in whose place the actor acts as deputy, if any.
        self.lender: tuple[int, str] | None = None

    @property
    def doers(self) -> frozenset[int]:
        """The users whose doing this move is: who makes it, and in whose place."""
        people = {self.actor.user_id, self.lender[0] if self.lender else None}
        return frozenset(person for person in people if person is not None)

    def start_clock(
        self,
        kind: str,
        limit_text: str,
        profile: str = "events",
        begin: datetime | None = None,
    ) -> ClockState:
        """Start a clock with a limit in official wording, now or where it is said to *begin*.

        Raises:
            yishi.foundation.calendars.limits.LimitError: for a wording that cannot be read.
        """
        calendar = self.context.calendar
        start = begin or self.now
        due = calendar.due(start, _limit(limit_text, profile))
        clock = ClockState(
            kind,
            limit_text,
            profile,
            calendar.version,
            start,
            due.at,
            due.warn_at,
            due.provisional,
        )
        self.case.clocks.append(clock)
        self.note_clock(clock, "start")
        return clock

    def start_clock_until(self, kind: str, due_at: datetime, wording: str) -> ClockState:
        """Start a clock that ends at a named moment; *wording* stands where a limit would."""
        warn = self.now + (due_at - self.now) * 4 / 5
        clock = ClockState(
            kind, wording, FIXED, self.context.calendar.version, self.now, due_at, warn
        )
        self.case.clocks.append(clock)
        self.note_clock(clock, "start")
        return clock

    def cap_clock(self, kind: str, cap_at: datetime) -> ClockState | None:
        """Let a clock end no later than *cap_at*; a cap that is set is only ever made earlier."""
        clock = self.case.clock(kind)
        if clock is None or (clock.cap_at is not None and clock.cap_at <= cap_at):
            return None
        before = clock.due_at
        clock.cap_at = cap_at
        clock.dirty = True
        _cap(clock)
        if clock.due_at != before:
            self.note_clock(clock, "shorten")
        return clock

    def note_clock(self, clock: ClockState, what: str) -> None:
        """Record in the trace what happened to a clock."""
        entry = {"kind": clock.kind, "what": what, "due": clock.due_at, "limit": clock.limit_text}
        if clock.profile == FIXED:
            entry["profile"] = FIXED
        if clock.late is not None:
            entry["late"] = clock.late
        self.body.setdefault("clocks", []).append(entry)

    def stop_clock(self, kind: str, at: datetime | None = None) -> ClockState | None:
        """Stop a clock, now or as of *at*; whether it was late becomes a fact (finish ≤ deadline
        is on time)."""
        clock = self.case.clock(kind)
        if clock is None:
            return None
        clock.stopped_at = at or self.now
        clock.late = (clock.paused_at or clock.stopped_at) > clock.due_at
        clock.paused_at = None
        clock.dirty = True
        self.note_clock(clock, "stop")
        return clock

    def pause_clock(self, kind: str) -> ClockState | None:
        """Pause a clock; its due time is open until it resumes."""
        clock = self.case.clock(kind)
        if clock is None or clock.paused_at is not None:
            return None
        clock.paused_at = self.now
        clock.dirty = True
        self.note_clock(clock, "pause")
        return clock

    def resume_clock(self, kind: str, at: datetime | None = None) -> ClockState | None:
        """Let a paused clock run on with what was left (extensions kept), now or since *at*."""
        clock = self.case.clock(kind)
        if clock is None or clock.paused_at is None:
            return None
        until = max(at or self.now, clock.paused_at)
        clock.pauses.append([clock.paused_at.isoformat(), until.isoformat()])
        clock.paused_at = None
        clock.dirty = True
        self._recompute(clock)
        self.note_clock(clock, "resume")
        return clock

    def lay_clock(
        self,
        clock: ClockState,
        pauses: Sequence[tuple[datetime, datetime]],
        still_since: datetime | None,
        *,
        begin: datetime | None = None,
    ) -> None:
        """Let a clock follow other clocks: when it began, when it stood still, since when it does.
        Whoever was warned of another deadline is warned of the new one."""
        before = (clock.started_at, clock.pauses, clock.paused_at, clock.due_at)
        warned = clock.warned
        clock.started_at = begin or clock.started_at
        clock.pauses = [[start.isoformat(), end.isoformat()] for start, end in pauses]
        clock.paused_at = still_since
        self._recompute(clock)
        clock.dirty = True
        if clock.due_at == before[3]:
            clock.warned = warned
        if (clock.started_at, clock.pauses, clock.paused_at, clock.due_at) != before:
            self.note_clock(clock, "count")

    def extend_clock(self, kind: str) -> ClockState | None:
        """Add the original limit once more to the current deadline (§S2.4 延期)."""
        clock = self.case.clock(kind)
        if clock is None:
            return None
        clock.extensions += 1
        clock.dirty = True
        self._recompute(clock)
        self.note_clock(clock, "extend")
        return clock

    def limit_clock(self, kind: str, limit_text: str) -> ClockState | None:
        """Give a clock another limit from its own start: an extension by days, not by once more."""
        clock = self.case.clock(kind)
        if clock is None:
            return None
        clock.limit_text = limit_text
        clock.dirty = True
        self._recompute(clock)
        self.note_clock(clock, "extend")
        return clock

    def recalculate(self, *, never_earlier: frozenset[str] = frozenset()) -> None:
        """Compute every live clock anew under the calendar in force; stopped ones stay as decided.

        Clocks of the kinds *never_earlier* bind an applicant, who was told a day in writing: they
        only move later. The trace keeps each deadline that moved with the one before it.
        """
        for clock in self.case.clocks:
            if clock.stopped_at is not None:
                continue
            before, warn = clock.due_at, clock.warn_at
            self._recompute(clock)
            if clock.kind in never_earlier and clock.due_at < before:
                clock.due_at, clock.warn_at = before, warn
            clock.dirty = True
            if clock.due_at != before:
                self.note_clock(clock, "recalculate")
                self.body.setdefault("due_before", {})[clock.kind] = before

    def _recompute(self, clock: ClockState) -> None:
        calendar = self.context.calendar
        if clock.profile == FIXED:
            return
        due = due_of(calendar, clock, clock.limit_text, clock.started_at)
        clock.due_at, clock.warn_at = due.at, due.warn_at
        clock.warned = 0
        clock.provisional = due.provisional
        clock.calendar_version = calendar.version
        _cap(clock)

    def assign(
        self, role: str, unit_id: int, person_id: int | None = None, *, path: str = ""
    ) -> AssignmentState:
        """Open an assignment, ending the open one of the same role.

        *path*: what work lists narrow by, when it is not the case's own managed path.
        """
        self.end(role)
        return self.assign_also(role, unit_id, person_id, path=path)

    def assign_also(
        self, role: str, unit_id: int, person_id: int | None = None, *, path: str = ""
    ) -> AssignmentState:
        """Open an assignment beside those of other units in the same role."""
        assignment = AssignmentState(
            role, unit_id, self.now, person_id, managed_path=path or self.case.managed_path
        )
        self.case.assignments.append(assignment)
        self.body.setdefault("assign", []).append([role, unit_id, person_id])
        return assignment

    def end(self, role: str) -> AssignmentState | None:
        """End the open assignment of that role, if there is one."""
        assignment = self.case.duty(role)
        if assignment is not None:
            assignment.ended_at = self.now
            assignment.dirty = True
        return assignment

    def end_of(self, role: str, unit_id: int) -> AssignmentState | None:
        """End the open assignment of that role that *unit_id* holds, if there is one."""
        for assignment in self.case.duties(role):
            if assignment.unit_id == unit_id:
                assignment.ended_at = self.now
                assignment.dirty = True
                return assignment
        return None

    def end_all(self) -> None:
        """Stop every clock and end every assignment: nothing of the case is left to do."""
        for clock in self.case.clocks:
            if clock.live:
                self.stop_clock(clock.kind)
        for assignment in self.case.assignments:
            if assignment.open:
                assignment.ended_at = self.now
                assignment.dirty = True

    def tell(self, **refs: Any) -> None:
        """Put references (never personal values) into the trace row."""
        self.body.update(refs)


def _cap(clock: ClockState) -> None:
    if clock.cap_at is not None and clock.due_at > clock.cap_at:
        clock.due_at = clock.cap_at
        warn = clock.started_at + (clock.cap_at - clock.started_at) * 4 / 5
        clock.warn_at = min(clock.warn_at, max(warn, clock.started_at))
        clock.warned = 0
