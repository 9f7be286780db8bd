"""A cluster with the demo city in it, made once and copied by every worker of every run.

Migrating and loading the city costs half a minute of a core; a copy of the files costs a second.
The copy is known by what made it: every program file outside the tests, and the city's folder.
``YISHI_TEST_TEMPLATE=name`` keeps one under a name of one's own while one changes programs that
have no part in it (migrations that are new are applied to the copy).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg
from django.db import connections

from yishi.runtime.postgres import ADMIN, FAST_OPTIONS, ROLE, ROOT_HOMES, Cluster

HOUSE = Path(__file__).resolve().parent.parent
NAME = "test_yishi"
KEPT = 12
#: Another copy of the database, for installations of their own: nobody is connected to it.
CITY = "city_template"
#: What ``yishi city load`` fills; a test that commits empties everything else.
REGISTERS = (
    "city_events_recogniserversion",
    "city_events_referral",
    "city_events_device",
    "city_events_metric",
    "city_events_threshold",
    "calendars_",
    "places_",
    "rulebook_ruleversion",
    "rulebook_parameter",
    "cases_catalogueversion",
    "credit_creditrules",
    "credit_creditsource",
    "benefit_payments_payingaccount",
    "benefit_policies_",
    "facts_source",
    "revisions_",
    "django_migrations",
    "django_content_type",
)


def folder() -> Path:
    """A folder that the server's user can reach: root's servers run as somebody else."""
    if os.geteuid() != 0:
        return Path(tempfile.mkdtemp(prefix="yishi-test-"))
    ROOT_HOMES.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="test-", dir=ROOT_HOMES))
    made.chmod(0o755)
    return made


def copy_to(home: Path) -> None:
    """Put the template's cluster into *home*, making the template first where there is none."""
    shelf = _shelf()
    template = shelf / _key()
    # One lock for each template: who needs another one does not wait.
    with template.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.exists():
            _make(template)
            _forget_old(shelf)
        template.touch()
        subprocess.run(["cp", "-a", "--reflink=auto", f"{template}/.", str(home)], check=True)


def _shelf() -> Path:
    root = ROOT_HOMES if os.geteuid() == 0 else Path(tempfile.gettempdir())
    shelf = root / f"test-templates-{os.geteuid()}"
    shelf.mkdir(parents=True, exist_ok=True)
    return shelf


def _key() -> str:
    if named := os.environ.get("YISHI_TEST_TEMPLATE", ""):
        return f"named-{hashlib.sha256(named.encode()).hexdigest()[:16]}"
    digest = hashlib.sha256()
    programs = (one for one in (HOUSE / "yishi").rglob("*.py") if "tests" not in one.parts)
    city = (one for one in (HOUSE / "cities").rglob("*") if one.is_file())
    for path in sorted([*programs, *city, HOUSE / "requirements.lock"]):
        digest.update(str(path.relative_to(HOUSE)).encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _make(template: Path) -> None:
    home = folder()
    server = Cluster(home, FAST_OPTIONS)
    try:
        with server.start_child() as process:
            server.wait_ready()
            with psycopg.connect(server.url("postgres", ADMIN), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {NAME} OWNER {ROLE}")
            url = f"postgresql:///{NAME}?host={server.socket_folder}&user={ROLE}"
            environment = os.environ | {"DATABASE_URL": url}
            for command in (["manage", "migrate"], ["city", "load"]):
                subprocess.run(
                    [sys.executable, "-m", "yishi", *command],
                    env=environment,
                    cwd=HOUSE,
                    check=True,
                    stdout=subprocess.DEVNULL,
                )
            with psycopg.connect(server.url("postgres", ADMIN), autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {CITY} TEMPLATE {NAME} OWNER {ROLE}")
            server.stop()
            process.wait()
        shutil.rmtree(home / "s", ignore_errors=True)
        home.rename(template)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _forget_old(shelf: Path) -> None:
    kept = [one for one in shelf.iterdir() if one.is_dir()]
    for old in sorted(kept, key=lambda one: one.stat().st_mtime)[:-KEPT]:
        shutil.rmtree(old, ignore_errors=True)


def empty_but_for_the_city(test: object = None) -> None:
    """Instead of emptying every table after a committing test, which would cost a city load each
    time: keep the registers."""
    connection = connections["default"]
    tables = [
        name for name in connection.introspection.table_names() if not name.startswith(REGISTERS)
    ]
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(f'"{name}"' for name in tables))
