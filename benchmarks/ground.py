"""The ground of a run: a database server of its own (fsync on), the demo city, the machine."""

from __future__ import annotations

import os
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from yishi.runtime.postgres import ADMIN, DATABASE, ROLE, ROOT_HOMES, Cluster

#: Memory of the measured server; the machine of the committed results has 24 GB.
MEMORY = os.environ.get("YISHI_DB_MEMORY", "2GB")


@contextmanager
def ground() -> Iterator[Cluster]:
    """A throw-away cluster with the city in it, and Django set up on it."""
    base = ROOT_HOMES if os.geteuid() == 0 else None
    if base is not None:
        base.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=base))
    folder.chmod(0o755)
    try:
        with served(folder) as server:
            prepare()
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def served(folder: Path) -> Iterator[Cluster]:
    """The cluster in *folder*, running, with the environment pointing to it.

    It has the memory that a city's own server would have (``YISHI_DB_MEMORY``).
    """
    server = Cluster(folder, {"max_wal_size": "4GB", "shared_buffers": MEMORY})
    with server.start_child() as process:
        server.wait_ready()
        os.environ["DATABASE_URL"] = f"postgresql://{ROLE}@/{DATABASE}?host={server.socket_folder}"
        os.environ["YISHI_HOME"] = str(folder / "home")
        os.environ["DJANGO_SETTINGS_MODULE"] = "yishi.runtime.settings"
        try:
            yield server
        finally:
            server.stop()
            process.wait()


def prepare() -> None:
    """Set Django up on the running server, with the city loaded."""
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    from yishi.runtime.cities import load_city

    call_command("migrate", verbosity=0)
    load_city(settings.CITY_DIR, now=timezone.now())


def admin_url(server: Cluster) -> str:
    """Connection string of the superuser, for undoing what was measured."""
    return server.url(DATABASE, ADMIN)


def median(act: Callable[[], float], runs: int) -> float:
    """The median of some runs."""
    return statistics.median(act() for _ in range(runs))


def seconds(act: Callable[[], object]) -> float:
    """How long *act* takes."""
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def machine() -> str:
    """Processor, cores, memory, system and versions in one line."""
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    names = [line.partition(":")[2].strip() for line in info.splitlines() if "model name" in line]
    total = Path("/proc/meminfo").read_text(encoding="utf-8").split()[1]
    cores = len(os.sched_getaffinity(0))
    return (
        f"{names[0] if names else platform.machine()}, {cores} cores, "
        f"{int(total) / 1024 / 1024:.0f} GB memory, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the start"
    )
