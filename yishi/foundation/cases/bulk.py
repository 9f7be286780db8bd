"""What loads of many cases do differently: no search for garbage, indexes made afterwards."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection

#: Statements that are run side by side, each on its own connection.
SIDE_BY_SIDE = 2

_DEFINITIONS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT IF EXISTS %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
              pg_get_constraintdef(oid)), conname, 1 AS place
  FROM pg_constraint WHERE contype = 'f' AND conrelid = ANY(%s::regclass[])
UNION ALL
SELECT format('DROP INDEX IF EXISTS %%s', indexrelid::regclass), pg_get_indexdef(indexrelid),
       relname, 0
  FROM pg_index JOIN pg_class c ON c.oid = indexrelid
 WHERE NOT indisunique AND indrelid = ANY(%s::regclass[])
ORDER BY place, 2
"""


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no cycles of garbage meanwhile: plans and rows of thousands of cases are plain
    objects without any, and every look would go through all of them."""
    watched = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if watched:
            gc.enable()


@dataclass(frozen=True, slots=True)
class Aside:
    """An index or a foreign key: how it is taken away and put back."""

    drop: str
    add: str
    name: str
    constraint: bool


def found(tables: Sequence[str]) -> list[Aside]:
    """Plain indexes of *tables*, then their foreign keys (1 statement)."""
    with connection.cursor() as cursor:
        cursor.execute(_DEFINITIONS, [list(tables), list(tables)])
        return [Aside(drop, add, name, bool(place)) for drop, add, name, place in cursor]


def take_away(things: Iterable[Aside]) -> None:
    """Drop indexes and foreign keys; what is gone already stays gone."""
    with connection.cursor() as cursor:
        for one in things:
            cursor.execute(one.drop)


def put_back(things: Sequence[Aside], memory: str = "") -> None:
    """Make indexes side by side, then foreign keys, which checks every row.

    What is there already is left alone. *memory*: how much each may sort in (256MB).
    """
    there = {one.name for one in found(_tables())}
    missing = [one for one in things if one.name not in there]
    indexes = [one.add for one in missing if not one.constraint]
    indexes.sort(key=lambda add: "USING gin" not in add)  # words take longest: first
    side_by_side(indexes, memory)
    with connection.cursor() as cursor:
        for one in missing:
            if one.constraint:
                cursor.execute(one.add)


@contextmanager
def set_aside(tables: Sequence[str]) -> Iterator[None]:
    """Take foreign keys and plain indexes of still empty *tables* away and put them back after.

    A load that is killed between leaves a database without them.
    """
    things = found(tables)
    take_away(things)
    yield
    put_back(things)


def side_by_side(statements: Iterable[str], memory: str = "") -> None:
    """Run *statements*, each on a connection of its own."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(lambda statement: on_its_own(statement, memory), statements))


def on_its_own(statement: str, memory: str = "") -> None:
    """Run *statement* on the thread's own connection."""
    try:
        with connection.cursor() as cursor:
            if memory:
                cursor.execute("SET maintenance_work_mem = %s", [memory])
            cursor.execute(statement)
            if memory:
                cursor.execute("RESET maintenance_work_mem")
    finally:
        connection.close()


def _tables() -> list[str]:
    return sorted(connection.introspection.table_names())
