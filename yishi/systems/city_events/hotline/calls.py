"""Call quality (GB/T 33358-2016, §S2.5): answered within 15 seconds, 95 % answered in any 24 hours.

Calls come from the exchange, by API or as a file; the figures are SQL over the table of calls.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from yishi.foundation.cases.inputs import clean_text, read_int
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.assessment.rates import percent
from yishi.systems.city_events.hotline.models import Call

WINDOW = timedelta(hours=24)
#: Calls that one request or one block of a file may bring.
MOST = 1000
FIELDS = frozenset({"key", "offered_at", "waited", "talked"})
_LONGEST = 86_400
_PAST = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Quality:
    """Calls of a time: offered, answered, and answered within the limit."""

    offered: int
    answered: int
    quick: int
    until: datetime | None = None

    @property
    def rate(self) -> Decimal | None:
        """接通率: answered ÷ offered in percent; ``None`` without calls."""
        return percent(self.answered, self.offered)

    @property
    def quick_rate(self) -> Decimal | None:
        """Answered within the limit ÷ answered in percent; ``None`` without answered calls."""
        return percent(self.quick, self.answered)

    def alarms(self, lowest: Decimal) -> bool:
        """Whether fewer than *lowest* percent were answered; never without calls. Exact: the
        share is compared before it is rounded."""
        return self.offered > 0 and Decimal(self.answered) * 100 < lowest * self.offered


def store(source: str, calls: Sequence[Mapping[str, Any]], now: datetime) -> tuple[int, int]:
    """Store *calls* (see ``FIELDS``; times aware) of an exchange; known keys are left as they are.

    Returns (stored, known before). All or nothing (1 statement).

    Raises:
        FieldError: naming row and field.
    """
    if len(calls) > MOST:
        raise FieldError("calls", f"一次最多{MOST}通电话", "too_many")
    rows = [_call(source, call, f"calls.{place}.", now) for place, call in enumerate(calls)]
    unique = {row.key: row for row in rows}
    with transaction.atomic():
        before = Call.objects.filter(source=source, key__in=list(unique)).count()
        Call.objects.bulk_create(unique.values(), ignore_conflicts=True)
    return len(unique) - before, len(rows) - len(unique) + before


def _call(source: str, raw: Mapping[str, Any], where: str, now: datetime) -> Call:
    for name in raw:
        if name not in FIELDS:
            raise FieldError(f"{where}{name}"[:64], "没有这个字段", "unknown")
    key = clean_text(f"{where}key", raw.get("key"), 64)
    if not key:
        raise FieldError(f"{where}key", "缺少通话编号", "required")
    offered = raw.get("offered_at")
    if not isinstance(offered, datetime) or offered.tzinfo is None:
        raise FieldError(f"{where}offered_at", "应为带时区的时间", "type")
    if not now - _PAST <= offered <= now + timedelta(minutes=5):
        raise FieldError(f"{where}offered_at", "时间在将来，或早于两年前", "range")
    waited = _seconds(f"{where}waited", raw.get("waited"))
    talked = _seconds(f"{where}talked", raw.get("talked"))
    if waited is None and talked is not None:
        raise FieldError(f"{where}talked", "未接通的电话没有通话时长", "state")
    return Call(source=source, key=key, offered_at=offered, waited=waited, talked=talked)


def _seconds(name: str, value: Any) -> int | None:
    if value in (None, ""):
        return None
    number = read_int(name, value)
    if number > _LONGEST:
        raise FieldError(name, f"应为0至{_LONGEST}秒", "range")
    return number


def in_window(until: datetime, seconds: int, span: timedelta = WINDOW) -> Quality:
    """The calls of the *span* that ends at *until*, its first moment excluded (1 statement)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(waited), count(*) FILTER (WHERE waited <= %s)"
            "  FROM city_events_call WHERE offered_at > %s AND offered_at <= %s",
            [seconds, until - span, until],
        )
        offered, answered, quick = cursor.fetchone()
        return Quality(offered, answered, quick, until)


