"""What the environment variables of an installation say. Imports nothing heavy."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from yishi.runtime.postgres import DATABASE, ROLE, Cluster, default_home

BASE_DIR = Path(__file__).resolve().parents[2]
DEFAULT_PORT = 8000


class SettingError(ValueError):
    """An environment variable has a value that cannot be used; the message names it."""


def state_dir() -> Path:
    """The folder of secrets, uploads and the embedded cluster: ``YISHI_HOME``, else ``.yishi``."""
    return Path(os.environ.get("YISHI_HOME") or BASE_DIR / ".yishi").resolve()


def port() -> int:
    """The site's TCP port: ``PORT``. The live process takes the next one."""
    text = os.environ.get("PORT") or str(DEFAULT_PORT)
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 65_534:
        raise SettingError(f"PORT must be a number from 1 to 65534, not {text!r}")
    return int(text)


def database_url() -> str:
    """The address of a PostgreSQL server of one's own; empty: the embedded one."""
    return os.environ.get("DATABASE_URL", "")


def mqtt_url() -> str:
    """The broker of sensors and cameras; empty: there is none, and no process for it."""
    return os.environ.get("YISHI_MQTT_URL", "")


def cluster() -> Cluster:
    """The embedded server of this installation, with the memory that ``YISHI_DB_MEMORY`` gives it.

    Raises:
        SettingError: when that is no size like ``512MB`` or ``2GB``.
    """
    size = os.environ.get("YISHI_DB_MEMORY", "")
    if size and not re.fullmatch(r"[1-9][0-9]{0,4}(MB|GB)", size):
        raise SettingError(f"YISHI_DB_MEMORY must be a size like 512MB or 2GB, not {size!r}")
    return Cluster(default_home(state_dir()), {"shared_buffers": size} if size else {})


#: Set for the parts of a supervised installation: their database is the supervisor's to start.
SUPERVISED = "YISHI_SUPERVISED"


def ensure_database() -> None:
    """Start the embedded server unless it runs, or ``DATABASE_URL`` names another server.

    A supervised part only waits: a server that it started would be nobody's child, and would stand
    in the way of the one that the supervisor is about to start.
    """
    if database_url():
        return
    if os.environ.get(SUPERVISED) == "1":
        cluster().wait_ready()
    else:
        cluster().start()


def connection_string() -> str:
    """A libpq connection string to the application's database."""
    return database_url() or cluster().url()


def database() -> dict[str, Any]:
    """Django's ``DATABASES["default"]``."""
    found = _from_url(database_url()) if database_url() else _embedded()
    pool = {"min_size": 1, "max_size": int(os.environ.get("YISHI_POOL", "8")), "timeout": 10}
    # What is repeated is planned once for each connection. A pooler that hands out other
    # connections within a session cannot do that: then YISHI_PREPARE=0.
    threshold = None if os.environ.get("YISHI_PREPARE") == "0" else 2
    options = {"pool": pool, "prepare_threshold": threshold}
    found["OPTIONS"] = {**found.get("OPTIONS", {}), **options}
    return found | {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
    }


def _embedded() -> dict[str, Any]:
    return {"NAME": DATABASE, "USER": ROLE, "HOST": str(cluster().socket_folder), "PORT": ""}


def _from_url(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise SettingError("DATABASE_URL must look like postgresql://user:password@host:5432/name")
    options = dict(parse_qsl(parts.query))
    return {
        "NAME": unquote(parts.path.lstrip("/")) or DATABASE,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": options,
    }
