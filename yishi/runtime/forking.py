"""Parts that are forked from a process which has imported everything already.

Importing takes each of web, worker and live process one to five seconds of processor time. Forked,
they work after some tenths of a second, and share the memory of what was imported.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, NoReturn

from yishi.runtime.environment import SUPERVISED
from yishi.runtime.processes import name_process, tied_to_parent

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_LOOK_SECONDS = 0.02


@dataclass
class Forked:
    """A child made by ``os.fork``, with as much of ``subprocess.Popen`` as the supervisor uses."""

    pid: int
    returncode: int | None = None

    def poll(self) -> int | None:
        """The exit code, negative for a signal; ``None`` while the child runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end. Raises ``subprocess.TimeoutExpired``."""
        until = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if until is not None and time.monotonic() > until:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
            time.sleep(_LOOK_SECONDS)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless the child has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)


def warm() -> None:
    """Import what all parts need. Opens no connection and starts no thread of ours: neither would
    survive a fork."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yishi.runtime.settings")
    django.setup()
    from django.db import connections
    from django.urls import URLResolver, get_resolver
    from procrastinate.contrib.django import app

    from yishi.runtime import live, wsgi

    assert app and live and wsgi
    waiting = [get_resolver()]
    while waiting:
        waiting += [one for one in waiting.pop().url_patterns if isinstance(one, URLResolver)]
    connections.close_all()
    gc.collect()
    gc.freeze()


def fork(name: str, log: IO[bytes], run: Callable[[list[str]], object]) -> Forked:
    """Run the command *name* by *run* in a child with a session of its own, its output in *log*.

    The child gets nothing else that is open here, such as the supervisor's lock, and never returns
    into the caller. Call it from the main thread (see `tied_to_parent`).
    """
    tie = tied_to_parent()
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)  # until the child has handlers of its own
    try:
        pid = os.fork()
        if pid == 0:
            _become(name, tie, log.fileno(), run)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
    return Forked(pid)


def _become(
    name: str, tie: Callable[[], None], log: int, run: Callable[[list[str]], object]
) -> NoReturn:
    code = 1
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.setsid()
        tie()
        _only_output(log)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        os.environ[SUPERVISED] = "1"
        name_process(f"yishi-{name}")
        run([name])
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _only_output(log: int) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    for number, source in ((0, nothing), (1, log), (2, log)):
        os.dup2(source, number)
    os.closerange(3, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def log_file(folder: Path, name: str, largest: int) -> IO[bytes]:
    """The log of a part, open to write; one that has grown too large begins anew."""
    path = folder / f"{name}.log"
    large = path.exists() and path.stat().st_size > largest
    return open(path, "wb" if large else "ab")
