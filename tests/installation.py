"""Installations of their own for tests that kill, back up, restore and rotate: real processes on
databases of the session's server."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from yishi.runtime.postgres import DATABASE, ROLE, Cluster


@dataclass(frozen=True, slots=True)
class Installation:
    """A database and a state folder, and how processes reach them."""

    home: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """The database's address."""
        return self.environment["DATABASE_URL"]

    def yishi(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        command = [sys.executable, "-m", "yishi", *arguments]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return done

    def python(self, text: str) -> str:
        """Run a program with Django set up; its last line."""
        code = "import django; django.setup()\n" + text
        command = [sys.executable, "-c", code]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return (done.stdout.strip().splitlines() or [""])[-1]

    def query(self, statement: str) -> list[tuple[object, ...]]:
        """The rows of a statement."""
        with psycopg.connect(self.url, application_name="yishi backup") as connection:
            return connection.execute(statement).fetchall()  # type: ignore[arg-type]


@contextmanager
def installation(
    cluster: Cluster, home: Path, name: str, *, migrated: bool = True, template: str = ""
) -> Iterator[Installation]:
    """A new database *name* (empty, migrated, or a copy of *template*), dropped afterwards."""
    name = f"{name}_{os.getpid()}"
    source = f' TEMPLATE "{template}"' if template else ""
    with psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"{source}')  # type: ignore[arg-type]
    environment = {
        **os.environ,
        "DATABASE_URL": f"postgresql://{ROLE}@/{name}?host={cluster.socket_folder}",
        "DJANGO_SETTINGS_MODULE": "yishi.runtime.settings",
        "YISHI_HOME": str(home),
    }
    made = Installation(home, environment)
    try:
        if migrated:
            made.yishi("manage", "migrate", "--verbosity", "0")
        yield made
    finally:
        with psycopg.connect(cluster.url(DATABASE), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')  # type: ignore[arg-type]
