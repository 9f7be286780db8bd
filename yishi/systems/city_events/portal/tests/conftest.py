"""Fixtures of the portal's tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from yishi.systems.city_events.portal.tests.support import Walk, picture


@pytest.fixture(autouse=True)
def _uploads(tmp_path: Path, settings: Any) -> None:
    """Uploads go to the test's own folder."""
    settings.YISHI_MEDIA = tmp_path


@pytest.fixture
def walk(city: None, client: Client) -> Walk:
    """A report being filled in, in the loaded demo city."""
    cache.clear()
    return Walk(client)


@pytest.fixture
def sent(walk: Walk) -> Walk:
    """A report that was sent with a photo, with a name in it."""
    walk.to_check(name="张三丰", phone="13812345678")
    file = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    walk.post("photos", act="next", photos=[file])
    walk.post("check")
    return walk
