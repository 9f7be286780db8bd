"""Giving out the file of a checked order: marked first, then given, and always the same bytes.

Whoever is killed between the two finds the order sent and takes the same file again; the bank
knows a message by its id and does not execute it twice. The other way round a file could leave the
house while the order still looks as if it could be cancelled.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit import access_log
from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments import orders
from yishi.systems.direct_benefits.payments.account_names import open_name, open_number
from yishi.systems.direct_benefits.payments.files import pain001, treasury
from yishi.systems.direct_benefits.payments.models import (
    PayingAccount,
    PaymentLine,
    PaymentOrder,
)
from yishi.systems.direct_benefits.payments.roles import FINANCE

XML, XLSX, CSV = "xml", "xlsx", "csv"
#: An order leaves by one channel only: two files in two hands would be paid twice.
FORMATS = {PayingAccount.BANK: (XML,), PayingAccount.TREASURY: (XLSX, CSV)}
_TYPES = {XML: pain001.MEDIA_TYPE, XLSX: treasury.XLSX, CSV: treasury.CSV}


@dataclass(frozen=True, slots=True)
class SentFile:
    """A payment file."""

    name: str
    media_type: str
    content: bytes


def send(actor: Actor, number: str, now: datetime, form: str = "") -> SentFile:
    """The file of an order, which counts as sent from now on.

    Raises FieldError on ``order``: not checked yet, a line may not be paid now, the content is not
    what was checked; on ``form``.
    """
    orders.require(actor, *FINANCE)
    with transaction.atomic():
        order = orders.locked(actor, number)
        forms = FORMATS[order.payer.channel]
        if form and form not in forms:
            raise FieldError("form", "这张拨付单没有这种格式的文件", "unknown")
        if order.state in (PaymentOrder.DRAFT, PaymentOrder.CANCELLED):
            raise FieldError("order", f"拨付单{order.get_state_display()}，没有支付文件", "state")
        lines = orders.lines_in(order)
        if orders.content_hash(order, lines) != order.content_hash:
            raise FieldError("order", "拨付单内容与复核时不一致，已停止发送", "changed")
        main = contents(order, lines, forms[0])
        digest = hashlib.sha256(main).hexdigest()
        if order.state == PaymentOrder.CHECKED:
            _mark(actor, order, lines, digest, now)
        elif digest != order.file_sha256:
            raise FieldError("order", "支付文件与首次发出的不一致，请联系管理员核查", "changed")
        chosen = form or forms[0]
        purpose = f"{order.number}.{chosen}"
        access_log.look(
            actor.ref, "payment.file", f"payment:{order.pk}", purpose, now, rows=order.count
        )
    content = main if chosen == forms[0] else contents(order, lines, chosen)
    return SentFile(f"{order.number}.{chosen}", _TYPES[chosen], content)


def _mark(
    actor: Actor, order: PaymentOrder, lines: Sequence[PaymentLine], digest: str, now: datetime
) -> None:
    today = now.astimezone(SHANGHAI).date()
    if today < order.execute_on:
        raise FieldError("order", f"最早 {order.execute_on:%Y-%m-%d} 发送", "early")
    orders.payable(lines, now)
    order.state, order.file_sha256 = PaymentOrder.SENT, digest
    order.sent_by, order.sent_at = actor.ref, now
    order.save(update_fields=["state", "file_sha256", "sent_by", "sent_at"])
    rows = PaymentLine.objects.unscoped("the lines of a locked order").filter(order=order)
    rows.filter(state=PaymentLine.WAITING).update(state=PaymentLine.SENT)


def contents(order: PaymentOrder, lines: Sequence[PaymentLine], form: str) -> bytes:
    """The bytes of an order's file: a function of what was checked, of nothing else."""
    if order.checked_at is None:
        raise FieldError("order", "拨付单尚未复核", "state")
    head = pain001.Head(
        order.number, order.checked_at, order.execute_on, side_of_payer(order.payer)
    )
    transfers = [
        pain001.Transfer(
            line.end_to_end_id,
            line.amount_fen,
            pain001.Side(
                open_name(line.account),
                open_number(line.account),
                line.account.bank,
                line.account.bank_code,
            ),
            line.purpose,
        )
        for line in lines
    ]
    if form == XML:
        return pain001.write(head, transfers)
    if form == CSV:
        return treasury.write_csv(head, transfers)
    simulated = order.payer.simulated
    return treasury.write_xlsx(
        head, transfers, who=order.checked_by, at=order.checked_at, simulated=simulated
    )


def side_of_payer(payer: PayingAccount) -> pain001.Side:
    """The city's side of a payment."""
    return pain001.Side(payer.name, payer.number, payer.bank, payer.bank_code)
