"""A phone for tests of pages that go on without signal (see ``onsite.py``)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from yishi.foundation.ui.testing import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from yishi.foundation.access.models import User

PASSWORD = "right-password"


class Phone:
    """A phone with its own folder: closed and started again it keeps what its browser kept.

    *address*: the page that goes on without signal. *spot*: where the phone is.
    *patience*: milliseconds that a page may take.
    """

    def __init__(
        self,
        browser: Browser,
        server: str,
        folder: Path,
        address: str,
        *,
        spot: Mapping[str, float] | None = None,
        password: str = PASSWORD,
        patience: int = 20_000,
    ) -> None:
        self.browser, self.server, self.folder = browser, server, folder
        self.address, self.spot, self.password = address, spot, password
        self.patience = patience
        self.complaints: list[str] = []
        self.context: BrowserContext
        self.page: Page

    def start(self, *, offline: bool = False) -> Page:
        where: dict[str, Any] = {}
        if self.spot is not None:
            place = {"longitude": self.spot["lon"], "latitude": self.spot["lat"], "accuracy": 9}
            where = {"geolocation": place, "permissions": ["geolocation"]}
        self.context = self.browser.browser_type.launch_persistent_context(
            str(self.folder),
            executable_path=chromium(),
            args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
            viewport={"width": 390, "height": 844},
            base_url=self.server,
            timezone_id="Asia/Shanghai",
            has_touch=True,
            is_mobile=True,
            offline=offline,
            **where,
        )
        self.context.set_default_timeout(self.patience)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", self._said)
        return self.page

    def _said(self, said: Any) -> None:
        if said.type == "error" and "Failed to load resource" not in said.text:
            self.complaints.append(said.text)

    def kill(self) -> None:
        self.context.close()

    def sign_in(self, user: User) -> None:
        self.page.goto("/desk/sign-in/?next=" + self.address)
        self.page.fill("#id_username", user.username)
        self.page.fill("#id_password", self.password)
        self.page.click("main form:has(#id_password) button[type=submit]")
        self.ready()

    def ready(self) -> None:
        self.page.locator("#onsite[data-ready]").wait_for()

    def go_on(self) -> None:
        """The service worker is in charge, and has everything that it keeps."""
        self.page.evaluate("navigator.serviceWorker.ready")
        self.page.reload()
        self.ready()
        self.page.wait_for_function("navigator.serviceWorker.controller !== null")

    def open(self, number: str, move: str) -> None:
        card = self.page.locator(f".onsite-card[data-number='{number}']")
        card.get_by_role("button", name=f"{move} {number}").click()
        self.page.locator("form.onsite-form").wait_for()

    def save(self) -> None:
        self.page.locator(".onsite-send").click()
        self.page.locator("#onsite-told .because").wait_for()

    def waiting(self, count: int, refused: int = 0) -> None:
        """So many entries wait and were refused, as the page shows it."""
        self.page.locator(
            f"#onsite-nav[data-waiting='{count}'][data-refused='{refused}']"
        ).wait_for(state="attached")
