"""Every word that the tables of projects hold and pages draw."""

from __future__ import annotations

from yishi.systems.construction import states
from yishi.systems.construction.catalogue.types import MODES
from yishi.systems.construction.lifecycle import MOVES
from yishi.systems.construction.rules import joint, surveying, units
from yishi.systems.construction.services.submitting import FIELDS


def labels() -> list[str]:
    """The words, sorted."""
    found = {state.label for state in states.STATES.values()} | set(states.STAGES.values())
    found |= set(states.DUTIES.values()) | {role.label for role in states.ROLES}
    found |= set(states.CLOCKS.values()) | set(MODES.values()) | set(units.GATES.values())
    found |= set(joint.LABELS.values()) | set(joint.OUTCOMES.values())
    found |= set(surveying.CHANGES.values()) | {label for _, label in FIELDS}
    for move in MOVES.values():
        found |= {move.label, move.clock}
        for need in move.needs:
            found |= {need.label, need.hint} | {text for _, text in need.choices}
    return sorted(found - {""})
