"""``verify``: what the database keeps by its rules, looked at once more from the rows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, cast

from django.db import connection

from yishi.foundation.ledger.models import Period

ALGORITHM = "sha256"
_LISTED = 20


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is wrong (nothing, if the books are right)."""

    accounts: int
    transfers: int
    periods: int
    problems: tuple[str, ...]


_MOVED = """
SELECT account, sum(d)::bigint AS d, sum(c)::bigint AS c
  FROM (SELECT debit_id AS account, amount AS d, 0::bigint AS c FROM ledger_transfer
        UNION ALL SELECT credit_id, 0, amount FROM ledger_transfer) m
 GROUP BY account
"""
#: What each finds is wrong; the first column says where.
_CHECKS = {
    "{}：各科目借贷合计不相等": """
        SELECT unit FROM ledger_account GROUP BY unit HAVING sum(debits) <> sum(credits)""",
    "科目 {}：合计与分录不符": f"""
        SELECT coalesce(a.code, m.account::text) FROM ledger_account a
          FULL JOIN ({_MOVED}) m ON m.account = a.id
         WHERE a.id IS NULL OR a.debits <> coalesce(m.d, 0) OR a.credits <> coalesce(m.c, 0)
         LIMIT {_LISTED}""",
    "科目 {}：余额低于下限": f"""
        SELECT code FROM ledger_account WHERE floor IS NOT NULL AND balance < floor
         LIMIT {_LISTED}""",
    "分录 {}：单位与科目不符": f"""
        SELECT t.key FROM ledger_transfer t JOIN ledger_account d ON d.id = t.debit_id
          JOIN ledger_account c ON c.id = t.credit_id
         WHERE t.unit <> d.unit OR t.unit <> c.unit LIMIT {_LISTED}""",
    "分录 {}：没有对应的期间": f"""
        SELECT t.key FROM ledger_transfer t LEFT JOIN ledger_period p ON p.key = t.period_id
         WHERE p.key IS NULL LIMIT {_LISTED}""",
    "期间余额 {}：与上期或分录不符": f"""
        SELECT b.period_id || ' ' || a.code FROM ledger_periodbalance b
          JOIN ledger_account a ON a.id = b.account_id
          LEFT JOIN LATERAL (SELECT p.closing FROM ledger_periodbalance p
               WHERE p.account_id = b.account_id AND p.period_id < b.period_id
               ORDER BY p.period_id DESC LIMIT 1) before ON true
         WHERE b.opening <> coalesce(before.closing, 0)
            OR b.closing <> b.opening + CASE WHEN a.side = 'debit' THEN b.debits - b.credits
                                             ELSE b.credits - b.debits END
         LIMIT {_LISTED}""",
    "预算项 {}：批复数与各项之和不符": f"""
        SELECT l.code FROM ledger_budgetline l
          JOIN ledger_account a ON a.owner_kind = 'budget_line' AND a.owner_id = l.id::text
         GROUP BY l.id HAVING sum(a.debits - a.credits) <> 0 LIMIT {_LISTED}""",
}


def verify() -> Verified:
    """Look at every account, transfer and closed period; the whole ledger is read."""
    problems = []
    with connection.cursor() as cursor:
        for told, query in _CHECKS.items():
            cursor.execute(query)
            problems += [told.format(row[0]) for row in cursor.fetchall()]
        cursor.execute(
            "SELECT (SELECT count(*) FROM ledger_account), (SELECT count(*) FROM ledger_transfer)"
        )
        accounts, transfers = cursor.fetchone()
    closed = list(Period.objects.filter(closed_at__isnull=False).order_by("key"))
    for period in closed:
        count, amount, digest = digest_of(period.key)
        if (count, amount, digest) != (period.transfers, int(period.amount or 0), period.hash):
            problems.append(f"期间 {period.key}：分录与结账时不同")
    return Verified(accounts, transfers, len(closed), tuple(problems))


def digest_of(key: str) -> tuple[int, int, str]:
    """Number, sum and hash of the transfers of a period, in their order."""
    query = (
        "SELECT id, debit_id, credit_id, amount, unit, key, "
        "(extract(epoch FROM at) * 1000000)::bigint, about_kind, about_id, text "
        "FROM ledger_transfer WHERE period_id = "
    )
    digest, raw = hashlib.new(ALGORITHM), cast(Any, connection.connection)
    with connection.wrap_database_errors, raw.cursor() as cursor:
        # COPY takes no parameters; a period's key is checked by the database's own rule.
        literal = _literal(key)
        cursor.execute(
            "SELECT count(*), coalesce(sum(amount), 0) FROM ledger_transfer WHERE period_id = %s",
            [key],
        )
        count, amount = cursor.fetchone()
        with cursor.copy(f"COPY ({query}{literal} ORDER BY id) TO STDOUT") as rows:
            for block in rows:
                digest.update(block)
    return int(count), int(amount), f"{ALGORITHM}:{digest.hexdigest()}"


def _literal(key: str) -> str:
    if not (len(key) == 7 and key[:4].isdigit() and key[4] == "-" and key[5:].isdigit()):
        raise ValueError(key)
    return f"'{key}'"
