"""What the API's tests share: programs with keys, reports, and a look at every table."""

from __future__ import annotations

import io
import itertools
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image

from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.access.identity_models import RateCount
from yishi.foundation.access.keys import issue_key
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState

RUBBISH = "event/01/10"
COUNTY, ELSEWHERE = "4206/420606", "4206/420602"
_ids = itertools.count(1)


def jpeg(size: tuple[int, int] = (320, 240)) -> bytes:
    """The bytes of a small real photo."""
    out = io.BytesIO()
    Image.new("RGB", size, (90, 120, 90)).save(out, "JPEG")
    return out.getvalue()


def _a_moment_ago() -> datetime:
    """The database's clock stands still within a test's transaction."""
    return timezone.now() - timedelta(minutes=1)


class Api:
    """A program that talks to the API with a key of its own."""

    def __init__(self, *roles: str, scope: str = "4206", channel: str = "test") -> None:
        n = next(_ids)
        grants = [ActorGrant(role, None, scope) for role in roles]
        self.key = issue_key(f"program {n}", f"{channel}{n}", grants, _a_moment_ago())
        self.client = Client(headers={"X-API-Key": self.key}, raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Any:
        """GET below ``/api/v1``."""
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path: str, body: Any) -> Any:
        """POST JSON below ``/api/v1``; text and bytes are sent as they are."""
        raw = body if isinstance(body, bytes | str) else json.dumps(body)
        return self.client.post(f"/api/v1{path}", raw, content_type="application/json")

    def photo(self, data: bytes, kind: str = "image/jpeg") -> Any:
        """Upload *data* as a photo."""
        upload = SimpleUploadedFile("photo.jpg", data, content_type=kind)
        return self.client.post("/api/v1/photos", {"file": upload})

    def report(self, **fields: Any) -> Any:
        """Report something whose type and place are certain, apart from all else."""
        n = next(_ids)
        spot = {"lon": 112.10 + (n % 60) * 0.004, "lat": 32.04 + (n // 60) * 0.004}
        known = {"type": RUBBISH, "description": "生活垃圾堆在路边", "external_id": f"api-{n}"}
        given = {name: v for name, v in (known | spot | fields).items() if v is not None}
        return self.post("/reports", given)


def state_of(number: str) -> CaseState:
    """The case as stored."""
    return load_states(number=number)[0]


def row_counts() -> dict[str, int]:
    """How many rows each table of the models holds (1 statement), but the rate limiter's: that a
    wrong request counts as an attempt is what it is for, and its old rows go at any time."""
    kept = {model._meta.db_table for model in apps.get_models() if model._meta.managed}
    tables = sorted(kept - {RateCount._meta.db_table})
    parts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in tables)
    with connection.cursor() as cursor:
        cursor.execute(parts)
        return dict(cursor.fetchall())


@pytest.fixture(autouse=True)
def nobody_waits() -> None:
    """Wrong codes of another test do not count."""
    cache.clear()


@pytest.fixture
def api(city: None) -> Api:
    """A program that may report, look and accept in the whole city."""
    return Api("acceptor", "dispatcher")