#: A window's rate changes only when a call comes in or falls out of it, and falls only when a
#: missed one comes in or an answered one falls out. An answered call may be a window's first, so
#: all that come in are tried, and all answered ones that fall out.
_WORST = """
WITH moments AS (
    SELECT offered_at AS until FROM city_events_call
     WHERE offered_at > %(since)s AND offered_at <= %(until)s
    UNION
    SELECT offered_at + %(span)s FROM city_events_call
     WHERE offered_at > %(since)s::timestamptz - %(span)s
       AND offered_at <= %(until)s::timestamptz - %(span)s AND waited IS NOT NULL
    UNION SELECT %(since)s::timestamptz UNION SELECT %(until)s::timestamptz
), calls AS (
    SELECT offered_at AS at, 1 AS n, (waited IS NOT NULL)::int AS a,
           (waited <= %(seconds)s)::int AS q, NULL::timestamptz AS until
      FROM city_events_call
     WHERE offered_at > %(since)s::timestamptz - %(span)s AND offered_at <= %(until)s
    UNION ALL SELECT until, 0, 0, 0, until FROM moments
), sums AS (
    SELECT until, sum(n) OVER w AS n, sum(a) OVER w AS a, coalesce(sum(q) OVER w, 0) AS q,
           sum(n) OVER e AS n0, sum(a) OVER e AS a0, coalesce(sum(q) OVER e, 0) AS q0
      FROM calls
    WINDOW w AS (ORDER BY at RANGE BETWEEN %(span)s PRECEDING AND CURRENT ROW),
           e AS (ORDER BY at RANGE BETWEEN %(span)s PRECEDING AND %(span)s PRECEDING)
)
SELECT n - coalesce(n0, 0), a - coalesce(a0, 0), q - coalesce(q0, 0), until
  FROM sums WHERE until IS NOT NULL AND n > coalesce(n0, 0)
 ORDER BY (a - coalesce(a0, 0))::numeric / (n - coalesce(n0, 0)), until LIMIT 1
"""


def worst_window(since: datetime, until: datetime, seconds: int) -> Quality:
    """The 24 hours with the lowest share answered among all that end between *since* and
    *until* (1 statement); all zero without calls."""
    with connection.cursor() as cursor:
        values: dict[str, Any] = {
            "since": since,
            "until": until,
            "span": WINDOW,
            "seconds": seconds,
        }
        cursor.execute(_WORST, values)
        row = cursor.fetchone()
    return Quality(int(row[0]), int(row[1]), int(row[2]), row[3]) if row else Quality(0, 0, 0)


def by_hour(until: datetime, seconds: int, hours: int = 24) -> list[tuple[datetime, Quality]]:
    """The last *hours* full or begun hours, newest first (1 statement)."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT h, count(c.id), count(c.waited), count(c.id) FILTER (WHERE c.waited <= %s)
              FROM generate_series(date_trunc('hour', %s::timestamptz) - %s * interval '1 hour',
                                   date_trunc('hour', %s::timestamptz), interval '1 hour') AS h
              LEFT JOIN city_events_call c
                     ON c.offered_at >= h AND c.offered_at < h + interval '1 hour'
                    AND c.offered_at <= %s
             GROUP BY h ORDER BY h DESC
            """,
            [seconds, until, hours - 1, until, until],
        )
        return [(row[0], Quality(*row[1:])) for row in cursor.fetchall()]


def read_rows(rows: Iterable[Mapping[str, str]]) -> Iterable[dict[str, Any]]:
    """Rows of a file (texts by column) as calls: times as ISO 8601, in the city's time unless they
    name a zone; empty seconds of a call that nobody answered.

    Raises:
        FieldError: naming row and column.
    """
    from yishi.systems.city_events.notices import CITY_TIME

    for number, row in enumerate(rows, start=2):
        text = (row.get("offered_at") or "").strip()
        try:
            at = datetime.fromisoformat(text)
        except ValueError as error:
            message = f"第{number}行：应为 2026-05-11 08:00:00 这样的时间"
            raise FieldError("offered_at", message, "format") from error
        yield {
            "key": (row.get("key") or "").strip(),
            "offered_at": at if at.tzinfo else at.replace(tzinfo=CITY_TIME),
            "waited": (row.get("waited") or "").strip(),
            "talked": (row.get("talked") or "").strip(),
        }
