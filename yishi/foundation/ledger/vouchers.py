"""Vouchers (记账凭证): the transfers of a period as an accountant books them.

One voucher holds what one government did on one day in one step under one summary: a batch of ten
thousand payments is one voucher. Numbers run within the books of a government and a month, in the
order of the first transfer; they are final once the month is closed.
"""

from __future__ import annotations

import calendar
import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import SYSTEM, Actor
from yishi.foundation.ledger.models import FEN, Account, BudgetLine
from yishi.foundation.ledger.pots import OWNER
from yishi.foundation.ledger.scope import sees

STEPS = {
    "change": _("预算调整"),
    "reserve": _("预留资金"),
    "commit": _("核定待支付"),
    "pay": _("支付"),
    "return": _("退票"),
    "repay": _("重新支付"),
    "release": _("释放资金"),
    "clawback": _("追回"),
    "settle": _("上下级结算"),
    "carry": _("结转"),
    "lapse": _("年终收回"),
}
_BOM = "\ufeff"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Line:
    """One side of one account in a voucher; amounts in fen, one of them 0."""

    code: str
    name: str
    functional: str
    economic: str
    debit: int
    credit: int


@dataclass(frozen=True, slots=True)
class Voucher:
    """``number`` is ``记-4206-202611-0001``; ``count`` the transfers that it sums up."""

    number: str
    area: str
    day: date
    summary: str
    count: int
    lines: tuple[Line, ...]

    @property
    def total(self) -> int:
        """The sum of either side."""
        return sum(line.debit for line in self.lines)


_GROUPS = """
SELECT d.area, (t.at AT TIME ZONE 'Asia/Shanghai')::date AS day, split_part(t.key, ':', 1) AS step,
       t.text, t.debit_id, t.credit_id, sum(t.amount)::bigint, count(*), min(t.id) AS first
  FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_id
 WHERE t.period_id = %s AND t.unit = %s
 GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY first
"""


def of_period(key: str, actor: Actor = SYSTEM, unit: str = FEN) -> list[Voucher]:
    """The vouchers of period *key* that *actor* may see (3 statements)."""
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, [key, unit])
        groups = cursor.fetchall()
    known = _lines_of({pk for row in groups for pk in (row[4], row[5])})
    gathered: dict[tuple[str, date, str, str], list[tuple[int, int, int, int]]] = {}
    for area, day, step, text, debit, credit, amount, count, _first in groups:
        gathered.setdefault((area, day, step, text), []).append((debit, credit, amount, count))
    numbers: dict[str, int] = {}
    found = []
    for (area, day, step, text), moves in gathered.items():
        numbers[area] = nth = numbers.get(area, 0) + 1
        if not sees(actor, area):
            continue
        book = f"{area.rpartition('/')[2]}-" if area else ""
        found.append(
            Voucher(
                f"记-{book}{key.replace('-', '')}-{nth:04d}",
                area,
                _within(key, day),
                _summary(step, text),
                sum(move[3] for move in moves),
                tuple(_sides(moves, known)),
            )
        )
    return found


def _summary(step: str, text: str) -> str:
    """What was done, and for what; documents name the step themselves."""
    done = str(STEPS.get(step, "")) or ("" if text else gettext("转账"))
    if not text or step in ("change", "settle", "carry", "lapse"):
        return text or done
    return f"{done}：{text}" if done else text


def _sides(
    moves: Iterable[tuple[int, int, int, int]], known: dict[int, tuple[str, str, str, str]]
) -> Iterator[Line]:
    debits: dict[int, int] = {}
    credits_: dict[int, int] = {}
    for debit, credit, amount, _count in moves:
        debits[debit] = debits.get(debit, 0) + amount
        credits_[credit] = credits_.get(credit, 0) + amount
    for pk, amount in debits.items():
        yield Line(*known[pk], debit=amount, credit=0)
    for pk, amount in credits_.items():
        yield Line(*known[pk], debit=0, credit=amount)


def _lines_of(ids: set[int]) -> dict[int, tuple[str, str, str, str]]:
    """Code, name, functional and economic code by account (2 statements)."""
    rows = Account.objects.unscoped("names of accounts in vouchers").filter(pk__in=ids)
    accounts = list(rows.values_list("pk", "code", "name", "owner_kind", "owner_id"))
    owners = {int(owner) for *_rest, kind, owner in accounts if kind == OWNER}
    lines = BudgetLine.objects.unscoped("codes in vouchers").filter(pk__in=owners)
    codes = {pk: (f, e) for pk, f, e in lines.values_list("pk", "functional", "economic")}
    return {
        pk: (code, name, *(codes.get(int(owner), ("", "")) if kind == OWNER else ("", "")))
        for pk, code, name, kind, owner in accounts
    }


def _within(key: str, day: date) -> date:
    """A voucher is dated in its month: what is booked later bears the last day."""
    year, month = int(key[:4]), int(key[5:])
    last = date(year, month, calendar.monthrange(year, month)[1])
    return min(max(day, date(year, month, 1)), last)


HEADINGS = (
    "凭证号",
    "日期",
    "摘要",
    "科目编码",
    "科目名称",
    "支出功能分类",
    "支出经济分类",
    "借方金额",
    "贷方金额",
    "笔数",
)


def csv_bytes(vouchers: Iterable[Voucher]) -> bytes:
    """Vouchers as CSV (UTF-8 with a mark, as spreadsheets want it), amounts in yuan."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADINGS)
    for voucher in vouchers:
        for line in voucher.lines:
            writer.writerow(
                [
                    voucher.number,
                    voucher.day.isoformat(),
                    _plain(voucher.summary),
                    line.code,
                    _plain(line.name),
                    line.functional,
                    line.economic,
                    yuan(line.debit) if line.debit else "",
                    yuan(line.credit) if line.credit else "",
                    voucher.count,
                ]
            )
    return (_BOM + text.getvalue()).encode()


def yuan(fen: int) -> str:
    """``123456`` fen as ``1234.56``."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _plain(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text
