"""The made-up bank at work (模拟): answers the orders that were sent, for demos and trials."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from yishi.foundation.access.actors import Actor
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments import bank, receipts, sending
from yishi.systems.direct_benefits.payments.models import PaymentOrder


def bank_answers(actor: Actor, number: str, now: datetime) -> list[receipts.Read]:
    """Have the bank or treasury answer an order, and take its receipts in. The same order again
    gets the same answers, which change nothing.

    Raises FieldError where the order has no file."""
    return [receipts.read(one.content, "", actor, now) for one in _answers(actor, number, now)]


def write_answers(actor: Actor, number: str, folder: Path, now: datetime) -> list[Path]:
    """Write what the bank answers as files, for uploading by hand. Raises FieldError as above."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for one in _answers(actor, number, now):
        paths.append(folder / one.name)
        paths[-1].write_bytes(one.content)
    return paths


def _answers(actor: Actor, number: str, now: datetime) -> list[bank.Answer]:
    rows = PaymentOrder.objects.visible_to(actor).filter(number=number)
    order = rows.exclude(sent_at__isnull=True).first()
    if order is None or order.sent_at is None:
        raise FieldError("order", "这张拨付单还没有发送", "state")
    content = sending.send(actor, number, now).content
    # The bank's clock stands at the sending, so that the same order gets the very same files.
    return bank.answers(content, order.sent_at)


def open_orders(actor: Actor) -> list[str]:
    """Numbers of the orders that wait for their bank (1 statement)."""
    rows = PaymentOrder.objects.visible_to(actor).filter(state=PaymentOrder.SENT)
    return list(rows.order_by("id").values_list("number", flat=True))
