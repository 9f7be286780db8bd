"""The reference: the very rows that the system wrote, written again by psycopg and nothing else.

What one transaction wrote is recognised by its id (``xmin``). The rows are taken out again by the
superuser, and then inserted and updated once more with one plain statement per table and row group,
with the same constraints, foreign keys, indexes and number of commits, or by COPY.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

Row = tuple[Any, ...]


@dataclass(slots=True)
class Table:
    """A table with its key and how its columns are read and written."""

    name: str
    key: str
    columns: tuple[str, ...]
    types: tuple[str, ...]

    @property
    def read(self) -> sql.Composed:
        """The columns as text, with the transaction that wrote the row."""
        parts = [sql.SQL("{}::text").format(sql.Identifier(name)) for name in self.columns]
        return sql.SQL("SELECT xmin::text, {} FROM {}").format(
            sql.SQL(", ").join(parts), sql.Identifier(self.name)
        )

    def insert(self, rows: int) -> sql.Composed:
        """An insert of that many rows."""
        one = sql.SQL("({})").format(self._marks())
        return sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES {}").format(
            sql.Identifier(self.name), self._names(), sql.SQL(", ").join([one] * rows)
        )

    def update(self) -> sql.Composed:
        """An update of all columns of one row by its key."""
        return sql.SQL("UPDATE {} SET ({}) = ROW({}) WHERE {} = {}").format(
            sql.Identifier(self.name),
            self._names(),
            self._marks(),
            sql.Identifier(self.key),
            sql.SQL("%s::{}").format(sql.SQL(self.types[self.columns.index(self.key)])),
        )

    def copy(self) -> sql.Composed:
        """A COPY of all columns."""
        return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.name), self._names())

    def _names(self) -> sql.Composed:
        return sql.SQL(", ").join([sql.Identifier(name) for name in self.columns])

    def _marks(self) -> sql.Composed:
        return sql.SQL(", ").join([sql.SQL("%s::{}").format(sql.SQL(t)) for t in self.types])


@dataclass(slots=True)
class Written:
    """What transactions wrote: inserted rows by table, updated ones with how they were before."""

    inserted: dict[str, dict[str, list[Row]]] = field(default_factory=lambda: defaultdict(dict))
    updated: dict[str, dict[str, list[tuple[Row, Row]]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    @property
    def transactions(self) -> list[str]:
        """Their ids in order."""
        return sorted(self.inserted.keys() | self.updated.keys(), key=int)

    @property
    def rows(self) -> int:
        """How many rows were written."""
        groups = [*self.inserted.values(), *self.updated.values()]
        return sum(len(rows) for group in groups for rows in group.values())


class Recorder:
    """Looks at all tables before, says afterwards what was written, and takes it out again."""

    def __init__(self, url: str) -> None:
        self.connection = psycopg.connect(url, autocommit=True)
        self.tables = {table.name: table for table in _tables(self.connection)}
        self.before = self._all()

    def written(self) -> Written:
        """What was written since, by transaction."""
        found = Written()
        for name, rows in self._all().items():
            known = self.before[name]
            for key, (xid, row) in rows.items():
                if key not in known:
                    found.inserted[xid].setdefault(name, []).append(row)
                elif known[key][1] != row:
                    pair = (known[key][1], row)
                    found.updated[xid].setdefault(name, []).append(pair)
        return found

    def undo(self, written: Written) -> None:
        """Make everything as it was before, without triggers (traces may not be deleted)."""
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            for group in written.inserted.values():
                for name, rows in group.items():
                    table = self.tables[name]
                    place = table.columns.index(table.key)
                    cursor.execute(
                        sql.SQL("DELETE FROM {} WHERE {}::text = ANY(%s)").format(
                            sql.Identifier(name), sql.Identifier(table.key)
                        ),
                        [[row[place] for row in rows]],
                    )
            for changed in written.updated.values():
                for name, pairs in changed.items():
                    table = self.tables[name]
                    place = table.columns.index(table.key)
                    for old, _ in pairs:
                        cursor.execute(table.update(), [*old, old[place]])
        self.connection.execute("VACUUM ANALYZE")

    def close(self) -> None:
        """End the connection."""
        self.connection.close()

    def _all(self) -> dict[str, dict[str, tuple[str, Row]]]:
        found = {}
        for table in self.tables.values():
            place = table.columns.index(table.key)
            rows = self.connection.execute(table.read).fetchall()
            found[table.name] = {row[1 + place]: (row[0], row[1:]) for row in rows}
        return found


Steps = list[tuple[str, list[Any]]]


def write_again(
    url: str, tables: dict[str, Table], written: Written, connections: int = 1
) -> float:
    """Seconds for writing the same rows, one commit for each transaction, by so many at once."""
    plans = _plans(url, tables, written)
    with ExitStack() as stack:
        opened = [
            stack.enter_context(psycopg.connect(url, autocommit=True, prepare_threshold=3))
            for _ in range(connections)
        ]
        threads = [
            threading.Thread(target=_write, args=(connection, plans[n::connections]))
            for n, connection in enumerate(opened)
        ]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return time.perf_counter() - begun


def _plans(url: str, tables: dict[str, Table], written: Written) -> list[Steps]:
    """The statements of each transaction with their values."""
    order = _parents_first(tables)
    plans = []
    with psycopg.connect(url) as connection:
        for xid in written.transactions:
            steps: Steps = []
            for name in order:
                table = tables[name]
                rows = written.inserted[xid].get(name)
                if rows:
                    values = [value for row in rows for value in row]
                    steps.append((table.insert(len(rows)).as_string(connection), values))
                place = table.columns.index(table.key)
                for _, new in written.updated[xid].get(name, ()):
                    steps.append((table.update().as_string(connection), [*new, new[place]]))
            plans.append(steps)
    return plans


def _write(connection: psycopg.Connection[Any], plans: list[Steps]) -> None:
    for steps in plans:
        with connection.transaction(), connection.cursor() as cursor:
            for text, values in steps:
                cursor.execute(text, values)


def copy_again(url: str, tables: dict[str, Table], written: Written) -> float:
    """Seconds for writing all inserted rows by one COPY per table, in one transaction."""
    by_table: dict[str, list[Row]] = defaultdict(list)
    for group in written.inserted.values():
        for name, rows in group.items():
            by_table[name] += rows
    with psycopg.connect(url) as connection:
        begun = time.perf_counter()
        with connection.cursor() as cursor:
            for name in _parents_first(tables):
                if by_table[name]:
                    with cursor.copy(tables[name].copy()) as copy:
                        for row in by_table[name]:
                            copy.write_row(row)
        connection.commit()
        return time.perf_counter() - begun


def _tables(connection: psycopg.Connection[Any]) -> list[Table]:
    rows = connection.execute(
        """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
               (SELECT k.attname FROM pg_index i JOIN pg_attribute k
                    ON k.attrelid = c.oid AND k.attnum = i.indkey[0]
                 WHERE i.indrelid = c.oid AND i.indisprimary AND i.indnatts = 1)
          FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
           AND NOT a.attisdropped AND a.attgenerated = ''
         ORDER BY c.relname, a.attnum
        """
    ).fetchall()
    columns: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for name, column, kind, key in rows:
        if key is not None and not name.startswith(("django_", "procrastinate_events", "places_")):
            columns[name, key].append((column, kind))
    return [
        Table(name, key, tuple(c for c, _ in found), tuple(k for _, k in found))
        for (name, key), found in columns.items()
    ]


def _parents_first(tables: dict[str, Table]) -> list[str]:
    first = ["parties_contact", "papers_attachment", "cases_case"]
    return [n for n in first if n in tables] + sorted(set(tables) - set(first))
