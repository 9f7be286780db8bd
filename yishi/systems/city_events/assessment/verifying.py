"""Whether stored figures are what SQL over cases says (``yishi kpi verify``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from yishi.systems.city_events.assessment import upkeep
from yishi.systems.city_events.assessment.homes import span_of
from yishi.systems.city_events.assessment.models import CountWatch, PeriodCount, PeriodFigure
from yishi.systems.city_events.assessment.periods import period_of
from yishi.systems.city_events.assessment.reading import (
    NOTHING,
    Count,
    Span,
    count_call_backs,
    count_cases,
    frequent_types,
)
from yishi.systems.city_events.context import city

GROUPINGS = ("", "county", "unit", "scenario")
#: Periods that are counted in one statement.
TOGETHER = 8

# Cases that changed since a count: of those its period may tell something else by now.
_CHANGED = """
SELECT 1 FROM cases_trace t JOIN cases_case c ON c.id = t.case_id
 WHERE t.id > %(seen)s AND t.at >= %(counted)s AND c.received_at < %(ends)s LIMIT 1
"""


def stored_faults() -> list[str]:
    """One line for each stored row that differs from the SQL over cases, counted up to the same
    moment. Counts after which cases of their period changed are left to the worker."""
    rows = [row for row in PeriodCount.objects.order_by("until", "kind") if _settled(row)]
    whole = [row for row in rows if not row.scope and row.until == row.ends]
    blocks = [whole[n : n + TOGETHER] for n in range(0, len(whole), TOGETHER)]
    blocks += [[row] for row in rows if row.scope or row.until < row.ends]
    return [line for block in blocks for line in _faults(block)]


def _settled(row: PeriodCount) -> bool:
    if row.changed_at is not None:
        return False
    watch = CountWatch.objects.filter(pk=1).first()
    values: dict[str, Any] = {
        "seen": watch.seen if watch else 0,
        "counted": row.counted_at,
        "ends": row.ends,
    }
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, values)
        return cursor.fetchone() is None


def _faults(block: Sequence[PeriodCount]) -> Iterator[str]:
    """The differences of counts that belong together: closed ones of the whole city, or one."""
    first = block[0]
    periods = [period_of(row.kind, row.first) for row in block]
    span = upkeep.plain_span(periods[0], first.until if len(block) == 1 else timezone.now())
    if first.scope:
        span = span_of(first.spec, span)
    area = "" if first.scope else city().register.root
    frequent = frequent_types(span) if len(block) == 1 else ()
    for grouped in GROUPINGS:
        true = _counted(span, grouped, frequent, periods)
        for place, row in enumerate(block):
            wanted = {str(key): one for (at, key), one in true.items() if at == place}
            yield from _differences(row, area, grouped, wanted, bool(frequent))
            if grouped == "county" and not first.scope:
                for path, one in wanted.items():
                    if "/" in path:  # each county's own rows say the same of it
                        yield from _differences(row, path, "", {"": one}, False)


def _counted(span: Span, grouped: str, frequent: Any, periods: Any) -> dict[tuple[int, Any], Count]:
    cases = count_cases(span, grouped, frequent, periods)
    calls = count_call_backs(span, grouped, periods)
    return {
        key: Count(
            cases.get(key, NOTHING).numbers, cases.get(key, NOTHING).hours, calls.get(key, {})
        )
        for key in {*cases, *calls}
    }


def _differences(
    row: PeriodCount, area: str, grouped: str, true: dict[str, Count], frequent: bool
) -> Iterator[str]:
    kept = {
        figure.key: (figure.numbers, figure.hours)
        for figure in PeriodFigure.objects.filter(count=row, area=area, grouped=grouped)
    }
    for key in sorted(kept.keys() | true.keys()):
        numbers, hours = kept.get(key, ({}, None))
        wanted, average = _plain(true.get(key, NOTHING))
        where = f"{row} {area} {grouped} {key}".strip()
        for name in sorted(numbers.keys() | wanted.keys()):
            if name == "frequent" and not frequent:
                continue
            if numbers.get(name, 0) != wanted.get(name, 0):
                yield f"{where} {name}: {numbers.get(name, 0)} ≠ {wanted.get(name, 0)}"
        if (None if hours is None else round(hours, 2)) != average:
            yield f"{where} hours: {hours} ≠ {average}"


def _plain(one: Count) -> tuple[dict[str, int], float | None]:
    numbers = {name: n for name, n in {**one.numbers, **one.calls}.items() if n}
    return numbers, None if one.hours is None else float(one.hours)


def count_all() -> int:
    """Count everything that is due; returns how many periods were counted."""
    made = 0
    while done := upkeep.keep_up(timezone.now()):
        made += done
    return made
