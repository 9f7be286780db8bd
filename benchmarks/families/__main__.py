"""``python -m benchmarks.families``: cases in families, from the work list to the new calendar.

    python -m benchmarks.families [VISITS] [--fresh]   12 visits of each address; writes RESULTS.md
    YISHI_BENCH_CASES=20000 …                          another size than a million, kept beside it
    YISHI_BENCH_HOME=/big/disk …                       another folder for the kept database

A thousand families are planned by the real code and stored by COPY; the others are copies of them,
made in SQL (see `copied`). A small database is made beside it, in a process of its own: the number
of statements is compared with its, and the start of 25 items with the bare rows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

from benchmarks.families import measured, starting
from benchmarks.ground import machine
from benchmarks.kept import CASES, PLACE, home, kept, say
from benchmarks.results import write

SMALL = 400
VISITS = 12


def make(wanted: int) -> int:
    """Fill the empty database."""
    from django.utils import timezone

    from benchmarks.families.copied import fill

    return fill(wanted, timezone.now())


def small() -> None:
    """Everything that needs a small database, told as a line of JSON."""
    with kept(home("bench-families-small"), lambda: make(SMALL)) as server:
        counts = {kind: group.statements for kind, group in measured.measure(1, say).items()}
        say("25 items beside their bare rows")
        print(json.dumps({"statements": counts, "start": starting.start(server).as_dict()}))


def beside() -> dict[str, Any]:
    """What a process of its own finds in the small database."""
    environment = {key: value for key, value in os.environ.items() if key != PLACE}
    if PLACE in os.environ:
        environment[PLACE] = os.environ[PLACE].rstrip("/") + "-small"
    command = [sys.executable, "-m", "benchmarks.families", "small"]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def sizes() -> str:
    """What the database holds, in a sentence."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE root_id IS NULL),"
            " count(*) FILTER (WHERE system = 'approvals' AND closed_at IS NULL),"
            " (SELECT count(*) FROM cases_trace), (SELECT count(*) FROM cases_clock),"
            " (SELECT count(*) FROM cases_assignment), (SELECT count(*) FROM cases_caseedge),"
            " pg_database_size(current_database()) / 1e9 FROM cases_case"
        )
        cases, parents, undone, traces, clocks, duties, edges, size = cursor.fetchone()
    return (
        f"{cases:,} cases in {parents:,} parents, {undone:,} items open; {traces:,} traces, "
        f"{clocks:,} clocks, {duties:,} assignments, {edges:,} edges; {size:.1f} GB."
    )


def main(arguments: list[str]) -> None:
    """Run everything."""
    if "small" in arguments:
        small()
        return
    numbers = [int(one) for one in arguments if one.isdigit()]
    visits = numbers[0] if numbers else VISITS
    where, there = machine(), beside()
    alone = starting.Started(**there["start"])
    folder = home("bench-families" if CASES == 1_000_000 else f"bench-families-{CASES}")
    with kept(folder, lambda: make(CASES), fresh="--fresh" in arguments):
        told = sizes()
        say(told)
        found = measured.measure(visits, say)
        pages = measured.rows(found, there["statements"])
        print("\n".join(pages), flush=True)
        say("25 items")
        among = starting.start()
        begun = [*starting.HEAD, alone.line, among.line]
        print("\n".join(begun), flush=True)
        calendar = starting.new_calendar(say)
        print("\n".join(calendar), flush=True)
    parts = [
        ("Pages of families", [told, "", *pages]),
        (f"Starting {starting.THEME}: alone, and among all", begun),
        ("Deadlines of open cases after a calendar's import", calendar),
    ]
    note = f"{visits} visits of each address, medians of {starting.RUNS * starting.EACH} starts."
    write(f"python -m benchmarks.families ({CASES:,} cases)", where, note, parts)
    summary = {
        "cases": CASES,
        "p95": {kind: round(group.p95, 1) for kind, group in found.items()},
        "statements": {kind: group.statements for kind, group in found.items()},
        "grown": [k for k, g in found.items() if g.statements != there["statements"][k]],
        "start": {"alone": alone.as_dict(), "among": among.as_dict()},
    }
    print(json.dumps(summary, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
