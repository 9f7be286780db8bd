"""The threshold machine: readings of one metric of one device, one after the other, in no database.

A value at or beyond ``raise_at`` that lasts for ``seconds`` raises; only a value back at
``clear_at`` ends it. What lasts is judged by the device's own times, between readings that are no
farther apart than ``gap``: of the time in which a device was silent nobody knows anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

Phase = Literal["normal", "rising", "raised"]
Turn = Literal["raised", "cleared"]


@dataclass(frozen=True, slots=True)
class Limits:
    """The values that count, for a metric whose high values are bad (*above*) or whose low ones."""

    raise_at: float
    clear_at: float
    lasting: timedelta = timedelta(0)
    above: bool = True

    def bad(self, value: float) -> bool:
        """Whether *value* is at or beyond the raise value."""
        return value >= self.raise_at if self.above else value <= self.raise_at

    def good(self, value: float) -> bool:
        """Whether *value* is at or back over the clear value."""
        return value <= self.clear_at if self.above else value >= self.clear_at


@dataclass(frozen=True, slots=True)
class State:
    """The newest reading, and since when the value has been bad (rising) or reported (raised)."""

    at: datetime
    value: float
    phase: Phase = "normal"
    since: datetime | None = None


def step(
    state: State | None, at: datetime, value: float, limits: Limits, gap: timedelta
) -> tuple[State, Turn | None]:
    """The state after a reading, and what it turned into. A reading that is not newer than the
    newest one (repeated, or late on its way) changes nothing."""
    if state is not None and at <= state.at:
        return state, None
    if state is not None and state.phase == "raised":
        if limits.good(value):
            return State(at, value), "cleared"
        return replace(state, at=at, value=value), None
    if not limits.bad(value):
        return State(at, value), None
    goes_on = state is not None and state.phase == "rising" and at - state.at <= gap
    since = state.since if state is not None and goes_on and state.since is not None else at
    if at - since >= limits.lasting:
        return State(at, value, "raised", since), "raised"
    return State(at, value, "rising", since), None
