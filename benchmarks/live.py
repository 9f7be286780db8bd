"""A thousand open screens on one live process: how long until each hears of a report.

    python -m benchmarks.live [SCREENS] [REPORTS]     1,000 screens and 40 reports by default

Every screen is a connection of its own to ``yishi live``, as a browser keeps one. A report goes
through HTTP to ``yishi web``; measured is the time from sending it to the event at each screen.
What is told to screens is gathered for 0.1 s, which is part of it.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote

from benchmarks import wire
from benchmarks.engine import spots
from benchmarks.ground import ground, machine
from benchmarks.results import say

SCREENS, REPORTS = 1_000, 40
PAUSE, PATIENCE = 0.5, 5.0
TOPIC = "cases/4206"
GOAL = 1.0


@dataclass
class Screen:
    """One open page: when it was told of a change, after the first greeting."""

    told: list[float] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self, port: int, path: str) -> None:
        """Read events until cancelled."""
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        try:
            while line := await reader.readline():
                if line.startswith(b"event: hello"):
                    self.ready.set()
                elif line.startswith(b"event: changed"):
                    self.told.append(time.perf_counter())
        finally:
            writer.close()


@contextmanager
def live(port: int) -> Iterator[None]:
    """``yishi live`` beside the web process on *port*."""
    process = subprocess.Popen(
        [sys.executable, "-m", "yishi", "live"],
        env={**os.environ, "PORT": str(port)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


async def watch(port: int, key: str, screens: int, reports: int) -> list[list[float]]:
    """Seconds from sending each report to the event at each screen; none for a lost event."""
    from yishi.foundation.messages.live import topic_token

    path = f"/live/?topic={TOPIC}&token={quote(topic_token([TOPIC]))}"
    pages = [Screen() for _ in range(screens)]
    tasks = [asyncio.create_task(_patient(page, port + 1, path)) for page in pages]
    await asyncio.gather(*(asyncio.wait_for(page.ready.wait(), 60) for page in pages))
    await asyncio.sleep(1)
    found = []
    for body in spots(reports, 0, "live"):
        for page in pages:
            page.told.clear()
        sent = time.perf_counter()
        await asyncio.to_thread(_report, port, key, body)
        while not all(page.told for page in pages) and time.perf_counter() - sent < PATIENCE:
            await asyncio.sleep(0.05)
        await asyncio.sleep(PAUSE)  # what else the report set going is told too
        found.append([page.told[0] - sent for page in pages if page.told])
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return found


async def _patient(page: Screen, port: int, path: str) -> None:
    for _ in range(100):  # the process may still be starting
        try:
            await page.follow(port, path)
        except OSError:
            await asyncio.sleep(0.2)


def _report(port: int, key: str, body: object) -> None:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    connection.request("POST", "/api/v1/reports", json.dumps(body), headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    assert answer.status == 201, answer.status


def rows(screens: int, reports: int) -> list[str]:
    """A table of one run on a database of its own."""
    with ground(), wire.web() as port, live(port):
        key = wire.new_key()
        wire.rate(port, key, 8, 100, 50_000)  # as in a city that has run for a while
        found = asyncio.run(watch(port, key, screens, reports))
    delays = sorted(delay for one in found for delay in one)
    lost = screens * reports - len(delays)
    p99 = delays[min(len(delays) - 1, int(0.99 * len(delays)))]
    return [
        "| open screens | reports | events | not heard within 5 s | p50 | p99 | longest |",
        "|---:|---:|---:|---:|---:|---:|---:|",
        f"| {screens:,} | {reports} | {len(delays):,} | {lost} | "
        f"{statistics.median(delays):.2f} s | {p99:.2f} s (goal < {GOAL:.0f} s) | "
        f"{delays[-1]:.2f} s |",
    ]


if __name__ == "__main__":
    say(machine())
    given = [int(text) for text in sys.argv[1:]]
    print("\n".join(rows(*(given + [SCREENS, REPORTS][len(given) :]))))
