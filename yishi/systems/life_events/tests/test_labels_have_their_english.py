"""Every word of the tables that a page draws is known to the translators."""

from __future__ import annotations

from yishi.systems.life_events import states
from yishi.systems.life_events.catalogue.model import AUDIENCES, GIVES, GROUPS, YES_NO
from yishi.systems.life_events.labels import LABELS
from yishi.systems.life_events.lifecycle import MOVES


def test_no_label_is_missing_from_the_list() -> None:
    labels = {state.label for state in states.STATES.values()} | set(states.STAGES.values())
    labels |= set(states.DUTY_LABELS.values()) | {role.label for role in states.ROLES}
    for move in MOVES.values():
        labels |= {move.label, move.clock, move.basis}
        for need in move.needs:
            labels |= {need.label, need.hint} | {text for _, text in need.choices}
    labels |= {*GROUPS, *AUDIENCES.values(), *GIVES.values(), *YES_NO.values()}
    assert labels - {""} <= set(LABELS)
