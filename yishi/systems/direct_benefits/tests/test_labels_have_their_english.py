"""Every word of direct benefits that a page draws is known to the translators."""

from __future__ import annotations

from yishi.systems.direct_benefits import states
from yishi.systems.direct_benefits.labels import WORDS
from yishi.systems.direct_benefits.lifecycle import LIFECYCLE
from yishi.systems.direct_benefits.services.deadlines import LABELS


def test_no_label_is_missing_from_the_list() -> None:
    found = {state.label for state in states.STATES.values()} | set(states.STAGES.values())
    found |= set(states.DUTIES.values()) | {role.label for role in states.ROLES}
    found |= set(states.CLOCKS.values()) | set(states.BATCH_STATES.values())
    found |= set(LABELS.values())
    for move in LIFECYCLE.moves.values():
        found |= {move.label, move.clock} | {need.label for need in move.needs}
    assert found - {""} <= set(WORDS)
