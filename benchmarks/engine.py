"""Reports and moves in one process, on one connection, each beside its bare rows."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from benchmarks.bare import Recorder, write_again
from benchmarks.ground import admin_url
from yishi.runtime.postgres import Cluster


@dataclass(frozen=True, slots=True)
class Rate:
    """So many things a second, so many rows each, and the bare rate of the same rows."""

    per_second: float
    rows_each: float
    bare_per_second: float

    @property
    def factor(self) -> float:
        """How many times slower than the bare rows."""
        return self.bare_per_second / self.per_second


def spots(
    count: int, offset: int = 0, name: str = "bench", *, typed: bool = True
) -> list[dict[str, Any]]:
    """Reports of one type, each far enough from the others to be a case of its own.

    They are numbered from *offset*, up to some hundred thousand. *typed*: they name their type;
    else it has to be recognised from their words.
    """
    own = {"type": "event/01/10"} if typed else {}
    return [
        own
        | {
            "description": "生活垃圾堆在路边没人清运",
            "external_id": f"{name}-{offset + n}",
            "lon": 112.10 + ((offset + n) % 250) * 0.0008,
            "lat": 32.03 + ((offset + n) // 250) * 0.0008,
        }
        for n in range(count)
    ]


def reports(server: Cluster, count: int, offset: int) -> tuple[Rate, list[str]]:
    """Filed and dispatched reports; returns their numbers too."""
    from django.utils import timezone

    from yishi.foundation.access.actors import PUBLIC
    from yishi.systems.city_events.intake import report

    numbers: list[str] = []

    def act() -> None:
        for raw in spots(count, offset):
            numbers.append(report(PUBLIC, raw, "bench", timezone.now()).number)

    for raw in spots(20, offset + count):
        report(PUBLIC, raw, "warm", timezone.now())
    return measured(server, act, count), numbers


def signs(server: Cluster, numbers: list[str]) -> Rate:
    """A status change of each case: the unit signs it."""
    from django.utils import timezone

    from yishi.foundation.access.actors import Actor, ActorGrant
    from yishi.foundation.cases.load import load_states
    from yishi.systems.city_events import moves

    units = {load_states(number=number)[0].unit_id for number in numbers}
    grants = tuple(ActorGrant("unit_officer", unit, "") for unit in units)
    actor = Actor("user", "user:0", "测试", grants, None)

    def act() -> None:
        for number in numbers:
            moves.advance(actor, number, "sign", {}, timezone.now())

    return measured(server, act, len(numbers))


def measured(server: Cluster, act: Any, count: int) -> Rate:
    """Time *act*, then the rows it wrote; afterwards they stand there once."""
    recorder = Recorder(admin_url(server))
    begun = time.perf_counter()
    act()
    taken = time.perf_counter() - begun
    written = recorder.written()
    recorder.undo(written)
    bare = write_again(server.url(), recorder.tables, written)
    recorder.close()
    assert len(written.transactions) == count, (len(written.transactions), count)
    return Rate(count / taken, written.rows / count, count / bare)
