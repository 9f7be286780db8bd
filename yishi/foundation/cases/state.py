"""A case as plain data: what plans read and return. Knows no database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from operator import attrgetter
from typing import Any

#: How roll-ups count a late case that is exempt; the fact on the case stays ``late``.
EXEMPT = "exempt"
_COLLECTIONS = ("data", "clocks", "assignments")


@dataclass(slots=True)
class ClockState:
    """One time limit. ``id`` is ``None`` until it is stored; ``dirty`` says it must be written."""

    kind: str
    limit_text: str
    profile: str
    calendar_version: str
    started_at: datetime
    due_at: datetime
    warn_at: datetime
    provisional: bool = False
    paused_at: datetime | None = None
    pauses: list[list[str]] = field(default_factory=list)
    extensions: int = 0
    stopped_at: datetime | None = None
    late: bool | None = None
    warned: int = 0
    #: The deadline is never later than this, whatever extends or pauses it.
    cap_at: datetime | None = None
    id: int | None = None
    dirty: bool = False

    @property
    def running(self) -> bool:
        """Neither stopped nor paused."""
        return self.stopped_at is None and self.paused_at is None

    @property
    def live(self) -> bool:
        """Not stopped (it may be paused)."""
        return self.stopped_at is None

    def clone(self) -> ClockState:
        """A copy that a plan may change."""
        return ClockState(
            self.kind,
            self.limit_text,
            self.profile,
            self.calendar_version,
            self.started_at,
            self.due_at,
            self.warn_at,
            self.provisional,
            self.paused_at,
            list(self.pauses),
            self.extensions,
            self.stopped_at,
            self.late,
            self.warned,
            self.cap_at,
            self.id,
            self.dirty,
        )


@dataclass(slots=True)
class AssignmentState:
    """Who has what to do: a unit, perhaps a person of it, in a role."""

    role: str
    unit_id: int
    created_at: datetime
    person_id: int | None = None
    due_at: datetime | None = None
    warn_at: datetime | None = None
    ended_at: datetime | None = None
    #: What work lists narrow by: the case's path, or a shorter one when a higher level has it.
    managed_path: str = ""
    id: int | None = None
    dirty: bool = False

    @property
    def open(self) -> bool:
        """Still to be done."""
        return self.ended_at is None

    def clone(self) -> AssignmentState:
        """A copy that a plan may change."""
        return AssignmentState(
            self.role,
            self.unit_id,
            self.created_at,
            self.person_id,
            self.due_at,
            self.warn_at,
            self.ended_at,
            self.managed_path,
            self.id,
            self.dirty,
        )


@dataclass(slots=True)
class CaseState:
    """All of a case that its next step depends on. ``id`` is reserved before the first plan."""

    id: int
    number: str
    system: str
    type_key: str
    catalogue_id: int
    subject: str
    division: str
    managed_path: str
    received_at: datetime
    received_on: date
    lon: float | None = None
    lat: float | None = None
    unit_id: int | None = None
    state: str = ""
    stage: str = ""
    outcome: str = ""
    timeliness: str = ""
    secret: bool = False
    lifecycle_version: int = 1
    next_due_at: datetime | None = None
    next_warn_at: datetime | None = None
    closed_at: datetime | None = None
    root_id: int | None = None
    waiting_for: int = 0
    version: int = 0
    trace_length: int = 0
    trace_head: bytes = b""
    data: dict[str, Any] = field(default_factory=dict)
    clocks: list[ClockState] = field(default_factory=list)
    assignments: list[AssignmentState] = field(default_factory=list)

    def clone(self) -> CaseState:
        """A copy that a plan may change; values inside ``data`` are replaced, never mutated.

        Stopped clocks and ended assignments are shared: they are facts that no plan changes.
        """
        return _made(
            *_plain(self),
            data=dict(self.data),
            clocks=[c if c.stopped_at is not None else c.clone() for c in self.clocks],
            assignments=[a if a.ended_at is not None else a.clone() for a in self.assignments],
        )

    def clock(self, kind: str) -> ClockState | None:
        """The clock of that kind that has not stopped, if any."""
        for clock in reversed(self.clocks):
            if clock.kind == kind and clock.stopped_at is None:
                return clock
        return None

    def last_clock(self, kind: str) -> ClockState | None:
        """The newest clock of that kind, stopped or not."""
        for clock in reversed(self.clocks):
            if clock.kind == kind:
                return clock
        return None

    def duty(self, role: str) -> AssignmentState | None:
        """The open assignment of that role, if any."""
        for assignment in reversed(self.assignments):
            if assignment.role == role and assignment.ended_at is None:
                return assignment
        return None

    def duties(self, role: str) -> list[AssignmentState]:
        """All open assignments of that role: several units may work on a case together."""
        return [a for a in self.assignments if a.role == role and a.ended_at is None]

    @property
    def exempt(self) -> bool:
        """Whether an exemption keeps the present round's lateness out of the statistics."""
        return "exempt" in self.data and self.data["exempt"] == self.data.get("round", 1)

    @property
    def cell(self) -> tuple[date, str, str, str, int, str, str]:
        """The cell of the roll-up that this case counts in."""
        return (
            self.received_on,
            self.system,
            self.managed_path,
            self.type_key,
            self.unit_id or 0,
            self.stage,
            EXEMPT if self.exempt else self.timeliness,
        )


#: The class as a plain callable: its positional fields come as one tuple.
_made: Callable[..., CaseState] = CaseState
#: All fields before ``data``, in their order: what :meth:`CaseState.clone` passes on unchanged.
_plain = attrgetter(*(name for name in CaseState.__slots__ if name not in _COLLECTIONS))
