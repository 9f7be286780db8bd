"""Counting figures: by branch of the managed paths, from the roll-ups in one statement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connection

from yishi.foundation.cases import sums
from yishi.foundation.cases.figures import ON_TIME, Figure, Stages, figures
from yishi.foundation.cases.state import EXEMPT

#: Units are ranked from so many due cases; so many units and hot spots are told.
ENOUGH, MOST = 3, 12

_BRANCH = "array_to_string((string_to_array(managed_path, '/'))[1:%(depth)s], '/')"
_FAMILY = "array_to_string((string_to_array(type_key, '/'))[1:2], '/')"
_WITHIN = """system = %(system)s
       AND (managed_path = %(scope)s OR managed_path LIKE %(under)s)"""
_OF_DAYS = f"day BETWEEN %(since)s AND %(until)s AND {_WITHIN}"

# All that a screen shows in one statement: the sums of the days by branch and family of types, and
# cases past a limit, which are few. Units and places are as many as a city has, on every day: what
# is read of them is added up at once and not kept.
# Late cases are asked of themselves (+ 0), not of the index of all days, in which a month of a
# large city has hundreds of thousands.
_COUNTS = f"""
WITH parts AS MATERIALIZED ({{parts}}),
late AS MATERIALIZED (
  SELECT managed_path, type_key, coalesce(unit_id, 0) AS unit_id,
         stage = ANY(%(filed)s) AND timeliness <> 'late' AND EXISTS (
           SELECT 1 FROM cases_clock k WHERE k.case_id = cases_case.id AND k.kind = %(clock)s
              AND k.stopped_at IS NULL AND k.paused_at IS NULL AND k.due_at < %(now)s) AS main
    FROM cases_case
   WHERE next_due_at < %(now)s AND stage = ANY(%(open)s)
     AND received_on + 0 BETWEEN %(since)s AND %(until)s AND {_WITHIN}),
units AS (
  SELECT unit_id, sum(due) AS due, coalesce(sum(on_time), 0) AS on_time FROM (
    SELECT key AS unit_id, sum(n) FILTER (WHERE stage = ANY(%(closed)s)
                                      OR stage = ANY(%(filed)s) AND timeliness = 'late') AS due,
           sum(n) FILTER (WHERE stage = ANY(%(closed)s)
                            AND timeliness = ANY(%(in_time)s)) AS on_time
      FROM ({{units}}) units GROUP BY 1
     UNION ALL SELECT unit_id::text, count(*) FILTER (WHERE main), 0
      FROM late WHERE unit_id <> 0 GROUP BY 1) counted
   GROUP BY 1 HAVING sum(due) >= %(enough)s)
SELECT CASE kind WHEN 'below' THEN 'branch' ELSE kind END AS what, key, stage, timeliness,
       sum(n)::bigint AS n, 0::bigint AS running, 0::bigint AS main
  FROM parts GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
UNION ALL
SELECT 'branch', {_BRANCH}, '', '', 0, count(*), count(*) FILTER (WHERE main) FROM late GROUP BY 2
UNION ALL
SELECT 'family', {_FAMILY}, '', '', 0, count(*), count(*) FILTER (WHERE main) FROM late GROUP BY 2
UNION ALL
(SELECT 'unit', unit_id, '', '', on_time::bigint, due::bigint, 0
   FROM units ORDER BY on_time / due DESC, due DESC, unit_id::bigint LIMIT %(most)s)
UNION ALL
SELECT 'day', day::text, '', '', sum(n)::bigint,
       coalesce(sum(n) FILTER (WHERE stage = ANY(%(closed)s)), 0)::bigint, 0
  FROM parts WHERE kind = 'below' GROUP BY day
UNION ALL
SELECT 'hour', (received_on - %(until)s::date)::text || ' '
       || extract(hour FROM hour AT TIME ZONE 'Asia/Shanghai'), '', '', n, 0, 0
  FROM (SELECT received_on, date_bin('1 hour', received_at, '2000-01-01') AS hour, count(*) AS n
          FROM cases_case
         WHERE received_on BETWEEN %(until)s::date - 1 AND %(until)s AND {_WITHIN}
         GROUP BY 1, 2) hours
UNION ALL
(SELECT 'spot', key, '', '', sum(n)::bigint,
        coalesce(sum(n) FILTER (WHERE stage = ANY(%(open)s)), 0)::bigint, 0
   FROM ({{places}}) places WHERE key <> %(scope)s
  GROUP BY key HAVING sum(n) > 0 ORDER BY sum(n) DESC, key LIMIT %(most)s)
