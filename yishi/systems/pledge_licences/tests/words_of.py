"""Every word that the tables of licences by pledge hold and pages draw."""

from __future__ import annotations

from yishi.systems.pledge_licences import papers, states
from yishi.systems.pledge_licences.catalogue import model
from yishi.systems.pledge_licences.lifecycle import MOVES
from yishi.systems.pledge_licences.services import revoking, screening


def labels() -> list[str]:
    """The words, sorted."""
    found = {state.label for state in states.STATES.values()} | set(states.STAGES.values())
    found |= set(states.DUTIES.values()) | {role.label for role in states.ROLES}
    found |= set(states.CLOCKS.values()) | set(revoking.GROUNDS.values())
    for table in (model.HOLDERS, model.RISKS, model.WHEN, model.METHODS, model.EXCLUDES):
        found |= set(table.values())
    found |= set(papers.OUTCOMES.values()) | set(papers.RESULTS.values())
    found |= set(screening.PURPOSES.values())
    for move in MOVES.values():
        found |= {move.label, move.clock}
        for need in move.needs:
            found |= {need.label, need.hint} | {text for _, text in need.choices}
    return sorted(found - {""})
