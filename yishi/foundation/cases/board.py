"""Counting figures: by branch of the managed paths, from the roll-ups in one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from yishi.foundation.cases.figures import Figure, Stages, figures

_BRANCH = "array_to_string((string_to_array(managed_path, '/'))[1:%(depth)s], '/')"
_WITHIN = """system = %(system)s
       AND (managed_path = %(scope)s OR managed_path LIKE %(below)s)"""

# Late cases are few: their days are asked of themselves (+ 0), not of the index of all days, in
# which a month of a large city has hundreds of thousands.
_COUNTS = f"""
SELECT {_BRANCH} AS branch, stage, timeliness, sum(n)::bigint, 0::bigint, 0::bigint
  FROM (SELECT managed_path, stage, timeliness, sum(n) AS n
          FROM (SELECT managed_path, stage, timeliness, n FROM cases_rollup
                 WHERE day BETWEEN %(since)s AND %(until)s AND {_WITHIN}
                UNION ALL
                SELECT managed_path, stage, timeliness, n FROM cases_rollupdelta
                 WHERE day BETWEEN %(since)s AND %(until)s AND {_WITHIN}) parts
         GROUP BY 1, 2, 3) places
 GROUP BY 1, 2, 3 HAVING sum(n) <> 0
UNION ALL
SELECT {_BRANCH}, '', '', 0, count(*), count(*) FILTER (WHERE stage = ANY(%(filed)s)
       AND timeliness <> 'late' AND EXISTS (
         SELECT 1 FROM cases_clock k WHERE k.case_id = cases_case.id AND k.kind = %(clock)s
            AND k.stopped_at IS NULL AND k.paused_at IS NULL AND k.due_at < %(now)s))
  FROM cases_case
 WHERE next_due_at < %(now)s AND stage = ANY(%(open)s)
   AND received_on + 0 BETWEEN %(since)s AND %(until)s AND {_WITHIN}
 GROUP BY 1
UNION ALL
SELECT NULL, '', '', count(*), 0, 0 FROM cases_rollupdelta
"""

_SENT = f"""
SELECT c.number, c.type_key, c.branch, t.at
  FROM cases_trace t
  JOIN (SELECT id, number, type_key, secret, {_BRANCH} AS branch
          FROM cases_case WHERE {_WITHIN}) c ON c.id = t.case_id
 WHERE t.move = %(move)s AND t.at >= %(since)s AND NOT c.secret
 ORDER BY t.at DESC, t.id DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Span:
    """What is counted: cases of one system below a managed path, received on these days."""

    stages: Stages
    scope: str
    since: date
    until: date


@dataclass(frozen=True, slots=True)
class Board:
    """The figures by branch, read at one moment.

    ``counts`` by (branch, figure); the branch is the scope itself for cases placed no deeper.
    ``waiting``: deltas that no worker has folded yet; they are counted all the same.
    """

    span: Span
    read_at: datetime
    waiting: int
    counts: Mapping[tuple[str, str], int]
    totals: Mapping[str, int]

    def count(self, figure: str, branch: str = "") -> int:
        """A figure of a branch, or of the whole scope."""
        if branch:
            return self.counts.get((branch, figure), 0)
        return self.totals.get(figure, 0)

    def rate(self, numerator: str, denominator: str, branch: str = "") -> float | None:
        """The share of two figures; ``None`` for a denominator of zero."""
        below = self.count(denominator, branch)
        return self.count(numerator, branch) / below if below else None


@dataclass(frozen=True, slots=True)
class Sent:
    """A case that was given to a unit: nothing of it but number, type and branch."""

    number: str
    type_key: str
    branch: str
    at: datetime


def _params(span: Span) -> dict[str, Any]:
    return {
        "system": span.stages.system,
        "scope": span.scope,
        "below": span.scope + "/%",
        "depth": span.scope.count("/") + 2,
    }


def read_board(span: Span, now: datetime) -> Board:
    """Count every figure of a system for every branch below the span's scope (1 statement)."""
    params = _params(span) | {
        "since": span.since,
        "until": span.until,
        "now": now,
        "filed": list(span.stages.filed),
        "open": list(span.stages.open),
        "clock": span.stages.main_clock,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, params)
        rows = cursor.fetchall()
    wanted = list(figures(span.stages).values())
    counts: Counter[tuple[str, str]] = Counter()
    waiting = 0
    for branch, stage, timeliness, n, running, main in rows:
        if branch is None:
            waiting = n
            continue
        live = {"running": running, "main": main}
        for figure in wanted:
            counts[branch, figure.name] += _share(figure, stage, timeliness, n, live)
    totals: Counter[str] = Counter()
    for (_branch, name), n in counts.items():
        totals[name] += n
    return Board(span, now, waiting, counts, totals)


def _share(figure: Figure, stage: str, timeliness: str, n: int, live: dict[str, int]) -> int:
    counted = n if stage and figure.counts(stage, timeliness) else 0
    return counted + live.get(figure.live, 0)


def true_count(figure: Figure, span: Span, now: datetime) -> int:
    """A figure counted by its definition, without roll-ups (1 statement)."""
    params = _params(span) | {"since": span.since, "until": span.until, "now": now}
    statement = (
        f"SELECT count(*) FROM cases_case WHERE {figure.where} "
        f"AND {_WITHIN} AND received_on BETWEEN %(since)s AND %(until)s"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement.replace(":now", "%(now)s"), params)
        row = cursor.fetchone()
    return int(row[0])


def last_sent(span: Span, since: datetime, most: int = 8) -> list[Sent]:
    """The cases that were last given to a unit; secret ones are left out (1 statement)."""
    params = _params(span) | {"move": span.stages.sending, "since": since, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(_SENT, params)
        return [Sent(*row) for row in cursor.fetchall()]
