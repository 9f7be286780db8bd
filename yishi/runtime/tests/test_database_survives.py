"""The embedded server comes back from whatever happened to it."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from yishi.runtime.postgres import ROOT_HOMES, Cluster, default_home
from yishi.runtime.postgres_programs import PostgresError


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Cluster]:
    """A durable cluster of the test's own."""
    folder = tmp_path
    if os.geteuid() == 0:
        ROOT_HOMES.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="test-", dir=ROOT_HOMES))
        folder.chmod(0o755)
    cluster = Cluster(folder)
    yield cluster
    cluster.destroy()
    if folder != tmp_path:
        shutil.rmtree(folder)


def _postmaster(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


def _ask(cluster: Cluster, query: str) -> object:
    with psycopg.connect(cluster.url()) as connection:
        row = connection.execute(query).fetchone()
        return row and row[0]


def test_what_was_committed_survives_kill_9(own: Cluster) -> None:
    assert own.start()
    with psycopg.connect(own.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS number")
    os.kill(_postmaster(own), signal.SIGKILL)
    assert own.start()
    assert _ask(own, "SELECT number FROM kept") == 42


def test_starting_and_stopping_are_idempotent(own: Cluster) -> None:
    assert [own.start(), own.start()] == [True, False]
    pid = _postmaster(own)
    assert own.ready()
    assert _postmaster(own) == pid
    assert [own.stop(), own.stop()] == [True, False]
    assert not own.running()


def test_a_recycled_process_id_is_not_taken_for_the_server(own: Cluster) -> None:
    own.start()
    text = (own.data / "postmaster.pid").read_text()
    own.stop()
    # The id of a process that is alive and is somebody else's: this test's own.
    lines = [str(os.getpid()), *text.splitlines()[1:]]
    (own.data / "postmaster.pid").write_text("\n".join(lines) + "\n")
    (own.socket_folder / ".s.PGSQL.5432.lock").write_text("\n".join(lines) + "\n")
    assert not own.running()
    assert not own.stop()
    assert own.start()
    assert _ask(own, "SELECT 1") == 1


def _start(home: Path, results: multiprocessing.Queue[bool]) -> None:
    results.put(Cluster(home).start())


def test_a_server_that_was_a_child_starts_in_the_background_too(own: Cluster) -> None:
    with own.start_child() as child:
        own.wait_ready()
        assert own.stop()
        child.wait()
    assert own.start()
    assert _ask(own, "SELECT 42") == 42


def test_of_many_starters_one_starts(own: Cluster) -> None:
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[bool] = context.Queue()
    starters = [context.Process(target=_start, args=(own.home, results)) for _ in range(3)]
    for starter in starters:
        starter.start()
    started = [results.get(timeout=60) for _ in starters]
    for starter in starters:
        starter.join()
        starter.close()
    results.close()
    results.join_thread()
    assert sorted(started) == [False, False, True]
    assert _ask(own, "SELECT current_user::text") == "yishi"


def test_half_made_cluster_is_made_again(own: Cluster) -> None:
    own.start()
    own.stop()
    (own.data / "yishi.done").unlink()
    (own.data / "global" / "pg_control").unlink()
    assert own.start()


def test_nobody_else_gets_in(own: Cluster) -> None:
    own.start()
    assert stat.S_IMODE(own.socket_folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(own.data.stat().st_mode) == 0o700
    assert _ask(own, "SELECT setting FROM pg_settings WHERE name = 'listen_addresses'") == ""
    assert _ask(own, "SHOW fsync") == "on"
    assert _ask(own, "SHOW dynamic_shared_memory_type") == "mmap"
    assert _ask(own, "SELECT rolsuper FROM pg_roles WHERE rolname = 'yishi'") is False
    rules = "SELECT string_agg(type || ' ' || auth_method, ',') FROM pg_hba_file_rules"
    with psycopg.connect(own.url(role="postgres")) as connection:
        assert connection.execute(rules).fetchone() == ("local peer",)


def test_a_failed_start_says_why(own: Cluster) -> None:
    broken = Cluster(own.home, {"shared_buffers": "nonsense"})
    with pytest.raises(PostgresError, match="shared_buffers"):
        broken.start()


def test_long_folders_get_a_short_socket(tmp_path: Path) -> None:
    folder = Cluster(tmp_path / ("x" * 120)).socket_folder
    assert len(os.fsencode(folder / ".s.PGSQL.5432")) < 108


@pytest.mark.skipif(os.geteuid() != 0, reason="only root's clusters live outside the state folder")
def test_roots_cluster_stays_with_its_state_folder(tmp_path: Path) -> None:
    first, again = default_home(tmp_path / "a"), default_home(tmp_path / "a")
    assert first == again != default_home(tmp_path / "b")
    assert first.parent == ROOT_HOMES


CHILD = """
import sys, time
from pathlib import Path
from yishi.runtime.postgres import Cluster
cluster = Cluster(Path(sys.argv[1]))
child = cluster.start_child()
cluster.wait_ready()
print("ready", flush=True)
time.sleep(60)
"""


def test_a_child_server_ends_with_its_killed_parent(own: Cluster) -> None:
    command = [sys.executable, "-c", CHILD, str(own.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        assert own.running()
        parent.kill()
    deadline = time.monotonic() + 15
    while own.running() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not own.running()