UNION ALL
SELECT 'cell', coalesce(data ->> 'cell', ''), '', '', count(*),
       count(*) FILTER (WHERE stage = ANY(%(open)s)),
       count(*) FILTER (WHERE stage = ANY(%(open)s) AND next_due_at < %(now)s)
  FROM cases_case
 WHERE %(cells)s AND managed_path = %(scope)s AND system = %(system)s
   AND received_on BETWEEN %(since)s AND %(until)s GROUP BY 2
UNION ALL
SELECT 'waiting', '', '', '', count(*), 0, 0 FROM cases_rollupdelta
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
class Spot:
    """A place (managed path), or a cell, with what was received there and is still open."""

    key: str
    received: int
    open: int
    running_late: int = 0


@dataclass(frozen=True, slots=True)
class UnitRate:
    """A unit's share closed in time: ``on_time`` of ``due``, which is not nought."""

    unit_id: int
    on_time: int
    due: int


@dataclass(frozen=True, slots=True)
class Board:
    """The figures by branch, read at one moment.

    ``counts`` by (branch, figure); the branch is the scope itself for cases placed no deeper.
    ``families`` by (family of types, figure). ``days``: received and closed by day; ``hours``:
    received by (days back, hour) of the last two days; ``cells`` only where the scope is a
    community. ``waiting``: deltas that no worker has folded yet; they are counted all the same.
    """

    span: Span
    read_at: datetime
    waiting: int
    counts: Mapping[tuple[str, str], int]
    totals: Mapping[str, int]
    families: Mapping[tuple[str, str], int] = field(default_factory=dict)
    units: Sequence[UnitRate] = ()
    days: Mapping[date, tuple[int, int]] = field(default_factory=dict)
    hours: Mapping[tuple[int, int], int] = field(default_factory=dict)
    spots: Sequence[Spot] = ()
    cells: Sequence[Spot] = ()

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
        "under": span.scope + "/%",
        "depth": span.scope.count("/") + 2,
    }


def read_board(span: Span, now: datetime, *, cells: bool = False) -> Board:
    """Count every figure of a system for every branch below the span's scope, and what else a
    screen shows (1 statement). *cells*: also by cell, for a scope without branches."""
    params = _params(span) | {
        "since": span.since,
        "until": span.until,
        "now": now,
        "filed": list(span.stages.filed),
        "open": list(span.stages.open),
        "closed": list(span.stages.closed),
        "in_time": [ON_TIME, EXEMPT],
        "clock": span.stages.main_clock,
        "enough": ENOUGH,
        "most": MOST,
        "cells": cells,
    }
    found: dict[str, list[Any]] = {}
    statement = _COUNTS.format(
        parts=sums.read_of(span.scope, _OF_DAYS, (sums.BELOW, sums.FAMILY)),
        units=sums.read_of(span.scope, _OF_DAYS, (sums.UNIT,)),
        places=sums.read_of(span.scope, _OF_DAYS, (sums.PLACE,)),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        for what, *row in cursor.fetchall():
            found.setdefault(what, []).append(row)
    counts = _figures(span.stages, found.get("branch", ()))
    totals: Counter[str] = Counter()
    for (_branch, name), n in counts.items():
        totals[name] += n
    return Board(
        span,
        now,
        found["waiting"][0][3],
        counts,
        totals,
        _figures(span.stages, found.get("family", ())),
        [UnitRate(int(row[0]), row[3], row[4]) for row in found.get("unit", ())],
        {date.fromisoformat(row[0]): (row[3], row[4]) for row in found.get("day", ())},
        {_hour(row[0]): row[3] for row in found.get("hour", ())},
        [Spot(row[0], row[3], row[4]) for row in found.get("spot", ())],
        [Spot(row[0], row[3], row[4], row[5]) for row in found.get("cell", ())],
    )


def _figures(stages: Stages, rows: Sequence[Any]) -> Counter[tuple[str, str]]:
    """Every figure by key, from the sums by stage and timeliness."""
    wanted = list(figures(stages).values())
    counts: Counter[tuple[str, str]] = Counter()
    for key, stage, timeliness, n, running, main in rows:
        live = {"running": running, "main": main}
        for figure in wanted:
            counts[key, figure.name] += _share(figure, stage, timeliness, n, live)
    return counts


def _hour(text: str) -> tuple[int, int]:
    back, hour = text.split()
    return int(back), int(hour)


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
