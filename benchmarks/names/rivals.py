"""What one would use instead, on the same names with the same mistakes.

rapidfuzz compares with every listed name (its quickest ratio, cut off); pg_trgm is asked as its
manual says, once with a GIN index by likeness above a limit and, up to a million, once with a GiST
index by distance. PostgreSQL also answers the exact look-ups.
"""

from __future__ import annotations

import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.ground import admin_url, served
from benchmarks.names.measured import KINDS, Row, percentile, rows_of, sampled
from benchmarks.names.synthetic import mistaken
from yishi.runtime.postgres import ADMIN, ROOT_HOMES

#: A search that takes longer counts as having found nothing.
PATIENCE = "5s"


def _asked(rows: Path, count: int, each: int) -> list[tuple[Row, str]]:
    """Rows and how their names are written wrongly."""
    one = random.Random(11)
    return [(row, mistaken(row[2], row[1], one)[0]) for row in sampled(rows, count, each)]


def _measured(asked: Sequence[tuple[Row, str]], find: Callable[[str], Sequence[str]]) -> Any:
    hits = dict.fromkeys(KINDS, 0)
    tries = dict.fromkeys(KINDS, 0)
    times = []
    for (subject, kind, _), written in asked:
        begun = time.perf_counter()
        found = find(written)
        times.append(time.perf_counter() - begun)
        tries[kind] += 1
        hits[kind] += subject in found
    return {
        "recall": {kind: hits[kind] / max(1, tries[kind]) for kind in KINDS},
        "searches": len(times),
        "p50": percentile(times, 0.5),
        "p95": percentile(times, 0.95),
        "a second": len(times) / sum(times),
    }


def rapidfuzz(rows: Path, count: int, each: int) -> dict[str, Any]:
    """Every listed name compared, on one core."""
    from rapidfuzz import fuzz, process

    from yishi.foundation.credit.names.folding import fold

    subjects, names = [], []
    for subject, _, name in rows_of(rows):
        subjects.append(subject)
        names.append(fold(name))

    def find(text: str) -> list[str]:
        found = process.extract(
            fold(text), names, scorer=fuzz.ratio, processor=None, limit=10, score_cutoff=60
        )
        return [subjects[position] for _, _, position in found]

    return {"ratio": _measured(_asked(rows, count, each), find)}


def postgres(rows: Path, count: int, each: int) -> dict[str, Any]:
    """A throw-away server with the listed names: exact look-up, then pg_trgm."""
    ROOT_HOMES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT_HOMES) as name:
        folder = Path(name)
        folder.chmod(0o755)
        with served(folder) as server:
            with psycopg.connect(admin_url(server), autocommit=True) as connection:
                # pg_trgm drops Chinese characters where the C library does not call them letters,
                # as in Yishi's own database: it is measured where it works.
                connection.execute(
                    "CREATE DATABASE letters TEMPLATE template0 LOCALE_PROVIDER libc"
                    " LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
                )
            with psycopg.connect(server.url("letters", ADMIN), autocommit=True) as connection:
                return _in(connection, rows, count, each)


def _in(connection: psycopg.Connection[Any], rows: Path, count: int, each: int) -> dict[str, Any]:
    from yishi.foundation.credit.names.folding import fold

    found: dict[str, Any] = {}
    connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    connection.execute("CREATE TABLE listed (subject text, name text)")
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY listed (subject, name) FROM STDIN") as copy,
    ):
        for subject, _, name in rows_of(rows):
            copy.write_row((subject, fold(name)))
    connection.execute("SET maintenance_work_mem = '1GB'")
    found["btree"] = _indexed(connection, "CREATE INDEX by_name ON listed (name)")
    connection.execute("VACUUM ANALYZE listed")
    found["btree"] |= _exact(connection, [row for row, _ in _asked(rows, count, 2_000)])
    asked = _asked(rows, count, each)
    connection.execute(f"SET statement_timeout = '{PATIENCE}'")
    for kind, query in _TRIGRAMS.items():
        if (
            kind == "gist" and count > 1_000_000
        ):  # building it would take longer than the rest together
            continue
        connection.execute("SET statement_timeout = 0")
        found[kind] = _indexed(
            connection, f"CREATE INDEX grams ON listed USING {kind} (name {kind}_trgm_ops)"
        )
        connection.execute(f"SET statement_timeout = '{PATIENCE}'")
        connection.execute("SET pg_trgm.similarity_threshold = 0.3")
        found[kind] |= _measured(asked, _asking(connection, query))
        connection.execute("DROP INDEX grams")
    return found


_TRIGRAMS = {
    "gin": "SELECT subject FROM listed WHERE name %% %(t)s"
    " ORDER BY similarity(name, %(t)s) DESC LIMIT 10",
    "gist": "SELECT subject FROM listed ORDER BY name <-> %(t)s LIMIT 10",
}


def _indexed(connection: psycopg.Connection[Any], statement: str) -> dict[str, Any]:
    begun = time.perf_counter()
    connection.execute(statement.encode())
    seconds = time.perf_counter() - begun
    name = statement.split()[2]
    row = connection.execute("SELECT pg_relation_size(%s::regclass)", [name]).fetchone()
    return {"build": seconds, "megabytes": row[0] / 1e6 if row else 0}


def _exact(connection: psycopg.Connection[Any], rows: Sequence[Row]) -> dict[str, Any]:
    """The same rows twice: the first time from wherever the pages are, the second from memory."""
    from yishi.foundation.credit.names.folding import fold

    result = {}
    for visit in ("first", "again"):
        times = []
        for subject, _, name in rows:
            text = fold(name)
            begun = time.perf_counter()
            found = connection.execute(
                "SELECT subject FROM listed WHERE name = %s LIMIT 20", [text], prepare=True
            ).fetchall()
            times.append(time.perf_counter() - begun)
            assert (subject,) in found or len(found) == 20
        result[visit] = {f"p{n}": percentile(times, n / 100) for n in (50, 95, 99)}
    result["server"] = _server_times(connection, rows)
    return result


def _server_times(connection: psycopg.Connection[Any], rows: Sequence[Row]) -> dict[str, float]:
    """The same by the server's own clock: without the way there and back."""
    from yishi.foundation.credit.names.folding import fold

    times = []
    for _, _, name in rows:
        row = connection.execute(
            "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) SELECT subject FROM listed WHERE name = %s"
            " LIMIT 20",
            [fold(name)],
            prepare=True,
        ).fetchone()
        plan = row[0][0] if row else {}
        times.append((plan["Planning Time"] + plan["Execution Time"]) / 1000)
    return {f"p{n}": percentile(times, n / 100) for n in (50, 95, 99)}


def _asking(connection: psycopg.Connection[Any], query: str) -> Callable[[str], list[str]]:
    from yishi.foundation.credit.names.folding import fold

    def find(text: str) -> list[str]:
        try:
            rows = connection.execute(query.encode(), {"t": fold(text)}).fetchall()
        except psycopg.errors.QueryCanceled:
            return []
        return [row[0] for row in rows]

    return find
