"""The item case (办件) as a table of states and moves: intake, acceptance, handling, deciding."""

from __future__ import annotations

from yishi.foundation.approvals import roles
from yishi.foundation.approvals.lifecycle import acceptance, deciding, handling, intake, states
from yishi.foundation.approvals.lifecycle.states import SYSTEM
from yishi.foundation.cases.lifecycle import Lifecycle

__all__ = ["LIFECYCLE", "SYSTEM"]

FAMILIES = (intake, acceptance, handling, deciding)

LIFECYCLE = Lifecycle(
    system=SYSTEM,
    version=1,
    states=states.STATES,
    moves={
        move.name: move
        for family in (intake, acceptance, handling, deciding)
        for move in family.MOVES
    },
    duty_clocks={
        roles.WINDOW: states.TELL,
        roles.EXAMINE: states.PROMISE,
        roles.CERTIFY: states.DELIVERY,
        roles.HANDOUT: states.DELIVERY,
    },
    stage_labels=states.STAGES,
    duty_labels=roles.DUTY_LABELS,
    granting=states.GRANTING,
    by_working_day=True,
)
