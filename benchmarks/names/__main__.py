"""``python -m benchmarks.names COUNT [--folder DIR] [--each N] [STEP …]``

Steps, each in a process of its own so that its memory is its own: ``make`` (the listed subjects,
once), ``build``,
``search`` (recall, times, memory, false alarms), ``rapidfuzz``, ``postgres`` (exact look-up and
pg_trgm). Figures are added to ``figures-COUNT.json`` in the folder; ``report`` prints them. Without
steps all of them run, one after the other.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.names import measured, reporting
from benchmarks.names.measured import KINDS, percentile

Figures = dict[str, Any]


class Run:
    """Where a run keeps its things."""

    def __init__(self, count: int, folder: Path, each: int) -> None:
        self.count, self.each = count, each
        self.folder = folder / str(count)
        self.rows, self.index = self.folder / "rows.tsv", self.folder / "index"
        self._figures = folder / f"figures-{count}.json"
        self.folder.mkdir(parents=True, exist_ok=True)

    def figures(self) -> Figures:
        """What is measured so far."""
        found: Figures = json.loads(self._figures.read_text()) if self._figures.exists() else {}
        return found

    def keep(self, step: str, figures: Figures, load: tuple[float, float]) -> None:
        """Add the figures of a step, with the load of the machine before and after it."""
        everything = {**self.figures(), "count": self.count}
        everything[step] = {**figures, "load": [round(one, 1) for one in load]}
        self._figures.write_text(json.dumps(everything, ensure_ascii=False, indent=1))


def make(run: Run) -> Figures:
    from benchmarks.names.synthetic import subjects

    begun = time.perf_counter()
    if not run.rows.exists():
        temporary = run.rows.with_suffix(".new")
        with temporary.open("w", encoding="utf-8") as stream:
            for row in subjects(run.count):
                stream.write("\t".join(row) + "\n")
        temporary.rename(run.rows)
    return {"seconds": time.perf_counter() - begun}


def build(run: Run) -> Figures:
    from yishi.foundation.credit.names import build as build_index

    def tell(stage: str, done: int) -> None:
        if stage == "sorted" or done % 500_000 == 0:
            print(f"  {stage} {done:,}", flush=True)

    begun, spent = time.perf_counter(), time.process_time()
    rows = ((subject, name) for subject, _, name in measured.rows_of(run.rows))
    manifest = build_index(rows, run.index, tell)
    return {
        "seconds": time.perf_counter() - begun,
        "processor": time.process_time() - spent,
        "megabytes": {name: size / 1e6 for name, (size, _) in manifest.files.items()},
        "entries": manifest.entries,
        "memory": measured.memory(),
    }


def search(run: Run) -> Figures:
    from yishi.foundation.credit.names import Index

    before = measured.memory()
    begun = time.perf_counter()
    index = Index.open(run.index)
    opened = time.perf_counter() - begun
    rows = measured.sampled(run.rows, run.count, run.each)
    found: Figures = {"opened": opened, "before": before, "each": run.each}
    found["exact"] = measured.exact(index, rows[:1000])
    for edits in (1, 2):
        recall, times = measured.recall(index, rows, edits)
        found[f"recall{edits}"] = {
            kind: {
                label: (recall.tries[kind, label], *recall.shares(kind, label))
                for k, label in sorted(recall.tries)
                if k == kind
            }
            for kind in KINDS
        }
        found[f"missed{edits}"] = recall.missed[:20]
        found[f"times{edits}"] = {
            "clock": _times(times.clock),
            "processor": _times(times.processor),
        }
    found["memory"] = measured.memory()
    found["alarms"] = [
        [*group, tries, shares]
        for group, (tries, shares) in measured.false_alarms(index, run.each).items()
    ]
    return found


def _times(times: list[float]) -> Figures:
    shares = {f"p{round(100 * share)}": percentile(times, share) for share in (0.5, 0.95, 0.99)}
    return {**shares, "a second": len(times) / sum(times)}


def rapidfuzz(run: Run) -> Figures:
    from benchmarks.names.rivals import rapidfuzz as rival

    return rival(run.rows, run.count, each=20 if run.count <= 1_000_000 else 7)


def postgres(run: Run) -> Figures:
    from benchmarks.names.rivals import postgres as rival

    return rival(run.rows, run.count, each=60 if run.count <= 1_000_000 else 30)


STEPS: dict[str, Callable[[Run], Figures]] = {
    step.__name__: step for step in (make, build, search, rapidfuzz, postgres)
}


def main() -> None:
    """Run the steps asked for."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("count", type=int)
    arguments.add_argument("steps", nargs="*", metavar="STEP")
    arguments.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "names-bench"
    )
    arguments.add_argument("--each", type=int, default=2000, help="names looked for of every kind")
    asked = arguments.parse_intermixed_args()
    run = Run(asked.count, asked.folder, asked.each)
    steps = asked.steps or [*STEPS, "report"]
    if steps == ["report"]:
        print(reporting.markdown(run.figures()))
    elif len(steps) == 1:
        before = os.getloadavg()[0]
        figures = STEPS[steps[0]](run)
        run.keep(steps[0], figures, (before, os.getloadavg()[0]))
    else:
        for step in steps:
            print(step, flush=True)
            options = ["--folder", str(asked.folder), "--each", str(asked.each)]
            command = [sys.executable, "-m", "benchmarks.names", str(asked.count), step, *options]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
