"""资金申请: when the notice is over, money is asked for; a short budget is shared in proportion."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.ledger.shares import split, within
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.context import City, city, day_of
from yishi.systems.direct_benefits.models import Batch, Payout
from yishi.systems.direct_benefits.ports import items, lists, money
from yishi.systems.direct_benefits.ports.items import Benefit
from yishi.systems.direct_benefits.services import (
    before,
    checking,
    listing,
    moving,
    opening,
    stacking,
)
from yishi.systems.direct_benefits.services.moving import Step

#: Whose share is set aside while the others are asked for: a dispute, or an account, is open.
ASIDE = frozenset({"suspended", "held"})


def ask_funds(actor: Actor, number: str, now: datetime) -> Batch:
    """Ask finance for the money of everybody whose notice is over: credit and account are checked
    again, sums of one group are computed anew, a budget that is too small is shared in proportion
    (S9-A13), and the sums are reserved. Of whoever is suspended or held the sum is reserved too, so
    that it is there when the doubt is gone.

    Raises:
        FieldError: ``batch`` while the notice runs or when nobody is left; ``budget`` without a
            line, or with nothing on it.
        BatchNotFound, MoveRefused.
    """
    with transaction.atomic():
        batch, found = listing.mine(actor, number), city()
        item = items.benefit(batch.item_version_id)
        _ready(batch, item, now)
        noticed = moving.in_states(batch, {"noticed"})
        if not noticed:
            raise FieldError("batch", "没有可申请资金的名单", "nothing")
        checking.check_payouts(actor, batch, noticed, now, found)
        noticed = [one for one in noticed if one.state == "noticed"]
        aside = [one for one in moving.in_states(batch, ASIDE) if not one.reserved]
        aside = _on_notice(aside)
        fresh = [*noticed, *aside]
        _stack_anew(item, batch, fresh)
        left = [one for one in noticed if one.claim_fen == 0]
        listing.take_off(actor, batch, left, "stacked", STACKED, now, found)
        fresh = [one for one in fresh if one.claim_fen and one.state != "struck"]
        if not fresh:  # nobody passed the second look: the reasons are kept
            listing.finish(batch)
            return batch
        _allot(batch, item, fresh, now)
        _send(actor, batch, item, [one for one in fresh if one.state == "noticed"], now, found)
        moving.store(aside)
        days = item.pay_within or found.limits_at(now)[1].limits["pay"]
        moving.recount(
            batch,
            state="funds_asked",
            asked_at=batch.asked_at or now,
            pay_due=opening.due(found, days, now),
            budget_line_id=batch.budget_line_id,
            short=batch.short,
        )
    return batch


STACKED = "同类政策从高不重复，已享受的金额不低于本项"


def _ready(batch: Batch, item: Benefit, now: datetime) -> None:
    if not item.fiscal:
        raise FieldError("batch", "非资金类政策不申请资金，公示期满后直接兑现", "state")
    if batch.notice_until is None:
        raise FieldError("batch", "尚未公示", "state")
    if now <= batch.notice_until:
        raise FieldError("batch", "公示期未满", "early")


def _on_notice(payouts: Sequence[Payout]) -> list[Payout]:
    """Of those that wait: who was on the notice (1 statement)."""
    if not payouts:
        return []
    from yishi.foundation.cases.models import Trace

    rows = Trace.objects.unscoped("traces of a locked batch").filter(
        case_id__in=[one.case_id for one in payouts], move="post"
    )
    posted = set(rows.values_list("case_id", flat=True))
    return [one for one in payouts if one.case_id in posted]


def _stack_anew(item: Benefit, batch: Batch, payouts: Sequence[Payout]) -> None:
    """Sums of a group again: a payout of it may have been struck since this batch was opened."""
    group = stacking.group_of(item, batch.period)
    if not group:
        return
    taken = before.ahead(group, payouts)
    for one in payouts:
        one.claim_fen = stacking.claim(one.award_fen, item, taken[one.pk])
        one.amount_fen = one.claim_fen


def _allot(batch: Batch, item: Benefit, payouts: Sequence[Payout], now: datetime) -> None:
    """What each gets of what is there, and who bears it; it is reserved in the same step, under
    the lock of the ledger, so that two batches of one line cannot both have it."""
    if batch.budget_line_id is None:
        batch.budget_line_id = money.line_of(item, day_of(now).year, batch.area)
    claims = [one.claim_fen for one in payouts]
    if item.per_item is not None:
        claims = within(claims, item.per_item - _used(batch))
    given = money.reserve(batch.budget_line_id, payouts, claims, now)
    if not any(given.values()):
        raise FieldError("budget", "预算已用完，请先追加预算", "empty")
    asked, got = sum(one.claim_fen for one in payouts), sum(given.values())
    if got < asked:
        batch.short = {"claimed": asked, "available": got}
    for one in payouts:
        one.amount_fen = given[one.pk]
        one.shares = split(one.amount_fen, item.shares)
        one.reserved = True


def _used(batch: Batch) -> int:
    """What live payouts of the item and period were given already, in all batches (1 statement)."""
    from django.db.models import Sum

    rows = Payout.objects.unscoped("the item's cap counts every batch").filter(
        batch__item_key=batch.item_key, batch__period=batch.period, reserved=True
    )
    return int(rows.aggregate(total=Sum("amount_fen"))["total"] or 0)


def finance_of(batch: Batch, found: City, now: datetime) -> int:
    """The finance bureau at the level of the batch's department."""
    return found.unit(found.limits_at(now)[1].finance, batch.managed_path, now)


