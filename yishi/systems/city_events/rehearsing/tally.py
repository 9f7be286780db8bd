"""What a rehearsal comes to: counts, and one row for each decision that would differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

FILING, DISPATCH, DEADLINE = "filing", "dispatch", "deadline"
KINDS = (FILING, DISPATCH, DEADLINE)

#: Why a decision cannot be replayed; words stand in `words.APART`.
APART = (
    "human_filing",
    "human_dispatch",
    "ruled",
    "put_right",
    "not_said",
    "no_text",
    "rule",
    "absent",
    "registers",
    "deadline",
    "season",
    "not_reached",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One decision that would come out differently.

    ``before`` and ``after`` are outcomes (filing), unit ids as text ('' a person) or limits;
    ``detail`` holds what else is shown of it, as JSON.
    """

    kind: str
    case_id: int
    before: str
    after: str
    unit_before: int | None = None
    unit_after: int | None = None
    due_before: datetime | None = None
    due_after: datetime | None = None
    late_before: bool | None = None
    late_after: bool | None = None
    #: Hours past the deadline under the change; 0 for what is in time, None where nobody knows.
    hours_over: float | None = None
    why: str = ""


@dataclass(slots=True)
class Tally:
    """Counts of a rehearsal. ``decisions`` and ``differ`` by kind, ``apart`` by reason."""

    cases: int = 0
    cases_differing: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    differ: Counter[str] = field(default_factory=Counter)
    apart: Counter[str] = field(default_factory=Counter)
    #: ``false>true`` → cases
    filing: Counter[str] = field(default_factory=Counter)
    #: ``unit>unit`` → cases
    moved: Counter[str] = field(default_factory=Counter)
    #: earlier, later, became_late, no_longer_late
    deadlines: Counter[str] = field(default_factory=Counter)
    #: asked, sure, filed, agree, differ
    recognised: Counter[str] = field(default_factory=Counter)

    @property
    def differing(self) -> int:
        """Decisions that would come out differently."""
        return sum(self.differ.values())

    def note(self, one: Difference) -> None:
        """Count a difference."""
        self.differ[one.kind] += 1
        if one.kind == FILING:
            self.filing[f"{one.before}>{one.after}"] += 1
        if one.kind == DISPATCH:
            self.moved[f"{one.before}>{one.after}"] += 1
        if one.due_before is not None and one.due_after is not None:
            self.deadlines["earlier" if one.due_after < one.due_before else "later"] += 1
            if one.late_before is not one.late_after and one.late_after is not None:
                self.deadlines["became_late" if one.late_after else "no_longer_late"] += 1

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {
            "cases": self.cases,
            "cases_differing": self.cases_differing,
            "decisions": dict(self.decisions),
            "differ": dict(self.differ),
            "apart": dict(self.apart),
            "filing": dict(self.filing),
            "moved": dict(self.moved.most_common(200)),
            "deadlines": dict(self.deadlines),
            "recognised": dict(self.recognised),
        }
