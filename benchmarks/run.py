"""``make bench``: measures the system beside references from the same run, writes RESULTS.md.

    python -m benchmarks.run [--quick]

``--quick`` uses small numbers, and writes nothing. Pages, due work and figures with a million
cases: `benchmarks.run_million`.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import bulk, engine, live, pair, running, wire
from benchmarks.ground import ground, machine
from benchmarks.results import say, write
from yishi.runtime.postgres import Cluster

RUNS = 5


def in_process(server: Cluster, runs: int, count: int) -> list[str]:
    """Reports and moves beside their bare rows."""
    found: dict[str, list[engine.Rate]] = {"reports": [], "moves": []}
    for run in range(runs):
        rate, numbers = engine.reports(server, count, run * 2 * count)
        found["reports"].append(rate)
        found["moves"].append(engine.signs(server, numbers))
    lines = [
        "| one process, one connection | per second | rows each | the same rows, bare psycopg | "
        "factor (goal ≤ 4) |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, rates in found.items():
        own = statistics.median(rate.per_second for rate in rates)
        bare = statistics.median(rate.bare_per_second for rate in rates)
        factor = statistics.median(rate.factor for rate in rates)
        lines.append(
            f"| {name} | {own:,.0f} | {rates[0].rows_each:.0f} | {bare:,.0f} | {factor:.2f} |"
        )
    return lines


def through_http(server: Cluster, runs: int, count: int) -> list[str]:
    """Reports through the web processes, beside the same rows by as many bare connections."""
    lines = [wire.HEAD, wire.RULE]
    offset = 100_000
    with wire.web() as port:
        key = wire.new_key()
        wire.rate(port, key, 8, 200, 90_000)
        for clients in (1, 8):
            found = []
            for _ in range(runs):
                found.append(wire.beside_bare(server, port, key, clients, count, offset))
                offset += count
            lines.append(wire.line(clients, found))
    return lines


def imports(server: Cluster, runs: int, count: int) -> list[str]:
    """CSV files beside COPY."""
    found = [bulk.measure(server, count, seed) for seed in range(runs)]
    file = statistics.median(one.file_rows for one in found)
    own = statistics.median(one.stored_rows for one in found)
    copy = statistics.median(one.copied_rows for one in found)
    share = statistics.median(one.share for one in found)
    return [
        "| import of a CSV file | rows of the file per second | rows stored per second | "
        "COPY of the same rows | share (goal ≥ 0.33) |",
        "|---|---:|---:|---:|---:|",
        f"| {count:,} reports | {file:,.0f} | {own:,.0f} | {copy:,.0f} | {share:.2f} |",
    ]


def two_of_each(server: Cluster, quick: bool) -> list[str]:
    """A web process and a worker of two are killed, where HAProxy is installed."""
    if shutil.which("haproxy") is None:
        return ["Not measured: HAProxy is not installed (`apt-get install haproxy`)."]
    return pair.run(12 if quick else pair.SECONDS, server.url())


def at_rest() -> list[str]:
    """The command line and the running demo."""
    from yishi.runtime.postgres import ROOT_HOMES

    base = ROOT_HOMES if ROOT_HOMES.exists() else None
    with tempfile.TemporaryDirectory(prefix="bench-home-", dir=base) as folder:
        memory = running.demo_memory(Path(folder))
    return [
        "| at rest | | goal |",
        "|---|---:|---:|",
        f"| `yishi --help` | {running.help_seconds():.2f} s | < 0.5 s |",
        f"| memory of the running demo, PSS of {memory.processes} processes | "
        f"{memory.pss:,.0f} MB | < 600 MB |",
        f"| the same as RSS, shared pages counted in every process | {memory.rss:,.0f} MB | |",
    ]


def main(arguments: list[str]) -> None:
    """Run everything."""
    quick = "--quick" in arguments
    runs, count = (2, 100) if quick else (RUNS, 600)
    parts: list[tuple[str, list[str]]] = []
    where = machine()

    def part(name: str, *work: Any) -> None:
        say(name)
        act, *rest = work
        parts.append((name, act(*rest)))
        print("\n".join(parts[-1][1]), flush=True)

    with ground() as server:
        part("Reports and moves in one process", in_process, server, runs, count)
        part("Reports through HTTP", through_http, server, runs, count)
        part("Import", imports, server, runs, 400 if quick else 4_000)
        part("Two web processes, two workers, a balancer", two_of_each, server, quick)
    part("A thousand open screens", live.rows, live.SCREENS, 5 if quick else live.REPORTS)
    part("At rest", at_rest)
    if not quick:
        told = f"Medians of {RUNS} runs; every reference was measured in the same run."
        write("make bench", where, told, parts)


if __name__ == "__main__":
    main(sys.argv[1:])
