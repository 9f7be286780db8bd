"""Counting the measures: one statement for all of them, by unit, county, month or altogether.

Scope first: every statement reads only cases that the actor may see.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Case
from yishi.systems.city_events.assessment.measures import (
    CALL_BACK_RATES,
    CALL_BACKS,
    FACTS,
    MEASURES,
    RATES,
    Rate,
)
from yishi.systems.city_events.assessment.periods import Period
from yishi.systems.city_events.assessment.rates import ThreeRates, percent
from yishi.systems.city_events.hotline.models import CallBack
from yishi.systems.city_events.states import SYSTEM

#: What rows may be put together by: (column of FACTS, expression over call-backs).
GROUPS = {
    "": ("''", "''"),
    "unit": ("f.unit_id", "coalesce(c.unit_id, (c.data ->> 'handled_unit')::bigint, 0)"),
    "county": ("f.county", "array_to_string((string_to_array(c.managed_path, '/'))[1:2], '/')"),
    "scenario": (
        "array_to_string((string_to_array(f.type_key, '/'))[1:2], '/')",
        "array_to_string((string_to_array(c.type_key, '/'))[1:2], '/')",
    ),
}
_EXEMPT = (
    "EXISTS (SELECT 1 FROM cases_exemption e WHERE e.case_id = c.id"
    " AND e.round = coalesce((c.data ->> 'round')::int, 1))"
)
#: How many types count as frequent.
FREQUENT = 10


@dataclass(frozen=True, slots=True)
class Span:
    """What is counted: cases that *actor* may see, below *area*, of *unit* and *type*, in *period*.

    ``hours`` and ``satisfied`` are the parameters that call-backs are counted with. A period that
    still runs is counted up to *now*.
    """

    actor: Actor
    period: Period
    area: str = ""
    unit: int | None = None
    hours: timedelta = timedelta(hours=24)
    satisfied: int = 3
    now: datetime | None = None
    #: A type's key, or the beginning of a scenario's (``event/05``); empty is all.
    type: str = ""

    @property
    def end(self) -> datetime:
        """The moment up to which the period is counted."""
        return min(self.period.end, self.now) if self.now else self.period.end

    def cases(self) -> QuerySet[Case]:
        """The cases in scope, whatever their period."""
        rows: QuerySet[Case] = Case.objects.visible_to(self.actor).filter(system=SYSTEM)
        if self.area:
            below = Q(managed_path=self.area) | Q(managed_path__startswith=self.area + "/")
            rows = rows.filter(below)
        if self.unit is not None:
            own = Q(unit_id=self.unit) | Q(unit=None, data__handled_unit=self.unit)
            rows = rows.filter(own)
        if self.type:
            rows = rows.filter(Q(type_key=self.type) | Q(type_key__startswith=self.type + "/"))
        return rows


@dataclass(frozen=True, slots=True)
class Count:
    """The numbers of one row of the assessment. ``hours`` is the average time of handling."""

    numbers: Mapping[str, int]
    hours: Decimal | None = None
    calls: Mapping[str, int] = field(default_factory=dict)

    def share(self, rate: Rate) -> Decimal | None:
        """A rate in percent; ``None`` where there is no data."""
        found = self.calls if rate.name in CALL_BACK_RATES else self.numbers
        return percent(found.get(rate.numerator, 0), found.get(rate.denominator, 0))

    def rate(self, name: str) -> Decimal | None:
        """The rate *name* in percent; ``None`` where there is no data."""
        return self.share(RATES.get(name) or CALL_BACK_RATES[name])

    @property
    def three(self) -> ThreeRates:
        """The three rates' numbers."""
        names = ("counted", "in_time", "reached", "solved", "satisfied")
        return ThreeRates(*(self.calls.get(name, 0) for name in names))


NOTHING = Count({}, None, {})


#: No handling limit is longer: whatever closed earlier than this before a period cannot be due in
#: it. (An extension is granted to open cases only.)
LONGEST_LIMIT = timedelta(days=366)


def touched(periods: Sequence[Period]) -> Q:
    """The cases that any measure can count in *periods*; all others need not be read."""
    start, end = min(one.start for one in periods), max(one.end for one in periods)
    late_enough = Q(closed_at=None) | Q(closed_at__gte=start - LONGEST_LIMIT)
    return Q(received_at__lt=end) & (late_enough | Q(received_at__gte=start))


def facts_of(cases: QuerySet[Case], periods: Sequence[Period]) -> tuple[str, list[Any]]:
    """FACTS over those of *cases* that can count in *periods*, and its parameters."""
    rows = cases.filter(touched(periods)).order_by()
    sql, params = rows.values("id").query.sql_with_params()
    source = f"cases_case c JOIN ({sql}) s ON s.id = c.id"
    return FACTS.format(source=source, exempt=_EXEMPT), list(params)


def filled(text: str, values: Mapping[str, Any]) -> tuple[str, list[Any]]:
    """``:name`` as placeholders, in the order of the text; other percent signs are kept."""
    params: list[Any] = []

    def mark(found: re.Match[str]) -> str:
        params.append(values[found[1]])
        return "%s"

    pattern = r"(?<!:):(start|end|frequent|hours|satisfied)\b"
    return re.sub(pattern, mark, text), params


def values_of(span: Span, frequent: Sequence[str] = ()) -> dict[str, Any]:
    return {
        "start": span.period.start,
        "end": span.end,
        "frequent": list(frequent),
        "hours": span.hours,
        "satisfied": span.satisfied,
    }


