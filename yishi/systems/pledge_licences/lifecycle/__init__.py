"""A licence by pledge from the application to its end: the loop as a table."""

from __future__ import annotations

from yishi.foundation.cases.lifecycle import Lifecycle
from yishi.systems.pledge_licences.lifecycle import applying, checking
from yishi.systems.pledge_licences.states import (
    CANCEL,
    CANCEL_CLOCK,
    CHECK,
    CHECK_CLOCK,
    DUTIES,
    EXCEPTION,
    EXCEPTION_CLOCK,
    GRANTED,
    STAGES,
    STATES,
    SYSTEM,
)

__all__ = ["LIFECYCLE", "MOVES", "SYSTEM"]

MOVES = {move.name: move for move in (*applying.MOVES, *checking.MOVES)}

LIFECYCLE = Lifecycle(
    system=SYSTEM,
    version=1,
    states=STATES,
    moves=MOVES,
    duty_clocks={CHECK: CHECK_CLOCK, EXCEPTION: EXCEPTION_CLOCK, CANCEL: CANCEL_CLOCK},
    stage_labels=STAGES,
    duty_labels=DUTIES,
    granting=frozenset({GRANTED}),
)
