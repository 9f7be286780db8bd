"""The components in a real Chromium: accessible, within the window, under the strict policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import FilePayload
from pytest_django import Settings

from yishi.foundation.ui.gallery import SHEETS
from yishi.foundation.ui.testing import NewPage, axe, overflow

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.urls("yishi.foundation.ui.tests.site_urls")]
ADDRESSES = [f"/ui/gallery/{sheet}" for sheet in (*SHEETS, "error-409")]
ADDRESSES += ["/ui/gallery?wrong=1", "/ui/gallery?desk=1"]


@pytest.fixture(autouse=True)
def demo(settings: Settings) -> None:
    settings.DEMO = True


@pytest.mark.parametrize("large", [False, True], ids=["standard", "large"])
def test_every_sheet_is_accessible_and_fits(new_page: NewPage, large: bool) -> None:
    for width, height in ((390, 844), (1440, 900)):
        page = new_page(width, height)
        page.goto("/ui/gallery/error-404")
        if large:
            page.get_by_role("button", name="关怀版").click()
            assert page.get_by_role("button", name="标准版").is_visible()
        for address in ADDRESSES:
            page.goto(address)
            assert axe(page) == [], (address, width)
            assert overflow(page) == 0, (address, width)


def test_map_and_chart_are_drawn(page: Page) -> None:
    page.goto("/ui/gallery")
    page.locator("y-chart[data-ready] canvas").first.wait_for()
    page.locator("y-map[data-ready] canvas").first.wait_for()
    page.locator("y-chart canvas").first.hover()


def test_the_big_screen_does_not_scroll(new_page: NewPage) -> None:
    page = new_page(1920, 1080)
    page.goto("/ui/gallery/screen")
    page.locator("y-chart[data-ready] canvas").first.wait_for()
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height == 1080
    for panel in page.locator(".screen-panel").all():
        box = panel.bounding_box()
        assert box
        assert box["y"] + box["height"] <= 1080


def test_targets_are_large_enough_for_a_finger(phone: Page) -> None:
    phone.goto("/ui/gallery")
    low = phone.evaluate(
        """targets => [...document.querySelectorAll(targets)]
        .filter(e => e.checkVisibility() && e.getBoundingClientRect().height < 43.5)
        .map(e => e.outerHTML.slice(0, 80))""",
        "button, .btn, .tool, .tab, .menu-item, summary, select",
    )
    assert low == []


def test_chosen_photos_are_shown_and_can_be_removed(page: Page) -> None:
    page.goto("/ui/gallery")
    dot = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    page.get_by_label("现场照片").set_input_files(
        FilePayload(name="a.svg", mimeType="image/svg+xml", buffer=dot)
    )
    assert page.get_by_text("已选照片：1").is_visible()
    page.get_by_role("button", name="移除照片 a.svg").click()
    assert page.evaluate("document.querySelector('input[type=file]').files.length") == 0


def test_the_summary_takes_the_focus_and_leads_to_the_field(page: Page) -> None:
    page.goto("/ui/gallery?wrong=1")
    assert page.title().startswith("有误：")
    assert page.evaluate("document.activeElement.className") == "error-summary"
    page.locator(".error-summary a").first.click()
    assert page.evaluate("document.activeElement.id") == "id_title"


def test_htmx_swaps_the_part_and_keeps_the_rest(page: Page) -> None:
    page.goto("/ui/gallery")
    page.evaluate("document.querySelector('h1').dataset.kept = '1'")
    with page.expect_response(lambda r: "after=b" in r.url) as answer:
        page.get_by_role("link", name="下一页").click()
    assert "<html" not in answer.value.text()
    page.wait_for_url("**/ui/gallery?after=b")
    assert page.locator("h1").get_attribute("data-kept") == "1"


def test_everything_is_there_without_javascript(new_page: NewPage) -> None:
    page = new_page(390, 844, java_script_enabled=False)
    page.goto("/ui/gallery")
    page.get_by_role("button", name="提交").click()
    assert page.get_by_role("heading", name="请先改正下面的问题").is_visible()
    page.get_by_role("link", name="下一页").click()
    assert "after=b" in page.url
    page.get_by_role("button", name="English").click()
    assert page.get_by_role("heading", name="Style gallery").is_visible()
    assert not page.locator("y-map").is_visible()
    page.get_by_text("Data table").click()
    assert page.get_by_role("cell", name="30").is_visible()
