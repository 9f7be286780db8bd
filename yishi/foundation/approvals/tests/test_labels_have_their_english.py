"""Every word of the tables that a page draws is known to the translators."""

from __future__ import annotations

from yishi.foundation.approvals import lifecycle, ratings, roles
from yishi.foundation.approvals.lifecycle import states
from yishi.foundation.approvals.words import WORDS


def test_no_label_is_missing_from_the_list() -> None:
    labels = {role.label for role in roles.ROLES} | set(states.STEPS.values())
    labels |= set(states.OUTCOMES.values()) | set(states.CLOCK_LABELS.values())
    for table in (lifecycle.LIFECYCLE, ratings.LIFECYCLE):
        labels |= {state.label for state in table.states.values()}
        labels |= set(table.stage_labels.values()) | set(table.duty_labels.values())
        for move in table.moves.values():
            labels |= {move.label, move.clock}
            for need in move.needs:
                labels |= {need.label, need.hint} | {text for _, text in need.choices}
    assert labels - {""} <= set(WORDS)
