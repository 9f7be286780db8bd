"""The moves that ask for nothing beyond their form: one function for pages, API and batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.services import withdraw_members
from yishi.foundation.cases import advance as moving
from yishi.foundation.cases import families
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import read_facts
from yishi.foundation.cases.lifecycle import Facts
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.context import context_for
from yishi.systems.construction.lifecycle import LIFECYCLE
from yishi.systems.construction.lifecycle.counting import used_of
from yishi.systems.construction.models import Card
from yishi.systems.construction.rules.union import day_of
from yishi.systems.construction.services.reading import whole
from yishi.systems.construction.services.registering import correct_code
from yishi.systems.construction.states import CARD

#: Moves that this function makes; the others have a function and a page of their own.
PLAIN = frozenset(
    {
        "clear_secret",
        "change_kind",
        "terminate",
        "report_start",
        "extend_start",
        "give_card",
        "answer_card",
        "complete",
    }
)


def advance(
    actor: Actor,
    number: str,
    move: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    expected_version: int | None = None,
) -> CaseState:
    """Make *move* on the project *number*; see `yishi.foundation.cases.advance.advance`."""
    if move == "correct_code":
        return correct_code(actor, number, raw, now)
    if move == "terminate":
        return terminate(actor, number, raw, now, expected_version=expected_version)
    if move not in PLAIN:
        raise FieldError("move", "没有这个步骤", "unknown")

    def facts_for(case: CaseState) -> Facts:
        facts = read_facts(LIFECYCLE.moves[move], raw)
        return _MORE[move](actor, case, facts, now) if move in _MORE else facts

    def after(change: Change, facts: Facts) -> None:
        if move == "answer_card":
            cards = Card.objects.unscoped("the locked project's own").filter(
                case_id=change.after.id, office_id=facts["office"], answered_at=None
            )
            cards.update(answer=str(facts["note"])[:500], answered_at=now)

    return moving.advance(
        actor,
        number,
        move,
        facts_for,
        now,
        context_for,
        expected_version=expected_version,
        after=after,
    )


def _started(actor: Actor, case: CaseState, facts: Facts, now: datetime) -> Facts:
    issued = str((case.data.get("works") or {}).get("issued", ""))
    if not issued:
        return facts
    if not issued <= facts["started_on"].isoformat() <= day_of(now).isoformat():
        raise FieldError(
            "started_on", f"开工日期应在施工许可证核发（{issued}）之后、今天以前", "range"
        )
    return facts


def _card(actor: Actor, case: CaseState, facts: Facts, now: datetime) -> Facts:
    used, limit = used_of(case, context_for(case).calendar, now)
    return {**facts, "used": used, "limit": limit}


def _answer(actor: Actor, case: CaseState, facts: Facts, now: datetime) -> Facts:
    units = {grant.unit_id for grant in actor.grants}
    held = [a for a in case.duties(CARD) if a.unit_id in units]
    if not held:
        raise MoveRefused("role", "您的单位没有待答复的督办", case)
    return {**facts, "office": held[0].unit_id}


def _complete(actor: Actor, case: CaseState, facts: Facts, now: datetime) -> Facts:
    """Everything is filed and nothing is open."""
    project = whole(case)
    left = [unit.code for unit in project.buildings if project.filed_on(unit) is None]
    if left:
        raise MoveRefused("guard", f"尚未办理竣工验收备案：{'、'.join(left)}", case)
    waiting = [item.name for item, member in project.items if not member.outcome]
    if waiting:
        raise MoveRefused("guard", f"还有事项没有办结：{'、'.join(waiting)}", case)
    return facts


_MORE = {
    "report_start": _started,
    "give_card": _card,
    "answer_card": _answer,
    "complete": _complete,
}


def terminate(
    actor: Actor,
    number: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    expected_version: int | None = None,
) -> CaseState:
    """Give a project up: what is undecided is withdrawn with it, in one commit.

    Raises:
        CaseNotFound, MoveRefused, FieldError.
    """
    facts = read_facts(LIFECYCLE.moves["terminate"], raw)
    with transaction.atomic():
        family = families.locked(number, actor)
        root = family.root
        if expected_version is not None and root.version != expected_version:
            raise MoveRefused("version", "案件刚被他人办理，请查看最新状态后再试", root)
        family.move(root.id, "terminate", actor, facts, now)
        withdraw_members(family, now)
        family.settle(now)
        commit(family.changes)
    return family.root


def advance_batch(
    actor: Actor, ids: Sequence[int], move: str, now: datetime
) -> tuple[list[CaseState], list[MoveRefused]]:
    """No move of a project is made on many at once."""
    raise FieldError("move", "此步骤不能批量办理", "unknown")
