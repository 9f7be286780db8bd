"""Closing a period (结账): checked, stored, and never opened again."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, connection, transaction

from yishi.foundation.ledger import errors, verifying
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.models import Period
from yishi.foundation.ledger.posting import month_of

_BALANCES = """
INSERT INTO ledger_periodbalance (period_id, account_id, opening, debits, credits, closing)
SELECT %(key)s, a.id, coalesce(before.closing, 0), coalesce(m.d, 0), coalesce(m.c, 0),
       coalesce(before.closing, 0)
       + CASE WHEN a.side = 'debit' THEN coalesce(m.d, 0) - coalesce(m.c, 0)
              ELSE coalesce(m.c, 0) - coalesce(m.d, 0) END
  FROM ledger_account a
  LEFT JOIN (SELECT account, sum(d)::bigint AS d, sum(c)::bigint AS c
               FROM (SELECT debit_id AS account, amount AS d, 0::bigint AS c
                       FROM ledger_transfer WHERE period_id = %(key)s
                     UNION ALL
                     SELECT credit_id, 0, amount FROM ledger_transfer
                      WHERE period_id = %(key)s) both_sides
              GROUP BY account) m ON m.account = a.id
  LEFT JOIN ledger_periodbalance before ON before.account_id = a.id AND before.period_id =
            (SELECT max(key) FROM ledger_period WHERE key < %(key)s AND closed_at IS NOT NULL)
 WHERE m.account IS NOT NULL OR before.closing <> 0
"""


def close(key: str, by: str, now: datetime) -> Period:
    """Close the month *key* (``2026-11``) for good. *by*: reference of who does it.

    It waits for those who are posting into the month; who comes later is refused. What every
    account held before and after is stored, with a hash over the month's transfers. A mistake that
    is found later is put right by a transfer in an open month.

    Raises:
        LedgerError: the month is not over, is closed, an earlier one is open, or the books are
            not right (``yishi ledger verify`` says where). Nothing is changed then.
    """
    if not re.fullmatch(r"[2]\d{3}-(0[1-9]|1[0-2])", key, re.ASCII):
        raise LedgerError("period", "期间应写成 2026-11 的形式")
    if key >= month_of(now):
        raise LedgerError("period", "本月还没有结束，不能结账", "period_order")
    try:
        with transaction.atomic():
            return _close(key, by, now)
    except IntegrityError as error:
        raise errors.read(error) or error from error


def next_to_close(now: datetime) -> str:
    """The earliest month that is over and not closed; "" without one."""
    rows = Period.objects.filter(key__lt=month_of(now), closed_at__isnull=True)
    return rows.order_by("key").values_list("key", flat=True).first() or ""


def _close(key: str, by: str, now: datetime) -> Period:
    Period.objects.get_or_create(pk=key)
    period = Period.objects.select_for_update().get(pk=key)
    if period.closed_at is not None:
        raise LedgerError("period", f"{key} 已结账，不能重复结账", "period_closed")
    if Period.objects.filter(pk__lt=key, closed_at__isnull=True).exists():
        raise LedgerError("period", "前面的期间还没有结账", "period_order")
    found = verifying.verify()
    if found.problems:
        raise LedgerError("period", f"账目有误，不能结账：{found.problems[0]}", "broken")
    with connection.cursor() as cursor:
        cursor.execute(_BALANCES, {"key": key})
    period.transfers, amount, period.hash = verifying.digest_of(key)
    period.amount = Decimal(amount)
    period.closed_at, period.closed_by = now, by
    period.save()
    return period
