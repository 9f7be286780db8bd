"""``yishi up`` and ``yishi db``: the installation as a whole, and its database alone."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yishi.runtime import environment
from yishi.runtime.postgres_programs import PostgresError
from yishi.runtime.serve import bind_address
from yishi.runtime.training import VARIABLE as TRAINING

if TYPE_CHECKING:
    import psycopg

    from yishi.runtime.supervisor import Supervisor

_START = time.monotonic()


def say(text: str) -> None:
    """A line of progress with the seconds since the start."""
    click.echo(f"[{time.monotonic() - _START:5.1f} s] {text}")


@click.command()
@click.option("--demo", is_flag=True, help="load the city and its demo data first")
@click.option("--fresh", is_flag=True, help="with --demo: delete the demo's data first")
def up(demo: bool, fresh: bool) -> None:
    """Start everything, keep it running, stop it all on Ctrl-C."""
    from yishi.runtime import supervisor

    state_dir = environment.state_dir()
    if demo:
        os.environ["YISHI_DEMO"] = "1"
    try:
        _check_ports()
        with supervisor.only_one(state_dir), supervisor.stoppable():
            _run(state_dir, demo, fresh and demo)
    except supervisor.Stopped:
        say("stopped")
    except (supervisor.SupervisorError, PostgresError, environment.SettingError) as error:
        raise click.ClickException(str(error)) from None


def _run(state_dir: Path, demo: bool, fresh: bool) -> None:
    from yishi.runtime import supervisor

    embedded = not environment.database_url()
    cluster = environment.cluster()
    logs = state_dir / "log"
    parts: list[supervisor.Part] = []
    if embedded:
        if cluster.stop():
            say("the database ran by itself; taking it over")
        if fresh:
            say("starting over: deleting the data")
            cluster.destroy()
            shutil.rmtree(state_dir / "roots", ignore_errors=True)  # roots of traces that are gone
        parts.append(supervisor.database_part(cluster))
    watched = supervisor.Supervisor(parts, say)
    try:
        if embedded:
            say("database: starting the embedded PostgreSQL")
            watched.start(parts[0])
        if (state_dir / "restore.json").exists():
            supervisor.run_step(["db", "settle"])
        _make_ready(demo, fresh and not embedded)
        names = ["web", "worker", "live", *(["intake"] if environment.mqtt_url() else [])]
        say(f"starting {', '.join(names)}")
        forked = _warmed()
        for name in names:
            parts.append(supervisor.python_part(name, logs, forked=forked))
            watched.start(parts[-1])
        site = f"http://{_host()}:{environment.port()}/"
        _settle(watched, site + "healthz")
        _announce(site, demo, logs)
        watched.watch()
    except supervisor.Stopped:
        say("stopping")
        raise
    finally:
        watched.stop()


def _warmed() -> bool:
    """Import what the parts need, so that each starts as a copy of this process. What cannot be
    imported here is reported by the parts themselves, which then start one by one."""
    from yishi.runtime import forking

    try:
        forking.warm()
    except Exception as error:
        say(f"the parts start by themselves: {error}")
        return False
    return True


def _make_ready(demo: bool, reset: bool) -> None:
    from yishi.runtime import supervisor

    try:
        for arguments, text in _steps(demo, reset):
            say(text)
            supervisor.run_step(arguments)
    except supervisor.StepFailed as failed:
        if failed.code != supervisor.UNFINISHED or reset:
            raise
        say("the last load was interrupted: starting over")
        _make_ready(demo, True)


def _settle(watched: Supervisor, url: str) -> None:
    """Wait for the first sign of health, restarting what ends meanwhile."""
    from yishi.runtime import supervisor

    deadline = time.monotonic() + 60
    while True:
        watched.look()
        try:
            supervisor.wait_healthy(url, seconds=1)
            return
        except supervisor.SupervisorError:
            if time.monotonic() > deadline:
                raise


def _steps(demo: bool, reset: bool) -> list[tuple[list[str], str]]:
    steps = [(["manage", "migrate", "--verbosity", "0"], "database: migrations")]
    if demo:
        if reset:
            steps.insert(0, (["db", "reset"], "starting over: deleting the data"))
        copied = (["training", "fill"], "registers: as the installation has them")
        own = (["city", "load"], "city: divisions, units, calendar, catalogue")
        steps += [copied if os.environ.get(TRAINING) else own, (["demo", "load"], "demo data")]
    return steps


def _announce(site: str, demo: bool, logs: Path) -> None:
    from yishi.runtime import supervisor

    say("ready")
    pages = {"portal (residents)": "", "desk (officers)": "desk/", "screen": "screen/"}
    pages |= {"API": "api/docs", "health": "healthz"}
    for name, path in pages.items():
        click.echo(f"    {name:<20} {site}{path}")
    if demo:
        supervisor.run_step(["demo", "accounts"])
    click.echo(f"    {'logs':<20} {logs}\n    Ctrl-C stops everything.")


def _host() -> str:
    address = bind_address()
    if address in ("0.0.0.0", "::"):
        return "127.0.0.1"
    return f"[{address}]" if ":" in address else address


def _check_ports() -> None:
    for port in (environment.port(), environment.port() + 1):
        family = socket.AF_INET6 if ":" in bind_address() else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((bind_address(), port))
            except OSError as error:
                raise environment.SettingError(
                    f"port {port} cannot be used ({error.strerror}); choose another with PORT=…"
                ) from None


@click.group()
def db() -> None:
    """The embedded database alone."""


@db.command()
def start() -> None:
    """Start the server in the background."""
    began = environment.cluster().start()
    click.echo("started" if began else "it runs already")


@db.command()
def stop() -> None:
    """Stop the server."""
    click.echo("stopped" if environment.cluster().stop() else "it did not run")


@db.command()
def status() -> None:
    """Say whether the server runs, and where."""
    cluster = environment.cluster()
    click.echo(f"state    {'runs' if cluster.running() else 'does not run'}")
    click.echo(f"cluster  {cluster.data}\nlog      {cluster.log}\nurl      {cluster.url()}")


@db.command()
def settle() -> None:
    """Finish or undo a restore that was interrupted (``yishi up`` does it by itself)."""
    from yishi.runtime.backup import restore

    environment.ensure_database()
    click.echo("settled" if restore.settle(say) else "no restore was interrupted")


@db.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def shell(arguments: tuple[str, ...]) -> None:
    """Open psql; ARGUMENTS are psql's."""
    environment.ensure_database()
    psql = str(environment.cluster().binaries / "psql")
    raise SystemExit(subprocess.call([psql, environment.connection_string(), *arguments]))


@db.command()
@click.option("--yes", is_flag=True, help="do not ask")
def reset(yes: bool) -> None:
    """Delete everything in a database that the demo made; refused for any other."""
    import psycopg

    environment.ensure_database()
    with psycopg.connect(environment.connection_string()) as connection:
        known = connection.execute("SELECT to_regclass('access_installation')").fetchone()
        tables = connection.execute(
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        ).fetchone()
        if tables and tables[0] and not (known and known[0] and _made_by_demo(connection)):
            raise click.ClickException(
                "this database was not made by the demo; delete it yourself if you mean to"
            )
        if not yes and os.environ.get("YISHI_DEMO") != "1":
            click.confirm("delete all data of the demo?", abort=True)
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def _made_by_demo(connection: psycopg.Connection[Any]) -> bool:
    query = "SELECT 1 FROM access_installation WHERE kind = 'demo'"
    return connection.execute(query).fetchone() is not None
