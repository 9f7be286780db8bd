"""The whole way of a report in a real browser: by keyboard alone, with and without JavaScript."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from yishi.foundation.cases.models import Case
from yishi.foundation.ui.testing import NewPage, axe, overflow
from yishi.systems.city_events.portal.tests.support import (
    Walk,
    a_landmark,
    close,
    picture,
)

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WHY = "the test looks"
#: Set to a folder to keep pictures of every page.
PICTURES = os.environ.get("YISHI_PICTURES", "")
PHONE, DESKTOP = (390, 844), (1440, 900)


@pytest.fixture(autouse=True)
def _city(transactional_db: None, city: None) -> None:
    """The demo city, also after a test that emptied the database."""


def look(page: Page, name: str, *, script: bool = True) -> None:
    """No accessibility fault, no sideways scrolling, and a picture where one is wanted: on a
    desktop, and on a phone, as which the page is left."""
    for width, height in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        if PICTURES:
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{width}.png"), full_page=True)
        if script:
            assert overflow(page) == 0, (name, width)
            assert axe(page) == [], (name, width)


def tab_to(page: Page, text: str) -> None:
    """Press Tab until the focus is on something that says *text*."""
    for _ in range(90):
        page.keyboard.press("Tab")
        focused = page.locator(":focus")
        if not focused.count():
            continue
        own = focused.evaluate(
            "e => (e.labels?.length ? e.labels[0].innerText : e.innerText || e.value || e.id) + ''"
        )
        if text in own:
            return
    raise AssertionError(f"no way to “{text}” by keyboard")


def press(page: Page, text: str) -> None:
    """Go to a button or link by keyboard and use it; wait for the next page."""
    tab_to(page, text)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def photo(name: str, colour: str) -> FilePayload:
    """A picture as the file chooser gives it."""
    return {"name": name, "mimeType": "image/jpeg", "buffer": picture(colour)}


def h1(page: Page) -> str:
    """The page's heading."""
    return page.locator("h1").inner_text()


@pytest.mark.parametrize("script", [True, False])
def test_a_report_by_keyboard_alone(new_page: NewPage, script: bool) -> None:
    page = new_page(390, 844, java_script_enabled=script)
    page.goto("/")
    press(page, "上报问题")
    assert h1(page) == "问题在哪里？"
    name = a_landmark().name
    tab_to(page, "地标或地址")
    page.keyboard.type(name)
    if script:
        page.wait_for_selector("#results input[type=radio]")
    else:
        with page.expect_navigation():
            page.keyboard.press("Enter")
    page.locator("#results input[type=radio]").first.focus()
    page.keyboard.press("Space")
    press(page, "就是这里")
    assert h1(page) == "具体在什么位置？"
    tab_to(page, "具体位置")
    page.keyboard.type("北门公交站牌旁")
    press(page, "继续")
    assert h1(page) == "您看到了什么？"
    tab_to(page, "描述")
    page.keyboard.type("路灯不亮，晚上很黑")
    press(page, "继续")
    assert h1(page) == "这是哪一类问题？"
    tab_to(page, "路灯")
    page.keyboard.press("Space")
    press(page, "继续")
    if h1(page) == "哪一种情况最接近？":
        page.locator("input[type=radio]").first.focus()
        page.keyboard.press("Space")
        press(page, "继续")
    assert h1(page) == "有照片吗？"
    page.set_input_files("input[type=file]", [photo("灯.jpg", "teal")])
    press(page, "继续")
    assert h1(page) == "怎样联系您？"
    tab_to(page, "身份保密")
    page.keyboard.press("Space")
    press(page, "继续")
    assert h1(page) == "请核对后上报"
    press(page, "确认上报")
    assert h1(page) == "上报成功"
    code = page.locator("#code").inner_text()
    case = Case.objects.unscoped(WHY).get()
    assert case.secret
    press(page, "查询进度")
    tab_to(page, "查询码")
    page.keyboard.type(code.lower())
    press(page, "查询")
    assert case.number in page.content()


