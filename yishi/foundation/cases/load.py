"""Reading cases as plain states, locked for a move or not: one statement for any number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import orjson
from django.db import connection

from yishi.foundation.cases.commit import _ASSIGNMENT_COLUMNS, _CASE_COLUMNS, _CLOCK_COLUMNS
from yishi.foundation.cases.state import AssignmentState, CaseState, ClockState
from yishi.foundation.statements import execute

_CASE = ("id", *_CASE_COLUMNS)
_CLOCK = ("id", *_CLOCK_COLUMNS)
_ASSIGNMENT = ("id", *_ASSIGNMENT_COLUMNS)
_VERSION = _CASE.index("version")
_TIMES = frozenset(
    {
        "started_at",
        "paused_at",
        "due_at",
        "warn_at",
        "stopped_at",
        "cap_at",
        "created_at",
        "ended_at",
    }
)


def _children(table: str, columns: Sequence[str]) -> str:
    pairs = ", ".join(f"'{name}', x.{name}" for name in columns)
    return (
        f"(SELECT json_agg(json_build_object({pairs}) ORDER BY x.id) "
        f"FROM {table} x WHERE x.case_id = c.id)::text"
    )


_SELECT = (
    "SELECT "
    + ", ".join(f"c.{name}" for name in _CASE).replace("c.data", "c.data::text")
    + ", "
    + _children("cases_clock", _CLOCK)
    + ", "
    + _children("cases_assignment", _ASSIGNMENT)
    # The version as the statement's snapshot sees it. Whoever waited for the lock gets the case
    # as the winner left it, but what hangs on it as it was before: then the two differ.
    + ", (SELECT x.version FROM cases_case x WHERE x.id = c.id)"
    + " FROM cases_case c WHERE "
)


def load_states(
    ids: Iterable[int] = (), *, number: str | None = None, lock: bool = False
) -> list[CaseState]:
    """The cases with *ids* (or with *number*) in ascending order of id; unknown ones are left out.

    With *lock* the rows stay locked until the transaction ends; ascending order, roots before
    their members, keeps two batches from waiting for each other. When somebody else changed one
    while this call waited for it, a second statement reads them anew.
    """
    where = "c.number = $1" if number is not None else "c.id = ANY($1::bigint[])"
    params: list[Any] = [number] if number is not None else [sorted(set(ids))]
    statement = _SELECT + where + " ORDER BY c.root_id NULLS FIRST, c.id"
    if lock:
        statement += " FOR UPDATE OF c"
    rows = execute(statement, params)
    if lock and any(row[-1] != row[_VERSION] for row in rows):
        rows = execute(statement, params)
    return [_state(row) for row in rows]


def load_family(number: str) -> list[CaseState]:
    """The root and all members of the family that the case *number* belongs to, locked: the root
    first, then members in ascending order (1 statement, 2 when somebody else had the lock).

    A member started meanwhile is seen: starting it changes the root, which is then read anew.
    """
    of = "(SELECT coalesce(x.root_id, x.id) FROM cases_case x WHERE x.number = $1)"
    statement = (
        f"{_SELECT} c.id = {of} OR c.root_id = {of} "
        "ORDER BY c.root_id NULLS FIRST, c.id FOR UPDATE OF c"
    )
    rows = execute(statement, [number])
    if any(row[-1] != row[_VERSION] for row in rows):
        rows = execute(statement, [number])
    return [_state(row) for row in rows]


def reserve(count: int) -> list[int]:
    """Ids for *count* new cases (1 statement): plans need them before anything is stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('cases_case', 'id')) "
            "FROM generate_series(1, %s)",
            [count],
        )
        return [row[0] for row in cursor.fetchall()]


def _state(row: tuple[Any, ...]) -> CaseState:
    values = dict(zip(_CASE, row[:-3], strict=True))
    values["data"] = orjson.loads(values["data"])
    values["trace_head"] = bytes(values["trace_head"])
    return CaseState(
        **values,
        clocks=[ClockState(**_child(item)) for item in orjson.loads(row[-3] or "[]")],
        assignments=[AssignmentState(**_child(item)) for item in orjson.loads(row[-2] or "[]")],
    )


def _child(item: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name in _TIMES and value else value
        for name, value in item.items()
    }
