"""Parts are killed while people work: what was acknowledged is there, once, and all is consistent.

Three rounds of what ``make soak`` does in fifty, on a real supervised installation: the first one
kills the database, then one part after the other, at random but the same each time.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection

from benchmarks.soak.judge import judge
from benchmarks.soak.killing import soak
from benchmarks.soak.sinks import sinks
from benchmarks.soak.supervised import running
from yishi.runtime.postgres import Cluster, default_home

CLIENTS, ROUNDS, WORK = 3, 3, 6


@pytest.fixture
def dump(cluster: Cluster, db: None) -> bytes:
    """The session's database with the city in it: loading that is quicker than making it."""
    name = connection.settings_dict["NAME"]
    command = [str(cluster.binaries / "pg_dump"), "--no-owner", "-d", cluster.url(name)]
    return subprocess.run(command, check=True, capture_output=True).stdout


@pytest.fixture
def home(cluster: Cluster) -> Iterator[Path]:
    """A folder for an installation whose server the same user can run."""
    folder = Path(tempfile.mkdtemp(prefix="kill-", dir=cluster.home.parent))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.mark.timeout(
    1200
)  # every part is started several times: seconds alone, minutes on a busy machine
def test_nothing_acknowledged_is_lost_or_doubled(home: Path, dump: bytes) -> None:
    server = Cluster(default_home(home))
    try:
        with (
            sinks() as (received, smtp, hook),
            running(home, server, smtp, hook, dump=dump) as place,
        ):
            rounds, reporters, desk = soak(
                place, ROUNDS, CLIENTS, 0, pause=0.1, settle=1, work=WORK
            )
            verdict = judge(place, reporters, desk, received)
    finally:
        server.destroy()
    assert verdict.faults == []
    assert {part for one in rounds for part in one.killed} >= {"web", "worker", "database"}
    assert verdict.counts["acknowledged reports"] >= WORK * ROUNDS
    assert verdict.counts["cases closed"] >= 1
    assert verdict.counts["repeated requests"] > 0, "nobody noticed the killing"
