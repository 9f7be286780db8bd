"""What is due: notices that ended, lists not confirmed, money not paid, parts not repaid. Each is
told once, to the unit that has to do the next step."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.messages.models import Message
from yishi.foundation.messages.outbox import MessageRow, enqueue, message_row
from yishi.foundation.messages.texts import Text
from yishi.systems.direct_benefits.context import City, city, day_of
from yishi.systems.direct_benefits.models import Batch, Clawback
from yishi.systems.direct_benefits.services import deadlines

TEXTS = {
    "benefit.notice_over": Text(
        "公示已结束，请申请资金",
        "批次 {number}（{item}）公示已于 {due} 结束，其中可继续办理 {count} 家，请申请资金。",
        "A notice is over",
        "The notice of batch {number} ({item}) ended on {due}; {count} may go on. "
        "Please ask for the money.",
    ),
    "benefit.review_late": Text(
        "名单确认已逾期",
        "批次 {number}（{item}）应于 {due} 前确认，还有 {count} 家未确认。",
        "A list waits to be confirmed",
        "Batch {number} ({item}) was to be confirmed by {due}; {count} still wait.",
    ),
    "benefit.pay_late": Text(
        "拨付已逾期",
        "批次 {number}（{item}）应于 {due} 前拨付，还有 {count} 家未支付。",
        "A payment is late",
        "Batch {number} ({item}) was to be paid by {due}; {count} still wait.",
    ),
    "benefit.returned": Text(
        "有退票待处理",
        "批次 {number}（{item}）有 {count} 笔退票，请核实收款账户后重新支付。",
        "Payments came back",
        "{count} payments of batch {number} ({item}) came back. Please see to the accounts.",
    ),
    "benefit.repay_late": Text(
        "退还已到期",
        "追回 {number}（{item}）应于 {due} 前退还的款项尚未到账。",
        "A repayment is late",
        "Clawback {number} ({item}): the part due on {due} has not come in.",
    ),
    "benefit.policy_task": Text(
        "政策待办：{step}",
        "《{policy}》自 {began} 起，应于 {due} 前{step}。",
        "A policy asks for a step: {step}",
        "{policy}: since {began}; due on {due}: {step}.",
    ),
}
MOST = 500


def run_due(now: datetime) -> Counter[str]:
    """Tell everything that became due until *now*; returns how many of each kind. Several workers
    may run it at once, and nobody is told twice (rows are locked, messages have keys)."""
    done: Counter[str] = Counter()
    with transaction.atomic():
        found = city()
        rows: list[MessageRow] = []
        for batch in _open(now):
            rows += _of_batch(batch, found, now, done)
        rows += _repayments(now, done)
        rows += _policies(found, now, done)
        if rows:
            enqueue(rows)
    return done


def _open(now: datetime) -> QuerySet[Batch]:
    rows = Batch.objects.unscoped("reminders concern every batch").filter(
        Q(state="listed", review_due__lt=now)
        | Q(notice_until__lt=now, counts__noticed__gt=0)
        | Q(pay_due__lt=now, counts__funds_asked__gt=0)
        | Q(counts__returned__gt=0)
    )
    found: QuerySet[Batch] = rows.order_by("pk").select_for_update(skip_locked=True)[:MOST]
    return found


def _of_batch(batch: Batch, found: City, now: datetime, done: Counter[str]) -> list[MessageRow]:
    finance = found.unit(found.limits_at(now)[1].finance, batch.managed_path, now)
    wanted = (
        ("review_late", batch.review_due, "listed", batch.unit_id, batch.state == "listed"),
        ("notice_over", batch.notice_until, "noticed", batch.unit_id, True),
        ("pay_late", batch.pay_due, "funds_asked", finance, True),
        ("returned", now, "returned", finance, True),
    )
    rows = []
    for kind, due, state, unit, holds in wanted:
        count = int(batch.counts.get(state, 0))
        told = batch.reminded.get(kind)
        if not holds or not count or due is None or due > now or told == _once(kind, count, due):
            continue
        batch.reminded = {**batch.reminded, kind: _once(kind, count, due)}
        rows.append(_row(kind, batch, unit, count, due, now))
        done[kind] += 1
    if rows:
        batch.save(update_fields=["reminded"])
    return rows


def _once(kind: str, count: int, due: datetime) -> str:
    """What was told: of returns their number, since there may be more; of dates the date."""
    return str(count) if kind == "returned" else due.isoformat()


def _row(
    kind: str, batch: Batch, unit: int, count: int, due: datetime, now: datetime
) -> MessageRow:
    return message_row(
        f"benefit.{kind}",
        key=f"batch:{batch.pk}:{kind}:{_once(kind, count, due)}",
        now=now,
        unit_id=unit,
        params={
            "number": batch.number,
            "item": batch.item_name[:60],
            "due": f"{due.astimezone(SHANGHAI):%Y-%m-%d}",
            "count": count,
        },
        about_kind="benefit_batch",
        about_id=batch.pk,
    )


def _repayments(now: datetime, done: Counter[str]) -> list[MessageRow]:
    """Parts of repayment plans that were due by yesterday and did not come in whole."""
    rows = Clawback.objects.unscoped("reminders concern every clawback").filter(
        state=Clawback.DECIDED
    )
    messages = []
    yesterday = day_of(now) - timedelta(days=1)
    for claw in rows.select_related("payout__batch")[:MOST]:
        late = overdue(claw, yesterday)
        if late is None:
            continue
        batch = claw.payout.batch
        messages.append(
            message_row(
                "benefit.repay_late",
                key=f"clawback:{claw.pk}:late:{late.isoformat()}",
                now=now,
                unit_id=batch.unit_id,
                params={
                    "number": claw.number,
                    "item": batch.item_name[:60],
                    "due": late.isoformat(),
                },
                about_kind="benefit_clawback",
                about_id=claw.pk,
            )
        )
        done["repay_late"] += 1
    return messages


def _policies(found: City, now: datetime, done: Counter[str]) -> list[MessageRow]:
    """What signed and repealed policies still ask of the platform's keeper (S9-A22, A23)."""
    tasks = deadlines.open_tasks(now)
    if not tasks:
        return []
    keeper = found.unit(found.limits_at(now)[1].fallback, found.places.root, now)
    keys = [f"policy:{pk}:{one.step}:{one.began:%Y%m%d}" for pk, _title, one in tasks]
    known = set(Message.objects.filter(key__in=keys).values_list("key", flat=True))
    rows = []
    for key, (pk, title, one) in zip(keys, tasks, strict=True):
        if key in known:
            continue
        params = {"policy": title[:60], "step": one.label}
        params |= {"began": one.began.isoformat(), "due": one.due.isoformat()}
        rows.append(
            message_row(
                "benefit.policy_task",
                key=key,
                now=now,
                unit_id=keeper,
                params=params,
                about_kind="benefit_policy",
                about_id=pk,
            )
        )
        done["policy_task"] += 1
    return rows


def overdue(claw: Clawback, day: date) -> date | None:
    """The first day of the plan, up to *day*, whose part has not come in."""
    owed = 0
    for part in claw.plan:
        owed += int(part["fen"])
        due = date.fromisoformat(part["due"])
        if due <= day and claw.repaid_fen < owed:
            return due
    return None
