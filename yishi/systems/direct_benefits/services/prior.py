"""What was paid before the platform is taken in from the department's own list (CSV), so that
nobody gets a once-only benefit again, or more than the best of a group."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.parties.models import Identifier
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.context import city, day_of
from yishi.systems.direct_benefits.models import Payout, PriorPayment
from yishi.systems.direct_benefits.ports import items
from yishi.systems.direct_benefits.services import opening, stacking

COLUMNS = ("统一社会信用代码", "期间", "金额（元）", "兑现日期")
MOST_ROWS = 200_000
MOST_BYTES = 40_000_000
_PERIOD = re.compile(r"[0-9]{4}(Q[1-4]|-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class Taken:
    """How many rows are new, were known, and name a party that is paid by the platform too."""

    new: int
    known: int
    double: Sequence[str]


@dataclass(frozen=True, slots=True)
class Row:
    """One earlier payment as a line of the file says it."""

    line: int
    code: str
    period: str
    fen: int
    paid_on: date


def take_in(actor: Actor, item_key: str, data: bytes, source: str, now: datetime) -> Taken:
    """Take in earlier payments of an item: all rows or none. The same rows again change nothing;
    ``double`` names credit codes that the platform paid as well (a ground of clawback).

    Raises:
        FieldError: ``file`` with line and column, ``source``, ``item``.
    """
    where = source.strip()[:120]
    if not where:
        raise FieldError("source", "请写明名单的来源", "required")
    item = items.benefit(items.in_force(item_key, day_of(now)))
    _allowed(actor, item, now)
    rows = read(data, day_of(now))
    with transaction.atomic():
        parties = _parties(rows)
        wanted = [
            PriorPayment(
                item_key=item.key,
                party_id=parties[row.code],
                period=stacking.period_of(item, row.period),
                stack_group=stacking.group_of(item, row.period),
                amount_fen=row.fen,
                paid_on=row.paid_on,
                source=where,
                imported_at=now,
                imported_by=actor.ref,
            )
            for row in rows
        ]
        before = PriorPayment.objects.filter(item_key=item.key).count()
        PriorPayment.objects.bulk_create(wanted, batch_size=2000, ignore_conflicts=True)
        new = PriorPayment.objects.filter(item_key=item.key).count() - before
        double = _double(item.key, rows, wanted)
    return Taken(new, len(rows) - new, double)


def _allowed(actor: Actor, item: items.Benefit, now: datetime) -> None:
    if actor.kind == "system":
        return
    found = city()
    unit = opening.unit_of(item, found, found.limits_at(now)[1], "", now)
    if not any(g.role == s.OFFICER and g.unit_id == unit for g in actor.grants):
        raise FieldError("item", "该事项由其他部门负责", "not_yours")


def read(data: bytes, today: date) -> list[Row]:
    """The rows of the file. Raises FieldError ``file`` with the line and what is wrong."""
    if len(data) > MOST_BYTES:
        raise FieldError("file", "文件过大")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FieldError("file", "请用 UTF-8 编码保存 CSV") from None
    reader = csv.reader(io.StringIO(text))
    head = next(reader, [])
    missing = [name for name in COLUMNS if name not in head]
    if missing:
        raise FieldError("file", f"第1行缺少列：{'、'.join(missing)}")
    places = [head.index(name) for name in COLUMNS]
    rows: list[Row] = []
    for line, cells in enumerate(reader, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(rows) >= MOST_ROWS:
            raise FieldError("file", f"最多 {MOST_ROWS} 行")
        if len(cells) <= max(places):
            raise FieldError("file", f"第{line}行的列数不够")
        rows.append(_row(line, [cells[place].strip() for place in places], today))
    if not rows:
        raise FieldError("file", "没有数据行")
    return rows


def _row(line: int, cells: Sequence[str], today: date) -> Row:
    code, period, money, day = cells
    if not _PERIOD.fullmatch(period):
        raise FieldError("file", f"第{line}行“期间”应为 2026、2026Q1 或 2026-03")
    try:
        yuan = Decimal(money.replace(",", ""))
    except InvalidOperation:
        raise FieldError("file", f"第{line}行“金额（元）”不是数字") from None
    if not yuan.is_finite() or not 0 < yuan < 10**10 or yuan * 100 != int(yuan * 100):
        raise FieldError("file", f"第{line}行“金额（元）”应大于零，最多两位小数")
    try:
        paid_on = date.fromisoformat(day)
    except ValueError:
        raise FieldError("file", f"第{line}行“兑现日期”应为 年-月-日") from None
    if paid_on > today:
        raise FieldError("file", f"第{line}行“兑现日期”在今天之后")
    return Row(line, code.upper(), period, int(yuan * 100), paid_on)


def _parties(rows: Sequence[Row]) -> dict[str, uuid.UUID]:
    found = dict(
        Identifier.objects.filter(
            kind="uscc", value__in={row.code for row in rows}, ended_on__isnull=True
        ).values_list("value", "party__file_id")
    )
    for row in rows:
        if row.code not in found:
            raise FieldError("file", f"第{row.line}行的统一社会信用代码没有对应的企业档案")
    return found


def _double(item_key: str, rows: Sequence[Row], wanted: Sequence[PriorPayment]) -> list[str]:
    """Codes whose party has a live payout for the same period (1 statement)."""
    live = Payout.objects.unscoped("who was paid twice, whoever paid").filter(item_key=item_key)
    live = live.exclude(state__in=sorted(s.VOID))
    paid = set(live.values_list("party__file_id", "period"))
    pairs = zip(rows, wanted, strict=True)
    return sorted({row.code for row, one in pairs if (one.party_id, one.period) in paid})
