"""How many past decisions a rehearsal replays per second, on one core.

    python -m benchmarks.rehearsal [--cases 170000] [--distinct 4000]

Simulated cases are stored once and copied until there are enough: copies keep their decisions,
clocks and steps, on other days. Three decisions a case (filing, dispatch, deadline) come to half a
million with the cases by default. Goal: half a million in under 60 seconds.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.ground import ground

DAYS = 300
GOAL_DECISIONS, GOAL_SECONDS = 500_000, 60


def main() -> None:
    """Store history, replay it three times, print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=215_000)
    parser.add_argument("--distinct", type=int, default=4_000)
    asked = parser.parse_args()
    with ground() as _server:
        _history(asked.distinct)
        _copies(asked.cases)
        for line in _measured():
            print(line, flush=True)


def _history(count: int) -> None:
    """Some simulated cases, moved through the real plans."""
    from django.utils import timezone

    from yishi.foundation.cases.commit import commit
    from yishi.foundation.cases.load import reserve
    from yishi.systems.city_events.context import city
    from yishi.systems.city_events.simulate import scene_of, simulated

    now = timezone.now()
    scene, rng = scene_of(city(), (), now), Random(1)
    for start in range(0, count, 500):
        ids = sorted(reserve(min(500, count - start)))
        times = [now - timedelta(minutes=rng.randrange(60 * 24 * 20)) for _ in ids]
        made = [simulated(scene, pk, pk, at, 1) for pk, at in zip(ids, times, strict=True)]
        commit(made, quiet=True)
        print(f"{start + len(ids):,} simulated", flush=True)


def _copies(wanted: int) -> None:
    """Copies of all cases under other numbers and days, until there are *wanted*."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(id) FROM cases_case")
        count, top = cursor.fetchone()
        for copy in range(1, -(-wanted // count)):
            step = copy * (top + 1)
            for statement in _copy_statements():
                cursor.execute(statement, {"step": step, "top": top, "days": copy % DAYS})
            print(f"{count * (copy + 1):,} cases", end="\r", flush=True)
        cursor.execute("ANALYZE")
    print()


def _copy_statements() -> Iterator[str]:
    tables = {
        "cases_case": ("id", "number"),
        "cases_clock": ("case_id",),
        "cases_assignment": ("case_id",),
        "cases_trace": ("case_id",),
        "rulebook_decision": ("subject_id",),
    }
    from django.apps import apps

    names = {model._meta.db_table: model for model in apps.get_models()}
    for table, changed in tables.items():
        columns = [
            field.column
            for field in names[table]._meta.concrete_fields
            if field.column != "id" or table == "cases_case"
        ]
        values = {
            "id": "id + %(step)s",
            "number": "number || '-' || %(step)s",
            "case_id": "case_id + %(step)s",
            "subject_id": "subject_id + %(step)s",
            "received_on": "received_on - %(days)s",
            "root_id": "NULL",
        }
        picked = ", ".join(
            values[name] if name in changed or name in ("received_on", "root_id") else name
            for name in columns
        )
        key = changed[0]
        yield (
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {picked} FROM {table} "
            f"WHERE {key} <= %(top)s"
        )


def _measured() -> Iterator[str]:
    from django.conf import settings
    from django.utils import timezone

    from yishi.systems.city_events.context import city
    from yishi.systems.city_events.rehearsing import service
    from yishi.systems.city_events.rehearsing.past import Stretch

    registers, now = city(), timezone.now()
    files = service.current_files(registers, now)
    rules = settings.CITY_DIR / "rules" / "city_events.yaml"
    text = files["event-01-city-environment.yaml"].decode()
    cases = {
        "nothing changed": files | {rules.name: rules.read_bytes()},
        "limits of a main class": {
            "event-01-city-environment.yaml": text.replace("limit: 4小时", "limit: 2小时").encode()
        },
        "a threshold": {
            rules.name: rules.read_text("utf-8").replace("value: 0.85", "value: 0.95").encode()
        },
    }
    stretch = Stretch(datetime.min.date(), datetime.max.date())
    yield (
        "| rehearsal | cases | decisions | differ | seconds | of a core: own + server's | "
        "decisions per second of a core |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for name, given in cases.items():
        candidate = service.candidate_of(given, registers, now)
        begun, own, server = time.perf_counter(), time.process_time(), _server_seconds()
        tally = service.rehearse(registers, candidate, stretch, now, actor=None)
        took = time.perf_counter() - begun
        own, server = time.process_time() - own, _server_seconds() - server
        total = sum(tally.decisions.values())
        yield (
            f"| {name} | {tally.cases:,} | {total:,} | {tally.differing:,} | {took:.1f} | "
            f"{own:.1f} + {server:.1f} | {total / (own + server):,.0f} |"
        )
    yield f"goal: {GOAL_DECISIONS:,} decisions in {GOAL_SECONDS} s"


def _server_seconds() -> float:
    """What this connection's server process has used of a core so far."""
    from django.db import connection

    connection.ensure_connection()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
