"""A construction project from its registration to its filing: the loop as a table.

The approvals themselves are members (办件) with a lifecycle of their own; this one opens stages,
counts days, and knows surveying and acceptance.
"""

from __future__ import annotations

from yishi.foundation.cases.lifecycle import Lifecycle
from yishi.systems.construction.lifecycle import acceptance, registering, running, watching
from yishi.systems.construction.states import (
    CARD,
    CARD_CLOCK,
    DUTIES,
    LEAD,
    PROJECT,
    STAGES,
    STATES,
    SYSTEM,
)

__all__ = ["LIFECYCLE", "MOVES", "SYSTEM"]

FAMILIES = (registering, running, acceptance, watching)
MOVES = {move.name: move for family in FAMILIES for move in family.MOVES}

LIFECYCLE = Lifecycle(
    system=SYSTEM,
    version=1,
    states=STATES,
    moves=MOVES,
    duty_clocks={LEAD: PROJECT, CARD: CARD_CLOCK},
    stage_labels=STAGES,
    duty_labels=DUTIES,
    by_working_day=True,
)
