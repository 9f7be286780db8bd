"""A process that answers people has read the registers of city events before the first request."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yishi.foundation import revisions
from yishi.systems.city_events import context


@pytest.mark.django_db
def test_the_first_request_asks_for_the_numbers_alone(
    city: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "close", lambda: None)
    assert context.read_first in revisions.READ_FIRST
    revisions.forget()
    revisions.read_first()
    with CaptureQueriesContext(connection) as queries:
        context.city()
    assert len(queries) == 1
