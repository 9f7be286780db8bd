"""Payment: orders of what was asked for, what the bank says of them, publication."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.context import City, city
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.ports import accounts, lists, money, orders
from yishi.systems.direct_benefits.services import checking, listing, moving, noticing
from yishi.systems.direct_benefits.services.moving import Step
from yishi.systems.direct_benefits.sight import batch_of


def order_payment(actor: Actor, numbers: str | Collection[str], now: datetime) -> Any:
    """Order what is asked for in one or several batches: one payment order, by the maker. Credit
    and account of each are checked once more; who does not pass is left out with the reason.

    Returns what payments made of it (`payments.values.Made`).

    Raises:
        FieldError: ``batch`` when nothing waits; ``not_before`` before the day after the notice.
        BatchNotFound, MoveRefused.
    """
    wanted = [numbers] if isinstance(numbers, str) else sorted(set(numbers))
    with transaction.atomic():
        found = city()
        batches = {one.pk: one for one in _locked(actor, wanted)}
        chosen: list[Payout] = []
        for batch in batches.values():
            asked = moving.in_states(batch, {"funds_asked"})
            checking.check_payouts(actor, batch, asked, now, found)
            chosen += [one for one in asked if one.state == "funds_asked"]
        if not chosen:
            for batch in batches.values():
                moving.recount(batch)
            return orders.NOTHING
        made = _order(actor, "order", batches, chosen, now, found)
        for batch in batches.values():
            moving.recount(batch, state="paying" if batch.state == "funds_asked" else batch.state)
    return made


def pay_again(actor: Actor, number: str, payout_ids: Sequence[int] | None, now: datetime) -> Any:
    """Order anew what came back, to an account that is verified now. There is no second payment
    before the return is booked: what is on its way is not in state ``returned``.

    Raises:
        FieldError: ``payouts`` when nothing that came back can be paid.
        BatchNotFound, MoveRefused.
    """
    with transaction.atomic():
        found = city()
        (batch,) = _locked(actor, [number])
        chosen = moving.in_states(batch, {"returned"}, payout_ids)
        usable = accounts.usable({one.party_id for one in chosen}, now)
        for one in chosen:
            one.account_id = usable.get(one.party_id, (None, ""))[0]
        ready = [one for one in chosen if one.account_id is not None]
        if not ready:
            raise FieldError("payouts", "没有可重新支付的：收款账户须先核验", "nothing")
        made = _order(actor, "pay_again", {batch.pk: batch}, ready, now, found)
        moving.recount(batch)
    return made


def _locked(actor: Actor, numbers: Sequence[str]) -> list[Batch]:
    """The batches in the order of their ids, for a maker."""
    if not actor.has(s.MAKER) and actor.kind != "system":
        raise FieldError("batch", "需由财政制单岗位办理", "role")
    seen = sorted((batch_of(actor, number) for number in numbers), key=lambda one: one.pk)
    return [batch_of(actor, one.number, lock=True) for one in seen]


def _order(
    actor: Actor,
    move: str,
    batches: Mapping[int, Batch],
    payouts: Sequence[Payout],
    now: datetime,
    found: City,
) -> Any:
    """Make the order, commit the money, move the cases; what payments will not take is held."""
    cash = [one for one in payouts if one.amount_fen > one.set_off_fen]
    made = orders.make(actor, cash, batches, now) if cash else orders.NOTHING
    held = {one.pk: made.held[orders.key(one)] for one in cash if orders.key(one) in made.held}
    _hold(move, payouts, held, now, found)
    going = [one for one in payouts if one.pk not in held]
    for batch in batches.values():
        mine = [one for one in going if one.batch_id == batch.pk]
        if move == "order":  # what came back is committed, or paid again from where it lies
            money.commit(batch, mine, now)
    steps = [Step(one, _order_facts(one, batches[one.batch_id]), _ordered(one)) for one in going]
    if steps:
        moving.move_many(actor, move, steps, now, found)
    settled = [one for one in going if one.amount_fen == one.set_off_fen]
    if settled:  # all of it was set off: there is nothing to transfer
        book(settled, batches, now, found)
    return made


def _hold(
    move: str, payouts: Sequence[Payout], held: Mapping[int, str], now: datetime, found: City
) -> None:
    if move != "order":
        return  # what came back waits as it is
    steps = [
        Step(
            one,
            {"held_from": "funds_asked", "code": "account", "note": held[one.pk]},
            {"reason_code": "account", "reason": held[one.pk][:300], "account_id": None},
        )
        for one in payouts
        if one.pk in held
    ]
    if steps:
        moving.move_many(ITSELF, "hold", steps, now, found)


def _order_facts(one: Payout, batch: Batch) -> dict[str, Any]:
    day = noticing.first_payment_day(batch.notice_until) if batch.notice_until else None
    return {
        "attempt": one.attempts + 1,
        "amount": one.amount_fen - one.set_off_fen,
        "account": str(one.account_id or ""),
        "nothing_to_transfer": one.amount_fen == one.set_off_fen,
        "not_before": day.isoformat() if day else "",
        "set_off": one.set_off_fen,
    }


def _ordered(one: Payout) -> dict[str, Any]:
    clear = {} if one.reason_code == "short" else {"reason_code": "", "reason": ""}
    return {"attempts": one.attempts + 1, **clear}


def book(
    payouts: Sequence[Payout],
    batches: Mapping[int, Batch],
    now: datetime,
    found: City,
    lines: Mapping[int, str] | None = None,
) -> None:
    """到账 of payouts: *lines* names the payment line of each, where the bank had one."""
    steps = [
        Step(
            one,
            {
                "amount": one.amount_fen - one.set_off_fen,
                "due": batches[one.batch_id].pay_due,
                "line": (lines or {}).get(one.pk),
            },
            {"paid_fen": one.amount_fen - one.set_off_fen, "paid_at": now},
        )
        for one in payouts
    ]
    moving.move_many(ITSELF, "booked", steps, now, found)
    lists.mark([one.candidate_id for one in payouts if one.candidate_id], lists.PAID)


def publish(actor: Actor, number: str, now: datetime) -> Batch:
    """办结公开: what was paid to whom under which policy is public from now on.

    Raises:
        FieldError: ``batch`` when nothing was paid.
        BatchNotFound, MoveRefused.
    """
    with transaction.atomic():
        batch, found = listing.mine(actor, number), city()
        paid = moving.in_states(batch, {"paid"})
        if not paid:
            raise FieldError("batch", "没有新到账的名单", "nothing")
        steps = [Step(one, {}, {"published_at": now}) for one in paid]
        moving.move_many(actor, "publish", steps, now, found)
        whole = not moving.any_in(batch, s.OPEN | {"paying", "returned"})
        moving.recount(
            batch,
            published_at=batch.published_at or now,
            state="published" if whole else batch.state,
        )
    return batch
