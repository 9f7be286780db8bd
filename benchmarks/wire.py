"""Reports through HTTP: the real web processes, clients with keep-alive and an API key."""

from __future__ import annotations

import http.client
import json
import os
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.bare import Recorder, write_again
from benchmarks.engine import spots
from benchmarks.ground import admin_url
from yishi.runtime.postgres import Cluster


def free_port() -> int:
    """A port such that it and the next one are free."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("127.0.0.1", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("127.0.0.1", port + 1))
            except OSError:
                continue
            return port


@contextmanager
def web() -> Iterator[int]:
    """``yishi web`` on a free port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "yishi", "web"],
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(20)


@dataclass(frozen=True, slots=True)
class Answered:
    """Acknowledged reports per second, and the seconds that each answer took, in order."""

    per_second: float
    seconds: list[float]

    def share(self, part: float) -> float:
        """Milliseconds that this *part* of the answers took at most."""
        return 1000 * self.seconds[min(len(self.seconds) - 1, int(part * len(self.seconds)))]


def rate(
    port: int, key: str, clients: int, count: int, offset: int, name: str = "bench"
) -> Answered:
    """Send *count* reports by so many clients at once; every answer must be a 201. They name no
    type: it is recognised from their words."""
    bodies = [json.dumps(raw) for raw in spots(count, offset, name, typed=False)]
    failed: list[int] = []
    taken: list[float] = []

    def client(part: list[str]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        headers = {"X-API-Key": key, "Content-Type": "application/json"}
        for body in part:
            sent = time.perf_counter()
            connection.request("POST", "/api/v1/reports", body, headers)
            answer = connection.getresponse()
            answer.read()
            taken.append(time.perf_counter() - sent)
            if answer.status != 201:
                failed.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=client, args=(bodies[n::clients],)) for n in range(clients)]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed, failed[:5]
    return Answered(count / (time.perf_counter() - begun), sorted(taken))


def new_key() -> str:
    """The key of a program that reports in the whole city."""
    from django.utils import timezone

    from yishi.foundation.access.actors import ActorGrant
    from yishi.foundation.access.keys import issue_key
    from yishi.foundation.access.models import ApiClient

    ApiClient.objects.filter(name="benchmark-reports").delete()
    grants = [ActorGrant("hotline", None, "4206")]
    return issue_key("benchmark-reports", "benchmark", grants, timezone.now())


HEAD = (
    "| clients at once (granian, API key, type from the text) | reports per second | p50 | p95 | "
    "the same rows by as many bare connections | factor |"
)
RULE = "|---|---:|---:|---:|---:|---:|"


@dataclass(frozen=True, slots=True)
class Beside:
    """A run, and how many of the same transactions bare psycopg stored per second after it."""

    own: Answered
    bare: float


def beside_bare(
    server: Cluster, port: int, key: str, clients: int, count: int, offset: int
) -> Beside:
    """Send reports, take their rows out again, and write them once more with nothing else."""
    recorder = Recorder(admin_url(server))
    own = rate(port, key, clients, count, offset)
    written = recorder.written()
    recorder.undo(written)
    seconds = write_again(server.url(), recorder.tables, written, clients)
    recorder.close()
    assert len(written.transactions) == count, (len(written.transactions), count)
    return Beside(own, count / seconds)


def line(clients: int, found: Sequence[Beside]) -> str:
    """A row of the table: medians over the runs."""
    middle = statistics.median
    own = middle(one.own.per_second for one in found)
    bare = middle(one.bare for one in found)
    factor = middle(one.bare / one.own.per_second for one in found)
    times = [middle(one.own.share(part) for one in found) for part in (0.5, 0.95)]
    goals = ("≥ 250", "< 30 ms", "≤ 2.5") if clients == 8 else ("", "", "")
    texts = [f" (goal {goal})" if goal else "" for goal in goals]
    return (
        f"| {clients} | {own:,.0f}{texts[0]} | {times[0]:.0f} ms | {times[1]:.0f} ms{texts[1]} | "
        f"{bare:,.0f} | {factor:.2f}{texts[2]} |"
    )
