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


# The texts of statements are kept: a city writes the same few shapes all day, and putting them
# together took more time than planning the step that they store.


@lru_cache(maxsize=1024)
def _insert_text(model: type[models.Model], names: tuple[str, ...], rows: int) -> str:
    """``INSERT`` of that many rows."""
    table, _, _ = _table(model, names)
    columns = ", ".join(_quoted(name) for name in names)
    marks = f"({', '.join(['%s'] * len(names))})"
    return f"INSERT INTO {_quoted(table)} ({columns}) VALUES {', '.join([marks] * rows)}"


@lru_cache(maxsize=1024)
def _update_text(
    model: type[models.Model], key_names: tuple[str, ...], names: tuple[str, ...], rows: int
) -> str:
    """``UPDATE`` of that many rows by their keys, returning a row for each."""
    table, key_types, _ = _table(model, key_names)
    _, types, _ = _table(model, names)
    cells = f"({', '.join(f'%s::{kind}' for kind in (*key_types, *types))})"
    columns = [f"k{n}" for n in range(len(key_names))] + [f"v{n}" for n in range(len(names))]
    changes = ", ".join(f"{_quoted(name)} = v.v{n}" for n, name in enumerate(names))
    same = " AND ".join(f"t.{_quoted(name)} = v.k{n}" for n, name in enumerate(key_names))
    return (
        f"UPDATE {_quoted(table)} t SET {changes} "
        f"FROM (VALUES {', '.join([cells] * rows)}) AS v ({', '.join(columns)}) "
        f"WHERE {same} RETURNING 1"
    )


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)


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
        parts: list[str] = []
        params: list[Any] = []
        for i, (model, pairs) in enumerate(self._updates.items()):
            key_names, names = tuple(pairs[0][0]), tuple(pairs[0][1])
            parts.append(f"u{i} AS ({_update_text(model, key_names, names, len(pairs))})")
            json = _table(model, names)[2]
            for key, row in pairs:
                params += [key[name] for name in key_names] + _values(row, names, json)
        counts = ", ".join(f"(SELECT count(*) FROM u{i})" for i in range(len(parts)))
        changed = _execute(f"WITH {', '.join(parts)} SELECT {counts}", params)
        return dict(zip(self._updates, changed, strict=True))

    def _insert(self, topics: Sequence[str]) -> None:
        parts: list[str] = []
        params: list[Any] = []
        for i, (model, rows) in enumerate(self._adds.items()):
            names = tuple(rows[0])
            parts.append(f"i{i} AS ({_insert_text(model, names, len(rows))})")
            json = _table(model, names)[2]
            for row in rows:
                params += _values(row, names, json)
        params.append(list(topics))
        told = "SELECT count(pg_notify('yishi_live', topic)) FROM unnest(%s::text[]) AS topic"
        _execute(f"WITH {', '.join(parts)} {told}", params)

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


def _execute(statement: str, params: list[Any]) -> tuple[int, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        row = cursor.fetchone()
    return tuple(row or ())
