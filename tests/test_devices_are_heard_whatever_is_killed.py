"""Broker, intake and database are killed in turn while devices send: what was accepted is there,
and every message became one report of one case."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from tests.brokers import Mosquitto, Senders
from yishi.runtime import supervisor
from yishi.runtime.postgres import Cluster, default_home

CAMERAS, ROUNDS = 16, 6
#: Some twenty seconds alone; the machine may have other work.
PATIENCE = 90.0
_MORE_CAMERAS = f"""
INSERT INTO city_events_device (ref, name, kind, division_id, managed_path, address, object_ref,
       object_name, types, upkeep, silent_minutes, simulated, active_from, added_at)
SELECT 'CAM-' || n, name, kind, division_id, managed_path, address, 'lift-test-' || n, '', types,
       '', silent_minutes, true, active_from, added_at
  FROM city_events_device, generate_series(1, {CAMERAS}) n WHERE ref = 'SIM-LIFT-01'
"""


@pytest.fixture
def dump(cluster: Cluster, db: None) -> bytes:
    """The session's database with the city in it."""
    name = connection.settings_dict["NAME"]
    command = [str(cluster.binaries / "pg_dump"), "--no-owner", "-d", cluster.url(name)]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture
def home(cluster: Cluster) -> Iterator[Path]:
    """A folder for an installation whose server the same user can run."""
    folder = Path(tempfile.mkdtemp(prefix="hear-", dir=cluster.home.parent))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def server(home: Path, dump: bytes) -> Iterator[Cluster]:
    """A database of its own, with more cameras in it."""
    cluster = Cluster(default_home(home))
    try:
        cluster.start()
        psql = [str(cluster.binaries / "psql"), "-qXv", "ON_ERROR_STOP=1", "-d", cluster.url()]
        subprocess.run(psql, input=dump, check=True, capture_output=True)
        with psycopg.connect(cluster.url()) as opened:
            opened.execute(_MORE_CAMERAS)
        yield cluster
    finally:
        cluster.destroy()


def _messages(senders: Senders) -> int:
    """Every camera sees its lift's e-bike again and again; every message is another one."""
    at = datetime.now(UTC).isoformat()
    for number in range(1, CAMERAS + 1):
        for again in range(ROUNDS):
            body = {"id": f"m-{again}", "at": at, "confidence": 0.93}
            senders.add(f"CAM-{number}", "detections", body)
    return CAMERAS * ROUNDS


@pytest.mark.timeout(240)
def test_what_was_accepted_is_there_once(
    home: Path, server: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker = Mosquitto(home / "broker")
    for name, value in (("YISHI_HOME", str(home)), ("YISHI_MQTT_URL", broker.url)):
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("DATABASE_URL", raising=False)
    database = supervisor.database_part(server)
    parts = [
        database,
        supervisor.Part("broker", broker.spawn),
        supervisor.python_part("intake", home / "log"),
    ]
    told: list[str] = []
    watched = supervisor.Supervisor(parts, told.append)
    senders = Senders(broker.port)
    total = _messages(senders)
    sending = threading.Thread(target=senders.run)
    begun = time.monotonic()
    watched.start_all()
    try:
        sending.start()
        kills = [*parts, *reversed(parts)]
        for place, part in enumerate(kills, start=1):
            wanted = total * place // (len(kills) + 2)
            _until(watched, lambda n=wanted: len(senders.told) >= n, begun, home)  # type: ignore[misc]
            assert part.process is not None
            os.kill(part.process.pid, signal.SIGKILL)
        _until(watched, lambda: not senders.waiting, begun, home)
        with psycopg.connect(server.url()) as opened:
            _judge(opened, senders, total)
    finally:
        senders.done.set()
        sending.join(10)
        watched.stop()
    for part in parts:
        assert part.restarts >= 2, told
    assert senders.sent > total, "nobody noticed the killing"


def _until(
    watched: supervisor.Supervisor, reached: Callable[[], bool], begun: float, home: Path
) -> None:
    while not reached():
        watched.look()

        time.sleep(0.02)
        logs = home / "log" / "intake.log"
        assert time.monotonic() < begun + PATIENCE, logs.read_text(errors="replace")[-3000:]


def _judge(opened: psycopg.Connection, senders: Senders, total: int) -> None:
    def rows(statement: str) -> list[tuple[object, ...]]:
        return opened.execute(statement).fetchall()  # type: ignore[call-overload]

    endings = {ending for answers in senders.told.values() for ending, _ in answers}
    assert endings == {"accepted"} and not senders.others
    stored = {
        (ref, key): number
        for ref, key, number in rows(
            "SELECT d.ref, m.key, m.answer->'cases'->0->>'number' "
            "FROM city_events_sensedmessage m JOIN city_events_device d ON d.id = m.device_id"
        )
    }
    for key, answers in senders.told.items():
        for _, body in answers:
            assert stored[key] == body["cases"][0]["number"], "accepted, and not there"
    assert len(stored) == total
    ((cases,),) = rows("SELECT count(*) FROM cases_case WHERE data ? 'device'")
    assert cases == CAMERAS, "a case for each lift"
    ((reports, keys),) = rows(
        "SELECT count(*), count(DISTINCT external_id) FROM city_events_report "
        "WHERE external_id LIKE 'CAM-%'"
    )
    assert reports == keys == total
    ((said,),) = rows("SELECT sum((data->>'reports')::int) FROM cases_case WHERE data ? 'device'")
    assert said == total
    ((alarms,),) = rows("SELECT count(*) FROM city_events_alarm")
    assert alarms == total
