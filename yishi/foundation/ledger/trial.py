"""The trial balance (科目余额表): what accounts held before a period, what moved in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db import connection

from yishi.foundation.ledger.models import DEBIT, Account, Period, PeriodBalance

CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Row:
    """One account in one period; ``opening`` and ``closing`` on the account's own side."""

    account: Account
    opening: int
    debits: int
    credits: int
    closing: int


_MOVED = """
SELECT a.id,
       coalesce(sum(m.d) FILTER (WHERE m.period_id < %(key)s), 0)::bigint,
       coalesce(sum(m.c) FILTER (WHERE m.period_id < %(key)s), 0)::bigint,
       coalesce(sum(m.d) FILTER (WHERE m.period_id = %(key)s), 0)::bigint,
       coalesce(sum(m.c) FILTER (WHERE m.period_id = %(key)s), 0)::bigint
  FROM unnest(%(ids)s::bigint[]) AS a(id)
  LEFT JOIN LATERAL (
       SELECT period_id, amount AS d, 0::bigint AS c FROM ledger_transfer
        WHERE debit_id = a.id AND period_id <= %(key)s
       UNION ALL
       SELECT period_id, 0, amount FROM ledger_transfer
        WHERE credit_id = a.id AND period_id <= %(key)s) m ON true
 GROUP BY a.id
"""


def of_accounts(key: str, accounts: Sequence[Account]) -> list[Row]:
    """The rows of *accounts* in period *key* (2 statements). A closed period is read as it was
    stored, an open one from its transfers."""
    if Period.objects.filter(pk=key, closed_at__isnull=False).exists():
        return _stored(key, accounts)
    with connection.cursor() as cursor:
        cursor.execute(_MOVED, {"key": key, "ids": [account.pk for account in accounts]})
        found = {row[0]: row[1:] for row in cursor.fetchall()}
    rows = []
    for account in accounts:
        before_d, before_c, debits, credits_ = found[account.pk]
        opening = on_side(account, before_d, before_c)
        closing = opening + on_side(account, debits, credits_)
        rows.append(Row(account, opening, debits, credits_, closing))
    return rows


def every(key: str, accounts: Iterator[Account]) -> Iterator[Row]:
    """The rows of any number of accounts, some at a time (2 statements for each block)."""
    block: list[Account] = []
    for account in accounts:
        block.append(account)
        if len(block) == CHUNK:
            yield from of_accounts(key, block)
            block = []
    if block:
        yield from of_accounts(key, block)


def on_side(account: Account, debits: int, credits_: int) -> int:
    """A movement as the account counts it."""
    return debits - credits_ if account.side == DEBIT else credits_ - debits


def _stored(key: str, accounts: Sequence[Account]) -> list[Row]:
    rows = PeriodBalance.objects.filter(period_id=key, account_id__in=[a.pk for a in accounts])
    found = {row.account_id: row for row in rows}
    return [
        Row(a, one.opening, one.debits, one.credits, one.closing)
        if (one := found.get(a.pk)) is not None
        else Row(a, 0, 0, 0, 0)
        for a in accounts
    ]
