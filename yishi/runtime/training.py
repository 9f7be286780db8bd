"""``yishi training``: a copy of the installation to practise in (培训环境).

The copy has the installation's own calendar, places, units, rules and catalogue as they are today,
and simulated cases and accounts; of the installation's cases, people and accounts it has nothing.
It is an installation of its own beside the first: own folder, own embedded database, own ports.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

#: Set in the copy; names the folder with what was taken from the installation.
VARIABLE = "YISHI_TRAINING"
#: What is copied, by the start of its tables' names; everything else stays behind.
COPIED = (
    "calendars_",
    "places_",
    "rulebook_ruleversion",
    "rulebook_parameter",
    "cases_catalogueversion",
    "revisions_",
)
#: Settings that the copy does not get, by the start of their names: the installation's database and
#: secrets, and every way out of the house, so that nobody is told of what is only practised.
LEFT_BEHIND = (
    "DATABASE_URL",
    "YISHI_SECRET_KEY",
    "YISHI_KEYS_FILE",
    "YISHI_MEDIA",
    "YISHI_EMAIL_",
    "YISHI_NOTIFY_",
    "YISHI_EXCHANGE_",
    "YISHI_MQTT_",
    "YISHI_OIDC_",
    "YISHI_ORIGIN",
    "YISHI_LIVE_ORIGIN",
)


@click.group()
def training() -> None:
    """A copy of the installation to practise in, with simulated cases."""


@training.command()
@click.option("--port", type=click.IntRange(1, 65_534), help="its port (PORT + 10)")
@click.option("--fresh", is_flag=True, help="start over with new simulated cases")
@click.pass_obj
def up(prepare: Callable[[], None], port: int | None, fresh: bool) -> None:
    """Start the training copy; Ctrl-C ends it. A second start goes on with its cases and takes
    over what has changed in the installation's units, rules and catalogue since."""
    from yishi.runtime import environment

    home = environment.state_dir() / "training"
    taken = home / "registers"
    began = not environment.database_url() and environment.cluster().start()
    prepare()
    count = take(taken)
    if began:  # it ran for this alone
        environment.cluster().stop()
    click.echo(f"training: {count} registers of this installation")
    own = {
        "YISHI_HOME": str(home),
        "PORT": str(port or environment.port() + 10),
        VARIABLE: str(taken),
    }
    kept = {name: text for name, text in os.environ.items() if not name.startswith(LEFT_BEHIND)}
    arguments = [sys.executable, "-m", "yishi", "up", "--demo", *(["--fresh"] if fresh else [])]
    os.execve(sys.executable, arguments, kept | own)


@training.command("fill", hidden=True)
@click.pass_obj
def fill_command(prepare: Callable[[], None]) -> None:
    """Fill the copy's registers with what ``up`` took."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        raise click.ClickException("this is not a training copy: use `yishi training up`")
    prepare()
    click.echo(f"registers: {fill(Path(folder))} tables")


def _tables(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    )
    return [name for (name,) in cursor.fetchall() if name.startswith(COPIED)]


def _columns(cursor: Any, table: str) -> str:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = '' ORDER BY attname",
        [table],
    )
    return ", ".join(f'"{name}"' for (name,) in cursor.fetchall())


def _sequences(cursor: Any, tables: list[str]) -> list[tuple[str, str, str]]:
    cursor.execute(
        """
        SELECT pg_get_serial_sequence(quote_ident(attrelid::regclass::text), attname),
               attrelid::regclass::text, attname
          FROM pg_attribute
         WHERE attrelid = ANY(%s::regclass[]) AND attidentity <> ''
        """,
        [tables],
    )
    return list(cursor.fetchall())


def take(folder: Path) -> int:
    """Write every register to a file below *folder*, all as of one moment. Returns their number."""
    from django.db import connection, transaction

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.glob("*.copy"):
        old.unlink()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        tables = _tables(cursor)
        for table in tables:
            columns = _columns(cursor, table)
            with (
                (folder / f"{table}.copy").open("wb") as file,
                cursor.copy(f'COPY "{table}" ({columns}) TO STDOUT') as rows,
            ):
                for block in rows:
                    file.write(block)
    return len(tables)


def fill(folder: Path) -> int:
    """Bring this database's registers to what *folder* holds. Returns the number of tables.

    Rows are added or changed, never deleted: ids are kept, registers only ever grow, and versions
    that may not change are the same on both sides.
    """
    from django.db import connection, transaction

    with transaction.atomic(), connection.cursor() as cursor:
        tables = _tables(cursor)
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # foreign keys are looked at in the end
        for table in tables:
            _bring(cursor, table, folder / f"{table}.copy")
        for sequence, table, column in _sequences(cursor, tables):
            cursor.execute(
                f'SELECT setval(%s, greatest((SELECT max("{column}") FROM "{table}"), 1))',
                [sequence],
            )
    return len(tables)


def _bring(cursor: Any, table: str, path: Path) -> None:
    columns = _columns(cursor, table)
    cursor.execute(
        f'CREATE TEMP TABLE taken ON COMMIT DROP AS SELECT {columns} FROM "{table}" LIMIT 0'
    )
    with path.open("rb") as file, cursor.copy(f"COPY taken ({columns}) FROM STDIN") as rows:
        while block := file.read(1 << 20):
            rows.write(block)
    cursor.execute(
        "SELECT a.attname FROM pg_index i JOIN pg_attribute a"
        " ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)"
        " WHERE i.indisprimary AND i.indrelid = %s::regclass",
        [table],
    )
    key = ", ".join(f'"{name}"' for (name,) in cursor.fetchall())
    new = ", ".join(f"excluded.{name}" for name in columns.split(", "))
    old = ", ".join(f'"{table}".{name}' for name in columns.split(", "))
    cursor.execute(
        f'INSERT INTO "{table}" ({columns}) SELECT {columns} FROM taken'
        f" ON CONFLICT ({key}) DO UPDATE SET ({columns}) = ROW({new})"
        f" WHERE ROW({old}) IS DISTINCT FROM ROW({new})"
    )
    cursor.execute("DROP TABLE taken")
