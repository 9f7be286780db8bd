"""A database with a million cases, made once and kept beside the repository between runs.

Some fifty thousand cases come from the simulator's bulk path; SQL copies them, with everything that
pages, searches and due work read: assignments, clocks, traces, reports, words, cards, call-backs.
The copies keep division, type, unit, state, words and times, and get ids and numbers of their own,
in the order of receipt. Decisions, keys of intake and messages are not copied: they are read by key
only.

    python -m benchmarks.million [--fresh]       makes it, or brings its migrations up to date
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.ground import admin_url, prepare, served
from yishi.runtime.postgres import ROOT_HOMES, Cluster

SIMULATED = 50_400
CASES = 1_000_000
#: The folder of the kept database, when it is not the usual one.
PLACE = "YISHI_BENCH_HOME"
_TABLES = (
    "cases_case",
    "cases_assignment",
    "cases_clock",
    "cases_trace",
    "cases_casewords",
    "cases_evaluation",
    "cases_exemption",
    "city_events_report",
    "city_events_card",
    "city_events_callback",
    "city_events_repeatcall",
)
_BLOCK = 4
_HASH = "sha256({} || g::text::bytea)"
#: What else the copies have for themselves, by table and column.
_OWN = {
    "cases_case": {
        "data": "CASE WHEN jsonb_typeof(t.data -> 'supervision') = 'object' "
        "THEN jsonb_set(t.data, '{supervision,number}', "
        "to_jsonb((t.data #>> '{supervision,number}') || '-' || g)) ELSE t.data END",
    },
    "city_events_report": {"tracking_hash": _HASH.format("t.tracking_hash")},
    "city_events_card": {"number": "t.number || '-' || g"},
    "city_events_callback": {
        "report_id": "(SELECT n.id FROM city_events_report r JOIN city_events_report n ON "
        f"n.tracking_hash = {_HASH.format('r.tracking_hash')} WHERE r.id = t.report_id)",
    },
    "city_events_repeatcall": {"key": "t.key || '-' || g"},
}


def say(text: str) -> None:
    """A line of progress."""
    print(f"[{datetime.now(UTC):%H:%M:%S}] {text}", file=sys.stderr, flush=True)


def home() -> Path:
    """Where the database is kept: below the cache folder, or where root's clusters live."""
    if os.environ.get(PLACE):
        return Path(os.environ[PLACE])
    if os.geteuid() == 0:
        return ROOT_HOMES / "bench-million"
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "yishi" / "bench-million"


@contextmanager
def million(*, fresh: bool = False, wanted: int = CASES) -> Iterator[Cluster]:
    """The kept database, served, with Django set up on it; made when it is not there."""
    folder = home()
    marker = folder / "made.json"
    if fresh or not marker.exists():
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    with served(folder) as server:
        prepare()
        if not marker.exists():
            made = _make(server, wanted)
            marker.write_text(json.dumps(made), encoding="utf-8")
        yield server


def _make(server: Cluster, wanted: int) -> dict[str, Any]:
    from django.utils import timezone

    from yishi.foundation.cases import rollups

    now, begun = timezone.now(), time.perf_counter()
    simulate(now, min(SIMULATED, wanted))
    say(f"simulated in {time.perf_counter() - begun:.0f} s; copying")
    many = copy(server, wanted)
    rollups.rebuild()
    say(f"{many:,} cases in {time.perf_counter() - begun:.0f} s")
    return {"cases": many, "now": now.isoformat()}


def simulate(now: datetime, cases: int) -> None:
    """The demo's accounts, and *cases* of its kind."""
    from django.conf import settings

    from yishi.foundation.access.models import Installation
    from yishi.runtime import demo
    from yishi.systems.city_events.filling.photos import make_photos

    wanted = replace(demo.read_settings(settings.CITY_DIR), cases=cases)
    Installation.objects.get_or_create(kind=Installation.DEMO)
    demo.make_accounts(wanted, now)
    demo.simulate(wanted, now, make_photos(now), say)


def copy(server: Cluster, wanted: int) -> int:
    """Copy the cases until there are *wanted*; returns how many there are then."""
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
            to = min(first + _BLOCK - 1, copies)
            for table in _TABLES:
                _copy(connection, table, last, copies, first, to)
            say(f"{have * (to + 1):,} cases copied")
        for _, definition in indexes:
            connection.execute(definition)
        say("indexes made again")
        connection.execute(
            "SELECT setval(pg_get_serial_sequence('cases_case', 'id'), max(id)) FROM cases_case"
        )
        connection.execute("VACUUM ANALYZE")
        return int(_one(connection, "SELECT count(*) FROM cases_case")[0])


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


def _copy(
    connection: psycopg.Connection[Any], table: str, last: int, copies: int, first: int, to: int
) -> None:
    """The copy *g* of case *n* gets the id ``last + n * copies + g``."""
    columns = [
        row[0]
        for row in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 "
            "AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
            [table],
        ).fetchall()
    ]
    case = table == "cases_case"
    own = f"{last} + t.{'id' if case else 'case_id'} * {copies} + g"
    changed = _OWN.get(table, {}) | {"case_id": own, "id": ""}
    if case:
        changed |= {
            "id": own,
            "number": f"left(t.number, -6) || lpad((({own}) % 1000000)::text, 6, '0')",
        }
    kept = [name for name in columns if changed.get(name) != ""]
    values = [changed.get(name, f"t.{name}") for name in kept]
    where = f"t.{'id' if case else 'case_id'} <= {last}"
    connection.execute(
        f"INSERT INTO {table} ({', '.join(kept)}) SELECT {', '.join(values)} "
        f"FROM {table} t, generate_series({first}, {to}) g WHERE {where}".encode()
    )


def _one(connection: psycopg.Connection[Any], query: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row


if __name__ == "__main__":
    with million(fresh="--fresh" in sys.argv) as kept:
        say(f"kept in {kept.home}")
