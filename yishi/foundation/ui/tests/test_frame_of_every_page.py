"""Language, large type, error pages, policy: what every page has.

None of these tests may touch the database: pytest-django refuses every query, so each also shows
that the frame costs none.
"""

from __future__ import annotations

import re

import pytest
from django.db import OperationalError
from django.test import Client, RequestFactory, override_settings

from yishi.foundation.ui import errors
from yishi.foundation.ui.gallery import SHEETS

pytestmark = pytest.mark.urls("yishi.foundation.ui.tests.site_urls")
ALL = [*SHEETS, *(f"error-{status}" for status in errors.STATUSES)]


@pytest.fixture
def site() -> Client:
    return Client(SERVER_NAME="localhost")


def test_chinese_comes_first_whatever_the_browser_prefers(site: Client) -> None:
    text = site.get("/ui/nowhere", headers={"Accept-Language": "en-US"}).content.decode()
    assert '<html lang="zh-Hans"' in text
    assert "找不到这个页面" in text


def test_the_switch_changes_the_language_and_leads_back(site: Client) -> None:
    answer = site.post("/i18n/setlang/", {"language": "en", "next": "/ui/nowhere?a=1"})
    assert answer.headers["Location"] == "/ui/nowhere?a=1"
    text = site.get("/ui/nowhere").content.decode()
    assert '<html lang="en"' in text
    assert "Page not found" in text


def test_large_type_is_kept_in_a_cookie_and_can_be_left(site: Client) -> None:
    answer = site.post("/ui/type-size", {"large": "1", "next": "/ui/nowhere"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/ui/nowhere")
    assert "large-type" in site.get("/ui/nowhere").content.decode()
    site.post("/ui/type-size", {"large": "0", "next": "/ui/nowhere"})
    assert "large-type" not in site.get("/ui/nowhere").content.decode()


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "", "\\x"])
def test_the_switch_never_leads_off_the_site(site: Client, target: str) -> None:
    location = site.post("/ui/type-size", {"next": target}).headers["Location"]
    assert location.startswith("/")
    assert not location.startswith("//")


def test_the_gallery_exists_in_the_demo_only(site: Client) -> None:
    with override_settings(DEMO=False):
        assert site.get("/ui/gallery").status_code == 404


@override_settings(DEMO=True)
@pytest.mark.parametrize("sheet", ALL)
def test_a_page_needs_no_query_and_carries_nothing_inline(site: Client, sheet: str) -> None:
    answer = site.get(f"/ui/gallery/{sheet}")
    text = answer.content.decode()
    kind, _, status = sheet.partition("-")
    assert answer.status_code == (int(status) if kind == "error" else 200)
    assert not re.search(r"<[^>]*\s(style|on\w+)=", text)
    for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", text, re.DOTALL):
        assert not body.strip() or 'type="application/json"' in attributes
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert text.count("<h1") == 1


@override_settings(DEMO=True)
def test_an_error_page_says_what_to_do_and_leads_back(site: Client) -> None:
    for status in errors.STATUSES:
        text = site.get(f"/ui/gallery/error-{status}").content.decode()
        assert "请" in text
        assert 'href="/ui/gallery"' in text


def test_an_unknown_host_is_a_bad_request() -> None:
    assert Client(SERVER_NAME="elsewhere.example").get("/ui/nowhere").status_code == 400


def test_a_body_that_is_too_large_is_413(site: Client) -> None:
    with override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=10):
        assert site.post("/ui/type-size", {"next": "/" * 100}).status_code == 413


def test_a_form_without_its_token_says_to_send_it_again() -> None:
    strict = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    answer = strict.post("/ui/type-size", {"large": "1"})
    assert answer.status_code == 403
    assert "表单已经过期" in answer.content.decode()


def test_a_crash_has_a_page_of_its_own() -> None:
    answer = errors.server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "系统出了问题" in answer.content.decode()


def test_while_the_database_is_away_it_is_said_to_try_again() -> None:
    try:
        raise OperationalError("terminating connection due to administrator command")
    except OperationalError:
        answer = errors.server_error(RequestFactory().get("/"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert "再试一次" in answer.content.decode()
