"""The command line's first answer, and the memory of the running installation."""

from __future__ import annotations

import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from benchmarks.wire import free_port
from yishi.runtime.postgres import default_home


def help_seconds(runs: int = 9) -> float:
    """Median time of ``yishi --help``."""

    def once() -> float:
        begun = time.perf_counter()
        subprocess.run(
            [sys.executable, "-m", "yishi", "--help"], check=True, stdout=subprocess.DEVNULL
        )
        return time.perf_counter() - begun

    return statistics.median(once() for _ in range(runs))


@dataclass(frozen=True, slots=True)
class Memory:
    """Sums over all processes, in MB: resident (shared pages counted often) and proportional."""

    processes: int
    rss: float
    pss: float


def demo_memory(home: Path, requests: int = 60) -> Memory:
    """Start ``yishi up --demo`` with its own database, use some pages, and add up its processes."""
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "YISHI_HOME": str(home)}
    environment.pop("DATABASE_URL", None)
    process = subprocess.Popen(
        [sys.executable, "-m", "yishi", "up", "--demo"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.rstrip().endswith("ready"):
                break
        else:
            raise RuntimeError("the demo did not start")
        for n in range(requests):
            path = ("", "api/docs", "report/", "track/", "api/v1/types?q=灯")[n % 5]
            address = f"http://127.0.0.1:{port}/{path}".replace("灯", "%E7%81%AF")
            urllib.request.urlopen(address, timeout=30).read()
        return _memory(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        shutil.rmtree(default_home(home), ignore_errors=True)


def _memory(root: int) -> Memory:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(folder.name))
    family, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        family.append(pid)
        waiting += children.get(pid, [])
    rss = pss = 0
    for pid in family:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Rss:"):
                rss += int(line.split()[1])
            elif line.startswith("Pss:"):
                pss += int(line.split()[1])
    return Memory(len(family), rss / 1024, pss / 1024)
