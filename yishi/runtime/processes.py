"""Child processes that never outlive the process that started them."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def tied_to_parent(number: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """A ``preexec_fn``: the kernel sends the child this signal when the calling thread ends.

    It works however the parent ends, ``kill -9`` included. Call it from the main thread, since the
    kernel watches the thread that forked. On other systems than Linux it does nothing.
    """
    parent = os.getpid()

    def tie() -> None:
        if _LIBC is None:
            return
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # the parent was gone before the kernel knew of the tie
            os._exit(1)

    return tie


def name_process(name: str) -> None:
    """Let ``ps -o comm`` and ``top`` call this process *name* (15 letters); on Linux only."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_NAME, name.encode()[:15], 0, 0, 0)


def tie_server_worker() -> None:
    """Called in a server's worker process: it ends at once when its master is killed.

    Otherwise it would go on answering on the shared port, with nobody to stop it. A master that is
    asked to end stops its workers gently by itself.
    """
    parent = multiprocessing.parent_process()
    if _LIBC is None or parent is None:
        return
    _LIBC.prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)
    if os.getppid() != parent.pid:
        os._exit(1)
