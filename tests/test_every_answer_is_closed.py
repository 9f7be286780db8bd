"""Security headers on every kind of answer, errors, files and the live process included."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory, override_settings

from tests.doors import header_faults
from yishi.runtime.answers import AnswerMiddleware

pytestmark = pytest.mark.django_db

ANSWERS: dict[str, dict[str, Any]] = {
    "health": {"path": "/healthz"},
    "page": {"path": "/"},
    "not found": {"path": "/nothing/"},
    "not found, API": {"path": "/api/v1/nothing"},
    "unauthorised": {"path": "/api/v1/cases"},
    "static file": {"path": "/static/ui/site.css"},
    "static file that is not there": {"path": "/static/none.css"},
    "outside": {"path": "/static/../../settings.py"},
    "method": {"path": "/desk/sign-out/", "method": "DELETE"},
    "unknown host": {"path": "/", "HTTP_HOST": "evil.example"},
    "too large": {"path": "/track/", "method": "POST", "CONTENT_LENGTH": str(10**9)},
    "malformed": {"path": "/api/v1/reports", "method": "POST", "data": b"{"},
    "redirect": {"path": "/desk/"},
    "feature": {"path": "/api/docs"},
}


@pytest.mark.parametrize("name", ANSWERS)
def test_every_kind_of_answer_carries_the_headers(name: str, city: None) -> None:
    wanted = dict(ANSWERS[name])
    client = Client(raise_request_exception=False)
    method = wanted.pop("method", "GET")
    answer = client.generic(method, wanted.pop("path"), wanted.pop("data", b""), **wanted)
    assert header_faults(answer) == [], answer.status_code


def test_a_refused_form_carries_them() -> None:
    answer = Client(enforce_csrf_checks=True).post("/track/", {"code": "x"})
    assert answer.status_code == 403
    assert header_faults(answer) == []


def test_a_failure_of_the_program_carries_them(monkeypatch: pytest.MonkeyPatch) -> None:
    from yishi.faces.portal import views

    def fail(*args: object, **kwargs: object) -> None:
        raise RuntimeError("on purpose")

    monkeypatch.setattr(views, "render_page", fail)
    answer = Client(raise_request_exception=False).get("/help/")
    assert answer.status_code == 500
    assert header_faults(answer) == []
    assert "on purpose" not in answer.content.decode()


def test_what_a_session_was_answered_is_stored_by_no_cache(city: None) -> None:
    from yishi.foundation.access.models import User

    client = Client()
    client.force_login(User.objects.create_user("u", None, display_name="测试"))
    assert "no-store" in client.get("/desk/").headers["Cache-Control"]


def test_an_inner_decision_stays() -> None:
    from django.http import HttpResponse

    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={"Content-Security-Policy": "default-src 'none'; sandbox"})

    answer = AnswerMiddleware(view)(RequestFactory().get("/"))
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")


@pytest.fixture
def secure() -> Iterator[None]:
    """Settings as behind HTTPS."""
    with override_settings(SECURE_HSTS_SECONDS=31_536_000):
        yield


def test_behind_https_browsers_are_told_to_stay_there(secure: None) -> None:
    answer = Client().get("/", secure=True)
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
