"""The one writer's pen: many rows of many tables in one statement, or by COPY when they are many.

A data-modifying ``WITH`` stores a whole step in one round trip; foreign keys are checked when it
ends, so the order of its parts does not matter. Column lists come from the models.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, cast

import orjson
from django.db import connection, models
from psycopg import sql
from psycopg.types.json import Jsonb

#: Above this many rows of one table COPY is used.
COPY_FROM_ROWS = 200

Row = dict[str, Any]


def _dumps(value: Any) -> bytes:
    return orjson.dumps(value, option=orjson.OPT_UTC_Z)


@lru_cache(maxsize=256)
def _table(
    model: type[models.Model], names: tuple[str, ...]
) -> tuple[str, tuple[str, ...], frozenset[int]]:
    """Table name, database types by column, and which columns are JSON."""
    by_name = {field.column: field for field in model._meta.concrete_fields}
    types = tuple(
        str(
            by_name[name].rel_db_type(connection)
            if by_name[name].primary_key
            else by_name[name].db_type(connection)
        )
        for name in names
    )
    json = frozenset(
        i for i, name in enumerate(names) if isinstance(by_name[name], models.JSONField)
    )
    return model._meta.db_table, types, json


def _values(row: Row, names: tuple[str, ...], json: frozenset[int]) -> list[Any]:
    return [
        Jsonb(row[name], dumps=_dumps) if i in json else row[name] for i, name in enumerate(names)
    ]


class Batch:
    """Rows to add and to change, stored together by :meth:`store`."""

    def __init__(self) -> None:
        self._adds: dict[type[models.Model], list[Row]] = {}
        self._updates: dict[type[models.Model], list[tuple[Row, Row]]] = {}

    def add(self, model: type[models.Model], row: Row) -> None:
        """Add a row, by column names; all rows of one model must name the same columns."""
        self._adds.setdefault(model, []).append(row)

    def update(self, model: type[models.Model], key: Row, row: Row) -> None:
        """Change the row that matches *key* (all columns equal)."""
        self._updates.setdefault(model, []).append((key, row))

    def drop(self, model: type[models.Model]) -> None:
        """Forget the rows added for *model*."""
        self._adds.pop(model, None)

    def store(self, topics: Iterable[str] = ()) -> dict[type[models.Model], int]:
        """Write everything; returns how many rows were changed by model. Two statements at most
        unless COPY is used. Must run inside a transaction."""
        changed = self._store_updates() if self._updates else {}
        many = any(len(rows) > COPY_FROM_ROWS for rows in self._adds.values())
        if many:
            self._copy()
        elif self._adds:
            self._insert(sorted(topics))
        return changed

    def _store_updates(self) -> dict[type[models.Model], int]:
        parts: list[sql.Composable] = []
        params: list[Any] = []
        for i, (model, pairs) in enumerate(self._updates.items()):
            parts.append(self._update_part(i, model, pairs, params))
        counts = sql.SQL(", ").join(
            sql.SQL("(SELECT count(*) FROM u{})").format(sql.SQL(str(i)))
            for i in range(len(self._updates))
        )
        statement = sql.SQL("WITH {} SELECT {}").format(sql.SQL(", ").join(parts), counts)
        row = _execute(statement, params)
        return dict(zip(self._updates, row, strict=True))

    def _update_part(
        self, i: int, model: type[models.Model], pairs: list[tuple[Row, Row]], params: list[Any]
    ) -> sql.Composable:
        key_names, names = tuple(pairs[0][0]), tuple(pairs[0][1])
        table, key_types, _ = _table(model, key_names)
        _, types, json = _table(model, names)
        cells = [sql.SQL("%s::{}").format(sql.SQL(kind)) for kind in (*key_types, *types)]
        rows = sql.SQL(", ").join([sql.SQL("({})").format(sql.SQL(", ").join(cells))] * len(pairs))
        for key, row in pairs:
            params += [key[name] for name in key_names] + _values(row, names, json)
        columns = [f"k{n}" for n in range(len(key_names))] + [f"v{n}" for n in range(len(names))]
        return sql.SQL(
            "u{} AS (UPDATE {} t SET {} FROM (VALUES {}) AS v ({}) WHERE {} RETURNING 1)"
        ).format(
            sql.SQL(str(i)),
            sql.Identifier(table),
            sql.SQL(", ").join(
                sql.SQL("{} = v.{}").format(sql.Identifier(name), sql.Identifier(f"v{n}"))
                for n, name in enumerate(names)
            ),
            rows,
            sql.SQL(", ").join(sql.Identifier(c) for c in columns),
            sql.SQL(" AND ").join(
                sql.SQL("t.{} = v.{}").format(sql.Identifier(name), sql.Identifier(f"k{n}"))
                for n, name in enumerate(key_names)
            ),
        )

    def _insert(self, topics: Sequence[str]) -> None:
        parts: list[sql.Composable] = []
        params: list[Any] = []
        for i, (model, rows) in enumerate(self._adds.items()):
            names = tuple(rows[0])
            table, _, json = _table(model, names)
            marks = sql.SQL("({})").format(sql.SQL(", ").join([sql.SQL("%s")] * len(names)))
            for row in rows:
                params += _values(row, names, json)
            parts.append(
                sql.SQL("i{} AS (INSERT INTO {} ({}) VALUES {})").format(
                    sql.SQL(str(i)),
                    sql.Identifier(table),
                    sql.SQL(", ").join(sql.Identifier(name) for name in names),
                    sql.SQL(", ").join([marks] * len(rows)),
                )
            )
        params.append(list(topics))
        statement = sql.SQL(
            "WITH {} SELECT count(pg_notify('yishi_live', topic)) FROM unnest(%s::text[]) AS topic"
        ).format(sql.SQL(", ").join(parts))
        _execute(statement, params)

    def _copy(self) -> None:
        for model, rows in self._adds.items():
            copy_rows(model, tuple(rows[0]), ([*row.values()] for row in rows))


def copy_rows(
    model: type[models.Model], names: tuple[str, ...], rows: Iterable[Sequence[Any]]
) -> None:
    """COPY *rows* (values in the order of *names*; JSON columns as plain values) into a table."""
    table, _, json = _table(model, names)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(name) for name in names)
    )
    connection.ensure_connection()
    raw = cast(Any, connection.connection)
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(
                [_dumps(v).decode() if i in json else v for i, v in enumerate(row)] if json else row
            )


def _execute(statement: sql.Composable, params: list[Any]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(cast(Any, statement), params)
        row = cursor.fetchone()
    return tuple(row or ())
