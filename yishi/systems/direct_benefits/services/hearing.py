"""What the bank says of payments: booked, returned, rejected (in the receipt's transaction)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.systems.direct_benefits.context import City, city
from yishi.systems.direct_benefits.models import Batch, Clawback, Payout
from yishi.systems.direct_benefits.ports import accounts, credit, lists
from yishi.systems.direct_benefits.ports.orders import ABOUT
from yishi.systems.direct_benefits.services import funding, moving, paying
from yishi.systems.direct_benefits.services.moving import Step

BOOKED, RETURNED, REJECTED = "booked", "returned", "rejected"
_BACK = {RETURNED: "退票", REJECTED: "支付未成功"}


def hear(events: Sequence[Any]) -> None:
    """Move the payouts that *events* (`payments.values.PaymentEvent`) are about: each by the last
    thing that was said of it."""
    ours = [one for one in events if one.about_kind == ABOUT]
    if not ours:
        return
    last = {int(one.about_id): one for one in ours}
    rows = Payout.objects.unscoped("the bank speaks of every batch").filter(pk__in=list(last))
    ids = sorted(set(rows.values_list("batch_id", flat=True)))
    locked = Batch.objects.unscoped("the bank speaks of every batch").filter(pk__in=ids)
    batches = {one.pk: one for one in locked.order_by("pk").select_for_update()}
    payouts = list(rows.select_related("party").order_by("pk"))
    found = city()
    _booked([one for one in payouts if last[one.pk].what == BOOKED], batches, last, found)
    _back([one for one in payouts if last[one.pk].what in _BACK], batches, last, found)
    for batch in batches.values():
        moving.recount(batch)


def _booked(
    payouts: Sequence[Payout], batches: Mapping[int, Batch], last: Mapping[int, Any], found: City
) -> None:
    going = [one for one in payouts if one.state == "paying"]
    lines = {one.pk: str(last[one.pk].line.pk) for one in going}
    for at in sorted({last[one.pk].at for one in going}):
        chosen = [one for one in going if last[one.pk].at == at]
        paying.book(chosen, batches, at, found, lines)


def _back(
    payouts: Sequence[Payout], batches: Mapping[int, Batch], last: Mapping[int, Any], found: City
) -> None:
    """退票: booked as back; what was being claimed back needs no claim any more."""
    claimed = [one for one in payouts if one.state == "clawback_notice"]
    if claimed:
        at = max(last[one.pk].at for one in claimed)
        _drop(claimed, at, found)
    steps: dict[datetime, list[Step]] = {}
    for one in payouts:
        event = last[one.pk]
        if one.state not in ("paying", "paid", "done"):
            continue
        reason = f"{_BACK[event.what]}：{event.reason}" if event.reason else _BACK[event.what]
        facts = {
            "code": event.what,
            "line": str(event.line.pk),
            "finance": funding.finance_of(batches[one.batch_id], found, event.at),
            "note": reason,
        }
        gone = {
            "paid_fen": 0,
            "paid_at": None,
            "published_at": None,
            "reason_code": event.what,
            "reason": reason[:300],
        }
        steps.setdefault(event.at, []).append(Step(one, facts, gone))
    for at, chosen in sorted(steps.items()):
        moving.move_many(ITSELF, "return", chosen, at, found)
        taken = [step.payout.candidate_id for step in chosen if step.payout.candidate_id]
        lists.mark(taken, lists.BATCHED)


def _drop(payouts: Sequence[Payout], now: datetime, found: City) -> None:
    """The money is back: what was announced to be claimed back is not any more."""
    rows = Clawback.objects.unscoped("of payouts whose money came back").filter(
        payout__in=payouts, state=Clawback.NOTICED
    )
    numbers = dict(rows.values_list("payout_id", "number"))
    rows.update(state=Clawback.DROPPED, decided_at=now, decided_by="system", decision="款项已退回")
    steps = [
        Step(one, {"clawback": numbers[one.pk], "note": "款项已退回"})
        for one in payouts
        if one.pk in numbers
    ]
    moving.move_many(ITSELF, "claw_drop", steps, now, found)


def guard(lines: Sequence[Any]) -> dict[str, str]:
    """Why a payment must not go out now, by its key: asked when an order is checked and when it is
    sent (S9-A17: listed between the notice and the payment)."""
    from django.utils import timezone

    ours = {int(one.about_id): one for one in lines if one.about_kind == ABOUT}
    if not ours:
        return {}
    now = timezone.now()
    rows = Payout.objects.unscoped("orders hold payouts of every batch").filter(pk__in=list(ours))
    payouts = list(rows.select_related("party"))
    closed = credit.closed({one.party.file_id for one in payouts}, now)
    usable = accounts.usable({one.party_id for one in payouts}, now)
    found: dict[str, str] = {}
    for one in payouts:
        account, reason = usable.get(one.party_id, (None, "没有登记收款账户"))
        if one.state != "paying":
            found[ours[one.pk].key] = "该笔不在拨付中"
        elif one.party.file_id in closed:
            found[ours[one.pk].key] = closed[one.party.file_id]
        elif account is None:
            found[ours[one.pk].key] = reason or "账户待核实"
    return found
