"""``plan``: a move on a case, worked out without a database and without asking for the time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit import chain
from yishi.foundation.cases.change import Change, TraceRow
from yishi.foundation.cases.draft import Context, Draft, MoveRefused
from yishi.foundation.cases.lifecycle import Facts, Lifecycle, Move
from yishi.foundation.cases.policy import grant_for, may
from yishi.foundation.cases.state import CaseState

#: Whose names never go into traces: people outside the administration.
_UNNAMED = frozenset({"reporter", "party"})


def plan(
    lifecycle: Lifecycle,
    case: CaseState,
    move_name: str,
    actor: Actor,
    facts: Facts,
    now: datetime,
    context: Context,
    *,
    trusted: bool = False,
) -> Change:
    """Work out *move_name* on *case* (a case without a state is new and may be received only).

    *trusted* skips the question of role and scope: for histories that are replayed.

    Raises:
        MoveRefused: when state, role or guard say no.
        yishi.foundation.revisions.errors.FieldError: for facts that the move cannot take.
    """
    move = lifecycle.moves[move_name]
    _check(lifecycle, move, case, actor, facts, now, trusted)
    draft = Draft(case.clone(), actor, now, context)
    draft.lender = _lender(actor, move, case)
    if move.target is not None:
        draft.case.state = move.target
    if move.effect is not None:
        move.effect(draft, facts)
    _settle(lifecycle, draft)
    return _finish(draft, move, case, facts)


def _lender(actor: Actor, move: Move, case: CaseState) -> tuple[int, str] | None:
    """Whose grant allows the move, where it is not the actor's own."""
    if not actor.grants or not any(grant.lender_id for grant in actor.grants):
        return None
    grant = grant_for(actor, move, case)
    return (grant.lender_id, grant.lender) if grant and grant.lender_id else None


def _check(
    lifecycle: Lifecycle,
    move: Move,
    case: CaseState,
    actor: Actor,
    facts: Facts,
    now: datetime,
    trusted: bool,
) -> None:
    if case.state not in move.sources:
        label = lifecycle.states[case.state].label if case.state else "尚未受理"
        raise MoveRefused("state", f"案件处于“{label}”，不能“{move.label}”", case)
    if not trusted and not may(actor, move, case):
        raise MoveRefused("role", f"您不承担“{move.label}”这一环节", case)
    if case.waiting_for and not move.while_waiting:
        raise MoveRefused("waiting", "等待前置事项办结", case)
    if move.guard is not None:
        reason = move.guard(case, actor, facts, now)
        if reason:
            raise MoveRefused("guard", reason, case)


def _settle(lifecycle: Lifecycle, draft: Draft) -> None:
    """Derive stage, due times of assignments and of the case from its clocks."""
    case = draft.case
    state = lifecycle.states[case.state]
    case.stage = state.stage
    if state.final and case.closed_at is None:
        case.closed_at = draft.now
    next_due = next_warn = None
    for clock in case.clocks:
        if clock.stopped_at is not None or clock.paused_at is not None:
            continue
        if next_due is None or clock.due_at < next_due:
            next_due, next_warn = clock.due_at, clock.warn_at
    case.next_due_at, case.next_warn_at = next_due, next_warn
    for assignment in case.assignments:
        if assignment.ended_at is not None:
            continue
        holding = case.clock(lifecycle.duty_clocks.get(assignment.role, ""))
        due = warn = None
        if holding is not None and holding.paused_at is None:
            due, warn = holding.due_at, holding.warn_at
        if assignment.due_at != due or assignment.warn_at != warn:
            assignment.due_at, assignment.warn_at = due, warn
            assignment.dirty = True


def _finish(draft: Draft, move: Move, before: CaseState, facts: Facts) -> Change:
    case = draft.case
    case.version += 1
    case.trace_length += 1
    note = str(facts.get("note") or "")
    body: dict[str, Any] = {
        "case": case.id,
        "seq": case.trace_length,
        "at": draft.now,
        "actor": draft.actor.ref,
        "by": draft.actor.name if draft.actor.kind not in _UNNAMED else "",
        "move": move.name,
        "from": before.state,
        "to": case.state,
        "unit": case.unit_id,
        **draft.body,
    }
    if draft.lender is not None:
        body["for"], body["for_name"] = f"user:{draft.lender[0]}", draft.lender[1]
    if note:
        body["note"] = chain.digest(note.encode("utf-8", "replace")).hex()
    data = chain.canonical(body)
    case.trace_head = chain.link(data, before.trace_head)
    row = TraceRow(
        case.trace_length,
        draft.now,
        draft.actor.ref,
        move.name,
        data,
        chain.DEFAULT_ALGORITHM,
        case.trace_head,
        note,
    )
    topics = {f"case:{case.id}", f"cases/{case.managed_path}"} | draft.topics
    return Change(
        before=before if before.state else None,
        after=case,
        traces=[row],
        decisions=draft.decisions,
        rows=draft.rows,
        topics=topics,
    )
