"""Statements that a city repeats all day, planned once by the database and then only executed.

They are written with PostgreSQL's own marks (``$1``, ``$2`` …). Values travel as text wherever
their type may differ from one time to the next, since a statement is prepared for certain types.
After its second use on a connection a statement is prepared there (``prepare_threshold`` in
`yishi.runtime.environment`); without, it works all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import connection
from django.db.backends.utils import CursorDebugWrapper, CursorWrapper
from psycopg import RawCursor
from psycopg.types.json import Jsonb


def _json(value: Jsonb) -> str:
    return (value.dumps or orjson.dumps)(value.obj).decode()  # type: ignore[union-attr]


_AS_TEXT: dict[type, Callable[[Any], Any]] = {
    bool: lambda value: "t" if value else "f",
    int: str,
    float: repr,
    datetime: str,
    date: str,
    UUID: str,
    Jsonb: _json,
}


class _Logged(CursorDebugWrapper):
    """Logs statements as they are written: the driver cannot put values into such marks."""

    @contextmanager
    def debug_sql(
        self,
        sql: str | None = None,
        params: Any = None,
        use_last_executed_query: bool = False,
        many: bool = False,
    ) -> Iterator[None]:
        with super().debug_sql(sql, params, use_last_executed_query=False, many=many):
            yield


def cursor() -> CursorWrapper:
    """A cursor of Django's connection for statements with PostgreSQL's own marks."""
    connection.ensure_connection()
    connection.validate_thread_sharing()
    raw: Any = RawCursor(connection.connection)
    return _Logged(raw, connection) if connection.queries_logged else connection.make_cursor(raw)


def execute(statement: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Run one statement and return its rows (none for a statement without a result)."""
    with cursor() as opened:
        opened.execute(statement, as_text(params))
        return opened.fetchall() if opened.description is not None else []


def as_text(params: Sequence[Any]) -> list[Any]:
    """*params* as they are sent; what is not named above goes as the driver does it."""
    kinds = _AS_TEXT
    return [kinds[type(value)](value) if type(value) in kinds else value for value in params]
