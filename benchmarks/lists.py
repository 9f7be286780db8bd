"""List pages for every role, at the demo's size and at a million cases made by cloning in SQL."""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

import psycopg

from benchmarks.ground import admin_url, ground
from yishi.runtime.postgres import Cluster

_TABLES = ("cases_case", "cases_assignment", "cases_clock", "cases_trace")
_BLOCK = 10


def simulate() -> int:
    """The demo's cases and accounts; returns how many cases there are."""
    from django.conf import settings
    from django.utils import timezone

    from yishi.foundation.cases.models import Case
    from yishi.runtime import demo

    demo.load(settings.CITY_DIR, timezone.now(), lambda line: None)
    return int(Case.objects.unscoped("benchmark").count())


def clone(server: Cluster, wanted: int) -> int:
    """Copy the cases until there are *wanted*, each with its assignments, clocks and one trace row.

    The copies keep division, type, unit, state and times, and get ids and numbers of their own.
    """
    with psycopg.connect(admin_url(server), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET maintenance_work_mem = '512MB'")
        have, last = _one(connection, "SELECT count(*), max(id) FROM cases_case")
        indexes = connection.execute(
            "SELECT i.indexname, i.indexdef FROM pg_indexes i WHERE i.tablename = ANY(%s) AND "
            "NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)",
            [list(_TABLES)],
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f'DROP INDEX "{name}"')
        copies = -(-wanted // have) - 1
        for first in range(1, copies + 1, _BLOCK):
            for table in _TABLES:
                _clone(connection, table, last, first, min(first + _BLOCK - 1, copies))
        for _, definition in indexes:
            connection.execute(definition)
        connection.execute("VACUUM ANALYZE")
        return int(_one(connection, "SELECT count(*), 0 FROM cases_case")[0])


def _clone(connection: psycopg.Connection[Any], table: str, last: int, first: int, to: int) -> None:
    columns = [
        row[0]
        for row in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND NOT attisdropped ORDER BY attnum",
            [table],
        ).fetchall()
    ]
    case = table == "cases_case"
    changed = {
        "id": f"t.id + {last} * g" if case else "",
        "number": "left(t.number, 20) || '-' || g",
        "case_id": f"t.case_id + {last} * g",
        "trace_length": "1",
    }
    kept = [name for name in columns if changed.get(name) != ""]
    values = [changed.get(name) or f"t.{name}" for name in kept]
    where = f"t.id <= {last}" if case else f"t.case_id <= {last}"
    if table == "cases_trace":
        where += " AND t.seq = 1"
    connection.execute(
        f"INSERT INTO {table} ({', '.join(kept)}) SELECT {', '.join(values)} "
        f"FROM {table} t, generate_series({first}, {to}) g WHERE {where}"
    )


def pages() -> dict[str, dict[str, float]]:
    """Milliseconds (median of 7 after a first visit) by page and demo account."""
    from django.conf import settings
    from django.test import Client

    from yishi.foundation.access.models import User
    from yishi.runtime import demo

    settings.DEMO = True
    found: dict[str, dict[str, float]] = {"work list": {}, "case list": {}, "filtered": {}}
    for name, _, _ in demo.accounts(settings.CITY_DIR):
        client = Client(SERVER_NAME="localhost")
        client.force_login(User.objects.get(username=name))
        addresses = {
            "work list": client.get("/desk/work/").headers.get("Location", "/desk/"),
            "case list": "/desk/cases/",
            "filtered": "/desk/cases/?state=closed",
        }
        for page, address in addresses.items():
            assert client.get(address).status_code == 200, (name, address)
            found[page][name] = statistics.median(_visit(client, address) for _ in range(7))
    return found


def _visit(client: Any, address: str) -> float:
    begun = time.perf_counter()
    client.get(address)
    return (time.perf_counter() - begun) * 1000


def _one(connection: psycopg.Connection[Any], query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row


def main(wanted: int) -> None:
    """Print cases and times, at the demo's size and at *wanted*, as one line of JSON."""
    with ground() as server:
        few, small = simulate(), pages()
        print(f"{few:,} cases measured; cloning", file=sys.stderr, flush=True)
        many = clone(server, wanted)
        print(f"{many:,} cases", file=sys.stderr, flush=True)
        print(json.dumps([few, small, many, pages()]))


if __name__ == "__main__":
    main(int(sys.argv[1]))
