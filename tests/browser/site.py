"""The running site, and people who use it by clicking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page, Response

    from yishi.systems.city_events.intake import Receipt

PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1440, "height": 900}


class Site:
    """The demo under *url*, and browsers that look at it; *receipts*: of one case per state."""

    def __init__(self, browser: Browser, url: str, receipts: dict[str, Receipt]) -> None:
        self.browser = browser
        self.url = url
        self.receipts = receipts

    @contextmanager
    def context(self, size: dict[str, int], **options: Any) -> Iterator[BrowserContext]:
        """A browser of its own: cookies, window of *size*."""
        context = self.browser.new_context(
            viewport=size,  # type: ignore[arg-type]
            base_url=self.url,
            timezone_id="Asia/Shanghai",
            **options,
        )
        context.set_default_timeout(15_000)
        try:
            yield context
        finally:
            context.close()


def listened(page: Page, complaints: list[str]) -> Page:
    """*page*, whose errors are written down: scripts, refused styles, answers of 400 and more."""

    def answered(response: Response) -> None:
        if response.status >= 400:
            complaints.append(f"{response.status} {response.request.method} {response.url}")

    def said(text: str) -> None:
        if "Failed to load resource" not in text:
            complaints.append(text)

    page.on("response", answered)
    page.on("console", lambda message: said(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said(str(error)))
    return page


def sign_in(page: Page, username: str) -> None:
    """One click on a demo account."""
    page.goto("/desk/sign-in/")
    page.locator(f"form:has(input[value='{username}']) button").click()
    page.wait_for_url("**/desk/")
