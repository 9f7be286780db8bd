"""The rounds: somebody works, something is killed, the time until all is back is measured."""

from __future__ import annotations

import os
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.soak.clients import PATIENCE, Desk, Reporter
from benchmarks.soak.supervised import PARTS, Running


@dataclass(frozen=True, slots=True)
class Round:
    """What was killed, how long it took until all parts worked, and the machine's load then."""

    killed: tuple[str, ...]
    seconds: float
    load: float


def soak(
    place: Running,
    rounds: int,
    clients: int,
    seed: int,
    *,
    pause: float = 0.0,
    settle: int = 0,
    work: int = 12,
    steps: int = 1,
    say: Callable[[str], None] = lambda text: None,
) -> tuple[list[Round], list[Reporter], Desk]:
    """Kill *rounds* times while *clients* report and two officers work; then let all finish.

    Every part is killed first once, in any order, then one to three at random. *work* reports and
    *steps* of the desk are acknowledged before each; at the end the desk goes on until it has
    closed *settle* cases.
    """
    rng, stop = random.Random(seed), threading.Event()
    cases: queue.Queue[str] = queue.Queue()
    reporters = [
        Reporter(n, place.port, place.key, stop, cases, pause=pause) for n in range(clients)
    ]
    desk = Desk(place.port, place.password, stop, cases)
    threads = [threading.Thread(target=one.run, daemon=True) for one in (*reporters, desk)]
    for thread in threads:
        thread.start()
    done: list[Round] = []
    first = rng.sample([[part] for part in PARTS], len(PARTS))
    try:
        for n in range(rounds):
            _work(reporters, desk, work, steps)
            if n == rounds // 2:
                # What this root records must hold to the end.
                assert not place.commands("audit root")
            time.sleep(rng.uniform(0, 0.6))
            chosen = first[n] if n < len(first) else rng.sample(PARTS, rng.choice((1, 1, 2, 3)))
            done.append(_kill(place, chosen, rng))
            say(f"round {n + 1}: {', '.join(chosen)}: {done[-1].seconds:.1f} s")
        _work(reporters, desk, 4, 0)
        deadline = time.monotonic() + PATIENCE
        while sum("close" in steps for steps in desk.acknowledged.values()) < settle:
            assert not desk.failure, desk.failure
            assert time.monotonic() < deadline, "the desk closed nothing"
            time.sleep(0.1)
    finally:
        stop.set()
    for thread in threads:
        thread.join(PATIENCE + 5)
    assert not any(thread.is_alive() for thread in threads), "a client hangs"
    return done, reporters, desk


def _work(reporters: list[Reporter], desk: Desk, more: int, steps: int) -> None:
    """Until that many further reports and steps of the desk were acknowledged."""

    def reported() -> int:
        return sum(len(one.acknowledged) for one in reporters)

    def moved() -> int:
        return sum(map(len, list(desk.acknowledged.values())))

    reports, moves = reported() + more, moved() + steps
    deadline = time.monotonic() + PATIENCE
    while reported() < reports or moved() < moves:
        failures = [one.failure for one in (*reporters, desk) if one.failure]
        assert not failures, failures
        assert time.monotonic() < deadline, "no report was taken, or no step made"
        time.sleep(0.02)


def _kill(place: Running, chosen: list[str], rng: random.Random) -> Round:
    worker = place.newest_worker()
    killed = [part for part in chosen if place.kill(part, rng)]
    time.sleep(0.1)  # a health check must not be answered by what is just dying
    seconds = place.seconds_until_back(killed, worker) + 0.1
    return Round(tuple(killed), seconds, os.getloadavg()[0])
