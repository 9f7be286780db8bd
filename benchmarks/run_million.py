"""``make bench-million``: pages, due work, figures and reports in a database of a million cases.

    python -m benchmarks.run_million [VISITS]     12 visits of each address; writes RESULTS.md

The database is made once (some five minutes, 12 GB, see `benchmarks.million`) and kept. What was
reported to it is taken out again, so that the day's work stays the same.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from random import randrange

from benchmarks import due, pages, wire
from benchmarks.ground import machine
from benchmarks.million import forget, million, newest
from benchmarks.results import say, write

RUNS, REPORTS = 5, 600


def figures() -> list[str]:
    """Whether the roll-ups, with the deltas that are not folded yet, equal the SQL over cases."""
    from yishi.foundation.cases import rollups
    from yishi.foundation.cases.models import Case, RollUpDelta

    lines = [
        "| | cases | deltas | figures that differ (goal 0) | seconds |",
        "|---|---:|---:|---:|---:|",
    ]

    def line(name: str) -> None:
        begun = time.perf_counter()
        differ = len(rollups.differences())
        taken = time.perf_counter() - begun
        cases = Case.objects.unscoped("benchmark").count()
        deltas = RollUpDelta.objects.count()
        lines.append(f"| {name} | {cases:,} | {deltas:,} | {differ} | {taken:.1f} |")
        assert differ == 0, rollups.differences()[:3]

    line("as they stand")
    while rollups.fold():
        pass
    line("all folded")
    return lines


def reports(runs: int, count: int) -> list[str]:
    """Reports through HTTP, among a million others."""
    lines = ["| clients at once | reports per second | p50 | p95 |", "|---|---:|---:|---:|"]
    # The database is kept: every time other keys, and hardly ever the same places.
    name, offset = f"million-{time.time():.0f}", randrange(90_000)
    with wire.web() as port:
        key = wire.new_key()
        wire.rate(port, key, 8, 200, offset, name)
        for clients in (1, 8):
            found = []
            for _ in range(runs):
                offset += count
                found.append(wire.rate(port, key, clients, count, offset, name))
            rate = statistics.median(one.per_second for one in found)
            times = [statistics.median(one.share(part) for one in found) for part in (0.5, 0.95)]
            goals = (" (goal ≥ 250)", " (goal < 30 ms)") if clients == 8 else ("", "")
            lines.append(
                f"| {clients} | {rate:,.0f}{goals[0]} | {times[0]:.0f} ms | "
                f"{times[1]:.0f} ms{goals[1]} |"
            )
    return lines


def counted() -> str:
    """How long the worker takes for the figures of all periods that it keeps."""
    return f"All periods that a worker keeps, counted once: {pages.count_figures(say):.0f} s."


def main(visits: int) -> None:
    """Run everything."""
    where = machine()
    parts: list[tuple[str, list[str]]] = []
    with million() as server:
        say(f"serving {server.home}")
        last = newest(server)

        def due_rows() -> list[str]:
            forget(server, last)
            return due.rows()

        work: list[tuple[str, Callable[[], list[str]]]] = [
            ("Reports through HTTP among a million", lambda: reports(RUNS, REPORTS)),
            ("Roll-ups beside the SQL over cases", figures),
            ("A whole day's due work", due_rows),
            ("Pages", lambda: [counted(), "", *pages.rows(pages.measure(visits, say))]),
        ]
        for name, act in work:
            say(name)
            parts.append((name, act()))
            print("\n".join(parts[-1][1]), flush=True)
    told = (
        f"Reports: medians of {RUNS} runs; pages: {visits} visits of each address by each account."
    )
    write("make bench-million", where, told, parts)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else pages.VISITS)
