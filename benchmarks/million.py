"""A database with a million cases, made once and kept beside the repository between runs.

`yishi simulate --events` makes it: those of one week are planned, repeated in every week of a year
with traces of their own; the last week is planned case by case.

    python -m benchmarks.million [--fresh]       makes it, or brings its migrations up to date
    YISHI_BENCH_CASES=5100000 …                  another number of cases, in a folder of its own
    YISHI_BENCH_WEEKS=5 …                        in so many weeks, not in a year: as many a day as a
                                                 larger city has
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.ground import admin_url
from benchmarks.kept import CASES, home, kept, say
from yishi.runtime.postgres import Cluster

#: The cases of so many weeks, when it is not a year.
WEEKS = int(os.environ.get("YISHI_BENCH_WEEKS") or 0)


@contextmanager
def million(*, fresh: bool = False, wanted: int = CASES) -> Iterator[Cluster]:
    """The kept database, served, with Django set up on it; made when it is not there."""
    with kept(place(), lambda: make(wanted), fresh=fresh) as server:
        yield server


def place() -> Path:
    """Where the database is kept."""
    return home("bench-million" if CASES == 1_000_000 else f"bench-{CASES}")


def make(wanted: int) -> int:
    """Fill the empty database with so many cases, and the demo's accounts; returns how many."""
    from django.conf import settings
    from django.utils import timezone

    from yishi.foundation.access.models import Installation
    from yishi.runtime import demo
    from yishi.systems.city_events.filling import ledger
    from yishi.systems.city_events.filling.run import fill

    if WEEKS:  # before the work is planned, and before its processes are made
        ledger.BASE_WEEK += WEEKS - ledger.WEEKS
        ledger.WEEKS = WEEKS
    now = timezone.now()
    Installation.objects.get_or_create(kind=Installation.DEMO)
    demo.make_accounts(demo.read_settings(settings.CITY_DIR), now)
    fill(wanted, "1", now, say)
    return wanted


def newest(server: Cluster) -> int:
    """The highest id of a case."""
    with psycopg.connect(admin_url(server), autocommit=True) as connection:
        return int(_one(connection, "SELECT max(id) FROM cases_case")[0])


def forget(server: Cluster, last: int) -> None:
    """Take out all cases with a higher id than *last*, as if they had never been reported."""
    from yishi.foundation.cases import rollups

    with psycopg.connect(admin_url(server), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        tables = connection.execute(
            "SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class c ON c.oid = attrelid "
            "WHERE attname = 'case_id' AND relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            connection.execute(f"DELETE FROM {table} WHERE case_id > {last}".encode())
        connection.execute(
            "DELETE FROM messaging_message WHERE about_kind = 'case' AND about_id::bigint > %s",
            [last],
        )
        connection.execute("DELETE FROM cases_case WHERE id > %s", [last])
        connection.execute("VACUUM ANALYZE")
    rollups.rebuild()


def _one(connection: psycopg.Connection[Any], query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row


if __name__ == "__main__":
    with million(fresh="--fresh" in sys.argv) as made:
        say(f"kept in {made.home}")
