"""The supervisor brings back what ends, slowly if it keeps ending, and leaves nothing behind."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from yishi.runtime import supervisor
from yishi.runtime.processes import tied_to_parent

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]


def _sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen(SLEEP, start_new_session=True, preexec_fn=tied_to_parent())


def _alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def _wait(condition: object, seconds: float = 10.0) -> None:
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_killed_part_is_back_at_once() -> None:
    said: list[str] = []
    part = supervisor.Part("sleeper", _sleeper)
    watched = supervisor.Supervisor([part], said.append)
    watched.start_all()
    try:
        first = part.process
        assert first is not None
        first.send_signal(signal.SIGKILL)
        first.wait()
        watched.look()
        assert part.process is not None and part.process.pid != first.pid
        assert part.process.poll() is None
        assert part.restarts == 1
        assert "sleeper is back" in said
    finally:
        watched.stop()


def test_a_part_that_keeps_ending_is_started_ever_slower_but_within_five_seconds() -> None:
    now = 0.0
    starts: list[float] = []

    def failing() -> subprocess.Popen[bytes]:
        starts.append(now)
        process = subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"])
        process.wait()
        return process

    watched = supervisor.Supervisor(
        [supervisor.Part("failing", failing)], lambda _: None, clock=lambda: now
    )
    watched.start_all()
    while now < 20:
        watched.look()
        now += 0.1
    pauses = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert pauses[0] < pauses[2] < pauses[4]
    assert max(pauses) < 5


def test_stop_ends_every_part() -> None:
    parts = [supervisor.Part(name, _sleeper) for name in ("one", "two")]
    watched = supervisor.Supervisor(parts, lambda _: None)
    watched.start_all()
    pids = [part.process.pid for part in parts if part.process]
    watched.stop()
    assert len(pids) == 2
    assert not any(_alive(pid) for pid in pids)


def test_a_part_deaf_to_requests_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "STOP_SECONDS", 0.3)
    code = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print(1, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        supervisor.end(process, signal.SIGTERM)
        assert process.returncode == -signal.SIGKILL


PARENT = """
import subprocess, sys, time
from yishi.runtime.processes import tied_to_parent
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"],
                         start_new_session=True, preexec_fn=tied_to_parent())
print(child.pid, flush=True)
time.sleep(60)
"""


def test_children_do_not_outlive_a_killed_supervisor() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert _alive(child)
        parent.kill()
    _wait(lambda: not _alive(child))


def test_one_supervisor_a_folder(tmp_path: Path) -> None:
    with (
        supervisor.only_one(tmp_path),
        pytest.raises(supervisor.SupervisorError, match=str(os.getpid())),
        supervisor.only_one(tmp_path),
    ):
        pass
    with supervisor.only_one(tmp_path):
        pass


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_asked_to_end_it_cleans_up(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with pytest.raises(supervisor.Stopped), supervisor.stoppable():
        os.kill(os.getpid(), number)
        time.sleep(5)
    assert signal.getsignal(number) is before


FORKING = """
import fcntl, os, sys, time
from pathlib import Path
from yishi.runtime import forking, supervisor

folder = Path(sys.argv[1])

def run(arguments):
    print("part", arguments, len(os.listdir("/proc/self/fd")), os.getsid(0) == os.getpid())
    print(Path("/proc/self/comm").read_text(), flush=True)
    time.sleep(60)

with supervisor.only_one(folder), supervisor.stoppable():
    with open(folder / "web.log", "ab") as log:
        child = forking.fork("web", log, run)
    print(child.pid, flush=True)
    code = child.wait()
    print("ended", code, flush=True)
"""


def _forking(folder: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", FORKING, str(folder)], stdout=subprocess.PIPE)


def test_a_forked_part_has_only_its_own_output_and_session(tmp_path: Path) -> None:
    with _forking(tmp_path) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        log = tmp_path / "web.log"
        _wait(lambda: "yishi-web" in log.read_text())
        # 0, 1, 2 and the folder that was listed: neither the lock nor anything else.
        assert log.read_text().splitlines()[0] == "part ['web'] 4 True"
        os.kill(child, signal.SIGKILL)
        assert parent.stdout.readline() == b"ended -9\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_forked_part_ends_with_its_supervisor_and_lets_the_next_one_in(
    tmp_path: Path, number: signal.Signals
) -> None:
    with _forking(tmp_path) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        _wait(lambda: "yishi-web" in (tmp_path / "web.log").read_text())
        parent.send_signal(number)
        parent.wait()
        with supervisor.only_one(tmp_path):
            pass
    _wait(lambda: not _alive(child))


def test_what_a_forked_part_raises_is_in_its_log_and_its_exit_code(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from yishi.runtime import forking\n"
        "def run(arguments): raise eval(sys.argv[2])\n"
        "with open(sys.argv[1], 'ab') as log: child = forking.fork('web', log, run)\n"
        "print(child.wait(), 'once')"
    )
    for raised, wanted in (("SystemExit(3)", 3), ("SystemExit()", 0), ("KeyError('lost')", 1)):
        log = tmp_path / "web.log"
        done = subprocess.run(
            [sys.executable, "-c", code, str(log), raised], capture_output=True, check=True
        )
        assert done.stdout.decode() == f"{wanted} once\n"
    assert "KeyError: 'lost'" in log.read_text()


def test_what_is_warmed_up_holds_no_connection_and_no_thread() -> None:
    code = (
        "import os, threading; from yishi.runtime import forking; forking.warm()\n"
        "from django.db import connections\n"
        "print(threading.active_count(), [c.connection for c in connections.all()],\n"
        "      sum('socket:' in os.readlink(f'/proc/self/fd/{n}')\n"
        "          for n in os.listdir('/proc/self/fd') if n not in '012'\n"
        "          and os.path.exists(f'/proc/self/fd/{n}')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.decode() == "1 [None] 0\n"
