"""One measurement in a process of its own: ``python -m benchmarks.benefits.pieces NAME FILE``.

The last line is JSON: ``seconds`` (all rounds), ``memory`` (what the peak is above what the process
held with its columns read), and what the piece adds.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.benefits import synthetic
from yishi.foundation.rulebook.columns import Column
from yishi.foundation.rulebook.engine import (
    Book,
    Item,
    match,
    match_one,
    match_rows,
    preview,
    stream,
)
from yishi.foundation.rulebook.engine.arrow import batches, columns_of
from yishi.foundation.rulebook.engine.previewing import take

ROUNDS = 3


def status(name: str) -> int:
    """A line of /proc/self/status in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0


def measured(work: Callable[[], Any], rounds: int = ROUNDS) -> tuple[dict[str, Any], Any]:
    """Seconds of every round, the least processor seconds, and the peak of memory above now."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak counts from here
    before, seconds, used, result = status("VmRSS"), [], [], None
    for _ in range(rounds):
        result = None  # what the last round held is let go
        start, processor = time.perf_counter(), time.process_time()
        result = work()
        seconds.append(time.perf_counter() - start)
        used.append(time.process_time() - processor)
    figures = {
        "seconds": seconds,
        "processor": min(used),
        "memory": status("VmHWM") - before,
        "before": before,
    }
    return figures, result


def read(path: str) -> dict[str, Column]:
    """The columns of the snapshot."""
    import pyarrow.parquet as pq

    return columns_of(pq.read_table(path), synthetic.facts())


def digest(totals: dict[str, tuple[int, int]]) -> dict[str, Any]:
    """(pairs, fen) over all items, and per item for comparison."""
    return {"pairs": sum(n for n, _ in totals.values()), "totals": totals}


def pass_over(path: str) -> dict[str, Any]:
    """Every column that the items name read once."""
    book, _ = synthetic.book()
    columns = read(path)
    named = [columns[name] for name in book.facts]

    def once() -> int:
        return sum(int(column.values.max()) for column in named)

    figures, _ = measured(once, 5)
    return {**figures, "bytes": sum(column.values.nbytes for column in named)}


def load(path: str) -> dict[str, Any]:
    """Reading the snapshot's file into columns."""
    figures, _ = measured(lambda: read(path))
    return {**figures, "bytes": Path(path).stat().st_size}


def sets(path: str) -> dict[str, Any]:
    """Who is eligible, without amounts and without keeping the conditions."""
    items, params = synthetic.items()
    book = Book([Item(one.key, one.rule) for one in items], synthetic.derived(synthetic.facts()))
    columns = read(path)
    figures, found = measured(
        lambda: match(book, columns, params, synthetic.AT, conditions=False), 5
    )
    return {**figures, **found.counts()}


def pairs(path: str, threads: int | None = None) -> dict[str, Any]:
    """All pairs with amounts and the outcome of every condition."""
    book, params = synthetic.book()
    columns = read(path)
    figures, found = measured(lambda: match(book, columns, params, synthetic.AT, threads=threads))
    totals = {key: (found.true(key), found.total(key)) for key in found.keys}
    counts = found.counts()
    return {**figures, **digest(totals), **counts, "conditions": len(book.conditions)}


def one_thread(path: str) -> dict[str, Any]:
    """The same on one thread."""
    return pairs(path, 1)


def openfisca(path: str) -> dict[str, Any]:
    """The same items in OpenFisca-core."""
    from benchmarks.benefits.openfisca import System

    book, params = synthetic.book()
    columns = read(path)
    count = len(next(iter(columns.values())).values)
    system = System(book, columns, params)
    seconds, processor, memory, found = [], [], 0, {}
    for _ in range(ROUNDS):
        found.clear()
        simulation = system.simulation(count)
        figures, found = measured(lambda made=simulation: system.run(made), 1)
        seconds += figures["seconds"]
        processor.append(figures["processor"])
        memory = max(memory, figures["memory"])
        del simulation
    totals = {
        key: (int(who.sum()), int(np.asarray(fen, np.float64).sum()))
        for key, (who, fen) in found.items()
    }
    result = {"seconds": seconds, "processor": min(processor), "memory": memory}
    return {**result, **digest(totals)}