def frequent_types(span: Span) -> list[str]:
    """The types that most cases of the period were filed of, most first (1 statement)."""
    cases = span.cases().filter(received_at__gte=span.period.start, received_at__lt=span.period.end)
    sql, params = (
        cases.order_by()
        .exclude(stage__in=("collect", "void"))
        .values("type_key")
        .query.sql_with_params()
    )
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT type_key FROM ({sql}) t GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT %s",
            [*params, FREQUENT],
        )
        return [row[0] for row in cursor.fetchall()]


def count_cases(
    span: Span,
    group: str = "",
    frequent: Sequence[str] = (),
    periods: Sequence[Period] | None = None,
) -> dict[tuple[int, Any], Count]:
    """All measures of cases by place in *periods* (the span's own if none) and *group*.

    One statement, in which each case's facts are read once.
    """
    periods = periods or (span.period,)
    facts, given = facts_of(span.cases(), periods)
    parts = []
    for place, period in enumerate(periods):
        values = values_of(replace(span, period=period), frequent)
        handled, params = filled(MEASURES["handled"].where, values)
        counts = []
        for measure in MEASURES.values():
            where, more = filled(measure.where, values)
            counts.append(f"count(*) FILTER (WHERE {where})")
            params += more
        took = f"extract(epoch FROM avg(f.took) FILTER (WHERE {handled}))::float8 / 3600"
        columns = f"{place}, {GROUPS[group][0]} AS grouped, {took}, {', '.join(counts)}"
        parts.append(f"SELECT {columns} FROM facts f GROUP BY 2")
        given += params
    sql = f"WITH facts AS MATERIALIZED ({facts}) {' UNION ALL '.join(parts)}"
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return {
            (row[0], row[1]): Count(dict(zip(MEASURES, row[3:], strict=True)), _hours(row[2]))
            for row in cursor.fetchall()
        }


def _hours(value: float | None) -> Decimal | None:
    return None if value is None else Decimal(str(round(value, 2)))


def count_call_backs(
    span: Span, group: str = "", periods: Sequence[Period] | None = None
) -> dict[tuple[int, Any], dict[str, int]]:
    """All numbers of call-backs by place in *periods* and *group* (1 statement)."""
    sql, scope = span.cases().order_by().values("id").query.sql_with_params()
    parts, given = [], []
    for place, period in enumerate(periods or (span.period,)):
        values = values_of(replace(span, period=period))
        counts = []
        for measure in CALL_BACKS.values():
            where, more = filled(measure.where, values)
            counts.append(f"count(*) FILTER (WHERE {where})")
            given += more
        task, more = filled("b.closed_at >= :start AND b.closed_at < :end", values)
        parts.append(
            f"SELECT {place}, {GROUPS[group][1]} AS grouped, {', '.join(counts)}"
            " FROM city_events_callback b JOIN cases_case c ON c.id = b.case_id"
            f" WHERE {task} AND c.id IN ({sql}) GROUP BY 2"
        )
        given += [*more, *scope]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), given)
        return {
            (row[0], row[1]): dict(zip(CALL_BACKS, row[2:], strict=True))
            for row in cursor.fetchall()
        }


def count(
    span: Span,
    group: str = "",
    periods: Sequence[Period] | None = None,
) -> dict[tuple[int, Any], Count]:
    """Cases and call-backs by place in *periods* and *group* (3 statements; frequent types are
    those of the span's own period)."""
    cases = count_cases(span, group, frequent_types(span), periods)
    calls = count_call_backs(span, group, periods)
    return {
        key: Count(
            cases.get(key, NOTHING).numbers, cases.get(key, NOTHING).hours, calls.get(key, {})
        )
        for key in {*cases, *calls}
    }


def behind(span: Span, measure: str, frequent: Sequence[str] = ()) -> QuerySet[Case]:
    """The cases that *measure* counts.

    Raises:
        KeyError: for an unknown measure.
    """
    where, params = filled(MEASURES[measure].where, values_of(span, frequent))
    facts = FACTS.format(source="(SELECT cases_case.*) c", exempt=_EXEMPT)
    raw = RawSQL(
        f"EXISTS (SELECT 1 FROM ({facts}) f WHERE {where})", params, output_field=BooleanField()
    )
    rows = span.cases().filter(raw, touched((span.period,)))
    if "f.received_at" in where:
        return rows.filter(
            received_on__range=(span.period.first, span.period.last),
        )
    return rows


def call_backs_behind(span: Span, measure: str) -> QuerySet[CallBack]:
    """The call-backs that *measure* counts.

    Raises:
        KeyError: for an unknown measure.
    """
    where, params = filled(CALL_BACKS[measure].where, values_of(span))
    where = where.replace("b.", "city_events_callback.")
    raw = RawSQL(
        "EXISTS (SELECT 1 FROM cases_case c WHERE c.id = city_events_callback.case_id"
        f" AND {where})",
        params,
        output_field=BooleanField(),
    )
    mine = CallBack.objects.visible_to(span.actor).filter(case__in=span.cases().order_by())
    found: QuerySet[CallBack] = mine.filter(raw)
    return found


def facts_text() -> str:
    """What ``facts`` stands for in the definitions."""
    return FACTS.format(source="cases_case c", exempt=_EXEMPT).strip()
