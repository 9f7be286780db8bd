"""The one writer's pen: many rows of many tables in one statement, or by COPY when they are many.

A data-modifying ``WITH`` stores a whole step in one round trip; foreign keys are checked when it
ends, so the order of its parts does not matter. Column lists come from the models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count
from typing import Any, cast

import orjson
from django.db import connection, models
from psycopg import sql
from psycopg.types.json import Jsonb

from yishi.foundation.statements import execute

#: Above this many rows of one table COPY is used.
COPY_FROM_ROWS = 200
#: Above this many changed rows they travel as one document for each table: a statement has 65,535
#: marks at most, and one with thousands of them is not worth keeping.
DOCUMENT_FROM_ROWS = 50

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


def column_types(model: type[models.Model], names: tuple[str, ...]) -> tuple[str, ...]:
    """The database types of some columns of a model."""
    return _table(model, names)[1]


def _values(row: Row, names: tuple[str, ...], json: frozenset[int]) -> list[Any]:
    return [
        Jsonb(row[name], dumps=_dumps) if i in json else row[name] for i, name in enumerate(names)
    ]


# The texts of statements are kept: a city writes the same few shapes all day, and putting them
# together took more time than planning the step that they store. Marks are numbered from 1
# throughout the whole statement, so that the database can keep its plan too.

#: A model, the columns, and the number of rows; of an update the columns of the key before.
_Adds = tuple[type[models.Model], tuple[str, ...], int]
_Changes = tuple[type[models.Model], tuple[str, ...], tuple[str, ...], int]


def _insert_part(shape: _Adds, mark: Iterator[int]) -> str:
    """``INSERT`` of that many rows."""
    model, names, rows = shape
    table, _, _ = _table(model, names)
    columns = ", ".join(_quoted(name) for name in names)
    cells = (f"({', '.join(f'${next(mark)}' for _ in names)})" for _ in range(rows))
    return f"INSERT INTO {_quoted(table)} ({columns}) VALUES {', '.join(cells)}"


def _update_part(shape: _Changes, mark: Iterator[int]) -> str:
    """``UPDATE`` of that many rows by their keys, returning a row for each."""
    model, key_names, names, rows = shape
    table, key_types, _ = _table(model, key_names)
    _, types, _ = _table(model, names)
    kinds = (*key_types, *types)
    cells = (f"({', '.join(f'${next(mark)}::{kind}' for kind in kinds)})" for _ in range(rows))
    columns = [f"k{n}" for n in range(len(key_names))] + [f"v{n}" for n in range(len(names))]
    changes = ", ".join(f"{_quoted(name)} = v.v{n}" for n, name in enumerate(names))
    same = " AND ".join(f"t.{_quoted(name)} = v.k{n}" for n, name in enumerate(key_names))
    return (
        f"UPDATE {_quoted(table)} t SET {changes} "
        f"FROM (VALUES {', '.join(cells)}) AS v ({', '.join(columns)}) "
        f"WHERE {same} RETURNING 1"
    )


@lru_cache(maxsize=512)
def _insert_text(shapes: tuple[_Adds, ...]) -> str:
    """One statement that adds all rows, and tells the topics that come as its last value."""
    mark = count(1)
    parts = [f"i{n} AS ({_insert_part(shape, mark)})" for n, shape in enumerate(shapes)]
    topics = f"unnest(${next(mark)}::text[]) AS topic"
    told = f"SELECT count(pg_notify('yishi_live', topic)) FROM {topics}"
    return f"WITH {', '.join(parts)} {told}"


@lru_cache(maxsize=512)
def _update_text(shapes: tuple[_Changes, ...]) -> str:
    """One statement that changes all rows, and counts them by shape."""
    mark = count(1)
    parts = [f"u{n} AS ({_update_part(shape, mark)})" for n, shape in enumerate(shapes)]
    counts = ", ".join(f"(SELECT count(*) FROM u{n})" for n in range(len(shapes)))
    return f"WITH {', '.join(parts)} SELECT {counts}"


@lru_cache(maxsize=512)
def _bulk_update_text(shapes: tuple[_Changes, ...]) -> str:
    """As :func:`_update_text` for any number of rows: one JSON document for each shape."""
    parts = []
    for n, (model, key_names, names, _) in enumerate(shapes):
        table, key_types, _ = _table(model, key_names)
        kinds = [*key_types, *_table(model, names)[1]]
        kept = [f"k{i}" for i in range(len(key_names))] + [f"v{i}" for i in range(len(names))]
        columns = ", ".join(f"{name} {kind}" for name, kind in zip(kept, kinds, strict=True))
        changes = ", ".join(f"{_quoted(name)} = v.v{i}" for i, name in enumerate(names))
        same = " AND ".join(f"t.{_quoted(name)} = v.k{i}" for i, name in enumerate(key_names))
        parts.append(
            f"u{n} AS (UPDATE {_quoted(table)} t SET {changes} "
            f"FROM json_to_recordset(${n + 1}::json) AS v ({columns}) WHERE {same} RETURNING 1)"
        )
    counts = ", ".join(f"(SELECT count(*) FROM u{n})" for n in range(len(shapes)))
    return f"WITH {', '.join(parts)} SELECT {counts}"


def _document(
    pairs: Sequence[tuple[Row, Row]],
    key_names: tuple[str, ...],
    names: tuple[str, ...],
    json: frozenset[int],
) -> str:
    """The rows of one shape as a JSON document, with the names of :func:`_bulk_update_text`."""
    rows = []
    for key, row in pairs:
        one = {f"k{i}": key[name] for i, name in enumerate(key_names)}
        for i, name in enumerate(names):
            one[f"v{i}"] = orjson.Fragment(_dumps(row[name])) if i in json else row[name]
        rows.append(one)
    return orjson.dumps(rows, default=_as_text, option=orjson.OPT_UTC_Z).decode()


def _as_text(value: Any) -> str:
    """What JSON has no form for, as the database reads it."""
    return "\\x" + bytes(value).hex() if isinstance(value, bytes | memoryview) else str(value)


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

    @property
    def added(self) -> dict[type[models.Model], list[Row]]:
        """The rows to add, by model."""
        return self._adds

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
        if sum(len(pairs) for pairs in self._updates.values()) > DOCUMENT_FROM_ROWS:
            return self._store_many_updates()
        shapes: list[_Changes] = []
        params: list[Any] = []
        for model, pairs in self._updates.items():
            key_names, names = tuple(pairs[0][0]), tuple(pairs[0][1])
            shapes.append((model, key_names, names, len(pairs)))
            json = _table(model, names)[2]
            for key, row in pairs:
                params += [key[name] for name in key_names] + _values(row, names, json)
        (changed,) = execute(_update_text(tuple(shapes)), params)
        return dict(zip(self._updates, changed, strict=True))

    def _store_many_updates(self) -> dict[type[models.Model], int]:
        shapes: list[_Changes] = []
        params: list[Any] = []
        for model, pairs in self._updates.items():
            key_names, names = tuple(pairs[0][0]), tuple(pairs[0][1])
            shapes.append((model, key_names, names, 0))
            params.append(_document(pairs, key_names, names, _table(model, names)[2]))
        (changed,) = execute(_bulk_update_text(tuple(shapes)), params)
        return dict(zip(self._updates, changed, strict=True))

    def _insert(self, topics: Sequence[str]) -> None:
        shapes: list[_Adds] = []
        params: list[Any] = []
        for model, rows in self._adds.items():
            names = tuple(rows[0])
            shapes.append((model, names, len(rows)))
            json = _table(model, names)[2]
            for row in rows:
                params += _values(row, names, json)
        params.append(list(topics))
        execute(_insert_text(tuple(shapes)), params)

    def _copy(self) -> None:
        for model, rows in self._adds.items():
            copy_rows(model, tuple(rows[0]), [[*row.values()] for row in rows])


def copy_rows(model: type[models.Model], names: tuple[str, ...], rows: Iterable[list[Any]]) -> None:
    """COPY *rows* (values in the order of *names*; JSON columns as plain values) into a table.

    Binary, which takes half of the time on both sides: nobody writes out times and reads them.
    """
    table, types, json = _table(model, names)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(sql.Identifier(name) for name in names)
    )
    connection.ensure_connection()
    raw = cast(Any, connection.connection)
    with raw.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([kind.partition("(")[0] for kind in types])
        write = copy.write_row
        for row in rows:
            for i in json:
                row[i] = Jsonb(row[i], dumps=_dumps)
            write(row)
