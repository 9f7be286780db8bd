"""Hot issues counted by a worker: kept up for every span that the page offers, and read for it.

Whoever sees whole areas reads what was counted last; who sees single cases (units, people) sees few
enough to count them at once (`hot.groups`).
"""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Min, Q, Sum
from django.utils import timezone

from yishi.foundation.access.actors import Actor
from yishi.systems.city_events.assessment.homes import reach_of
from yishi.systems.city_events.context import city
from yishi.systems.city_events.hot_models import HotCount, HotGroup
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.notices import CITY_TIME

#: Spans of days that are offered; the first is the usual one.
SPANS = (7, 1, 3, 30)
#: What holds where the city's rules set no parameter ``card_reports``.
LEAST = 5
#: Counted this often, and never for more than a tenth of the time; older counts are not shown.
OFTEN, SHARE, OLDEST = timedelta(minutes=1), 10, timedelta(minutes=15)
_LOCK = 714_310_023

_COUNTED = """
WITH counted AS (
  SELECT type_key, division, managed_path, count(*) AS cases,
         sum(coalesce((data ->> 'reports')::int, 1)) AS reports,
         count(*) FILTER (WHERE closed_at IS NULL) AS open
    FROM cases_case
   WHERE system = %(system)s AND received_on >= %(since)s AND type_key <> '' AND stage <> 'void'
   GROUP BY 1, 2, 3)
SELECT type_key, division, managed_path, cases, reports, open
  FROM counted JOIN (SELECT type_key, division FROM counted GROUP BY 1, 2
                     HAVING sum(reports) >= %(least)s) hot USING (type_key, division)
"""
_STORE = f"""
INSERT INTO city_events_hotgroup
       (count_id, type_key, division, managed_path, cases, reports, open)
SELECT %(count)s, found.* FROM ({_COUNTED}) found
"""
# A step may be committed some time after its moment.
_CHANGED = "SELECT EXISTS (SELECT 1 FROM cases_trace WHERE at >= %s - interval '5 minutes')"


def since(now: datetime, days: int) -> date:
    """The first day of a span that ends today."""
    return now.astimezone(CITY_TIME).date() - timedelta(days=days - 1)


def least_of(now: datetime) -> int:
    """How many reports make an issue hot."""
    return int(city().rulebook.value("card_reports", now, default=LEAST))


def keep_up(now: datetime) -> int:
    """Count the spans that are due; returns how many (what a worker does every minute)."""
    known = {row.days: row for row in HotCount.objects.all()}
    due = [days for days in sorted(SPANS) if _is_due(known.get(days), days, now)]
    for days in due:
        count(days, now)
    return len(due)


def count_all() -> int:
    """Count the spans that are due now; returns how many."""
    return keep_up(timezone.now())


def _is_due(row: HotCount | None, days: int, now: datetime) -> bool:
    if row is None or row.since != since(now, days):
        return True
    slow = timedelta(milliseconds=row.took_ms) * SHARE
    return now - row.counted_at >= max(OFTEN, slow)


def count(days: int, now: datetime) -> None:
    """Count one span anew; till then readers see what was counted before (5 statements)."""
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_LOCK, days])
        values = {"since": since(now, days), "least": least_of(now), "counted_at": now}
        row, _created = HotCount.objects.update_or_create(days=days, defaults=values)
        HotGroup.objects.filter(count=row).delete()
        cursor.execute(_STORE, _params(row))
        row.took_ms = round((time.perf_counter() - begun) * 1000)
        row.save(update_fields=["took_ms"])


def _params(row: HotCount) -> dict[str, Any]:
    return {"system": SYSTEM, "since": row.since, "least": row.least, "count": row.pk}


def stored(actor: Actor, now: datetime, days: int, least: int) -> tuple[Any, datetime] | None:
    """Groups that *actor* sees as counted last, by type and community, and when that was (1
    statement; the groups are not read yet); ``None`` where they have to be counted at once."""
    paths, units, people = reach_of(actor)
    if units or people or not paths:
        return None
    row = HotCount.objects.filter(days=days, since=since(now, days), least__lte=least).first()
    if row is None or now - row.counted_at > OLDEST:
        return None
    within = Q()
    for path in paths:
        within |= Q(managed_path=path) | Q(managed_path__startswith=path + "/")
    rows = HotGroup.objects.filter(within, count=row).values("type_key", "division")
    sums = {"n": Sum("cases"), "said": Sum("reports"), "still": Sum("open")}
    return rows.annotate(**sums, path=Min("managed_path")), row.counted_at


def faults() -> list[str]:
    """One line for each span whose stored groups are not what SQL over cases says; counts after
    which any case changed are left to the worker."""
    lines = []
    for row in HotCount.objects.filter(since__gte=since(timezone.now(), max(SPANS))):
        with connection.cursor() as cursor:
            cursor.execute(_CHANGED, [row.counted_at])
            if cursor.fetchone()[0]:
                continue
            cursor.execute(_COUNTED, _params(row))
            true = set(cursor.fetchall())
        fields = ("type_key", "division", "managed_path", "cases", "reports", "open")
        kept = set(HotGroup.objects.filter(count=row).values_list(*fields))
        lines += [f"hot {row.days}: {one}" for one in sorted(true ^ kept)]
    return lines
