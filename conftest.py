"""Tests run against a real PostgreSQL server: an embedded one of their own, made for the session."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections

from yishi.runtime.postgres import DATABASE, FAST_OPTIONS, ROLE, ROOT_HOMES, Cluster


def _folder() -> Path:
    """A folder that the server's user can reach: root's servers run as somebody else."""
    if os.geteuid() != 0:
        return Path(tempfile.mkdtemp(prefix="yishi-test-"))
    ROOT_HOMES.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="test-", dir=ROOT_HOMES))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's own embedded server, without fsync, deleted at the end."""
    folder = _folder()
    server = Cluster(folder, FAST_OPTIONS)
    try:
        with server.start_child() as process:
            server.wait_ready()
            yield server
            server.stop()
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(cluster: Cluster) -> None:
    """Point Django at the session's server before it makes its test database."""
    wanted = {"HOST": str(cluster.socket_folder), "USER": ROLE, "NAME": DATABASE}
    settings = connections["default"].settings_dict
    settings.update(wanted, PASSWORD="", PORT="")
    settings["OPTIONS"] = {
        key: value for key, value in settings["OPTIONS"].items() if key != "pool"
    }
