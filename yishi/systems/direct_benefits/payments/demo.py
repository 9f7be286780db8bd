"""The made-up bank at work (模拟): answers the orders that were sent, for demos and trials."""

from __future__ import annotations

from datetime import datetime

from yishi.foundation.access.actors import Actor
from yishi.systems.direct_benefits.payments import bank, receipts, sending
from yishi.systems.direct_benefits.payments.models import PaymentOrder


def bank_answers(actor: Actor, number: str, now: datetime) -> list[receipts.Read]:
    """Have the bank or treasury answer an order, and take its receipts in. The same order again
    gets the same answers, which change nothing.

    Raises FieldError where the order has no file."""
    content = sending.send(actor, number, now).content
    order = PaymentOrder.objects.visible_to(actor).get(number=number)
    # The bank's clock stands at the sending, so that the same order gets the very same files.
    when = order.sent_at or now
    return [receipts.read(answer.content, "", actor, now) for answer in bank.answers(content, when)]


def open_orders(actor: Actor) -> list[str]:
    """Numbers of the orders that wait for their bank (1 statement)."""
    rows = PaymentOrder.objects.visible_to(actor).filter(state=PaymentOrder.SENT)
    return list(rows.order_by("id").values_list("number", flat=True))