def polars(path: str) -> dict[str, Any]:
    """The same in Polars, from its own reading of the file."""
    from yishi.foundation.rulebook.engine import polars_path

    book, params = synthetic.book()
    frame = polars_path.read(path)
    figures, found = measured(lambda: polars_path.match(book, frame, params, synthetic.AT))
    totals = {key: (int((found.ranks(key) == 2).sum()), found.total(key)) for key in book.keys}
    return {**figures, **digest(totals)}


def one_firm(path: str) -> dict[str, Any]:
    """One enterprise against all items with every reason; seconds of one enterprise."""
    book, params = synthetic.book()
    rows = synthetic.rows_of(50)

    def walk() -> None:
        for row in rows:
            match_one(book, row, params, synthetic.AT)

    walk()
    figures, _ = measured(walk, 5)
    return {**figures, "seconds": [one / len(rows) for one in figures["seconds"]]}


def changed(path: str) -> dict[str, Any]:
    """One in a hundred enterprises changed and evaluated again."""
    book, params = synthetic.book()
    columns = read(path)
    before = match(book, columns, params, synthetic.AT)
    rows = np.arange(0, before.rows, 100)
    some = take(columns, rows)
    other = take(columns, rows[::-1])
    for name in ("money0", "count0", "day0", "flag0"):
        some[name] = other[name]
    figures, found = measured(lambda: match_rows(before, rows, book, some, params, synthetic.AT), 5)
    return {**figures, "rows": len(rows), "changed": len(found.changed)}


def edited(path: str) -> dict[str, Any]:
    """An edited item previewed over all enterprises: the slowest, of twenty, at its median."""
    book, params = synthetic.book()
    columns = read(path)
    items = [item for item in book.items if item.amount is not None][:20]
    worst: dict[str, Any] = {}
    for item in items:
        figures, found = measured(
            lambda one=item: preview(
                one, columns, params, synthetic.AT, derived=synthetic.derived(synthetic.facts())
            ),
            5,
        )
        if not worst or sorted(figures["seconds"])[2] > sorted(worst["seconds"])[2]:
            worst = {**figures, "true": found.true, "near": sum(len(n.rows) for n in found.near)}
    return worst


def streamed(path: str) -> dict[str, Any]:
    """The file ten times over, batch by batch: ten times its enterprises in steady memory."""
    book, params = synthetic.book()
    heights: list[int] = []

    def run() -> int:
        rows = 0
        heights.clear()
        for _ in range(10):
            for _, found in stream(book, batches(path, book.facts), params, synthetic.AT):
                rows += found.rows
            heights.append(status("VmRSS"))
        return rows

    figures, rows = measured(run, 1)
    return {**figures, "rows": rows, "after_each": heights}


def spark(path: str) -> dict[str, Any]:
    """The same on a standalone Spark master with two workers on this machine."""
    import tempfile

    from yishi.foundation.rulebook.engine import spark as engine_spark
    from yishi.foundation.rulebook.tests import cluster

    if cluster.why_not():
        return {"seconds": [], "skipped": cluster.why_not()}
    book, params = synthetic.book()
    with tempfile.TemporaryDirectory() as folder, cluster.running(Path(folder)) as master:

        def run() -> Any:
            return engine_spark.match(
                master, [path], book, params, synthetic.AT, settings=cluster.SETTINGS
            )

        figures, found = measured(run, 1)
    totals = {
        key: (sum(m.true(key) for _, m in found), sum(m.total(key) for _, m in found))
        for key in book.keys
    }
    return {**figures, **digest(totals)}


PIECES: dict[str, Callable[[str], dict[str, Any]]] = {
    "pass_over": pass_over,
    "load": load,
    "sets": sets,
    "pairs": pairs,
    "one_thread": one_thread,
    "openfisca": openfisca,
    "polars": polars,
    "one_firm": one_firm,
    "changed": changed,
    "edited": edited,
    "streamed": streamed,
    "spark": spark,
}

if __name__ == "__main__":
    print(json.dumps(PIECES[sys.argv[1]](sys.argv[2])))
