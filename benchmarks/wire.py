"""Reports through HTTP: the real web processes, clients with keep-alive and an API key."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.engine import spots


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


def rate(port: int, key: str, clients: int, count: int, offset: int) -> Answered:
    """Send *count* reports by so many clients at once; every answer must be a 201."""
    bodies = [json.dumps(raw) for raw in spots(count, offset)]
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
