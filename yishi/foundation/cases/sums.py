"""Sums of the roll-up's cells, stored beside them: what a screen of a city or a county reads.

A cell is nearly one for each case, because there are many types and places; its sums are few. A
case stands in one cell and in one sum of each kind of its county (``area``; a functional zone is
one, and the city itself for cases that are placed no deeper):

- ``below``: by the managed path down to the township;
- ``family``: by the family of types; ``unit``: by the unit, where there is one;
- ``place``: by the whole managed path, whatever was in time.

A township holds few cells: it reads them. Whoever folds deltas adds them to cells and sums in one
statement, so that cells, sums and deltas agree at every moment.
"""

from __future__ import annotations

from collections.abc import Iterable

#: Areas that sums are read for, by the steps of their managed path: the city, and its counties.
DEEPEST = 2
BELOW, FAMILY, UNIT, PLACE = KINDS = ("below", "family", "unit", "place")

_KEY = "system, kind, day, area, key, stage, timeliness"
_CELLS = "day, system, managed_path, type_key, unit_id, stage, timeliness, n"


def _steps(count: int) -> str:
    return f"array_to_string((string_to_array(managed_path, '/'))[1:{count}], '/')"


def _key(kind: str, depth: int) -> str:
    """SQL of the key of a cell's sum of a *kind*, for areas of that depth."""
    return {
        BELOW: _steps(depth + 1),
        FAMILY: "array_to_string((string_to_array(type_key, '/'))[1:2], '/')",
        UNIT: "unit_id::text",
        PLACE: "managed_path",
    }[kind]


def _made_of(cells: str) -> str:
    """SQL of the sums of *cells* (a table or a query's name)."""
    return " UNION ALL ".join(
        f"""
    SELECT system, '{kind}' AS kind, day, {_steps(DEEPEST)} AS area,
           {_key(kind, DEEPEST)} AS key, stage,
           {"''" if kind == PLACE else "timeliness"} AS timeliness, sum(n)::bigint AS n
      FROM {cells} WHERE n <> 0{" AND unit_id <> 0" if kind == UNIT else ""}
     GROUP BY 1, 2, 3, 4, 5, 6, 7 HAVING sum(n) <> 0"""
        for kind in KINDS
    )


def added(cells: str) -> str:
    """SQL that adds the sums of *cells* to those that are stored; all change them in one order."""
    return f"""
    INSERT INTO cases_rollupsum ({_KEY}, n)
    SELECT {_KEY}, n FROM ({_made_of(cells)}) AS made ORDER BY {_KEY}
    ON CONFLICT ({_KEY}) DO UPDATE SET n = cases_rollupsum.n + EXCLUDED.n
    """


def read_of(scope: str, where: str, kinds: Iterable[str] = KINDS) -> str:
    """SQL of (kind, day, key, stage, timeliness, n) for *scope*, what is not folded included.

    *where*: a condition on cells that narrows them to the scope and some days. The statement has
    the parameters ``system``, ``scope``, ``under`` (what is below it, for LIKE), ``since`` and
    ``until``. A key may have several rows.
    """
    kinds, depth = tuple(kinds), scope.count("/") + 1
    parts = [_unfolded(kind, depth, "cases_rollupdelta", where) for kind in kinds]
    if depth > DEEPEST:
        parts += [_unfolded(kind, depth, "cases_rollup", where) for kind in kinds]
        return " UNION ALL ".join(parts)
    area, key = "area = %(scope)s", "key"
    if depth < DEEPEST:
        area += " OR area LIKE %(under)s"
        key = f"CASE kind WHEN '{BELOW}' THEN area ELSE key END" if BELOW in kinds else key
    names = ", ".join(f"'{kind}'" for kind in kinds)
    # Bigints add up as numerics, which take longer.
    stored = f"""
    SELECT kind, day, {key} AS key, stage, timeliness, n::int AS n FROM cases_rollupsum
     WHERE system = %(system)s AND kind IN ({names}) AND day BETWEEN %(since)s AND %(until)s
       AND ({area})"""
    return " UNION ALL ".join([stored, *parts])


def _unfolded(kind: str, depth: int, table: str, where: str) -> str:
    more = " AND unit_id <> 0" if kind == UNIT else ""
    timeliness = "''" if kind == PLACE else "timeliness"
    return f"""
    SELECT '{kind}' AS kind, day, {_key(kind, depth)} AS key, stage, {timeliness} AS timeliness,
           n::int AS n FROM {table} WHERE {where}{more}"""


#: Stored sums that are not those of the folded cells.
DIFFERENT = f"""
SELECT {_KEY}, coalesce(s.n, 0)::bigint AS shown, coalesce(t.n, 0)::bigint AS true
  FROM (SELECT * FROM cases_rollupsum WHERE n <> 0) s
  FULL JOIN ({_made_of("cases_rollup")}) t USING ({_KEY.replace(" ", "")})
 WHERE coalesce(s.n, 0) <> coalesce(t.n, 0) LIMIT 100
"""
