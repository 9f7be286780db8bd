"""Databases that are made once and kept beside the repository between runs."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.ground import prepare, served
from yishi.runtime.postgres import ROOT_HOMES, Cluster

#: How many cases they have.
CASES = int(os.environ.get("YISHI_BENCH_CASES") or 1_000_000)
#: The folder of the kept database, when it is not the usual one.
PLACE = "YISHI_BENCH_HOME"


def say(text: str) -> None:
    """A line of progress."""
    print(f"[{datetime.now(UTC):%H:%M:%S}] {text}", file=sys.stderr, flush=True)


def home(name: str) -> Path:
    """Where the database is kept: below the cache folder, or where root's clusters live."""
    if os.environ.get(PLACE):
        return Path(os.environ[PLACE])
    if os.geteuid() == 0:
        return ROOT_HOMES / name
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "yishi" / name


@contextmanager
def kept(folder: Path, make: Callable[[], int], *, fresh: bool = False) -> Iterator[Cluster]:
    """The database in *folder*, served, with Django set up on it; *make* fills it when it is not
    there, and returns with how many cases."""
    marker = folder / "made.json"
    if fresh or not marker.exists():
        shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o755)
    with served(folder) as server:
        prepare()
        if not marker.exists():
            made = {"now": datetime.now(UTC).isoformat(), "cases": make()}
            marker.write_text(json.dumps(made), encoding="utf-8")
        yield server
