"""What no program can place: a person says which payment it was, or that it is none of ours."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit import access_log
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments import orders, receipts
from yishi.systems.direct_benefits.payments.models import PaymentLine, PaymentOrder, ReceiptEntry
from yishi.systems.direct_benefits.payments.roles import CHECKER, FINANCE
from yishi.systems.direct_benefits.payments.values import Said


def waiting(actor: Actor) -> QuerySet[ReceiptEntry]:
    """What waits for a person in the receipts of one's unit, oldest first."""
    orders.require(actor, *FINANCE)
    rows = ReceiptEntry.objects.visible_to(actor).filter(outcome=ReceiptEntry.QUEUED)
    return rows.select_related("receipt", "line__order").order_by("id")


@transaction.atomic
def assign(
    actor: Actor, entry_id: int, end_to_end_id: object, reason: object, now: datetime
) -> ReceiptEntry:
    """Say that an unknown entry was this payment; it then counts as any receipt does.

    Raises FieldError: ``entry``; ``end_to_end_id`` where there is no such payment, its amount
    differs, or what is said cannot be true of it; ``reason``.
    """
    entry, why = _locked(actor, entry_id, reason)
    if entry.problem != ReceiptEntry.UNKNOWN:
        raise FieldError("entry", "只有找不到对应支付的回单可以指定支付", "problem")
    wanted = clean_text("end_to_end_id", end_to_end_id, longest=35, required=True)
    rows = PaymentLine.objects.visible_to(actor)
    order_id = rows.filter(end_to_end_id=wanted).values_list("order_id", flat=True).first()
    if order_id is None:
        raise FieldError("end_to_end_id", "没有这个支付流水号", "unknown")
    PaymentOrder.objects.unscoped("its lock").select_for_update().get(pk=order_id)
    line = rows.select_for_update(of=("self",)).select_related("order").get(end_to_end_id=wanted)
    if entry.amount_fen is not None and entry.amount_fen != line.amount_fen:
        raise FieldError("end_to_end_id", "金额与该笔支付不符，不能指定", "amount")
    said = Said(
        entry.what,
        wanted,
        entry.amount_fen,
        entry.on,
        entry.reason_code,
        entry.reason,
        entry.bank_ref,
    )
    taken = receipts.take(entry.receipt, [said], {wanted: line}, now)
    found = taken.entries[0]
    if found.problem:
        label = dict(ReceiptEntry.PROBLEMS)[found.problem]
        raise FieldError("end_to_end_id", f"不能指定：{label}", found.problem)
    receipts.finish(taken, now)
    entry.line = line
    return _resolved(actor, entry, f"{wanted}：{why}", now)


@transaction.atomic
def dismiss(actor: Actor, entry_id: int, reason: object, now: datetime) -> ReceiptEntry:
    """Say that an entry is dealt with: none of ours, or cleared with the bank. Nothing is booked.

    Raises FieldError on ``entry`` or ``reason``.
    """
    entry, why = _locked(actor, entry_id, reason)
    return _resolved(actor, entry, why, now)


def _locked(actor: Actor, entry_id: int, reason: object) -> tuple[ReceiptEntry, str]:
    orders.require(actor, CHECKER)
    seen = ReceiptEntry.objects.visible_to(actor)
    rows = seen.select_for_update(of=("self",)).select_related("receipt")
    entry = rows.filter(pk=entry_id).first()
    if entry is None:
        raise FieldError("entry", "没有这条回单", "unknown")
    if entry.outcome != ReceiptEntry.QUEUED:
        raise FieldError("entry", "这条回单已经处理", "state")
    why = clean_text("reason", reason, longest=150, required=True)
    if len(why) < 2:
        raise FieldError("reason", "请写明处理说明", "required")
    return entry, why


def _resolved(actor: Actor, entry: ReceiptEntry, text: str, now: datetime) -> ReceiptEntry:
    entry.outcome, entry.resolution = ReceiptEntry.RESOLVED, text[:200]
    entry.resolved_by, entry.resolved_at = actor.ref, now
    entry.save(update_fields=["line", "outcome", "resolution", "resolved_by", "resolved_at"])
    subject = f"receipt_entry:{entry.pk}"
    access_log.look(actor.ref, "payment.resolve", subject, text, now)
    return entry
