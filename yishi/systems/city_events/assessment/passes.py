"""One pass over the cases that counts every measure of some periods, by area and grouping.

The statement reads each case's facts once, adds them up by place, unit and type, and from these few
thousand sums makes the rows of all areas. `assessment.reading` counts the same measures for one
question without it; ``yishi kpi verify`` compares the two.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Q, QuerySet

from yishi.foundation.cases.models import Case, Clock
from yishi.systems.city_events.assessment.measures import CALL_BACKS, MEASURES
from yishi.systems.city_events.assessment.periods import Period
from yishi.systems.city_events.assessment.reading import (
    FREQUENT,
    Span,
    facts_of,
    filled,
    values_of,
)
from yishi.systems.city_events.states import SYSTEM

#: Measures over cells; ``frequent`` follows from the types that were filed most in each area.
COUNTED = tuple(name for name in MEASURES if name != "frequent")
#: Rows of an area by type and by place: only those with the most reports are kept.
MOST = 20
_FAMILY = "array_to_string((string_to_array(type_key, '/'))[1:2], '/')"
_CALL_UNIT = "coalesce(c.unit_id, (c.data ->> 'handled_unit')::bigint, 0)"

_PASS = """
WITH facts AS MATERIALIZED ({facts}),
cells AS MATERIALIZED (
  SELECT place, managed_path, unit_id, type_key, {cell_sums}, sum(took) AS took, sum(n) AS n
    FROM ({cells}) parts WHERE {counted} > 0 GROUP BY 1, 2, 3, 4),
areas AS MATERIALIZED (
  SELECT array_to_string(p[1:d], '/') AS area,
         array_to_string(p[1:greatest(d + 1, 2)], '/') AS below,
         array_to_string(p[1:2], '/') AS county, {family} AS family, cells.*
    FROM cells, LATERAL string_to_array(managed_path, '/') p, unnest(%s::int[]) d
   WHERE d <= cardinality(p)),
top AS (
  SELECT place, area, type_key FROM (
    SELECT place, area, type_key, sum(filed) AS filed, row_number() OVER (
             PARTITION BY place, area ORDER BY sum(filed) DESC, type_key) AS rank
      FROM areas GROUP BY 1, 2, 3) ranked
   WHERE rank <= {frequent} AND filed > 0),
wide AS (
  SELECT a.place, a.area,
         CASE WHEN grouping(a.county) = 0 THEN 'county' WHEN grouping(a.below) = 0 THEN 'below'
              WHEN grouping(a.unit_id) = 0 THEN 'unit' WHEN grouping(a.family) = 0 THEN 'scenario'
              ELSE '' END AS grouped,
         coalesce(a.county, a.below, a.unit_id::text, a.family, '') AS key,
         {wide_sums}, sum(a.filed) FILTER (WHERE t.type_key IS NOT NULL) AS frequent,
         sum(a.took) AS took, sum(a.n) AS n
    FROM areas a LEFT JOIN top t USING (place, area, type_key)
   GROUP BY GROUPING SETS ((a.place, a.area), (a.place, a.area, a.county),
            (a.place, a.area, a.below), (a.place, a.area, a.unit_id), (a.place, a.area, a.family))),
spots AS (
  SELECT place, area, grouped, key, received, filed, due, on_time FROM (
    SELECT place, area, CASE WHEN grouping(type_key) = 0 THEN 'type' ELSE 'place' END AS grouped,
           coalesce(type_key, managed_path) AS key, sum(received) AS received, sum(filed) AS filed,
           sum(due) AS due, sum(on_time) AS on_time, row_number() OVER (
             PARTITION BY place, area, grouping(type_key)
             ORDER BY sum(received) DESC, coalesce(type_key, managed_path)) AS rank
      FROM areas
     GROUP BY GROUPING SETS ((place, area, type_key), (place, area, managed_path))) ranked
   WHERE rank <= {most} AND received > 0)
INSERT INTO city_events_periodfigure (count_id, area, grouped, key, numbers, hours)
SELECT (%s::bigint[])[place + 1], area, grouped, key,
       jsonb_strip_nulls(jsonb_build_object({wide_json})), took / nullif(n, 0) / 3600
  FROM wide
UNION ALL
SELECT (%s::bigint[])[place + 1], area, grouped, key,
       jsonb_strip_nulls(jsonb_build_object({spot_json})), NULL
  FROM spots
