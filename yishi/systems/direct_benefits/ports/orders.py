"""Payment orders: what is asked of payments, and how finance finds what waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.urls import NoReverseMatch, reverse

from yishi.foundation.access.actors import Actor
from yishi.systems.direct_benefits.models import Batch, Payout

ABOUT = "payout"


@dataclass(frozen=True, slots=True)
class Nothing:
    """Nothing was ordered."""

    order: None = None
    new: int = 0
    known: Sequence[str] = ()
    held: Mapping[str, str] = field(default_factory=dict)


NOTHING = Nothing()


def key(payout: Payout) -> str:
    """The claim's name: the database lets only one living line have it."""
    return f"{ABOUT}:{payout.pk}"


def make(
    actor: Actor, payouts: Sequence[Payout], batches: Mapping[int, Batch], now: datetime
) -> Any:
    """Order *payouts* (`payments.orders.make`)."""
    from yishi.systems.direct_benefits.payments import orders
    from yishi.systems.direct_benefits.payments.values import PaymentRequest
    from yishi.systems.direct_benefits.services.noticing import first_payment_day

    requests = []
    for one in payouts:
        batch = batches[one.batch_id]
        assert one.account_id is not None and batch.budget_line_id is not None
        requests.append(
            PaymentRequest(
                about_kind=ABOUT,
                about_id=str(one.pk),
                key=key(one),
                party_id=one.party_id,
                amount_fen=one.amount_fen - one.set_off_fen,
                account_id=one.account_id,
                budget_line_id=batch.budget_line_id,
                purpose=f"{batch.item_name} {batch.period}"[:120],
                not_before=first_payment_day(batch.notice_until) if batch.notice_until else None,
            )
        )
    names = sorted({batch.item_name for batch in batches.values()})
    return orders.make(actor, requests, now, purpose="、".join(names)[:120])


def groups(actor: Actor, now: datetime) -> list[Any]:
    """Batches of which something waits to be paid, for finance's page."""
    from yishi.systems.direct_benefits.payments.waiting import Group
    from yishi.systems.direct_benefits.services.noticing import first_payment_day

    rows = Batch.objects.visible_to(actor).filter(asked_at__isnull=False)
    rows = rows.filter(counts__funds_asked__gt=0).order_by("asked_at")
    return [
        Group(
            key=batch.number,
            label=f"{batch.item_name}（{batch.period}）",
            count=batch.counts["funds_asked"],
            total_fen=batch.totals["funds_asked"],
            since=batch.asked_at,
            not_before=first_payment_day(batch.notice_until) if batch.notice_until else None,
            url=_url(batch),
            stopped=[
                (text, batch.counts[state])
                for state, text in (("held", "账户待核实"), ("suspended", "异议核实中"))
                if batch.counts.get(state)
            ],
        )
        for batch in rows
    ]


def _url(batch: Batch) -> str:
    try:
        return reverse("desk:direct_benefits:batch", args=[batch.number])
    except NoReverseMatch:
        return ""


def order(actor: Actor, keys: Collection[str], now: datetime) -> Any:
    """Order what waits in the groups (batches) *keys*."""
    from yishi.systems.direct_benefits.services import paying

    return paying.order_payment(actor, keys, now)
