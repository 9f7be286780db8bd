"""Taking in what bank and treasury answer: once, in any order, all in one transaction."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit import access_log
from yishi.foundation.parties.crypto import encrypt
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments import accounts, booking, events, orders, reading
from yishi.systems.direct_benefits.payments.keeping import receipt_context
from yishi.systems.direct_benefits.payments.models import (
    PaymentLine,
    PaymentOrder,
    Receipt,
    ReceiptEntry,
)
from yishi.systems.direct_benefits.payments.outcomes import Effect, apply
from yishi.systems.direct_benefits.payments.roles import FINANCE
from yishi.systems.direct_benefits.payments.values import (
    BOOKED,
    RETURNED,
    Message,
    PaymentEvent,
    Said,
)

#: Reasons (ISO 20022 external codes) that speak against the account itself.
OF_THE_ACCOUNT = {
    "AC01": "账号有误",
    "AC03": "账号无效",
    "AC04": "账户已销户",
    "AC06": "账户被冻结",
    "BE01": "户名与账号不符",
    "MD07": "账户所有人已终止",
}
_STORED = [
    "state",
    "accepted_at",
    "rejected_at",
    "booked_on",
    "returned_on",
    "reason_code",
    "reason",
    "ledger_key",
]


@dataclass(frozen=True, slots=True)
class Read:
    """A receipt that was taken in; ``again``: it had been before, and nothing changed."""

    receipt: Receipt
    counts: Mapping[str, int]
    again: bool = False


@dataclass(slots=True)
class Taken:
    """What the statements of one file or decision come to."""

    entries: list[ReceiptEntry] = field(default_factory=list)
    changed: dict[int, PaymentLine] = field(default_factory=dict)
    events: list[PaymentEvent] = field(default_factory=list)
    moved: booking.Moved = field(default_factory=booking.Moved)
    held: dict[uuid.UUID, str] = field(default_factory=dict)


def read(data: bytes, kind: str, actor: Actor, now: datetime) -> Read:
    """Take in a file. The same file again changes nothing, at the same moment too.

    Raises FieldError (``file``, ``header``, ``kind``): unreadable, or the sender's message id came
    before with another content. Then nothing is stored.
    """
    orders.require(actor, *FINANCE)
    message = reading.read(data, kind)
    digest = hashlib.sha256(data).hexdigest()
    unit = orders.unit_of(actor)
    seen = Receipt.objects.unscoped("what the actor's own unit took in")
    rows = seen.filter(unit__isnull=True) if unit is None else seen.filter(unit_id=unit)
    for _ in range(2):
        known = rows.filter(kind=message.kind, message_id=message.message_id).first()
        if known is not None:
            if known.sha256 != digest:
                text = f"报文编号 {message.message_id} 已收到过，内容不同；请与银行核对"
                raise FieldError("file", text, "message_id")
            return Read(known, known.counts, again=True)
        try:
            with transaction.atomic():
                return _take(message, data, digest, actor, now)
        except IntegrityError as error:
            # Somebody took in the same file meanwhile, or ordered a claim again of which the bank
            # says now that it was paid: both are seen by the second look. All else is a fault.
            if not any(name in str(error) for name in ("receipt_once", "never_twice")):
                raise
    raise FieldError("file", "回单正在登记，请稍后再试", "busy")


def _take(message: Message, data: bytes, digest: str, actor: Actor, now: datetime) -> Read:
    receipt = Receipt(
        kind=message.kind,
        unit_id=orders.unit_of(actor),
        message_id=message.message_id,
        sha256=digest,
        received_by=actor.ref,
        received_at=now,
    )
    receipt.content_enc = encrypt(base64.b64encode(data).decode(), receipt_context(receipt))
    receipt.save(force_insert=True)
    said, lines = _locked_lines(actor, message)
    taken = take(receipt, said, lines, now)
    _queue_once(taken.entries)
    ReceiptEntry.objects.bulk_create(taken.entries, batch_size=2000)
    finish(taken, now)
    counts = Counter(entry.outcome for entry in taken.entries)
    receipt.counts = dict(counts)
    receipt.save(update_fields=["counts"])
    access_log.look(
        actor.ref,
        "payment.receipt",
        f"receipt:{receipt.pk}",
        receipt.message_id,
        now,
        rows=len(taken.entries),
    )
    return Read(receipt, receipt.counts)


def _locked_lines(actor: Actor, message: Message) -> tuple[list[Said], dict[str, PaymentLine]]:
    """The statements, those about whole orders told apart by line, and the lines they are about,
    of the actor's unit: nobody's upload moves another unit's payment. Orders are locked first and
    by id, then lines, as every verb does."""
    ids = {said.end_to_end_id for said in message.said if said.end_to_end_id}
    whole = {said.message_id for said in message.said if said.message_id}
    lines = PaymentLine.objects.visible_to(actor)
    of_orders = PaymentOrder.objects.visible_to(actor)
    touched = set(of_orders.filter(number__in=whole).values_list("pk", flat=True))
    touched |= set(lines.filter(end_to_end_id__in=ids).values_list("order_id", flat=True))
    list(of_orders.filter(pk__in=touched).select_for_update().order_by("pk").values_list("pk"))
    named = lines.filter(end_to_end_id__in=ids) | lines.filter(order__number__in=whole)
    found = named.select_related("order").select_for_update(of=("self",)).order_by("pk")
    by_id = {line.end_to_end_id: line for line in found}
    said: list[Said] = []
    for one in message.said:
        said += _told_apart(one, by_id) if one.message_id and not one.end_to_end_id else [one]
    return said, by_id


def _told_apart(one: Said, by_id: Mapping[str, PaymentLine]) -> list[Said]:
    """A statement about a whole order, for each of its lines; as it is if count or sum differ."""
    of_order = [line for line in by_id.values() if line.order.number == one.message_id]
    total = sum(line.amount_fen for line in of_order)
    fits = one.amount_fen in (None, total) and one.count in (None, len(of_order))
    if not of_order or not fits:
        return [one]
    return [
        Said(
            one.what,
            line.end_to_end_id,
            line.amount_fen,
            one.on,
            one.reason_code,
            one.reason,
            one.bank_ref,
        )
        for line in of_order
    ]


def take(
    receipt: Receipt, said: Sequence[Said], lines: Mapping[str, PaymentLine], now: datetime
) -> Taken:
    """Apply statements to locked lines (1 statement: who else pays the same claims)."""
    taken = Taken()
    lives = _living_keys(lines)
    for position, one in enumerate(said, start=1):
        line = lines.get(one.end_to_end_id)
        if line is None or line.order.state == PaymentOrder.DRAFT:
            line = None  # no bank can know a payment of a draft
            effect = Effect(ReceiptEntry.QUEUED, ReceiptEntry.UNKNOWN)
        else:
            living = lives.get(line.key, line.pk)
            effect = apply(line, one, now, other_lives=living != line.pk)
            if line.state in PaymentLine.LIVE:
                lives[line.key] = line.pk
            _note(taken, line, one, effect, now)
        taken.entries.append(_entry(receipt, position, one, line, effect))
    return taken


def _living_keys(lines: Mapping[str, PaymentLine]) -> dict[str, int]:
    """The line that pays a claim now, for the claims of lines that were rejected."""
    keys = [line.key for line in lines.values() if line.state == PaymentLine.REJECTED]
    if not keys:
        return {}
    rows = PaymentLine.objects.unscoped("who pays the same claim")
    found = rows.filter(key__in=keys, state__in=PaymentLine.LIVE)
    return dict(found.values_list("key", "pk"))


def _note(taken: Taken, line: PaymentLine, said: Said, effect: Effect, now: datetime) -> None:
    if effect.changed:
        taken.changed[line.pk] = line
    reason = said.reason or OF_THE_ACCOUNT.get(said.reason_code, said.reason_code)
    for what in effect.events:
        if what == BOOKED:
            taken.moved.paid.append(line)
        elif what == RETURNED:
            taken.moved.returned.append(line)
        taken.events.append(
            PaymentEvent(line.about_kind, line.about_id, what, now, reason, line, said.on)
        )
    if effect.events and effect.events[-1] != BOOKED and said.reason_code in OF_THE_ACCOUNT:
        taken.held[line.account_id] = OF_THE_ACCOUNT[said.reason_code]


def _entry(
    receipt: Receipt, position: int, said: Said, line: PaymentLine | None, effect: Effect
) -> ReceiptEntry:
    entry = ReceiptEntry(
        receipt=receipt,
        position=position,
        what=said.what,
        end_to_end_id=said.end_to_end_id or said.message_id,
        bank_ref=said.bank_ref,
        amount_fen=said.amount_fen,
        on=said.on,
        reason_code=said.reason_code,
        reason=said.reason[:200],
        line=line,
        outcome=effect.outcome,
        problem=effect.problem,
    )
    if effect.outcome == ReceiptEntry.QUEUED:
        entry.same = _same(entry)
    return entry


def _same(entry: ReceiptEntry) -> str:
    """What makes two entries of different files one thing that a person looks at once."""
    said = (entry.what, entry.end_to_end_id, entry.bank_ref, entry.amount_fen)
    parts = (entry.receipt.unit_id, entry.problem, *said)
    return hashlib.sha256("\0".join(map(str, (*parts, entry.on))).encode()).hexdigest()


def _queue_once(entries: Sequence[ReceiptEntry]) -> None:
    """What waits already, or was resolved, does not wait again (1 statement)."""
    waiting = {entry.same for entry in entries if entry.same}
    rows = ReceiptEntry.objects.unscoped("what waits already")
    seen = set(rows.filter(same__in=waiting).values_list("same", flat=True))
    for entry in entries:
        if entry.same in seen:
            entry.outcome, entry.same = ReceiptEntry.KNOWN, ""
        elif entry.same:
            seen.add(entry.same)


def finish(taken: Taken, now: datetime) -> None:
    """Store the lines, post to the ledger, hold accounts, settle orders, and tell who waits."""
    booking.name(taken.moved)
    changed = list(taken.changed.values())
    rows = PaymentLine.objects.unscoped("lines that a receipt changed")
    # Back to life last: the line that pays the same claim has to have ended before.
    changed.sort(key=lambda line: (line.state in PaymentLine.LIVE, line.pk))
    if changed:
        rows.bulk_update(changed, _STORED, batch_size=2000)
    _sent_at_last({line.order_id for line in changed}, now)
    booking.post(taken.moved, now)
    accounts.hold_returned(taken.held, now)
    orders.settle({line.order_id for line in changed}, now)
    events.tell(taken.events)


def _sent_at_last(order_ids: set[int], now: datetime) -> None:
    """An order that the bank answers has been sent, whatever its mark says."""
    rows = PaymentOrder.objects.unscoped("orders whose receipts were just read")
    rows.filter(pk__in=order_ids, state=PaymentOrder.CHECKED).update(
        state=PaymentOrder.SENT, sent_at=now, sent_by="bank"
    )
