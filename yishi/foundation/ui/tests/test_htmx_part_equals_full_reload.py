"""What htmx gets is the same block that a full reload shows."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.contrib.messages import add_message, constants
from django.contrib.messages.middleware import MessageMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from yishi.foundation.ui import gallery
from yishi.foundation.ui.rendering import render_page, wants_fragment

pytestmark = pytest.mark.urls("yishi.foundation.ui.tests.site_urls")
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def _answer(headers: dict[str, str], fragment: str, say: str = "") -> HttpResponse:
    request: HttpRequest = RequestFactory().get("/", headers=headers, SERVER_NAME="localhost")
    MessageMiddleware(lambda _: HttpResponse()).process_request(request)
    if say:
        add_message(request, constants.SUCCESS, say)
    context = {"now": NOW, "shell": "ui/portal_base.html", "lights": gallery._lights(NOW)}
    context |= {"form": gallery.SampleForm()}
    return render_page(request, "ui/gallery.html", context, fragment=fragment)


def test_a_part_is_the_block_of_the_page() -> None:
    whole, part = _answer({}, "results"), _answer(PARTIAL, "results")
    text = part.content.decode().strip()
    assert text.startswith('<ul class="rows">')
    assert "<html" not in text
    assert text in whole.content.decode()
    assert "HX-Request" in part.headers["Vary"]


def test_the_whole_content_is_a_part_too() -> None:
    whole, part = _answer({}, "content"), _answer(PARTIAL, "content")
    assert part.content.decode().strip() in whole.content.decode()
    assert len(part.content) > len(_answer(PARTIAL, "results").content)


def test_a_part_brings_the_messages_along() -> None:
    part = _answer(PARTIAL, "results", say="已派遣").content.decode()
    assert 'hx-swap-oob="beforeend:#flash"' in part
    assert "已派遣" in part
    assert "已派遣" in _answer({}, "results", say="已派遣").content.decode()


def test_boosted_restored_and_selecting_requests_get_the_page() -> None:
    make = RequestFactory().get
    assert wants_fragment(make("/", headers=PARTIAL))
    assert not wants_fragment(make("/"))
    assert not wants_fragment(make("/", headers={**PARTIAL, "HX-Request-Type": "full"}))
    assert not wants_fragment(make("/", headers={**PARTIAL, "HX-Boosted": "true"}))
