"""The department confirms the list, strikes with a reason, lets on what was held."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.context import City, city
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.ports import lists, money
from yishi.systems.direct_benefits.services import checking, moving
from yishi.systems.direct_benefits.services.moving import Step
from yishi.systems.direct_benefits.sight import batch_of

#: Where a payout may be struck.
STRIKEABLE = frozenset(
    {"listed", "confirmed", "held", "noticed", "suspended", "funds_asked", "returned"}
)


def mine(actor: Actor, number: str, *roles: str) -> Batch:
    """The batch *number*, locked, for who confirms it (or holds one of *roles*).

    Raises:
        BatchNotFound: also for a batch of another unit.
        FieldError: ``batch`` for somebody who only looks.
    """
    batch = batch_of(actor, number, lock=True)
    if actor.kind == "system" or (roles and actor.has(*roles)):
        return batch
    if not any(g.role == s.OFFICER and g.unit_id == batch.unit_id for g in actor.grants):
        raise FieldError("batch", "需由承担该环节的岗位办理", "role")
    return batch


def confirm(
    actor: Actor, number: str, payout_ids: Sequence[int] | None, now: datetime
) -> checking.Checked:
    """Confirm payouts (all that are listed, or some), and check credit and account of each at once:
    who may not get it is struck, who has no verified account is held (S9-A19).

    Raises:
        FieldError: ``payouts`` when none of them is listed.
        BatchNotFound, MoveRefused.
    """
    with transaction.atomic():
        batch, found = mine(actor, number), city()
        chosen = moving.in_states(batch, {"listed"}, payout_ids)
        if not chosen:
            raise FieldError("payouts", "没有待确认的名单", "nothing")
        facts = {"due": batch.review_due}
        moving.move_many(actor, "confirm", [Step(one, facts) for one in chosen], now, found)
        checked = checking.check_payouts(actor, batch, chosen, now, found)
        first = batch.confirmed_at is None
        changes: dict[str, Any] = {"confirmed_at": now} if first else {}
        if batch.state == "listed" and not moving.any_in(batch, {"listed"}):
            changes["state"] = "confirmed"
        moving.recount(batch, **changes)
    return checked


def strike(
    actor: Actor, number: str, payout_ids: Collection[int], reason: str, now: datetime
) -> Batch:
    """Take payouts off the list, with a reason that the party reads; reserved money goes back.

    Raises:
        FieldError: ``reason`` missing, ``payouts`` where nothing may be struck any more.
        BatchNotFound, MoveRefused.
    """
    said = clean_text("reason", reason, 300)
    if not said:
        raise FieldError("reason", "请写明剔除的理由", "required")
    with transaction.atomic():
        batch, found = mine(actor, number), city()
        chosen = moving.in_states(batch, STRIKEABLE, list(payout_ids))
        if len(chosen) != len(set(payout_ids)):
            raise FieldError("payouts", "所选名单中有已拨付、已剔除或不存在的", "state")
        take_off(actor, batch, chosen, "department", said, now, found)
        finish(batch)
    return batch


def take_off(
    actor: Actor,
    batch: Batch,
    payouts: Sequence[Payout],
    code: str,
    reason: str,
    now: datetime,
    found: City,
    *,
    move: str = "strike",
) -> None:
    """Strike (or decline) payouts of a locked batch: release what was reserved, say it to the
    candidates. The caller counts anew."""
    if not payouts:
        return
    money.release(batch, [one for one in payouts if one.reserved], now)
    facts = {"code": code, "note": reason}
    gone = {"reserved": False, "reason_code": code, "reason": reason[:300]}
    steps = [Step(one, {**facts, "released": one.amount_fen if one.reserved else 0}, gone)
             for one in payouts]  # fmt: skip
    moving.move_many(actor, move, steps, now, found)
    lists.mark([one.candidate_id for one in payouts if one.candidate_id], lists.DROPPED)


def release(
    actor: Actor, number: str, payout_ids: Sequence[int] | None, now: datetime
) -> checking.Checked:
    """Look again at payouts that were held: those whose account is verified by now and whose
    credit is clear go on from where they were. Raises FieldError ``payouts``, BatchNotFound."""
    with transaction.atomic():
        batch, found = mine(actor, number), city()
        chosen = moving.in_states(batch, {"held"}, payout_ids)
        if not chosen:
            raise FieldError("payouts", "没有待核实的名单", "nothing")
        checked = checking.release_payouts(actor, batch, chosen, now, found)
        finish(batch)
    return checked


def finish(batch: Batch) -> None:
    """Count anew; a list of which nothing is left to confirm counts as confirmed."""
    state = batch.state
    if state == "listed" and not moving.any_in(batch, {"listed"}):
        state = "confirmed"
    moving.recount(batch, state=state)
