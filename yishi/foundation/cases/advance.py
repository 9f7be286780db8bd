"""``advance``: lock, plan, commit. Every move of every system, from any face, passes here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import Context, MoveRefused
from yishi.foundation.cases.lifecycle import Facts, lifecycle_of
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.policy import owning, sees
from yishi.foundation.cases.state import CaseState


class CaseNotFound(LookupError):
    """No such case, or not one that the actor may see; the two are not told apart."""


ContextFor = Callable[[CaseState], Context]
FactsFor = Callable[[CaseState], Facts]
After = Callable[[Change, Facts], None]


def advance(
    actor: Actor,
    number: str,
    move: str,
    facts_for: FactsFor,
    now: datetime,
    context_for: ContextFor,
    *,
    expected_version: int | None = None,
    after: After | None = None,
) -> CaseState:
    """Make *move* on the case *number* and return the case as it then stands.

    *facts_for* checks the input against the locked case; *after* may add rows to the change.

    Raises:
        CaseNotFound: for an unknown number or one out of the actor's sight.
        MoveRefused: ``version`` when *expected_version* is no longer true, else the plan's reason.
        yishi.foundation.revisions.errors.FieldError: for wrong input.
    """
    with transaction.atomic():
        case = one_locked(actor, number)
        if expected_version is not None and case.version != expected_version:
            raise MoveRefused("version", "案件刚被他人办理，请查看最新状态后再试", case)
        facts = facts_for(case)
        lifecycle = lifecycle_of(case.system)
        actor = owning(actor, case)
        change = plan(lifecycle, case, move, actor, facts, now, context_for(case))
        if after is not None:
            after(change, facts)
        commit([change])
    return change.after


def one_locked(actor: Actor, number: str) -> CaseState:
    """The case *number*, locked until the transaction ends.

    Raises:
        CaseNotFound: when there is none that *actor* may see.
    """
    states = load_states(number=number, lock=True)
    if not states or not sees(actor, states[0]):
        raise CaseNotFound(number)
    return states[0]


def advance_many(
    actor: Actor,
    wanted: Sequence[tuple[int, Facts]],
    move: str,
    now: datetime,
    context_for: ContextFor,
) -> tuple[list[CaseState], list[MoveRefused]]:
    """Make one move on several cases (ids with their facts): what can be made is made, together.

    Returns the cases as they then stand and the refusals; unseen cases are left out of both.
    """
    facts_by_id = dict(wanted)
    done: list[Change] = []
    refused: list[MoveRefused] = []
    with transaction.atomic():
        for case in load_states(facts_by_id, lock=True):
            if not sees(actor, case):
                continue
            try:
                done.append(
                    plan(
                        lifecycle_of(case.system),
                        case,
                        move,
                        actor,
                        facts_by_id[case.id],
                        now,
                        context_for(case),
                    )
                )
            except MoveRefused as error:
                refused.append(error)
        if done:
            commit(done)
    return [change.after for change in done], refused


def possible_moves(
    actor: Actor, case: CaseState, now: datetime, facts: dict[str, Any] | None = None
) -> list[tuple[str, str, str | None]]:
    """(name, label, why not) of the moves that leave the case's state, for its page.

    Moves that belong to other roles come with their reason, so that the page can say who acts.
    """
    from yishi.foundation.cases.policy import why_not

    lifecycle = lifecycle_of(case.system)
    return [
        (move.name, move.label, why_not(lifecycle, move, actor, case, facts or {}, now))
        for move in lifecycle.moves_from(case.state)
        if move.roles
    ]
