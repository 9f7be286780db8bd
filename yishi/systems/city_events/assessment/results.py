"""Figures of a period as they were counted last: read by pages, kept up by a worker.

A page reads a few stored rows whatever the number of cases. Only what was never counted before is
counted while somebody waits; pages say when their figures were counted.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext
from orjson import loads

from yishi.foundation.cases.models import Case
from yishi.foundation.ui.errors import PageError
from yishi.systems.city_events.assessment.homes import DEEPEST, Home, home_of, span_of
from yishi.systems.city_events.assessment.measures import CALL_BACKS
from yishi.systems.city_events.assessment.models import PeriodCount, PeriodFigure
from yishi.systems.city_events.assessment.passes import store_pass
from yishi.systems.city_events.assessment.periods import Period, period_of
from yishi.systems.city_events.assessment.reading import Count, Span
from yishi.systems.city_events.states import SYSTEM

#: Older counts of running periods are made anew while somebody waits (no worker ran).
OLDEST = timedelta(days=1)
#: ``asked_at`` is written at most this often.
NOTED = timedelta(hours=1)
#: How long a page waits for somebody else's count, in milliseconds.
PATIENCE = 20_000
_LOCK = 714_310_022

_READ = """
SELECT p.kind, p.first, p.id, p.until, p.ends, p.counted_at, p.asked_at, p.changed_at, p.took_ms,
       f.key, f.numbers::text, f.hours
  FROM city_events_periodcount p
  LEFT JOIN city_events_periodfigure f
    ON f.count_id = p.id AND f.area = %(area)s AND f.grouped = %(grouped)s
       AND (%(key)s::text IS NULL OR f.key = %(key)s)
 WHERE p.scope = %(scope)s AND (p.kind, p.first) IN (
       SELECT * FROM unnest(%(kinds)s::text[], %(firsts)s::date[]))
"""


@dataclass(frozen=True, slots=True)
class Fresh:
    """When figures were counted, up to when, and whether cases of the period changed since."""

    counted_at: datetime
    until: datetime
    running: bool
    changed: bool
    took_ms: int


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows by place in the periods and key, with the freshness of the count that still runs, else
    of the oldest (``None``: of a question that reaches no case)."""

    rows: Mapping[tuple[int, str], Count]
    fresh: Fresh | None

    def row(self, place: int = 0, key: str = "") -> Count:
        """One row; nought where there is none."""
        return self.rows.get((place, key), Count({}, None, {}))


class Busy(PageError):
    """The same figures are being counted by somebody else just now."""

    def __init__(self) -> None:
        super().__init__(409, gettext("这些数字正在统计，请过几秒刷新。"))


def read(
    span: Span,
    grouped: str = "",
    periods: Sequence[Period] | None = None,
    *,
    key: str | None = None,
) -> Stored:
    """The figures of *span* as counted last, by *grouped*: ``""``, county, below, unit, scenario,
    type or place (1 statement; more when a period was never counted).

    ``key`` reads that row of the grouping only.
    """
    wanted = tuple(periods or (span.period,))
    if span.unit is not None and grouped == "" and _plain(replace(span, unit=None)):
        span, grouped, key = replace(span, unit=None), "unit", str(span.unit)
        found = read(span, grouped, wanted, key=key)
        return Stored({(place, ""): row for (place, _key), row in found.rows.items()}, found.fresh)
    home = home_of(span)
    if home.nothing:
        return Stored({}, None)
    rows = _rows(home, wanted, grouped, key)
    now = span.now or timezone.now()
    missing = [period for period in wanted if _unusable(rows, period, now)]
    if missing:
        _wait_for(home.scope)
        rows = _rows(home, wanted, grouped, key)
        missing = [period for period in wanted if _unusable(rows, period, now)]
    if missing:
        count_now(span, missing, now)
        rows = _rows(home, wanted, grouped, key)
    if home.scope:
        _note_asked(rows, now)
    return _stored(rows, wanted)


def _plain(span: Span) -> bool:
    return not home_of(span).scope


def _rows(home: Home, periods: Sequence[Period], grouped: str, key: str | None) -> list[Any]:
    params = {
        "scope": home.scope,
        "area": home.area,
        "grouped": grouped,
        "key": key,
        "kinds": [period.kind for period in periods],
        "firsts": [period.first for period in periods],
    }
    with connection.cursor() as cursor:
        cursor.execute(_READ, params)
        found: list[Any] = cursor.fetchall()
    return found


