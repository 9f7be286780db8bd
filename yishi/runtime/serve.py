"""The processes of an installation: web, worker, live, and the intake of devices' messages."""

from __future__ import annotations

import importlib
import os
from typing import Any

import click

from yishi.runtime import environment
from yishi.runtime.processes import tie_server_worker

HOST = "YISHI_BIND"


def bind_address() -> str:
    """The address to listen on: ``YISHI_BIND``, by default this machine only."""
    return os.environ.get(HOST) or "127.0.0.1"


def _loaded(target: str) -> Any:
    """The application, in a server's worker process: it ends with its master."""
    tie_server_worker()
    module, _, name = target.partition(":")
    return getattr(importlib.import_module(module), name)


def _site_loaded(target: str) -> Any:
    """The site, which answers at once and reads its registers meanwhile."""
    from threading import Thread

    application = _loaded(target)
    Thread(target=_settle, name="read-first", daemon=True).start()
    return application


def _settle() -> None:
    """Read the registers, and keep the garbage collector from walking through them: they stay, and
    a walk takes longer than many answers."""
    import gc

    from yishi.foundation.revisions import read_first

    read_first()
    gc.collect()
    gc.freeze()


@click.command()
def web() -> None:
    """Serve the site on PORT (default 8000)."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    environment.ensure_database()
    Server(
        "yishi.runtime.wsgi:application",
        address=bind_address(),
        port=environment.port(),
        interface=Interfaces.WSGI,
        workers=int(os.environ.get("YISHI_WEB_WORKERS") or min(2, os.cpu_count() or 1)),
        blocking_threads=int(os.environ.get("YISHI_WEB_THREADS") or 6),
        websockets=False,
        backpressure=256,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=10,
    ).serve(target_loader=_site_loaded)


@click.command()
def live() -> None:
    """Serve live events on PORT+1."""
    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    environment.ensure_database()
    Server(
        "yishi.runtime.live:application",
        address=bind_address(),
        port=environment.port() + 1,
        interface=Interfaces.ASGI,
        workers=1,
        websockets=False,
        backpressure=20_000,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=2,
    ).serve(target_loader=_loaded)


@click.command()
@click.option("--concurrency", default=2, show_default=True, help="jobs at a time")
def worker(concurrency: int) -> None:
    """Work off the queue."""
    import django

    environment.ensure_database()
    django.setup()
    from procrastinate.contrib.django import app

    from yishi.runtime.pools import check_cheaply, reconnect_quickly

    reconnect_quickly()
    check_cheaply()
    connector = app.connector.get_worker_connector()  # type: ignore[attr-defined]
    with app.replace_connector(connector) as worker_app:
        worker_app.run_worker(
            name=f"worker-{os.getpid()}",
            concurrency=concurrency,
            delete_jobs="successful",
            shutdown_graceful_timeout=10,
            install_signal_handlers=True,
        )


@click.command()
def intake() -> None:
    """Take in the messages of sensors and cameras from the broker that YISHI_MQTT_URL names."""
    import django

    url = environment.mqtt_url()
    if not url:
        raise click.ClickException("YISHI_MQTT_URL names no broker (see docs/devices.md)")
    environment.ensure_database()
    django.setup()
    from yishi.runtime.pools import check_cheaply, reconnect_quickly
    from yishi.systems.city_events.devices import broker, mqtt

    reconnect_quickly()
    check_cheaply()
    try:
        found = broker.read_url(url)
    except broker.BrokerError as error:
        raise click.ClickException(str(error)) from error
    mqtt.run(found)
