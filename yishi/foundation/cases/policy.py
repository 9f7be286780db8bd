"""Who may make which move on which case: one answer for pages, API, batches and workers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from yishi.foundation.access.actors import ROLES, Actor, ActorGrant, Reach, within
from yishi.foundation.cases.lifecycle import Lifecycle, Move
from yishi.foundation.cases.state import AssignmentState, CaseState

#: Whoever brought a case makes these moves on it: who reported it, the party that applied.
OUTSIDE = frozenset({"reporter", "applicant"})
#: Why a move is not open to somebody who does not hold its duty.
NOT_YOURS = "需由承担该环节的岗位或单位办理"


def may(actor: Actor, move: Move, case: CaseState) -> bool:
    """Whether *actor* may make *move* on *case*, as far as role and scope decide it."""
    if actor.kind == "system":
        return True
    if move.roles & OUTSIDE and case.id in actor.own_cases:
        return True
    return grant_for(actor, move, case) is not None


def grant_for(actor: Actor, move: Move, case: CaseState) -> ActorGrant | None:
    """The grant under which *actor* makes *move* on *case*: an own one before a lent one."""
    fitting = None
    for grant in actor.grants:
        if grant.role in move.roles and _covers(actor, grant, move, case):
            if grant.lender_id is None:
                return grant
            fitting = fitting or grant
    return fitting


def _covers(actor: Actor, grant: ActorGrant, move: Move, case: CaseState) -> bool:
    known = ROLES.get(grant.role)
    if known is None:
        return False
    held = _held(move, case)
    if known.reach is Reach.SCOPE:
        paths = [a.managed_path or case.managed_path for a in held] or [case.managed_path]
        return any(within(path, grant.scope) for path in paths)
    if known.reach is Reach.UNIT:
        return grant.unit_id is not None and any(a.unit_id == grant.unit_id for a in held)
    return any(
        a.person_id == actor.holder_of(grant)
        if a.person_id is not None
        else grant.unit_id is not None and a.unit_id == grant.unit_id and move.duty != "main"
        for a in held
    )


def _held(move: Move, case: CaseState) -> list[AssignmentState]:
    """The assignments whose holders make the move; for one that looks back, the last there was."""
    if not move.duty:
        return []
    if move.past:
        return [a for a in case.assignments if a.role == move.duty][-1:]
    return case.duties(move.duty)


def why_not(
    lifecycle: Lifecycle,
    move: Move,
    actor: Actor,
    case: CaseState,
    facts: Mapping[str, Any],
    now: Any,
) -> str | None:
    """Why *actor* cannot make *move* now (in Chinese), or ``None`` when it can be made."""
    if case.state not in move.sources:
        state = lifecycle.states[case.state].label
        return f"案件处于“{state}”，此步骤不可用"
    if not may(actor, move, case):
        return NOT_YOURS
    if case.waiting_for and not move.while_waiting:
        return "等待前置事项办结"
    return move.guard(case, actor, facts, now) if move.guard else None


def owning(actor: Actor, case: CaseState) -> Actor:
    """*actor*, who sees *case*: a party sees none but its own, and makes the applicant's moves."""
    if actor.party_id is None:
        return actor
    # A request's actor is lazy, which `dataclasses.replace` does not take for one.
    held = {one.name: getattr(actor, one.name) for one in fields(Actor)}
    return Actor(**{**held, "own_cases": actor.own_cases | {case.id}})


def sees(actor: Actor, case: CaseState) -> bool:
    """Whether *actor* may see *case*: the same rule as :func:`scope.visible`, on a loaded case (a
    party costs 1 statement)."""
    if actor.kind == "system" or case.id in actor.own_cases:
        return True
    if any(within(case.managed_path, g.scope) for g in actor.with_reach(Reach.SCOPE)):
        return True
    units = {g.unit_id for g in actor.with_reach(Reach.UNIT) if g.unit_id}
    people = {actor.holder_of(grant) for grant in actor.with_reach(Reach.PERSON)} - {None}
    if actor.party_id is not None and case.id:
        from yishi.foundation.cases.party_access import followed_cases

        return followed_cases(actor).filter(case_id=case.id).exists()
    return any(a.unit_id in units or a.person_id in people for a in case.assignments)
