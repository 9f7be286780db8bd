"""Keeping the counted figures up: what a worker does every minute."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.systems.city_events.assessment import results
from yishi.systems.city_events.assessment.homes import span_of
from yishi.systems.city_events.assessment.models import CountWatch, PeriodCount
from yishi.systems.city_events.assessment.periods import (
    CITY_TIME,
    DAY,
    KINDS,
    MONTH,
    WEEK,
    Period,
    period_of,
)
from yishi.systems.city_events.assessment.reading import Span
from yishi.systems.city_events.context import city

#: Running periods are counted this often, and closed ones that changed; a count that takes long is
#: made less often, so that counting takes a tenth of the time at most.
RUNNING, CHANGED, SHARE = timedelta(minutes=3), timedelta(minutes=15), 10
#: How many periods of each kind are kept counted.
KEPT = {DAY: 35, WEEK: 9, MONTH: 13}
#: Periods that are counted in one pass, and how long a worker goes on before the next minute.
TOGETHER, LONG_ENOUGH = 3, 40.0
#: A question that nobody asked for so long is not kept up; much later it is forgotten.
ASKED, FORGOTTEN = timedelta(days=1), timedelta(days=60)

# Which closed periods a changed case may count in: from its receipt until it ended, or until the
# last of its limits. Before it was reopened or extended it lay within that too.
_MARK = """
WITH changed AS (
  SELECT c.received_at AS since, coalesce(greatest(c.closed_at, k.due_at), 'infinity') AS until
    FROM (SELECT case_id FROM cases_trace WHERE id > %(seen)s
           UNION SELECT case_id FROM city_events_callback WHERE done_at >= %(at)s) t
    JOIN cases_case c ON c.id = t.case_id
    LEFT JOIN LATERAL (SELECT max(due_at) AS due_at FROM cases_clock k WHERE k.case_id = c.id) k
      ON c.closed_at IS NOT NULL
)
UPDATE city_events_periodcount p SET changed_at = %(now)s
 WHERE p.changed_at IS NULL AND p.until = p.ends
   AND EXISTS (SELECT 1 FROM changed c WHERE c.since < p.ends AND c.until >= p.begins)
"""
_HIGHEST = "SELECT coalesce(max(id), 0) FROM cases_trace"
#: A step may be committed so long after its moment.
_LAG = timedelta(minutes=5)


def plain_span(period: Period, now: datetime) -> Span:
    """The question of the whole city, with the parameters in force."""
    registers = city()
    book, root = registers.rulebook, registers.register.root
    return Span(
        Actor("user", "system:figures", "", (ActorGrant("duty_leader", None, root),)),
        period,
        hours=timedelta(hours=int(book.value("response_hours", now, default=24))),
        satisfied=int(book.value("satisfied_score", now, default=3)),
        now=now,
    )


def mark_changed(now: datetime) -> int:
    """Mark the closed periods in which a case changed since it was looked at; returns how many
    (4 statements)."""
    watch, _created = CountWatch.objects.get_or_create(pk=1, defaults={"at": now})
    with connection.cursor() as cursor:
        cursor.execute(_HIGHEST)
        highest = int(cursor.fetchone()[0])
        cursor.execute(_MARK, {"seen": watch.seen, "at": watch.at - _LAG, "now": now})
        marked = int(cursor.rowcount)
    # A restored database may begin its ids anew.
    watch.seen, watch.highest = min(watch.highest, highest), highest
    watch.at = now
    watch.save()
    return marked


def kept_periods(now: datetime) -> list[Period]:
    """The periods that are kept counted, the running ones first, then the newest."""
    today = now.astimezone(CITY_TIME).date()
    chains: dict[str, Period] = {kind: period_of(kind, today) for kind in KINDS}
    found = list(chains.values())
    for step in range(1, max(KEPT.values())):
        for kind in KINDS:
            if step < KEPT[kind]:
                chains[kind] = chains[kind].before
                found.append(chains[kind])
    return found


def due(rows: Sequence[PeriodCount], now: datetime) -> list[PeriodCount]:
    """Those of *rows* that are to be counted anew."""
    return [row for row in rows if _is_due(row, now)]


def _is_due(row: PeriodCount, now: datetime) -> bool:
    age = now - row.counted_at
    slow = timedelta(milliseconds=row.took_ms) * SHARE
    if row.until < row.ends:
        return age >= max(RUNNING, slow) or now >= row.ends
    return row.changed_at is not None and age >= max(CHANGED, slow)


def keep_up(now: datetime, *, limit: float = LONG_ENOUGH) -> int:
    """Count what is due, running periods first; returns how many periods were counted."""
    begun, done = time.monotonic(), 0
    mark_changed(now)
    for scope, span, periods in _wanted(now):
        if done and time.monotonic() - begun > limit:
            break
        try:
            results.count_now(span, periods, now)
        except results.Busy:
            continue
        done += len(periods)
        del scope
    PeriodCount.objects.exclude(scope="").filter(asked_at__lt=now - FORGOTTEN).delete()
    return done


def _wanted(now: datetime) -> list[tuple[str, Span, list[Period]]]:
    """What to count, in blocks that share a pass."""
    known = list(
        PeriodCount.objects.filter(Q(scope="") | Q(asked_at__gte=now - ASKED)).order_by(
            F("scope"), F("ends").desc(), F("kind")
        )
    )
    have = {(row.kind, row.first): row for row in known if not row.scope}
    plain = [period for period in kept_periods(now) if (period.kind, period.first) not in have]
    again = results.periods_of(due(list(have.values()), now))
    running = [p for p in (*plain, *again) if p.end > now]
    later = [p for p in (*again, *plain) if p.end <= now]
    wanted: list[tuple[str, Span, list[Period]]] = []
    for group in (running, later):
        for first in range(0, len(group), TOGETHER):
            block = group[first : first + TOGETHER]
            wanted.append(("", plain_span(block[0], now), block))
    own = due([row for row in known if row.scope], now)
    for row in own:
        (period,) = results.periods_of([row])
        wanted.append((row.scope, span_of(row.spec, plain_span(period, now)), [period]))
    return sorted(wanted, key=lambda one: one[2][0].end <= now)


def summary() -> dict[str, Any]:
    """How many counts are stored, and since when the oldest of a running period stands."""
    rows = list(PeriodCount.objects.all())
    return {"counts": len(rows), "changed": sum(row.changed_at is not None for row in rows)}
