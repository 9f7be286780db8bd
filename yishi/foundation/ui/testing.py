"""What browser tests use: a real Chromium, and axe for accessibility.

Load it with ``pytest_plugins = ["yishi.foundation.ui.testing"]`` in the root conftest. Fixtures:
``page`` (1440×900), ``phone`` (390×844, touch) and ``new_page`` (a page as you want it); each has
``base_url`` set to the live server, collects what the console complains about, and fails the test
that left a complaint (a refused inline style, a script error). Helper: `axe`.

Chromium: environment ``CHROMIUM``, else ``/usr/bin/chromium``. Tests are skipped with
``NO_BROWSER=1`` and only then; without a browser they fail.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from yishi.foundation.ui.assets import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Page
    from pytest_django.live_server_helper import LiveServer

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# Elements that WCAG 2.2 AA and axe's best practices speak about.
AXE_OPTIONS: dict[str, Any] = {"resultTypes": ["violations"]}
_WITHOUT_COLOURS = {"color-contrast": {"enabled": False}}

NewPage = Callable[..., "Page"]


def chromium() -> str:
    """The path of the browser."""
    return os.environ.get("CHROMIUM", "/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the session."""
    if os.environ.get("NO_BROWSER") == "1":
        pytest.skip("NO_BROWSER=1")
    if not Path(chromium()).exists():
        pytest.fail(f"no browser at {chromium()}: apt-get install -y chromium fonts-noto-cjk")
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread; the tests' own queries are still synchronous.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        )
        yield started
        started.close()


@pytest.fixture
def new_page(browser: Browser, live_server: LiveServer) -> Iterator[NewPage]:
    """``new_page(width, height, **context options)``: a page in a context of its own."""
    complaints: list[str] = []
    contexts = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def make(width: int = 1440, height: int = 900, **options: Any) -> Page:
        size = {"width": width, "height": height}
        context = browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            base_url=live_server.url,
            timezone_id="Asia/Shanghai",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert complaints == [], f"the browser complained: {complaints}"


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """A page on an office computer."""
    return new_page(1440, 900)


@pytest.fixture
def phone(new_page: NewPage) -> Page:
    """A page on a phone."""
    return new_page(390, 844, has_touch=True, is_mobile=True, device_scale_factor=2)


@lru_cache(maxsize=1)
def _axe_source() -> str:
    if not AXE.is_file():
        raise FileNotFoundError(f"{AXE} is missing: run `npm ci`")
    return AXE.read_text(encoding="utf-8")


def axe(page: Page, *, colours: bool = True) -> list[str]:
    """What axe finds wrong on *page*: one line per violation, empty when all is well. Contrast
    takes most of the time; without *colours* it is left out, for a page looked at once already."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(_axe_source())
    options = AXE_OPTIONS if colours else AXE_OPTIONS | {"rules": _WITHOUT_COLOURS}
    result = page.evaluate("options => window.axe.run(document, options)", options)
    return [
        f"{found['id']} ({found['impact']}): {found['help']}: "
        + "; ".join(" ".join(map(str, node["target"])) for node in found["nodes"][:5])
        for found in result["violations"]
    ]


def overflow(page: Page) -> int:
    """By how many CSS pixels the page is wider than the window (0: no sideways scrolling)."""
    width: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return max(width, 0)
