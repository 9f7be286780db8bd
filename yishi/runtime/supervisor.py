"""Keeps the parts of an installation running: database, web, worker, live process, and the intake
of devices where there is a broker.

Each part is a child process in a session of its own, tied to this process, so that nothing
outlives it however it ends. A part that ends is started again: at once, but after growing pauses of
at most 4 seconds while it keeps ending within seconds of its start.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from yishi.runtime.environment import SUPERVISED
from yishi.runtime.forking import Forked, fork, log_file
from yishi.runtime.postgres import Cluster
from yishi.runtime.postgres_programs import PostgresError
from yishi.runtime.processes import tied_to_parent

LONGEST_PAUSE = 4.0
QUIET_SECONDS = 5.0
STOP_SECONDS = 15.0
TICK_SECONDS = 0.1
LARGEST_LOG = 20_000_000

Say = Callable[[str], None]
Process = subprocess.Popen[bytes] | Forked


class SupervisorError(RuntimeError):
    """The installation cannot be started; the message says why."""


#: Exit code of a step that found a half-made demo: the installation starts over.
UNFINISHED = 75


class StepFailed(SupervisorError):
    """A ``yishi`` command that the start needs ended with an error; *code* is its exit code."""

    def __init__(self, arguments: Sequence[str], code: int) -> None:
        super().__init__(f"yishi {' '.join(arguments)} failed (code {code})")
        self.code = code


class Stopped(BaseException):
    """Somebody asked this process to end (Ctrl-C or SIGTERM)."""


@dataclass
class Part:
    """One supervised process. ``spawn`` starts it and returns at once."""

    name: str
    spawn: Callable[[], Process]
    settle: Callable[[], None] = lambda: None
    process: Process | None = None
    started: float = 0.0
    pause: float = 0.0
    due: float = 0.0
    restarts: int = 0


@dataclass
class Supervisor:
    """Runs parts until `Stopped` is raised in the main thread."""

    parts: Sequence[Part]
    say: Say
    clock: Callable[[], float] = field(default=time.monotonic)

    def start(self, part: Part) -> None:
        """Start a part and wait until it has settled. Raises what its functions raise."""
        part.started = self.clock()
        part.process = part.spawn()
        part.settle()

    def start_all(self) -> None:
        """Start all parts in their order."""
        for part in self.parts:
            self.start(part)

    def watch(self) -> None:
        """Restart what ends; never returns by itself."""
        while True:
            self.look()
            time.sleep(TICK_SECONDS)

    def look(self) -> None:
        """One look at every part."""
        for part in self.parts:
            now = self.clock()
            if part.process is not None:
                code = part.process.poll()
                if code is None:
                    if part.pause and now - part.started > QUIET_SECONDS:
                        part.pause = 0.0
                    continue
                self._ended(part, code, now)
            if now >= part.due:
                self._restart(part)

    def _ended(self, part: Part, code: int, now: float) -> None:
        part.process = None
        part.due = now + part.pause
        how = f"signal {-code}" if code < 0 else f"code {code}"
        wait = f" in {part.pause:.1f} s" if part.pause else ""
        self.say(f"{part.name} ended ({how}); starting it again{wait}")
        part.pause = min(max(part.pause * 2, 0.5), LONGEST_PAUSE)

    def _restart(self, part: Part) -> None:
        part.restarts += 1
        try:
            self.start(part)
        except (PostgresError, SupervisorError, OSError) as error:
            self.say(f"{part.name}: {error}")
            if part.process is None:
                part.due = self.clock() + part.pause
            return
        self.say(f"{part.name} is back")

    def stop(self) -> None:
        """End all parts, the last started first; kill what does not end in time."""
        for part in reversed(self.parts):
            process, part.process = part.process, None
            if process is None:
                continue
            end(process, signal.SIGINT if part.name == "database" else signal.SIGTERM)


def end(process: Process, number: signal.Signals) -> None:
    """Ask a process to end, wait, and kill it with its whole session if it does not."""
    if process.poll() is None:
        process.send_signal(number)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextmanager
def stoppable() -> Iterator[None]:
    """Within this block SIGINT and SIGTERM raise `Stopped` in the main thread."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)  # the clean-up that follows is not interrupted
        raise Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def only_one(state_dir: Path) -> Iterator[None]:
    """Hold the installation. Raises `SupervisorError` if another supervisor does."""
    state_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(state_dir / "supervisor.lock", "a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "?"
            raise SupervisorError(f"already running in this folder (process {holder})") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def database_part(cluster: Cluster) -> Part:
    """The embedded server. One that somebody else started meanwhile makes room for it."""

    def spawn() -> subprocess.Popen[bytes]:
        cluster.stop()
        return cluster.start_child()

    return Part("database", spawn, cluster.wait_ready)


def python_part(name: str, log_folder: Path, *, forked: bool = False) -> Part:
    """A ``yishi`` command as a part; its output goes to a log file. *forked*: from this process,
    which has imported everything (`forking.warm`)."""
    log_folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def spawn() -> Process:
        with log_file(log_folder, name, LARGEST_LOG) as log:
            if forked:
                from yishi.runtime.cli import main

                return fork(name, log, main.main)
            return subprocess.Popen(
                [sys.executable, "-m", "yishi", name],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=tied_to_parent(),
                env={**os.environ, SUPERVISED: "1"},
            )

    return Part(name, spawn)


def run_step(arguments: Sequence[str]) -> None:
    """Run a ``yishi`` command to its end, output shown. Raises `StepFailed` if it fails."""
    process = subprocess.Popen(
        [sys.executable, "-m", "yishi", *arguments],
        start_new_session=True,
        preexec_fn=tied_to_parent(),
    )
    try:
        code = process.wait()
    finally:
        end(process, signal.SIGTERM)
    if code:
        raise StepFailed(arguments, code)


def wait_healthy(url: str, seconds: float = 60.0) -> dict[str, object]:
    """Wait until every part says in ``/healthz`` that it is well, but for a broker's, which is not
    ours to start. Raises `SupervisorError`."""
    deadline = time.monotonic() + seconds
    answer: object = "no answer"
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(url, timeout=5) as response:
                state: dict[str, object] = json.load(response)
                if state["ok"] or _all_but_the_broker(state):
                    return state
                answer = state
        except urllib.error.HTTPError as error:
            answer = error.code
        except (OSError, ValueError) as error:
            answer = error
        time.sleep(0.1)
    raise SupervisorError(f"the site is not well after {seconds:.0f} s: {answer}")


def _all_but_the_broker(state: dict[str, object]) -> bool:
    parts = state.get("parts")
    return isinstance(parts, dict) and all(
        part["ok"] for name, part in parts.items() if name != "intake"
    )
