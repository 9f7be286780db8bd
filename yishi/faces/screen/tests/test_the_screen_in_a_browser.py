"""The screen in a real Chromium: fits, accessible, and live through the live process."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest
from django.conf import settings as configured
from django.db import connection
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from yishi.faces.screen.tests.conftest import CITY, officer, simulate
from yishi.foundation.access.actors import PUBLIC
from yishi.foundation.ui.testing import NewPage, axe, overflow
from yishi.systems.city_events.intake import report

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SIZES = [(1920, 1080), (1366, 768), (390, 844)]
ADDRESSES = (
    "/screen/?days=7",
    "/screen/?days=7&view=scenarios",
    "/screen/?days=7&view=ranking",
    "/screen/?days=7&view=tables",
    "/screen/?days=7&path=4206/420606",
    "/desk/kpis/",
)


def _signed_in(page: Page, base: str) -> Page:
    client = Client()
    client.force_login(officer("duty_leader", (CITY,)))
    name = configured.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": base}])
    return page


def test_it_fits_and_is_accessible(new_page: NewPage, live_server: LiveServer, city: None) -> None:
    simulate(60, timezone.now())
    for width, height in SIZES:
        page = _signed_in(new_page(width, height, reduced_motion="reduce"), live_server.url)
        for address in ADDRESSES:
            page.goto(address)
            page.locator("main").wait_for()
            assert axe(page) == [], (address, width)
            assert overflow(page) == 0, (address, width)
        page.goto(ADDRESSES[0])
        page.locator(".today-map y-chart[data-ready] canvas").first.wait_for()
        if width > 1000:
            tall = page.evaluate("document.documentElement.scrollHeight")
            assert tall == height


def test_it_works_without_javascript(
    new_page: NewPage, live_server: LiveServer, city: None
) -> None:
    simulate(30, timezone.now())
    page = _signed_in(new_page(1366, 768, java_script_enabled=False), live_server.url)
    page.goto("/screen/")
    page.get_by_role("link", name="近7日").click()
    assert page.locator("#card-received").inner_text() == "30"
    page.get_by_role("link", name="刷新").click()
    page.locator("#card-received").click()
    expect(page.locator(".case-table tbody tr")).to_have_count(30)


@pytest.fixture
def live_process(live_server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The live process beside the test's site, on the test's database."""
    with socket.socket() as free:  # the port next to the site's may be somebody's
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1] - 1
    given = connection.get_connection_params()
    url = f"postgresql:///{given['dbname']}?host={given['host']}&user={given['user']}"
    site = {"PORT": str(port), "YISHI_ORIGIN": live_server.url}
    environment = os.environ | site | {"DATABASE_URL": url}
    process = subprocess.Popen([sys.executable, "-m", "yishi", "live"], env=environment)
    origin = f"http://localhost:{port + 1}"
    monkeypatch.setenv("YISHI_LIVE_ORIGIN", origin)
    try:
        for _ in range(150):
            try:
                with urlopen(f"http://127.0.0.1:{port + 1}/healthz", timeout=2) as answer:
                    if b'"ok": true' in answer.read():
                        break
            except OSError:
                pass
            time.sleep(0.1)
        else:
            pytest.fail("the live process does not answer")
        yield origin
    finally:
        process.terminate()
        process.wait(15)


def test_a_report_appears_without_reloading(
    new_page: NewPage, live_server: LiveServer, live_process: str, city: None
) -> None:
    page = _signed_in(new_page(1366, 768), live_server.url)
    page.goto("/screen/")
    page.locator("[data-live][data-connected]").wait_for(state="attached")
    page.evaluate("window.sameDocument = true")
    assert page.locator("#card-received").inner_text() == "0"
    page.locator("#card-received").focus()
    raw = {
        "type": "event/01/10",
        "description": "生活垃圾堆在路边没人清运",
        "external_id": "live-1",
        "lon": 112.1420,
        "lat": 32.0500,
    }
    receipt = report(PUBLIC, raw, "portal", timezone.now())
    page.get_by_role("link", name=receipt.number).wait_for(timeout=15_000)
    assert page.locator("#card-received").inner_text() == "1"
    assert page.evaluate("window.sameDocument") is True
    assert page.evaluate("document.activeElement.id") == "card-received"
    shown = page.evaluate(
        "document.querySelector('y-chart[data-option-id=stages-option]')"
        ".chart.getOption().series.flatMap(s => s.data).reduce((a, b) => a + b, 0)"
    )
    assert shown == 1
