"""Every word of the tables that a page draws is known to the translators."""

from __future__ import annotations

from yishi.foundation.credit.repair import notices
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.lifecycle import LIFECYCLE, RECORD_LIFECYCLE
from yishi.foundation.credit.repair.words import WORDS


def test_no_label_is_missing_from_the_list() -> None:
    labels = {role.label for role in s.ROLES} | set(s.OUTCOMES.values())
    labels |= set(s.CLOCK_LABELS.values()) | {name for name, _prefix in notices.KINDS.values()}
    for table in (LIFECYCLE, RECORD_LIFECYCLE):
        labels |= {state.label for state in table.states.values()}
        labels |= set(table.stage_labels.values()) | set(table.duty_labels.values())
        for move in table.moves.values():
            labels |= {move.label, move.clock, move.basis}
            for need in move.needs:
                labels |= {need.label, need.hint} | {text for _, text in need.choices}
    assert labels - {""} <= set(WORDS)
