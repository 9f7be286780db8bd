"""``make bench-benefits``: 305 items for a million made-up enterprises; writes RESULTS.md.

    python -m benchmarks.benefits [COUNT [TURNS]]

The engine and OpenFisca-core take turns, each in a process of its own, several times; so do the one
pass over the columns and the sets. The other pieces run once (with rounds inside).
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.ground import machine
from benchmarks.results import say

HERE = Path(__file__).parent
TURNS = 3
MB = 1_000_000


def write_snapshot(path: Path, count: int) -> None:
    """The made-up enterprises as a Parquet file, a quarter of a million at a time."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from benchmarks.benefits import synthetic
    from yishi.foundation.rulebook.engine.arrow import schema_of, table_of_columns

    facts = list(synthetic.facts().values())
    with pq.ParquetWriter(path, schema_of(facts), compression="zstd") as writer:
        for start in range(0, count, 250_000):
            size = min(250_000, count - start)
            columns = synthetic.columns(size, 1 + start // 250_000)
            codes = pa.array([f"P{n:017d}" for n in range(start, start + size)])
            writer.write_table(table_of_columns(codes, columns, facts))


def piece(name: str, path: Path) -> dict[str, Any]:
    """One measurement in a process of its own."""
    say(name)
    command = [sys.executable, "-m", "benchmarks.benefits.pieces", name, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and name == "spark":
        return {"seconds": [], "skipped": done.stderr.strip().splitlines()[-1][:200]}
    if done.returncode:
        raise RuntimeError(f"{name}: {done.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def joined(turns: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Several turns of one piece: all their seconds, the least processor time, the most memory."""
    return {
        **turns[-1],
        "seconds": [second for turn in turns for second in turn["seconds"]],
        "processor": min(turn["processor"] for turn in turns),
        "memory": max(turn["memory"] for turn in turns),
    }


def measure(count: int, turns: int) -> tuple[dict[str, dict[str, Any]], int]:
    """All pieces by name, and how many bytes the file has."""
    taken: dict[str, list[dict[str, Any]]] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "enterprises.parquet"
        say(f"writing {count:,} enterprises")
        write_snapshot(path, count)
        for _ in range(turns):
            for name in ("pass_over", "sets", "pairs", "one_thread", "openfisca"):
                taken.setdefault(name, []).append(piece(name, path))
        for name in ("load", "polars", "one_firm", "changed", "edited", "streamed", "spark"):
            taken[name] = [piece(name, path)]
        size = path.stat().st_size
    return {
        name: joined(done) if "processor" in done[-1] else done[-1] for name, done in taken.items()
    }, size


def median(figures: dict[str, Any]) -> float:
    """The median of all rounds."""
    return statistics.median(figures["seconds"])


def spread(figures: dict[str, Any]) -> str:
    """Median, least and most, in the unit that reads well."""
    seconds = figures["seconds"]
    unit, name = (1, "s") if median(figures) >= 1 else (1000, "ms")
    least, most = min(seconds) * unit, max(seconds) * unit
    return f"{median(figures) * unit:.3g} {name} ({least:.3g}–{most:.3g})"


def row(label: str, figures: dict[str, Any], more: str = "") -> str:
    """A row of the table."""
    memory = f"{figures['memory'] / MB:,.0f} MB" if figures.get("memory") else ""
    used = f"{figures['processor']:.3g} s" if figures.get("processor") else ""
    return f"| {label} | {spread(figures)} | {used} | {memory} | {more} |"


def agreement(one: dict[str, Any], other: dict[str, Any]) -> str:
    """How many pairs and fen two pieces differ by, item by item."""
    a, b = one["totals"], other["totals"]
    pairs = sum(abs(a[key][0] - b[key][0]) for key in a)
    fen = sum(abs(a[key][1] - b[key][1]) for key in a)
    return "the same pairs and fen" if pairs == fen == 0 else f"{pairs} pairs, {fen:,} fen off"


def lines(found: dict[str, dict[str, Any]], count: int, size: int) -> list[str]:
    """The tables of RESULTS.md."""
    ours, theirs = found["pairs"], found["openfisca"]
    faster = median(theirs) / median(ours)
    share = ours["memory"] / theirs["memory"]
    passes = median(found["sets"]) / median(found["pass_over"])
    work = theirs["processor"] / ours["processor"]
    head = "| what | median (least–most) | processor | memory above the columns | |"
    table = [
        head,
        "|---|---|---|---|---|",
        row("one pass over the columns", found["pass_over"], _columns(found["pass_over"])),
        row("reading the Parquet file", found["load"], f"{size / MB:,.0f} MB"),
        row("eligible sets alone", found["sets"], f"{passes:.0f} passes"),
        row("all pairs, amounts, every condition", ours, f"{ours['pairs']:,} pairs TRUE"),
        row("the same on one thread", found["one_thread"], agreement(ours, found["one_thread"])),
        row("OpenFisca-core, one thread (it has no more)", theirs, agreement(ours, theirs)),
        row("Polars", found["polars"], agreement(ours, found["polars"])),
        row("one enterprise × 305, every reason", found["one_firm"]),
        row(
            "1 % changed, evaluated again",
            found["changed"],
            f"{found['changed']['rows']:,} rows, {found['changed']['changed']:,} pairs changed",
        ),
        row("an edited item previewed, slowest of 20", found["edited"], _edited(found["edited"])),
        row("streamed ten times over", found["streamed"], _streamed(found["streamed"])),
    ]
    spark = found["spark"]
    if "skipped" in spark:
        table.append(f"| Spark | not run: {spark['skipped']} | | | |")
    else:
        more = agreement(ours, spark) + "; start of the session in it"
        table.append(row("Spark, master and two workers here", spark, more))
    goals = [
        "| goal | reached |",
        "|---|---|",
        "| at least 8 times faster than OpenFisca-core (mark 10) | "
        f"{faster:.1f} times by the clock, "
        f"{work:.1f} times in processor time (two threads against one) |",
        f"| at most a fifth of its memory | {share:.2f} of it |",
        f"| sets at most 60 times one pass | {passes:.0f} times |",
        f"| one enterprise under 2 ms | {median(found['one_firm']) * 1000:.2f} ms |",
        f"| preview under 50 ms | {median(found['edited']) * 1000:.0f} ms |",
    ]
    told = (
        f"305 items ({ours['conditions']} distinct conditions of about 1,700, six derived facts) × "
        f"{count:,} made-up enterprises, 100 facts. TRUE {ours['true']:,}, UNKNOWN "
        f"{ours['unknown']:,}, FALSE {ours['false']:,}. Seconds are those of all rounds of all "
        "turns; processor is the least of them; memory is the peak above what the process held "
        "with its columns read."
    )
    return [told, "", *table, "", *goals]


def _columns(figures: dict[str, Any]) -> str:
    return f"{figures['bytes'] / MB:,.0f} MB of values"


def _edited(figures: dict[str, Any]) -> str:
    return f"{figures['true']:,} TRUE, {figures['near']:,} miss by one condition"


def _streamed(figures: dict[str, Any]) -> str:
    first, last = figures["after_each"][0] / MB, figures["after_each"][-1] / MB
    return (
        f"{figures['rows']:,} enterprises; resident {first:,.0f} MB after the first tenth, "
        f"{last:,.0f} MB after the last"
    )


def main() -> None:
    """Measure and write the results."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    where = machine()
    found, size = measure(count, int(sys.argv[2]) if len(sys.argv) > 2 else TURNS)
    head = (
        f"{datetime.now(UTC):%Y-%m-%d}, {where} and {os.getloadavg()[1]:.1f} at the end (what is "
        "measured loads the machine too; beyond the number of cores others wait)."
    )
    text = "\n".join(
        ["# Results of `python -m benchmarks.benefits`", "", head, "", *lines(found, count, size)]
    )
    (HERE / "RESULTS.md").write_text(text + "\n", encoding="utf-8")
    say("written to benchmarks/benefits/RESULTS.md")


if __name__ == "__main__":
    main()