def asked_facts(batch: Batch, payout: Payout, found: City, now: datetime) -> dict[str, Any]:
    """What the trace says of a payout that is asked for."""
    return {
        "amount": payout.amount_fen,
        "claim": payout.claim_fen,
        "shares": payout.shares,
        "finance": finance_of(batch, found, now),
        "notice_until": batch.notice_until,
    }


def _send(
    actor: Actor,
    batch: Batch,
    item: Benefit,
    payouts: Sequence[Payout],
    now: datetime,
    found: City,
) -> None:
    steps = []
    shared = asked_facts(batch, payouts[0], found, now) if payouts else {}
    for one in payouts:
        facts = {**shared, "amount": one.amount_fen, "claim": one.claim_fen, "shares": one.shares}
        reason = {"reason_code": "short", "reason": SHORT} if one.amount_fen < one.claim_fen else {}
        steps.append(Step(one, facts, {"reserved": True, **reason}))
    if steps:
        moving.move_many(actor, "ask_funds", steps, now, found)


SHORT = "预算不足，按比例兑现"


def grant(actor: Actor, number: str, now: datetime) -> Batch:
    """A benefit that is no money (a fee not charged, a right) holds for everybody whose notice is
    over. Raises FieldError, BatchNotFound, MoveRefused."""
    with transaction.atomic():
        batch, found = listing.mine(actor, number), city()
        if items.benefit(batch.item_version_id).fiscal:
            raise FieldError("batch", "资金类政策请申请资金", "state")
        if batch.notice_until is None or now <= batch.notice_until:
            raise FieldError("batch", "公示期未满", "early")
        noticed = moving.in_states(batch, {"noticed"})
        if not noticed:
            raise FieldError("batch", "没有可兑现的名单", "nothing")
        checking.check_payouts(actor, batch, noticed, now, found)
        noticed = [one for one in noticed if one.state == "noticed"]
        facts = {"due": None, "notice_until": batch.notice_until}
        steps = [Step(one, facts, {"paid_at": now}) for one in noticed]
        if steps:
            moving.move_many(actor, "grant", steps, now, found)
        lists.mark([one.candidate_id for one in noticed if one.candidate_id], lists.PAID)
        moving.recount(batch, state="paying")
    return batch
