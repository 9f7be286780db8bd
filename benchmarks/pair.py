"""Two web processes and two workers at addresses of their own, one PostgreSQL, a balancer in front.

    python -m benchmarks.pair [SECONDS]     40 seconds by default; needs haproxy (Debian's package)

Eight programs report through HAProxy. After a quarter of the time one web process is killed with
SIGKILL, after half of it one worker; neither comes back. Told are the longest time in which nobody
got an answer, and whether every acknowledged report is one case, once, with its messages.
"""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import psycopg

from benchmarks.ground import ground, machine
from benchmarks.results import say
from benchmarks.soak.clients import Reporter
from benchmarks.soak.sinks import Received, sinks
from benchmarks.wire import free_port, new_key

CLIENTS, SECONDS = 8, 40
GOAL = 5.0
HOSTS = ("127.0.0.2", "127.0.0.3")
_PROXY = """
global
  maxconn 2000
defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout server 60s
  option redispatch 1
  retries 2
  retry-on conn-failure
frontend site
  bind 127.0.0.1:{port}
  default_backend webs
backend webs
  balance roundrobin
  option httpchk GET /healthz
  default-server check inter 500ms fall 1 rise 2 on-error mark-down
  server a {a}:{own} check
  server b {b}:{own} check
"""


@dataclass
class Pair:
    """The running processes by name, and the balancer's port."""

    port: int
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, *command: str, **environment: str) -> None:
        """Start a process in a group of its own."""
        self.processes[name] = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self, name: str) -> None:
        """SIGKILL to a process and all its children."""
        os.killpg(self.processes[name].pid, signal.SIGKILL)
        self.processes[name].wait(10)


@contextmanager
def pair(outside: dict[str, str]) -> Iterator[Pair]:
    """Everything but the database, ready to answer."""
    own = free_port()
    running = Pair(free_port())
    folder = Path(tempfile.mkdtemp(prefix="yishi-pair-"))
    names = {"a": HOSTS[0], "b": HOSTS[1], "own": str(own), "port": str(running.port)}
    proxy = folder / "haproxy.cfg"
    proxy.write_text(_PROXY.format(**names), encoding="utf-8")
    hosts = ",".join((*HOSTS, "127.0.0.1", "localhost"))
    yishi = (sys.executable, "-m", "yishi")
    try:
        for n, host in enumerate(HOSTS):
            shared = {"PORT": str(own), "YISHI_BIND": host, "YISHI_HOSTS": hosts}
            shared |= outside
            running.start(f"web {n}", *yishi, "web", YISHI_TRUSTED_PROXIES="127.0.0.1/32", **shared)
            running.start(f"worker {n}", *yishi, "worker", **shared)
        running.start("balancer", "haproxy", "-db", "-f", str(proxy))
        _wait(running.port)
        yield running
    finally:
        for process in running.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in running.processes.values():
            process.wait(30)
        shutil.rmtree(folder)


def _wait(port: int) -> None:
    import urllib.request

    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                time.sleep(3)  # until both are known to be up
                return
        except OSError:
            time.sleep(0.3)
    raise TimeoutError("the balancer finds no web process")


@dataclass
class Watch:
    """Moments of acknowledged reports, over all clients."""

    moments: list[float] = field(default_factory=list)

    def longest(self, start: float, end: float) -> float:
        """The longest pause between two of them."""
        inside = [start, *sorted(self.moments), end]
        return max(later - earlier for earlier, later in pairwise(inside))


class Timed(Reporter):
    """A reporter that notes when it was answered."""

    watch: Watch

    def _until_taken(self, body: str) -> str:
        number = super()._until_taken(body)
        self.watch.moments.append(time.perf_counter())
        return number


def run(seconds: float, url: str) -> list[str]:
    """A table of one run; *url* of the database."""
    key, stop, watch = new_key(), threading.Event(), Watch()
    cases: queue.Queue[str] = queue.Queue()
    with sinks() as (received, smtp, hook), pair(_outside(smtp, hook)) as running:
        clients = [Timed(n, running.port, key, stop, cases) for n in range(CLIENTS)]
        for client in clients:
            client.watch = watch
        threads = [threading.Thread(target=client.run) for client in clients]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for part, name in ((0.25, "web 0"), (0.5, "worker 0")):
            time.sleep(max(0.0, begun + part * seconds - time.perf_counter()))
            running.kill(name)
            say(f"killed {name}")
        time.sleep(max(0.0, begun + seconds - time.perf_counter()))
        stop.set()
        for thread in threads:
            thread.join()
        ended = time.perf_counter()
        failed = [client.failure for client in clients if client.failure]
        assert not failed, failed[0]
        waiting = _outbox_ends(url)
    unsent = _never_arrived(url, received)
    given = {key: number for client in clients for key, number in client.acknowledged.items()}
    lost, doubled = _compare(url, given)
    return [
        "| reports acknowledged | repeated by clients | longest time without an answer | lost | "
        "doubled | messages still to be sent | messages that never arrived |",
        "|---:|---:|---:|---:|---:|---:|---:|",
        f"| {len(given):,} | {sum(client.retries for client in clients)} | "
        f"{watch.longest(begun, ended):.1f} s (goal ≤ {GOAL:.0f} s) | {lost} (goal 0) | "
        f"{doubled} (goal 0) | {waiting} (goal 0) | {unsent} (goal 0) |",
    ]


def _outside(smtp: int, hook: int) -> dict[str, str]:
    return {
        "YISHI_EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "YISHI_EMAIL_HOST": "127.0.0.1",
        "YISHI_EMAIL_PORT": str(smtp),
        "YISHI_NOTIFY_SMS": f"json://127.0.0.1:{hook}/send/{{phone}}?+X-Message-Id={{id}}",
    }


def _never_arrived(url: str, received: Received) -> int:
    query = "SELECT id::text FROM messaging_message WHERE channel IN ('email', 'sms')"
    with psycopg.connect(url) as connection:
        ids = [found for (found,) in connection.execute(query)]
    return sum(not received.email[one] and not received.sms[one] for one in ids)


def _outbox_ends(url: str, patience: float = 90) -> int:
    """Wait until the worker that is left has sent everything; how many messages were not."""
    waiting = "SELECT count(*) FROM messaging_message WHERE state = 'queued'"
    deadline = time.monotonic() + patience
    left = -1
    with psycopg.connect(url, autocommit=True) as connection:
        while time.monotonic() < deadline and left:
            row = connection.execute(waiting).fetchone()
            left = int(row[0]) if row else -1
            time.sleep(0.5)
    return left


def _compare(url: str, given: dict[str, str]) -> tuple[int, int]:
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT r.external_id, c.number FROM city_events_report r"
            " JOIN cases_case c ON c.id = r.case_id WHERE r.external_id = ANY(%s)",
            [list(given)],
        ).fetchall()
    stored: dict[str, str] = dict(rows)
    lost = sum(stored.get(external) != number for external, number in given.items())
    return lost, len(rows) - len(stored)


def main(seconds: float) -> None:
    """Run it on a database of its own and print the table."""
    if shutil.which("haproxy") is None:
        raise SystemExit("haproxy is needed: apt-get install haproxy")
    say(machine())
    with ground() as server:
        print("\n".join(run(seconds, server.url())))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS)
