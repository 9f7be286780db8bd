"""``make bench``: measures the system beside references from the same run, writes RESULTS.md.

    python -m benchmarks.run [--quick]

``--quick`` uses small numbers and 60,000 instead of 1,000,000 cases, and writes nothing.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import bulk, engine, running, wire
from benchmarks.ground import ground, machine
from yishi.runtime.postgres import Cluster

RESULTS = Path(__file__).parent / "RESULTS.md"
RUNS = 5


def say(text: str) -> None:
    """A line of progress."""
    print(f"[{datetime.now(UTC):%H:%M:%S}] {text}", flush=True)


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


def through_http(runs: int, count: int) -> list[str]:
    """Reports through the web processes."""
    from django.utils import timezone

    from yishi.foundation.access.actors import ActorGrant
    from yishi.foundation.access.keys import issue_key

    grants = [ActorGrant("hotline", None, "4206")]
    key = issue_key("benchmark", "benchmark", grants, timezone.now())
    lines = ["| through HTTP (granian, API key) | reports per second |", "|---|---:|"]
    offset = 100_000
    with wire.web() as port:
        wire.rate(port, key, 8, 60, 90_000)
        for clients in (1, 8):
            rates = []
            for _ in range(runs):
                rates.append(wire.rate(port, key, clients, count, offset))
                offset += count
            text = "1 client" if clients == 1 else f"{clients} clients"
            lines.append(f"| {text} | {statistics.median(rates):,.0f} |")
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
        "COPY of the same rows | share (goal ≥ 0.1) |",
        "|---|---:|---:|---:|---:|",
        f"| {count:,} reports | {file:,.0f} | {own:,.0f} | {copy:,.0f} | {share:.2f} |",
    ]


def list_pages(wanted: int) -> list[str]:
    """List pages at the demo's size and at many, on a server of their own."""
    command = [sys.executable, "-m", "benchmarks.lists", str(wanted)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    few, small, many, large = json.loads(done.stdout.splitlines()[-1])
    lines = [
        f"| page of 50, worst demo account | {few:,} cases | {many:,} cases |",
        "|---|---:|---:|",
    ]
    for page in small:
        lines.append(f"| {page} | {_worst(small[page])} | {_worst(large[page])} |")
    return lines


def _worst(times: dict[str, float]) -> str:
    name = max(times, key=lambda key: times[key])
    return f"{times[name]:.0f} ms ({name})"


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
        part("Reports through HTTP", through_http, runs, count)
        part("Import", imports, server, runs, 400 if quick else 4_000)
    part("Lists", list_pages, 60_000 if quick else 1_000_000)
    part("At rest", at_rest)
    if not quick:
        RESULTS.write_text(_document(where, parts), encoding="utf-8")
        say(f"written to {RESULTS.name}")


def _document(where: str, parts: list[tuple[str, list[str]]]) -> str:
    head = [
        "# Results of `make bench`",
        "",
        f"{datetime.now(UTC):%Y-%m-%d}, {where}. Embedded PostgreSQL 18, fsync on, on the same",
        f"machine. Medians of {RUNS} runs; every reference was measured in the same run.",
        "",
    ]
    for name, lines in parts:
        head += [f"## {name}", "", *lines, ""]
    return "\n".join(head)


if __name__ == "__main__":
    main(sys.argv[1:])