def _unusable(rows: Sequence[Any], period: Period, now: datetime) -> bool:
    """Whether *period* was never counted, or too long ago while it ran."""
    for kind, first, _id, until, ends, counted_at, *_rest in rows:
        if (kind, first) == (period.kind, period.first):
            return bool(until < ends and now - counted_at > OLDEST)
    return True


def _note_asked(rows: Sequence[Any], now: datetime) -> None:
    """Remember that somebody still asks (a statement an hour)."""
    ids = {row[2] for row in rows if now - row[6] > NOTED}
    if ids:
        PeriodCount.objects.filter(pk__in=ids, asked_at__lt=now).update(asked_at=now)


def _stored(rows: Sequence[Any], periods: Sequence[Period]) -> Stored:
    places = {(period.kind, period.first): place for place, period in enumerate(periods)}
    found: dict[tuple[int, str], Count] = {}
    told: Any = None
    for row in rows:
        if told is None or (row[3] >= row[4], row[5]) < (told[3] >= told[4], told[5]):
            told = row
        if row[9] is not None:
            found[places[row[0], row[1]], row[9]] = _count(loads(row[10]), row[11])
    if told is None:
        return Stored(found, None)
    fresh = Fresh(told[5], told[3], told[3] < told[4], told[7] is not None, told[8])
    return Stored(found, fresh)


def _count(numbers: Mapping[str, int], hours: float | None) -> Count:
    cases = {name: value for name, value in numbers.items() if name not in CALL_BACKS}
    calls = {name: value for name, value in numbers.items() if name in CALL_BACKS}
    return Count(cases, None if hours is None else Decimal(str(round(hours, 2))), calls)


# --- Counting ------------------------------------------------------------------------------------


def count_now(span: Span, periods: Sequence[Period], now: datetime) -> None:
    """Count *periods* where the figures of *span* are kept, and store them.

    Raises:
        Busy: when somebody counts in the same home at this moment.
    """
    home = home_of(span)
    if home.nothing:
        return
    span = replace(span, now=now)
    if not home.scope:
        _count_into("", {}, Case.objects.unscoped("figures of every area"), span, periods, CITY)
        return
    own = span_of(home.spec, span)
    _count_into(home.scope, home.spec, own.cases(), own, periods, ALL_AS_ONE)


CITY, ALL_AS_ONE = tuple(range(1, DEEPEST + 1)), (0,)


def _count_into(
    scope: str,
    spec: Mapping[str, Any],
    cases: Any,
    span: Span,
    periods: Sequence[Period],
    depths: Sequence[int],
) -> None:
    """Replace what is stored of *periods* in one transaction; till then readers see the old."""
    assert span.now is not None
    begun = time.perf_counter()
    with transaction.atomic():
        _lock(scope)
        rows = [_head(scope, spec, span, period) for period in periods]
        PeriodFigure.objects.filter(count__in=rows).delete()
        store_pass(cases.filter(system=SYSTEM), span, periods, [row.pk for row in rows], depths)
        took = round((time.perf_counter() - begun) * 1000)
        PeriodCount.objects.filter(pk__in=[row.pk for row in rows]).update(took_ms=took)


def _wait_for(scope: str) -> None:
    """Let whoever counts in this home finish: perhaps that is what is asked for."""
    with transaction.atomic(), connection.cursor() as cursor:
        try:
            cursor.execute("SET LOCAL lock_timeout = %s", [PATIENCE])
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, scope])
        except OperationalError as error:
            raise Busy from error


def _lock(scope: str) -> None:
    """One count of a home at a time. Raises :class:`Busy`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, scope])
        if not cursor.fetchone()[0]:
            raise Busy


def _head(scope: str, spec: Mapping[str, Any], span: Span, period: Period) -> PeriodCount:
    now = span.now or timezone.now()
    values = {
        "spec": dict(spec),
        "begins": period.start,
        "ends": period.end,
        "until": min(period.end, now),
        "counted_at": now,
        "changed_at": None,
    }
    row, _created = PeriodCount.objects.update_or_create(
        scope=scope,
        kind=period.kind,
        first=period.first,
        defaults=values,
        create_defaults=values | {"asked_at": now},
    )
    return row


def periods_of(rows: Sequence[PeriodCount]) -> list[Period]:
    """The periods of stored counts."""
    return [period_of(row.kind, row.first) for row in rows]
