"""Roll-ups: deltas written with the cases, folded by a worker, and compared with the cases.

A case counts exactly once, in the cell (day received, managed path, type, unit, stage,
timeliness) it stands in now, and so in the sums of that cell (`cases/sums.py`). Readers add the
unfolded deltas, so that a figure is never behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from yishi.foundation.cases import sums

_CELL = "day, system, managed_path, type_key, unit_id, stage, timeliness"

_FOLD = f"""
WITH taken AS (
    DELETE FROM cases_rollupdelta WHERE id IN (
        SELECT id FROM cases_rollupdelta ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING {_CELL}, n
), summed AS MATERIALIZED (
    SELECT {_CELL}, sum(n) AS n, count(*) AS deltas FROM taken GROUP BY {_CELL}
), folded AS (
    INSERT INTO cases_rollup ({_CELL}, n)
    SELECT {_CELL}, n FROM summed WHERE n <> 0 ORDER BY {_CELL}
    ON CONFLICT ({_CELL}) DO UPDATE SET n = cases_rollup.n + EXCLUDED.n
), put_together AS ({sums.added("summed")})
SELECT coalesce(sum(deltas), 0)::bigint FROM summed
"""

_TRUE = """
SELECT received_on AS day, system, managed_path, type_key, coalesce(unit_id, 0) AS unit_id,
       stage, CASE WHEN e.id IS NULL THEN timeliness ELSE 'exempt' END AS timeliness, count(*) AS n
  FROM cases_case c LEFT JOIN cases_exemption e
       ON e.case_id = c.id AND e.round = coalesce((c.data->>'round')::int, 1)
 GROUP BY 1, 2, 3, 4, 5, 6, 7
"""

_SHOWN = f"""
SELECT {_CELL}, sum(n) AS n FROM (
    SELECT {_CELL}, n FROM cases_rollup
    UNION ALL SELECT {_CELL}, n FROM cases_rollupdelta
) AS parts GROUP BY {_CELL} HAVING sum(n) <> 0
"""

#: For the sums of all days at once.
_MEMORY = "256MB"


def fold(most: int = 50_000) -> int:
    """Fold up to *most* deltas into cells and sums; returns how many (1 statement).

    Several workers may fold at once: each takes deltas that no other holds, and all change cells
    and sums in the same order. Cells that fall to nought stay until :func:`prune`.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_FOLD, [most])
        row = cursor.fetchone()
    return int(row[0])


def prune() -> int:
    """Remove the cells and sums that nobody counts in any more; returns how many (2 statements).

    Apart from folding and never waiting: together the two would wait for each other.
    """
    removed = 0
    for table in ("cases_rollup", "cases_rollupsum"):
        with connection.cursor() as cursor:
            cursor.execute(
                f"DELETE FROM {table} WHERE id IN "
                f"(SELECT id FROM {table} WHERE n = 0 FOR UPDATE SKIP LOCKED)"
            )
            removed += int(cursor.rowcount)
    return removed


def rebuild() -> None:
    """Make the roll-up anew from the cases, and its sums (after a bulk load)."""
    tables = "cases_rollup, cases_rollupsum, cases_rollupdelta"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"LOCK {tables} IN EXCLUSIVE MODE")
        cursor.execute(f"TRUNCATE {tables}")
        # Those of a day lie together, as they do when they come day by day.
        cursor.execute(f"INSERT INTO cases_rollup ({_CELL}, n) {_TRUE} ORDER BY {_CELL}")
        cursor.execute(f"SET LOCAL work_mem = '{_MEMORY}'")
        cursor.execute(sums.added("cases_rollup"))


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell whose figure is not the number of its cases."""

    day: date
    system: str
    managed_path: str
    type_key: str
    unit_id: int
    stage: str
    timeliness: str
    shown: int
    true: int


def differences() -> list[Difference]:
    """Compare every figure with the SQL over cases, in one snapshot; empty when all agree."""
    using = _CELL.replace(" ", "")
    statement = (
        f"SELECT {_CELL}, coalesce(s.n, 0)::bigint, coalesce(t.n, 0)::bigint "
        f"FROM ({_SHOWN}) s FULL JOIN ({_TRUE}) t USING ({using}) "
        "WHERE coalesce(s.n, 0) <> coalesce(t.n, 0) LIMIT 100"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return [Difference(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class SumDifference:
    """A sum that is not that of its cells."""

    system: str
    kind: str
    day: date
    area: str
    key: str
    stage: str
    timeliness: str
    shown: int
    true: int


def sum_differences() -> list[SumDifference]:
    """Compare every stored sum with its cells; empty when all agree. Deltas are in neither."""
    with connection.cursor() as cursor:
        cursor.execute(sums.DIFFERENT)
        return [SumDifference(*row) for row in cursor.fetchall()]


def by_branch(scope: str, day: date, *, system: str) -> list[tuple[str, str, str, int]]:
    """(branch, stage, timeliness, cases) of the managed paths right below *scope*, for a day.

    One statement; the branch is *scope* itself for cases that are placed no deeper.
    """
    where = (
        "system = %(system)s AND day = %(since)s"
        " AND (managed_path = %(scope)s OR managed_path LIKE %(under)s)"
    )
    statement = f"""
    SELECT key, stage, timeliness, sum(n)::bigint
      FROM ({sums.read_of(scope, where, [sums.BELOW])}) AS parts
     GROUP BY 1, 2, 3 HAVING sum(n) <> 0 ORDER BY 1, 2, 3
    """
    params: dict[str, Any] = {"system": system, "scope": scope, "under": scope + "/%"}
    params |= {"since": day, "until": day}
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return [(row[0], row[1], row[2], row[3]) for row in cursor.fetchall()]