def test_every_page_is_accessible_and_fits(new_page: NewPage) -> None:
    page = new_page(*PHONE)
    page.goto("/")
    look(page, "01-home")
    for name in ("help", "accessibility"):
        page.goto(f"/{name}/")
        look(page, f"02-{name}")
    page.goto("/report/")
    look(page, "03-where")
    page.fill("#q", "没有这个地方")
    page.wait_for_selector("#results .note")
    look(page, "04-where-empty")
    page.fill("#q", a_landmark().name[:2])
    page.wait_for_selector("#results input[type=radio]")
    look(page, "05-where-found")
    page.click("text=就是这里")
    page.wait_for_selector(".error-summary")
    look(page, "06-where-error")
    page.goto(page.url.replace("/where", "/area"))
    look(page, "07-area")
    page.click(".links a >> nth=1")
    page.wait_for_selector(".chosen")
    page.click(".links a >> nth=0")
    page.wait_for_selector(".chosen:has-text('›')")
    look(page, "08-area-township")
    page.click("text=/^就选/")
    page.goto(page.url.replace("/place", "/where") + "?q=" + a_landmark().name)
    page.check("#results input[type=radio] >> nth=0")
    page.click("text=就是这里")
    page.wait_for_selector("y-map[data-ready]")
    look(page, "09-place")
    page.click("main button >> text=继续")
    look(page, "10-what")
    page.fill("textarea", "上水井盖松动，车辆经过时有响声")
    page.click("main button >> text=继续")
    look(page, "11-type")
    page.click("text=按大类浏览")
    look(page, "12-type-browse")
    page.fill("#q", "井盖")
    page.wait_for_selector("legend:has-text('查找结果')")
    look(page, "13-type-found")
    page.check("input[value='component/01/01']")
    page.click("#kinds >> text=继续")
    look(page, "14-standard")
    page.check("input[type=radio] >> nth=0")
    page.click("main button >> text=继续")
    look(page, "16-photos")
    photos = [photo(f"{n}.jpg", colour) for n, colour in enumerate(("teal", "olive", "maroon"))]
    page.set_input_files("input[type=file]", photos)
    page.wait_for_selector(".upload-previews li")
    look(page, "17-photos-chosen")
    page.click("text=上传并再添加")
    page.wait_for_selector(".added li")
    look(page, "18-photos-added")
    page.click("main button >> text=继续")
    page.fill("[name=phone]", "12")
    page.click("main button >> text=继续")
    look(page, "19-contact-error")
    page.fill("[name=phone]", "13812345678")
    page.fill("[name=name]", "欧阳一二三四五六七八九十的名字很长")
    page.click("main button >> text=继续")
    look(page, "20-check")
    page.click("main button >> text=确认上报")
    look(page, "21-done")
    code = page.locator("#code").inner_text()
    page.click("main >> text=查询进度")
    page.fill("[name=code]", "错误的码")
    page.click("main form button")
    look(page, "22-track-error")
    page.goto("/")
    page.goto("/track/#" + code)
    assert page.input_value("[name=code]") == code, "the QR code's address fills the field"
    page.click("main form button")
    look(page, "23-progress")
    number = page.url.rstrip("/").rpartition("/")[2]
    close(number)
    page.reload()
    look(page, "24-progress-closed")
    page.click("text=去评价")
    page.click("text=提交评价")
    look(page, "25-evaluate-error")
    page.check("input[name=solved][value=no]")
    page.check("input[name=score][value='4']")
    page.click("text=提交评价")
    look(page, "26-thanks")
    page.click("text=没有解决，要求重新办理")
    look(page, "27-reopen")
    page.goto("/report/expired")
    look(page, "28-expired")
    page.goto("/")
    look(page, "29-home-figures")


def test_large_type_and_english_fit_a_phone(phone: Page) -> None:
    phone.goto("/")
    phone.click("text=关怀版")
    look(phone, "40-large-home")
    phone.goto("/report/")
    phone.fill("#q", a_landmark().name[:2])
    phone.wait_for_selector("#results input[type=radio]")
    look(phone, "41-large-where")
    phone.click("text=English")
    phone.goto("/")
    look(phone, "42-english-home")
    phone.goto("/report/")
    look(phone, "43-english-where")


def test_the_phones_own_position_gives_a_list(new_page: NewPage) -> None:
    mark = a_landmark()
    page = new_page(
        390,
        844,
        geolocation={"longitude": mark.lon, "latitude": mark.lat, "accuracy": 20},
        permissions=["geolocation"],
    )
    page.goto("/report/")
    page.click("text=用我现在的位置找附近")
    page.wait_for_selector("#results input[type=radio]")
    look(page, "30-near")
    assert mark.name in page.locator("#results").inner_text()


def test_a_similar_case_near_by_is_shown(new_page: NewPage, client: Client) -> None:
    first = Walk(client)
    first.to_check()
    first.post("check")
    page = new_page(390, 844)
    page.goto("/report/")
    page.goto(page.url + "?q=" + a_landmark().name)
    page.check("#results input[type=radio] >> nth=0")
    page.click("text=就是这里")
    page.click("main button >> text=继续")
    page.locator("textarea").press_sequentially("路边有生活垃圾")
    page.wait_for_selector("#near .row-card")  # while one types
    look(page, "14-near-while-typing")
    page.click("main button >> text=继续")
    page.check("input[value='event/01/10']")
    page.click("#kinds >> text=继续")
    if "standard" in page.url:
        page.check("input[value='unsure']")
        page.click("main button >> text=继续")
    look(page, "15-similar")
    page.click("text=这就是我看到的")
    look(page, "15b-known")
