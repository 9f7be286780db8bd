"""Every page that somebody reaches by links: accessible, fitting, in one language, without a fault.

Pages are looked at once per pattern, by whoever reaches it first: in Chinese (in large type too)
and in English, each on a phone and on a desktop. What takes long is done once where once tells
enough.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.test import Client

from tests.browser import words
from tests.browser.crawl import Found, crawl
from tests.browser.site import DESKTOP, PHONE, Site, listened
from yishi.foundation.access.models import User
from yishi.foundation.ui.testing import axe, overflow
from yishi.systems.city_events.portal.tests.support import Walk

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(1800),
]

BACKEND = "yishi.foundation.access.backends.AccountBackend"
#: Set to a folder to keep a picture of every page.
PICTURES = os.environ.get("YISHI_PICTURES", "")
LOOKS: dict[str, dict[str, str]] = {
    "zh": {},
    "en": {settings.LANGUAGE_COOKIE_NAME: "en"},
}


def resident(site: Site) -> tuple[Client, list[str]]:
    """A resident with a half-written report and two codes, and where to start."""
    client = Client()
    walk = Walk(client)
    walk.to_check()
    pages = ("where", "place", "what", "type", "standard", "similar", "photos", "contact", "check")
    starts = ["/", *(walk.url(page) for page in pages)]
    for state in ("reported", "assigned", "closed"):
        receipt = site.receipts[state]
        client.post("/track/", {"code": receipt.tracking_code})
        starts.append(f"/track/{receipt.number}/")
    sent = Walk(client)
    sent.to_check(name="欧阳一二三", phone="13812345678")
    sent.post("check")
    return client, [*starts, sent.url("done")]


def people(site: Site) -> dict[str, tuple[Client, list[str]]]:
    """Everybody with the pages from which they start."""
    everybody = {"nobody": (Client(), ["/desk/sign-in/"]), "resident": resident(site)}
    for user in User.objects.filter(is_demo=True).order_by("id"):
        client = Client()
        client.force_login(user, backend=BACKEND)
        everybody[user.username] = (client, ["/desk/"])
    return everybody


def cookies(site: Site, client: Client, look: str) -> list[dict[str, str]]:
    """The client's cookies for a browser, with those of a look."""
    own = {name: morsel.value for name, morsel in client.cookies.items() if morsel.value}
    return [
        {"name": name, "value": value, "url": site.url}
        for name, value in (own | LOOKS[look]).items()
    ]


def test_every_page_in_every_look(site: Site) -> None:
    everybody = people(site)
    seen: set[str] = set()
    found = [
        page
        for who, (client, starts) in everybody.items()
        for page in crawl(client, who, starts, seen)
    ]
    assert len(found) > 60, "the crawl reaches the site"
    wrong: list[str] = []
    firsts = first_of_each_view(found)
    for look in LOOKS:
        for who, (client, _starts) in everybody.items():
            own = [page for page in found if page.who == who and (look == "zh" or page in firsts)]
            with site.context(DESKTOP) as context:
                context.add_cookies(cookies(site, client, look))  # type: ignore[arg-type]
                wrong += look_at(context, own, firsts, look)
    assert not wrong, "\n".join(["", *wrong])


def first_of_each_view(pages: list[Found]) -> set[Found]:
    """Cases and moves are many and alike: beyond the plain look, one of each view tells enough."""
    return set({page.pattern.partition(" ")[0]: page for page in reversed(pages)}.values())


def look_at(
    context: BrowserContext, pages: list[Found], firsts: set[Found], look: str
) -> list[str]:
    """What is wrong with *pages* in one look."""
    wrong: list[str] = []
    complaints: list[str] = []
    page = listened(context.new_page(), complaints)
    for found in pages:
        complaints.clear()
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        page.goto(found.path)
        faults = [*faults_of(page, look), *fits(page, found, look, examined=found in firsts)]
        wrong += [f"{look} {found.who} {found.path}: {fault}" for fault in faults + complaints]
    return wrong


def faults_of(page: Page, look: str) -> list[str]:
    """Title, heading, a way on, and the language."""
    faults = []
    if not page.title().strip(" ·"):
        faults.append("no title")
    if page.locator("h1").count() != 1:
        faults.append("not one h1")
    if not page.locator("nav a, a.back-link, a.brand").count():
        faults.append("no way back")
    if look == "en":
        faults += [f"Chinese: {text}" for text in words.left_in_chinese(page)]
    elif look == "zh":
        faults += [f"English: {text}" for text in words.left_in_english(page)]
    return faults


def overflow_in_large_type(page: Page) -> int:
    """The same page as 关怀版, which is a class of its root and nothing else."""
    page.evaluate("document.documentElement.classList.add('large-type')")
    wide = overflow(page)
    page.evaluate("document.documentElement.classList.remove('large-type')")
    return wide


def fits(page: Page, found: Found, look: str, *, examined: bool) -> list[str]:
    """No sideways scrolling, on a desktop and on a phone, and nothing for axe to find: in Chinese
    on a desktop (with the colours), for *examined* pages on a phone too. English has the same
    frame: its words and its width are looked at."""
    faults = []
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        if PICTURES:
            name = f"{look}-{found.who}-{found.pattern}-{size['width']}.png"
            page.screenshot(path=Path(PICTURES) / name.replace(":", "_"), full_page=True)
        if overflow(page):
            faults.append(f"{overflow(page)} px too wide at {size['width']}")
        if examined and look == "zh" and overflow_in_large_type(page):
            faults.append(f"{size['width']}: too wide in large type")
        if look == "zh" and (size is DESKTOP or examined):
            colours = size is DESKTOP
            faults += [f"{size['width']}: {fault}" for fault in axe(page, colours=colours)]
    return faults
