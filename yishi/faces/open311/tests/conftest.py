"""What the tests of this face share: a program with a key, and the offices that do the work."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.identity_models import RateCount
from yishi.foundation.access.keys import issue_key
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events.tests.conftest import Town

RUBBISH = "event-01-10"
_ids = itertools.count(1)


def spot() -> dict[str, str]:
    """A position of its own, so that nothing is merged unless a test wants it."""
    n = next(_ids)
    return {"lat": f"{32.04 + (n // 60) * 0.004:.5f}", "long": f"{112.10 + (n % 60) * 0.004:.5f}"}


class Program:
    """A program with a key that talks GeoReport."""

    def __init__(self) -> None:
        now = timezone.now() - timedelta(minutes=1)  # the database's clock stands still in a test
        self.key = issue_key(f"open311 {next(_ids)}", "open311", [], now)
        self.client = Client(raise_request_exception=False)

    def get(self, path: str, **query: Any) -> Any:
        """GET below ``/open311``, without the key unless the test gives it."""
        return self.client.get(f"/open311/{path}", query)

    def post(self, path: str = "requests.json", *, headers: Any = None, **fields: Any) -> Any:
        """POST a form with the key."""
        given = {"api_key": self.key, **fields}
        return self.client.post(f"/open311/{path}", given, headers=headers)

    def post_json(self, content: Any, path: str = "requests.json", **headers: str) -> Any:
        """POST a JSON body as it is."""
        raw = content if isinstance(content, bytes | str) else json.dumps(content)
        return self.client.post(
            f"/open311/{path}", raw, content_type="application/json", headers=headers
        )

    def report(self, **fields: Any) -> str:
        """Report rubbish somewhere; the number of the case."""
        answer = self.post(**(good() | fields))
        assert answer.status_code == 200, answer.content.decode()
        return str(answer.json()[0]["service_request_id"])


def good() -> dict[str, str]:
    """Fields of a report that is certain."""
    return {"service_code": RUBBISH, "description": "生活垃圾堆在路边", **spot()}


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


def said(answer: Any) -> str:
    """The description of the one error of an answer in JSON, whose code is the status."""
    (error,) = answer.json()
    assert error["code"] == answer.status_code
    return str(error["description"])


def tree(answer: Any) -> ElementTree.Element:
    """The root element of an answer in XML."""
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    return ElementTree.fromstring(answer.content)


@pytest.fixture(autouse=True)
def nobody_waits() -> None:
    """Wrong tokens of another test do not count."""
    cache.clear()


@pytest.fixture
def program(city: None) -> Program:
    """A program that may report."""
    return Program()


@pytest.fixture
def town(city: None) -> Iterator[Town]:
    """The offices, at the present time."""
    found = Town()
    found.now = timezone.now()
    yield found