"""


def store_pass(
    cases: QuerySet[Case],
    span: Span,
    periods: Sequence[Period],
    counts: Sequence[int],
    depths: Sequence[int],
) -> None:
    """Count *periods* over *cases* and store the rows under the ids *counts* (2 statements).

    *depths*: the areas, as steps of the managed path (1 is the city); 0 is all of *cases* as one.
    Parameters and the moment that running periods end at are those of *span*.
    """
    try:
        facts, params = facts_of(cases.filter(_near(periods)), periods)
        cells, more = _cells(cases, span, periods)
    except EmptyResultSet:
        return
    names = (*COUNTED, *CALL_BACKS)
    statement = _PASS.format(
        facts=facts,
        cells=cells,
        cell_sums=", ".join(f"sum({name})::int AS {name}" for name in names),
        counted=" + ".join(names),
        wide_sums=", ".join(f"sum(a.{name}) AS {name}" for name in names),
        wide_json=", ".join(f"'{name}', nullif({name}, 0)" for name in (*names, "frequent")),
        spot_json=", ".join(
            f"'{name}', nullif({name}, 0)" for name in ("received", "filed", "due", "on_time")
        ),
        family=_FAMILY,
        frequent=FREQUENT,
        most=MOST,
    )
    ids = list(counts)
    with connection.cursor() as cursor:
        # So many sums are compiled for longer than they are added up.
        cursor.execute("SET LOCAL jit = off")
        cursor.execute(statement, [*params, *more, list(depths), ids, ids])


def _near(periods: Sequence[Period]) -> Q:
    """Of the cases that ended before *periods*, only those with a limit that ends in them can
    count: a tenth of a year's cases, whose facts are all that is dear here."""
    start, end = min(one.start for one in periods), max(one.end for one in periods)
    limits = Clock.objects.unscoped("the cases are narrowed").filter(
        kind__in=("handling", "ticket"), due_at__gte=start, due_at__lt=end
    )
    ended_in = Q(closed_at=None) | Q(closed_at__gte=start) | Q(received_at__gte=start)
    near = Case.objects.unscoped("the cases are narrowed").filter(ended_in, system=SYSTEM)
    # One list of both: beside an OR the planner may look through the clocks once for each case.
    return Q(pk__in=near.order_by().values("pk").union(limits.order_by().values("case_id")))


def _cells(cases: QuerySet[Case], span: Span, periods: Sequence[Period]) -> tuple[str, list[Any]]:
    """Sums by place in *periods*, managed path, unit and type: of cases, and of call-backs."""
    scope, scoped = cases.order_by().values("id").query.sql_with_params()
    parts: list[str] = []
    given: list[Any] = []
    for place, period in enumerate(periods):
        values = values_of(replace(span, period=period))
        handled, of_handled = filled(MEASURES["handled"].where, values)
        counts = []
        for name in COUNTED:
            where, more = filled(MEASURES[name].where, values)
            counts.append(f"(count(*) FILTER (WHERE {where}))::int AS {name}")
            given += more
        counts += [f"0 AS {name}" for name in CALL_BACKS]
        took = f"FILTER (WHERE {handled})"
        parts.append(
            f"SELECT {place} AS place, f.managed_path, f.unit_id, f.type_key, {', '.join(counts)},"
            f" coalesce(sum(extract(epoch FROM f.took)::float8) {took}, 0) AS took,"
            f" count(f.took) {took} AS n FROM facts f GROUP BY 1, 2, 3, 4"
        )
        given += of_handled * 2
        counts = [f"0 AS {name}" for name in COUNTED]
        for name, measure in CALL_BACKS.items():
            where, more = filled(measure.where, values)
            counts.append(f"(count(*) FILTER (WHERE {where}))::int AS {name}")
            given += more
        task, more = filled("b.closed_at >= :start AND b.closed_at < :end", values)
        parts.append(
            f"SELECT {place}, c.managed_path, {_CALL_UNIT}, c.type_key, {', '.join(counts)}, 0, 0"
            " FROM city_events_callback b JOIN cases_case c ON c.id = b.case_id"
            f" WHERE {task} AND c.id IN ({scope}) GROUP BY 1, 2, 3, 4"
        )
        given += [*more, *scoped]
    return " UNION ALL ".join(parts), given
