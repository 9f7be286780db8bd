"""Every word of the lifecycle that a page draws is known to the translators."""

from __future__ import annotations

from yishi.systems.city_events import roles
from yishi.systems.city_events.lifecycle import MOVES, STAGES, STATES
from yishi.systems.city_events.words import WORDS


def test_no_label_is_missing_from_the_list() -> None:
    labels = {state.label for state in STATES.values()} | set(STAGES.values())
    labels |= set(roles.DUTY_LABELS.values()) | {role.label for role in roles.ROLES}
    for move in MOVES.values():
        labels |= {move.label, move.clock}
        for need in move.needs:
            labels |= {need.label, need.hint} | {text for _, text in need.choices}
    assert labels - {""} <= set(WORDS)
