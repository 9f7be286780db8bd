"""Changing the keys of stored personal values and of their search hashes.

A change has three parts: a fresh key (from then on writers use it), a walk that seals and hashes
anew what older keys did (in batches, may be stopped and begun again), and putting the old key away,
which is refused while any column of the database still holds something of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db import connection
from psycopg import sql

from yishi.foundation.parties import crypto
from yishi.foundation.parties.walked import TABLES


class KeyInUse(RuntimeError):
    """A key cannot be put away; the message says where it is used."""


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """Which keys there are, how many stored values each has sealed, and whether search hashes are
    being made anew."""

    current: str
    values_by_key: dict[str, int]
    lookup_changes: bool = False

    @property
    def outdated(self) -> int:
        """Values that are not sealed by the current key."""
        return sum(n for key, n in self.values_by_key.items() if key != self.current)


def status() -> KeyStatus:
    """Count the stored values by key (reads the tables in a stream, decrypts nothing)."""
    ring = crypto.key_ring()
    counts = Counter(dict.fromkeys(ring.keys, 0))
    for table in TABLES:
        counts.update(table.count())
    return KeyStatus(ring.current, dict(counts), ring.lookup_old is not None)


def begin(*, data: bool = True, lookup: bool = False) -> None:
    """Make fresh keys; from now on writers use them. What is stored waits for :func:`renew`."""
    if data:
        crypto.add_key()
    if lookup:
        crypto.renew_lookup()


def waiting() -> bool:
    """Whether a change of keys is unfinished (at most a statement for each table)."""
    ring = crypto.key_ring()
    if ring.lookup_old is not None:
        return True
    if len(ring.keys) == 1:
        return False
    return any(table.stale(ring.current) for table in TABLES)


def renew(*, batch: int = 500, progress: Callable[[int], None] | None = None) -> int:
    """Seal and hash anew what older keys did; returns the number of rows changed.

    Every table is walked in batches of a transaction each, so that it may be stopped and run again;
    reports go on meanwhile. When a walk found every hash to be of the new lookup key, and nobody
    who began before the walk can still write another, the old lookup key is forgotten. Raises
    :class:`~yishi.foundation.parties.crypto.TokenError` naming no value where one does not open.
    """
    current = crypto.key_ring().current
    total = 0
    while True:
        alone = not _others_write()
        rehashed = 0
        for table in TABLES:
            changed, hashed = table.walk(current, batch, progress, total)
            total += changed
            rehashed += hashed
        if crypto.key_ring().lookup_old is None:
            return total
        if alone and not rehashed:
            crypto.forget_old_lookup()
            return total
        if not alone and not rehashed:
            return total  # somebody's transaction is still open: the next run ends the change


def rotate(
    *, new_key: bool = True, batch: int = 500, progress: Callable[[int], None] | None = None
) -> int:
    """:func:`begin` (unless *new_key* is off) and :func:`renew` at once."""
    begin(data=new_key)
    return renew(batch=batch, progress=progress)


def retire(name: str) -> str:
    """Put an old key away; returns the file that holds it now.

    Raises:
        KeyInUse: while a column of any table holds a value that the key sealed.
        yishi.foundation.parties.crypto.KeyRingError: for the current or an unknown key.
    """
    for where in _columns():
        if _holds(*where, f"{crypto.ALGORITHM}.{name}."):
            raise KeyInUse(f"{'.'.join(where)} holds values sealed by {name}: yishi keys rotate")
    return str(crypto.retire_key(name))


def _others_write() -> bool:
    """Whether another session's transaction is open that may have hashed with an older key."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL)"
        )
        return bool(cursor.fetchone()[0])


def _columns() -> list[tuple[str, str]]:
    """Every column of every table in which a token could stand."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c "
            "JOIN information_schema.tables t USING (table_schema, table_name) "
            "WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' "
            "AND c.data_type IN ('text', 'character varying', 'jsonb') ORDER BY 1, 2"
        )
        return [(str(table), str(column)) for table, column in cursor.fetchall()]


def _holds(table: str, column: str, mark: str) -> bool:
    query = sql.SQL("SELECT EXISTS (SELECT FROM {} WHERE strpos({}::text, %s) > 0)")
    with connection.cursor() as cursor:
        statement = query.format(sql.Identifier(table), sql.Identifier(column))
        cursor.execute(statement.as_string(None), [mark])
        return bool(cursor.fetchone()[0])
