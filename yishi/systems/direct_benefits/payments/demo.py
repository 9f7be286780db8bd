"""The made-up bank at work (模拟): answers the orders that were sent, for demos and trials."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from yishi.foundation.access.actors import Actor
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
    """The bank reads the file, which counts as sent by that if it was not before."""
    content = sending.send(actor, number, now).content
    order = PaymentOrder.objects.visible_to(actor).get(number=number)
    # The bank's clock stands at the sending, so that the same order gets the very same files.
    return bank.answers(content, order.sent_at or now)


def open_orders(actor: Actor) -> list[str]:
    """Numbers of the orders that wait for their bank (1 statement)."""
    rows = PaymentOrder.objects.visible_to(actor).filter(state=PaymentOrder.SENT)
    return list(rows.order_by("id").values_list("number", flat=True))
