"""Sums of the roll-up's cells for areas with many of them: stored beside the cells, read for them.

A case stands in one cell and in one sum of each kind of every area above it, down to the county:

- ``below``: by the managed path one step deeper (the area itself for cases placed no deeper);
- ``family``: by the family of types; ``unit``: by the unit, where there is one;
- ``place``: by the whole managed path, whatever was in time.

Deeper areas hold few cells: their sums are made when somebody reads them. Whoever folds deltas adds
them to cells and sums in one statement, so that cells, sums and deltas agree at every moment.
"""

from __future__ import annotations

from collections.abc import Iterable

#: Areas that sums are stored of, by the steps of their managed path: the city, and its counties.
DEEPEST = 2
BELOW, FAMILY, UNIT, PLACE = KINDS = ("below", "family", "unit", "place")

_KEY = "system, area, kind, day, key, stage, timeliness"
_CELLS = "day, system, managed_path, type_key, unit_id, stage, timeliness, n"
_MADE = """
SELECT system, array_to_string(steps[1:depth], '/') AS area, kind, day,
       CASE kind WHEN 'below' THEN array_to_string(steps[1:depth + 1], '/')
                 WHEN 'family' THEN array_to_string((string_to_array(type_key, '/'))[1:2], '/')
                 WHEN 'unit' THEN unit_id::text ELSE managed_path END AS key,
       stage, CASE kind WHEN 'place' THEN '' ELSE timeliness END AS timeliness, sum(n) AS n
  FROM {cells} AS cells, string_to_array(managed_path, '/') AS steps,
       unnest({depths}) AS depth, unnest('{{{kinds}}}'::text[]) AS kind
 WHERE depth <= cardinality(steps) AND (kind <> 'unit' OR unit_id <> 0)
 GROUP BY 1, 2, 3, 4, 5, 6, 7
"""


def made_of(cells: str, depths: str = "", kinds: Iterable[str] = KINDS) -> str:
    """SQL of the sums of *cells* (a table or a query in brackets), for areas of some *depths*."""
    depths = depths or f"ARRAY{list(range(1, DEEPEST + 1))}"
    return _MADE.format(cells=cells, depths=depths, kinds=",".join(kinds))


def added(cells: str) -> str:
    """SQL that adds the sums of *cells* to those that are stored; all change them in one order."""
    return f"""
    INSERT INTO cases_rollupsum ({_KEY}, n)
    SELECT {_KEY}, n FROM ({made_of(cells)}) AS made WHERE n <> 0 ORDER BY {_KEY}
    ON CONFLICT ({_KEY}) DO UPDATE SET n = cases_rollupsum.n + EXCLUDED.n
    """


def read_of(scope: str, where: str, kinds: Iterable[str] = KINDS) -> str:
    """SQL of (kind, day, key, stage, timeliness, n) for *scope*, what is not folded included.

    *where*: a condition on cells that narrows them to the scope and some days; it may use
    parameters of the statement, among them ``system`` and ``scope``. A key may have several rows.
    """
    kinds = tuple(kinds)
    depth = scope.count("/") + 1
    columns = "kind, day, key, stage, timeliness, n"
    cells = f"SELECT {_CELLS} FROM cases_rollupdelta WHERE {where}"
    stored = ""
    if depth > DEEPEST:
        cells += f" UNION ALL SELECT {_CELLS} FROM cases_rollup WHERE {where}"
    else:
        names = ", ".join(f"'{kind}'" for kind in kinds)
        stored = f"""
        SELECT {columns} FROM cases_rollupsum
         WHERE system = %(system)s AND area = %(scope)s AND kind IN ({names})
           AND day BETWEEN %(since)s AND %(until)s UNION ALL"""
    return f"{stored} SELECT {columns} FROM ({made_of(f'({cells})', f'ARRAY[{depth}]', kinds)}) m"


#: Stored sums that are not those of the folded cells: with the difference of the two.
DIFFERENT = f"""
SELECT {_KEY}, coalesce(s.n, 0)::bigint AS shown, coalesce(t.n, 0)::bigint AS true
  FROM (SELECT * FROM cases_rollupsum WHERE n <> 0) s
  FULL JOIN (SELECT * FROM ({made_of("cases_rollup")}) made WHERE n <> 0) t
  USING ({_KEY.replace(" ", "")})
 WHERE coalesce(s.n, 0) <> coalesce(t.n, 0) LIMIT 100
"""
