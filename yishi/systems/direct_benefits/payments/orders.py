"""Payment orders: made by one person, checked by another, given out once as a file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Count, Q, Sum

from yishi.foundation.access.actors import Actor
from yishi.foundation.audit import access_log
from yishi.foundation.audit.chain import canonical
from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.payments import accounts, events, payers
from yishi.systems.direct_benefits.payments.models import PaymentLine, PaymentOrder
from yishi.systems.direct_benefits.payments.roles import CHECKER, FINANCE, MAKER
from yishi.systems.direct_benefits.payments.values import (
    REJECTED,
    Made,
    PaymentEvent,
    PaymentRequest,
)

#: One file holds at most so many payments.
MOST_LINES = 50_000


@transaction.atomic
def make(
    actor: Actor,
    requests: Sequence[PaymentRequest],
    now: datetime,
    *,
    purpose: str = "",
    payer: str = "bank",
) -> Made:
    """A draft order for what is not paid yet.

    A claim that a living line pays is left alone, whoever asks again and at the same time: the
    database holds one living line for a key. A claim whose account may not be used is left out
    with the reason. Raises FieldError (``requests``, ``amount_fen``, ``not_before``, ``payer``).
    """
    require(actor, MAKER)
    today = now.astimezone(SHANGHAI).date()
    _readable(requests, today)
    living = _living([one.key for one in requests])
    wanted = [one for one in requests if one.key not in living]
    held = _held(wanted, now)
    wanted = [one for one in wanted if one.key not in held]
    if not wanted:
        return Made(None, 0, sorted(living), held)
    order = PaymentOrder.objects.create(
        number=_next_number(today),
        unit_id=unit_of(actor),
        payer=payers.by_key(payer),
        purpose=(purpose or wanted[0].purpose)[:100],
        count=len(wanted),
        total_fen=sum(one.amount_fen for one in wanted),
        execute_on=today,
        made_by=actor.ref,
        made_at=now,
    )
    stored = _store(order, wanted, today)
    known = sorted(living | ({one.key for one in wanted} - stored))
    if not stored:
        order.delete()
        return Made(None, 0, known, held)
    _add_up(order)
    access_log.look(
        actor.ref, "payment.make", f"payment:{order.pk}", order.number, now, rows=len(stored)
    )
    return Made(order, len(stored), known, held)


def _readable(requests: Sequence[PaymentRequest], today: date) -> None:
    if not requests:
        raise FieldError("requests", "没有需要支付的款项", "required")
    if len(requests) > MOST_LINES:
        raise FieldError("requests", f"一张拨付单最多 {MOST_LINES} 笔", "too_many")
    twice = [key for key, times in Counter(one.key for one in requests).items() if times > 1]
    if twice:
        raise FieldError("requests", f"同一笔款项出现两次：{twice[0]}", "double")
    for one in requests:
        if one.shares and sum(one.shares.values()) != one.amount_fen:
            raise FieldError("shares", f"分担金额合计与总额不符：{one.key}", "sum")
        if one.amount_fen <= 0:
            raise FieldError("amount_fen", f"金额应大于零：{one.key}", "amount")
        if one.not_before is not None and one.not_before > today:
            day = f"{one.not_before:%Y-%m-%d}"
            raise FieldError("not_before", f"公示未满，最早 {day} 零时制单：{one.key}", "early")


def _living(keys: Collection[str]) -> set[str]:
    rows = PaymentLine.objects.unscoped("a claim is paid once, whoever asks")
    found = rows.filter(key__in=keys, state__in=PaymentLine.LIVE).values_list("key", flat=True)
    return set(found)


def _held(wanted: Sequence[PaymentRequest], now: datetime) -> dict[str, str]:
    """The claims that cannot be paid to the account they name, with the reason."""
    found = accounts.usable_many({one.party_id for one in wanted}, now)
    held: dict[str, str] = {}
    for one in wanted:
        account, reason = found.get(one.party_id, (None, "没有这个主体"))
        if account is None:
            held[one.key] = reason
        elif account.pk != one.account_id:
            held[one.key] = "收款账户已变更，请重新核对"
    return held


def _store(order: PaymentOrder, wanted: Sequence[PaymentRequest], today: date) -> set[str]:
    """Store the lines in the order of their keys, so that two makers never wait in a circle."""
    rows = PaymentLine.objects.unscoped("how often a claim was ordered before")
    earlier = dict(
        rows.filter(key__in=[one.key for one in wanted])
        .values_list("key")
        .annotate(times=Count("pk"))
    )
    lines = [
        PaymentLine(
            order=order,
            position=position,
            about_kind=one.about_kind,
            about_id=one.about_id,
            key=one.key,
            attempt=earlier.get(one.key, 0) + 1,
            end_to_end_id=f"{order.number}-{position:05d}",
            party_id=one.party_id,
            account_id=one.account_id,
            amount_fen=one.amount_fen,
            budget_line_id=one.budget_line_id,
            shares=dict(one.shares or {}),
            purpose=one.purpose[:100],
            not_before=one.not_before,
            made_on=today,
        )
        for position, one in enumerate(wanted, start=1)
    ]
    lines.sort(key=lambda line: line.key)
    PaymentLine.objects.bulk_create(lines, batch_size=2000, ignore_conflicts=True)
    return set(rows.filter(order=order).values_list("key", flat=True))


def _add_up(order: PaymentOrder) -> None:
    rows = PaymentLine.objects.unscoped("the lines of one order").filter(order=order)
    sums = rows.aggregate(count=Count("pk"), total=Sum("amount_fen", default=0))
    order.count, order.total_fen = sums["count"], sums["total"]
    order.save(update_fields=["count", "total_fen"])


def _next_number(today: date) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('benefit_payments_order_number')")
        return f"ZF{today:%Y%m%d}{cursor.fetchone()[0] % 1_000_000:06d}"


@transaction.atomic
def remove(actor: Actor, number: str, line_ids: Collection[int], now: datetime) -> PaymentOrder:
    """Take lines off a draft; an order that loses its last line is cancelled."""
    require(actor, MAKER)
    order = locked(actor, number)
    if order.state != PaymentOrder.DRAFT:
        raise FieldError("order", "已复核的拨付单不能改动", "state")
    rows = PaymentLine.objects.unscoped("the lines of a locked order").filter(order=order)
    gone = list(rows.filter(pk__in=line_ids))
    if len(gone) == order.count:
        return _cancelled(actor, order, "全部款项已移出", now)
    rows.filter(pk__in=[line.pk for line in gone]).delete()
    _add_up(order)
    events.tell(_let_go(gone, "已移出拨付单", now))
    return order


@transaction.atomic
def check(actor: Actor, number: str, now: datetime) -> PaymentOrder:
    """A second person confirms a draft: from now on neither it nor its lines change.

    Raises FieldError on ``order`` where it is no draft, made by the same person, or holds a line
    that may not be paid (account, or a guard such as a credit listing).
    """
    require(actor, CHECKER)
    order = locked(actor, number)
    if order.state != PaymentOrder.DRAFT:
        raise FieldError("order", f"拨付单{order.get_state_display()}，不能复核", "state")
    if order.made_by == actor.ref:
        raise FieldError("order", "制单人不能复核自己的拨付单", "same_person")
    lines = lines_in(order)
    payable(lines, now)
    order.content_hash = content_hash(order, lines)
    order.state, order.checked_by, order.checked_at = PaymentOrder.CHECKED, actor.ref, now
    order.save(update_fields=["state", "content_hash", "checked_by", "checked_at"])
    subject = f"payment:{order.pk}"
    access_log.look(actor.ref, "payment.check", subject, order.content_hash, now, rows=order.count)
    return order


@transaction.atomic
def cancel(actor: Actor, number: str, reason: object, now: datetime) -> PaymentOrder:
    """Withdraw an order whose file was not given out; its claims may be ordered again."""
    require(actor, *FINANCE)
    order = locked(actor, number)
    why = clean_text("reason", reason, longest=200, required=True)
    return _cancelled(actor, order, why, now)


def _cancelled(actor: Actor, order: PaymentOrder, why: str, now: datetime) -> PaymentOrder:
    if order.state not in (PaymentOrder.DRAFT, PaymentOrder.CHECKED):
        raise FieldError("order", "支付文件已发出，不能作废；请等待银行回单", "state")
    lines = lines_in(order)
    order.state, order.reason, order.cancelled_by = PaymentOrder.CANCELLED, why, actor.ref
    order.save(update_fields=["state", "reason", "cancelled_by"])
    rows = PaymentLine.objects.unscoped("the lines of a locked order").filter(order=order)
    rows.update(state=PaymentLine.CANCELLED, reason=why)
    access_log.look(actor.ref, "payment.cancel", f"payment:{order.pk}", why, now)
    events.tell(_let_go(lines, why, now))
    return order


def _let_go(lines: Sequence[PaymentLine], why: str, now: datetime) -> list[PaymentEvent]:
    return [
        PaymentEvent(line.about_kind, line.about_id, REJECTED, now, why, line) for line in lines
    ]


def payable(lines: Sequence[PaymentLine], now: datetime) -> None:
    """Nothing is checked or sent that may not be paid now. Raises FieldError on ``order``."""
    found = accounts.usable_many({line.party_id for line in lines}, now)
    faults: dict[str, str] = events.stopped(lines)
    for line in lines:
        account, reason = found[line.party_id]
        if account is None or account.pk != line.account_id:
            faults.setdefault(line.key, reason or "收款账户已变更，请重新制单")
    if faults:
        line = next(one for one in lines if one.key in faults)
        text = f"有 {len(faults)} 笔不能支付，第 {line.position} 笔：{faults[line.key]}"
        raise FieldError("order", text, "stopped")


def content_hash(order: PaymentOrder, lines: Sequence[PaymentLine]) -> str:
    """SHA-256 over what the checker confirms. Accounts stand by their id: their rows never change
    number or name, and a hash of a number alone could be guessed."""
    body = [order.number, order.payer_id, f"{order.execute_on}", order.count, order.total_fen]
    rows = [
        [
            line.end_to_end_id,
            line.key,
            str(line.party_id),
            str(line.account_id),
            line.amount_fen,
            line.budget_line_id,
            line.shares,
            line.purpose,
        ]
        for line in sorted(lines, key=lambda line: line.position)
    ]
    return hashlib.sha256(canonical([body, rows])).hexdigest()


def lines_in(order: PaymentOrder) -> list[PaymentLine]:
    """The lines of an order that was reached in scope, by position (1 statement)."""
    rows = PaymentLine.objects.unscoped("the lines of an order that was reached in scope")
    return list(rows.filter(order=order).select_related("account").order_by("position"))


def lines_of(about_kind: str, about_ids: Collection[str]) -> dict[str, PaymentLine]:
    """The newest line of each claim, by what it is about (1 statement)."""
    rows = PaymentLine.objects.unscoped("asked for by the case that is paid")
    found = rows.filter(about_kind=about_kind, about_id__in=[str(one) for one in about_ids])
    return {line.about_id: line for line in found.order_by("id")}


def history(about_kind: str, about_id: object) -> list[PaymentLine]:
    """Every attempt to pay a claim, oldest first (1 statement)."""
    rows = PaymentLine.objects.unscoped("asked for by the case that is paid")
    found = rows.filter(about_kind=about_kind, about_id=str(about_id))
    return list(found.select_related("order", "account").order_by("id"))


def locked(actor: Actor, number: str) -> PaymentOrder:
    """The order, for whoever may see it, locked. Raises FieldError on ``order``."""
    rows = PaymentOrder.objects.visible_to(actor).select_for_update(of=("self",))
    found = rows.select_related("payer").filter(number=number).first()
    if found is None:
        raise FieldError("order", "没有这张拨付单", "unknown")
    return found


def settle(order_ids: Collection[int], now: datetime) -> None:
    """Orders of which every line has an end are settled (1 statement)."""
    waiting = Q(lines__state__in=[PaymentLine.WAITING, PaymentLine.SENT])
    rows = PaymentOrder.objects.unscoped("orders whose receipts were just read")
    rows.filter(pk__in=order_ids, state=PaymentOrder.SENT).exclude(
        pk__in=rows.filter(waiting, pk__in=order_ids).values("pk")
    ).update(state=PaymentOrder.SETTLED, settled_at=now)


def require(actor: Actor, *roles: str) -> None:
    """Raise PermissionDenied unless *actor* holds one of *roles*."""
    if actor.kind != "system" and not actor.has(*roles):
        raise PermissionDenied("拨付单由财政制单、复核人员办理")


def unit_of(actor: Actor) -> int | None:
    """The finance unit for which *actor* makes orders."""
    return next((g.unit_id for g in actor.grants if g.role in FINANCE), None)
