"""Tests run against a real PostgreSQL server: an embedded one, made for the session."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from hypothesis import HealthCheck, settings

from tests import templates
from yishi.runtime.postgres import DATABASE, FAST_OPTIONS, ROLE, Cluster

pytest_plugins = ["yishi.foundation.ui.testing"]

# How long a draw takes says how busy the machine is, nothing of the project.
settings.register_profile(
    "search", deadline=None, suppress_health_check=[HealthCheck.too_slow], parent=settings.default
)
# The same draws each time: what is red on one machine is red on all. `make search` draws anew.
settings.register_profile("house", derandomize=True, parent=settings.get_profile("search"))
settings.load_profile(os.environ.get("YISHI_DRAWS", "house"))


def pytest_configure() -> None:
    """Accounts of tests are made by the hundred: their passwords are hashed quickly."""
    from django.conf import settings

    quick = "django.contrib.auth.hashers.MD5PasswordHasher"
    settings.PASSWORD_HASHERS = [quick, *settings.PASSWORD_HASHERS]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first, so that no worker waits for it at the end: the pages in a
    browser, then what concerns the whole house. (A file stays on one worker: ``--dist loadfile``.)
    """
    house = Path(__file__).parent / "tests"
    items.sort(key=lambda item: (item.path.parent != house / "browser", item.path.parent != house))


@pytest.fixture(autouse=True)
def nobody_waits() -> None:
    """Tries and requests of another test do not count."""
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(autouse=True)
def files_are_closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server closes a file once it is sent; a test that looks only at the status does not."""
    from django.http import FileResponse

    answers: list[FileResponse] = []
    made = FileResponse.__init__

    def kept(self: FileResponse, *args: Any, **kwargs: Any) -> None:
        made(self, *args, **kwargs)
        answers.append(self)

    monkeypatch.setattr(FileResponse, "__init__", kept)
    yield
    for answer in answers:
        for shut in answer._resource_closers:
            shut()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The session's own embedded server, without fsync, deleted at the end."""
    folder = templates.folder()
    templates.copy_to(folder)
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


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """The server goes with its folder: nobody has to be thrown out of the database first."""
    return True


@pytest.fixture
def city(db: None) -> Iterator[None]:
    """The demo city's registers: calendar, places, rules and catalogue, loaded where missing.

    Copies that the process keeps of a register are dropped when the test changed it.
    """
    from django.conf import settings
    from django.utils import timezone

    from yishi.foundation import revisions
    from yishi.foundation.cases.models import CatalogueVersion
    from yishi.runtime.cities import load_city

    if not CatalogueVersion.objects.exists():
        revisions.forget()
        load_city(settings.CITY_DIR, now=timezone.now())
    before = revisions.numbers()
    revisions.forget_others(before)
    yield
    revisions.forget_others(before)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """The test database, with the demo city in it: tests that roll back find it loaded, and tests
    that commit leave it there."""
    from django.test import TransactionTestCase

    TransactionTestCase._fixture_teardown = templates.empty_but_for_the_city  # type: ignore[attr-defined]
