"""A whole day's due work on the kept database: found, told and carded; all is rolled back.

    python -m benchmarks.due       prints what a day of a city with a million cases in 90 days is

The day is the one after the database was made, in which nothing was done: every clock that turned
yellow or red, every case that is late then and may get a card by rule, every card without answer,
and the call-backs of what was closed. A worker would find the same in its ticks of a minute.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the work: how many it found, seconds, and those of them this process worked."""

    name: str
    found: int
    seconds: float
    own: float


def measure() -> list[Part]:
    """The parts of a day's work, in the order in which they were done."""
    from benchmarks.million import place
    from yishi.foundation.cases.due import BATCH, tell_due
    from yishi.systems.city_events.due import card_due, resume_due
    from yishi.systems.city_events.hotline.callbacks import make

    made = json.loads((place() / "made.json").read_text(encoding="utf-8"))
    then = datetime.fromisoformat(made["now"]) + timedelta(days=1)

    def told() -> int:
        clocks = 0
        while found := tell_due(then):
            clocks += found
            if found < BATCH:
                break
        return clocks

    with transaction.atomic():
        parts = [
            _timed("suspensions ended", lambda: resume_due(then)),
            _timed("clocks told of", told),
            _timed("cards given and escalated", lambda: card_due(then)),
            _timed("call-backs made", lambda: make(then)),
        ]
        transaction.set_rollback(True)
    return parts


def _timed(name: str, act: Callable[[], int]) -> Part:
    begun, used = time.perf_counter(), time.process_time()
    found = act()
    return Part(name, found, time.perf_counter() - begun, time.process_time() - used)


def rows(runs: int = 3) -> list[str]:
    """A table; of some runs the one in the middle."""
    found = sorted(
        (measure() for _ in range(runs)), key=lambda parts: sum(p.seconds for p in parts)
    )
    parts = found[len(found) // 2]
    lines = ["| a day's due work | found | seconds | of them Python's |", "|---|---:|---:|---:|"]
    for part in parts:
        lines.append(f"| {part.name} | {part.found:,} | {part.seconds:.1f} | {part.own:.1f} |")
    whole, own = sum(p.seconds for p in parts), sum(p.own for p in parts)
    lines.append(f"| all (goal < 10) | | **{whole:.1f}** | {own:.1f} |")
    return lines


if __name__ == "__main__":
    from benchmarks.million import million

    with million():
        print("\n".join(rows()))
    connection.close()
