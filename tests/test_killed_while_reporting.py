"""Web and worker are killed while clients report: what was acknowledged is there, exactly once.

A small version: four clients with keys that retry, three rounds of SIGKILL on a real installation
of its own. The large one runs outside `make test`.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest

from yishi.runtime.postgres import DATABASE, ROLE, Cluster

CLIENTS, ROUNDS = 4, 3
_SET_UP = """
from django.utils import timezone
from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.runtime.cities import load_city
from django.conf import settings
load_city(settings.CITY_DIR, now=timezone.now())
print(issue_key("kill", "kill", [ActorGrant("hotline", None, "4206")], timezone.now()))
"""
_LOOK = """
from yishi.foundation.cases.rollups import differences, fold
from yishi.foundation.cases.verify import verify_traces
seen = faults = 0
for block, found in verify_traces():
    seen, faults = seen + block, faults + len(found)
before = len(differences())
fold()
print(seen, faults, before, len(differences()))
"""


@dataclass
class Reporter:
    """A client that repeats what was not acknowledged, under the same key."""

    name: int
    port: int
    key: str
    stop: threading.Event
    acknowledged: dict[str, str] = field(default_factory=dict)
    retries: int = 0

    def run(self) -> None:
        """Report until told to stop; the last report is brought to its end."""
        n = 0
        while not self.stop.is_set():
            external_id = f"{self.name}-{n}"
            spot = {
                "lon": 112.1 + self.name * 0.02 + n % 20 * 0.0009,
                "lat": 32.03 + n // 20 * 9e-4,
            }
            body = {"type": "event/01/10", "description": "垃圾", "external_id": external_id}
            self.acknowledged[external_id] = self._until_taken(json.dumps(body | spot))
            n += 1

    def _until_taken(self, body: str) -> str:
        deadline = time.monotonic() + 40
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException, ValueError):
                status, answer = self._post(body)
                if status in (200, 201):
                    return str(json.loads(answer)["number"])
                assert status >= 500, (status, answer)
            self.retries += 1
            time.sleep(0.05)
        raise AssertionError("the web process did not come back")

    def _post(self, body: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            headers = {"X-API-Key": self.key, "Content-Type": "application/json"}
            connection.request("POST", "/api/v1/reports", body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


def _port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _django(environment: dict[str, str], text: str) -> str:
    code = "import django; django.setup()\n" + text
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    )
    return done.stdout.strip().splitlines()[-1]


@pytest.fixture
def environment(cluster: Cluster, tmp_path: Path) -> Iterator[dict[str, str]]:
    """A migrated database of its own on the session's server, and how processes reach it."""
    name = f"kill_{os.getpid()}"
    with psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    found = {
        **os.environ,
        "DATABASE_URL": f"postgresql://{ROLE}@/{name}?host={cluster.socket_folder}",
        "DJANGO_SETTINGS_MODULE": "yishi.runtime.settings",
        "YISHI_HOME": str(tmp_path),
        "YISHI_WEB_WORKERS": "1",
        "PORT": str(_port()),
    }
    command = [sys.executable, "-m", "yishi", "manage", "migrate", "--verbosity", "0"]
    subprocess.run(command, env=found, check=True)
    yield found
    with psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


class Parts:
    """Web and worker, killed and started again as the supervisor does it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self.running = {name: self._start(name) for name in ("web", "worker")}

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "yishi", name],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def kill(self) -> None:
        """SIGKILL both with all their children, and start them anew."""
        for name, process in self.running.items():
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            self.running[name] = self._start(name)

    def end(self) -> None:
        """Kill both."""
        for process in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_nothing_acknowledged_is_lost_or_doubled(environment: dict[str, str]) -> None:
    key = _django(environment, _SET_UP)
    stop, rng = threading.Event(), random.Random(7)
    port = int(environment["PORT"])
    reporters = [Reporter(n, port, key, stop) for n in range(CLIENTS)]
    threads = [threading.Thread(target=one.run, daemon=True) for one in reporters]
    parts = Parts(environment)
    try:
        for thread in threads:
            thread.start()
        for _ in range(ROUNDS):
            known = sum(len(one.acknowledged) for one in reporters)
            deadline = time.monotonic() + 30
            while sum(len(one.acknowledged) for one in reporters) < known + 12:
                assert time.monotonic() < deadline, "no report was taken"
                time.sleep(0.02)
            time.sleep(rng.uniform(0, 0.4))
            parts.kill()
        stop.set()
        for thread in threads:
            thread.join(45)
        assert not any(thread.is_alive() for thread in threads)
    finally:
        parts.end()
    _judge(environment, reporters)


def _judge(environment: dict[str, str], reporters: list[Reporter]) -> None:
    """Every acknowledged report is there once, under the number that was told."""
    with psycopg.connect(environment["DATABASE_URL"]) as connection:
        rows = connection.execute(
            "SELECT r.external_id, c.number FROM city_events_report r "
            "JOIN cases_case c ON c.id = r.case_id WHERE r.channel = 'kill'"
        ).fetchall()
        keys = connection.execute("SELECT count(*) FROM cases_intakekey").fetchone()
    acknowledged = {key: number for one in reporters for key, number in one.acknowledged.items()}
    assert len(acknowledged) >= 12 * ROUNDS
    assert len(rows) == len({external_id for external_id, _ in rows})
    assert dict(rows) == acknowledged
    assert keys == (len(rows),)
    assert sum(one.retries for one in reporters) > 0, "nobody noticed the killing"
    seen, faults, before, after = map(int, _django(environment, _LOOK).split())
    assert (seen, faults, before, after) == (len({n for _, n in rows}), 0, 0, 0)
