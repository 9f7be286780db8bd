"""A request that meets a database that is being started again: 503, when to try again, no trace of
the inside, whichever face it was for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

pytestmark = pytest.mark.django_db

INSIDE = "terminating connection due to administrator command"


@pytest.fixture(params=[OperationalError, InterfaceError])
def away(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every statement fails like on a connection that was cut."""

    def refuse(*_: Any) -> Any:
        raise request.param(INSIDE)

    with connection.execute_wrapper(refuse):
        yield


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("POST /track/", "text/html"),
        ("POST /desk/sign-in/", "text/html"),
        ("/api/v1/cases", "application/json"),
        ("/open311/requests.json", "application/json"),
        ("/open311/requests.xml", "text/xml"),
    ],
)
def test_it_is_said_to_try_again(away: None, path: str, content_type: str) -> None:
    client = Client(raise_request_exception=False)
    if path.startswith("POST "):
        form = {"code": "AAAAA-AAAAA-AAAAA-AAAAA", "username": "nobody", "password": "x" * 12}
        answer = client.post(path.removeprefix("POST "), form)
    else:
        answer = client.get(path, headers={"X-API-Key": "yk_x"})
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert answer["Content-Type"].startswith(content_type)
    assert INSIDE not in answer.content.decode()


def test_pages_of_other_sites_may_read_what_is_public(client: Client) -> None:
    answer = client.get("/open311/services.json")
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in client.get("/api/v1/cases")
