"""The seven steps of digital city management (GB/T 30428) as a table of states and moves.

Each family of steps has a module with its guards (when a move is not allowed: the reason in
Chinese, or ``None``), its effects (what it does to clocks, assignments and data) and its rows.
"""

from __future__ import annotations

from yishi.foundation.cases.lifecycle import Lifecycle
from yishi.systems.city_events import roles
from yishi.systems.city_events.hotline.tickets import with_tickets
from yishi.systems.city_events.lifecycle import (
    appeals,
    closing,
    dispatch,
    disputes,
    extension,
    forced,
    handling,
    intake,
    joint,
    levels,
    orders,
    supervision,
    suspension,
    upkeep,
)
from yishi.systems.city_events.states import REJECT_REASONS, STAGES, STATES, SYSTEM

__all__ = ["LIFECYCLE", "MOVES", "REJECT_REASONS", "STAGES", "STATES", "SYSTEM"]

FAMILIES = (
    intake,
    dispatch,
    disputes,
    levels,
    handling,
    joint,
    extension,
    suspension,
    supervision,
    orders,
    closing,
    forced,
    appeals,
    upkeep,
)

MOVES = with_tickets({move.name: move for family in FAMILIES for move in family.MOVES}, STATES)

LIFECYCLE = Lifecycle(
    system=SYSTEM,
    version=1,
    states=STATES,
    moves=MOVES,
    duty_clocks={
        roles.ACCEPT: "acceptance",
        roles.CHECK: "check",
        roles.DISPATCH: "dispatch",
        roles.MAIN: "handling",
        roles.EXTEND: "handling",
        roles.VERIFY: "verify",
        roles.CLOSE: "closing",
        roles.CO: "handling",
        roles.SUSPEND: "handling",
        roles.SUPERVISED: "supervision",
        roles.ORDER: "order",
        roles.RULE: "ruling",
    },
    stage_labels=STAGES,
    duty_labels=roles.DUTY_LABELS,
)
