"""On a phone: from the trade to the licence within minutes; a check without signal, sent once."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.state import CaseState
from yishi.foundation.ui.testing import axe, overflow
from yishi.foundation.ui.testing_phone import Phone
from yishi.systems.pledge_licences.catalogue import version
from yishi.systems.pledge_licences.models import Composite, Finding, Licence, Pledge
from yishi.systems.pledge_licences.tests.street import (
    FILLED,
    KEEPER,
    PASSWORD,
    Street,
    regulator,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(280)]
#: Seconds that a machine under load may take for what a person does in minutes.
THREE_MINUTES = 180
ONSITE = "/desk/licences/onsite/"


@pytest.fixture
def street(transactional_db: None, city: None, settings: Any) -> Street:
    settings.DEMO = True
    return Street()


def fit(page: Page) -> list[str]:
    """Accessible and no wider than the window."""
    return [*axe(page), *([f"{overflow(page)} px too wide"] if overflow(page) else [])]


def enter(page: Page, street: Street) -> None:
    page.goto("/account/simulated/")
    page.fill("#id_name", KEEPER)
    page.fill("#id_identifier", street.number)
    page.locator("main form:has(#id_identifier) button[type=submit]").click()
    page.wait_for_url("**/account/**")


def fill(page: Page) -> None:
    """Every field of the form, as somebody would who knows the shop."""
    form = "main form[method=post] [name]"
    names = page.locator(form).evaluate_all("fields => fields.map(field => field.name)")
    for name in dict.fromkeys(names):
        first = page.locator(f"main [name='{name}']").first
        kind = first.evaluate("field => field.type")
        value = FILLED.get(name, "10")
        if kind == "radio":
            page.locator(f"main [name='{name}'][value='{value}']").check()
        elif kind == "select-one":
            first.select_option(value)
        elif kind != "hidden":
            first.fill(value)


def sign(page: Page, *, by_hand: bool) -> None:
    for box in page.locator(".sign-form input[type=checkbox]").all():
        box.check()
    page.fill("#id_name", KEEPER)
    if by_hand:
        sheet = page.locator("canvas")
        sheet.scroll_into_view_if_needed()
        area = sheet.bounding_box()
        assert area is not None
        page.mouse.move(area["x"] + 20, area["y"] + 20)
        page.mouse.down()
        page.mouse.move(area["x"] + 180, area["y"] + 70)
        page.mouse.up()
    page.get_by_role("button", name="签署，当场领证").click()
    page.wait_for_load_state()


def test_a_shop_has_its_licences_within_three_minutes(street: Street, phone: Page) -> None:
    enter(phone, street)
    began = time.monotonic()
    phone.goto("/licences/")
    assert fit(phone) == []
    phone.fill("#q", "小卖部")
    phone.get_by_role("link", name="便利店").click()
    phone.locator("input[name=big][value=yes]").check()
    assert fit(phone) == []
    phone.get_by_role("button", name="继续").click()
    assert fit(phone) == []
    phone.get_by_role("button", name="开始申请").click()
    phone.get_by_role("link", name="选择代表谁办理").click()
    phone.locator("li", has_text="便利有限公司").get_by_role("button").click()
    fill(phone)
    assert fit(phone) == []
    phone.get_by_role("button", name="下一步：信用筛查").click()
    assert fit(phone) == []
    phone.get_by_role("link", name="阅读并签署").click()
    assert fit(phone) == []
    sign(phone, by_hand=True)
    sign(phone, by_hand=False)
    phone.get_by_text("办好了").wait_for()
    assert time.monotonic() - began < THREE_MINUTES
    assert fit(phone) == []
    assert Licence.objects.unscoped("test").count() == 2
    assert Composite.objects.count() == 1
    drawn = [one.signature.get("drawn") for one in Pledge.objects.unscoped("test").order_by("pk")]
    assert drawn[0] and not drawn[1]
    phone.locator(".row-card a").first.click()
    phone.locator(".paper-card svg").wait_for()
    assert fit(phone) == []
    phone.goto("/licences/mine/")
    assert fit(phone) == []


def test_the_desks_pages_are_accessible(street: Street, page: Page) -> None:
    case = street.licence()
    user = regulator(case)
    regulator(case)
    page.goto("/desk/sign-in/?next=/desk/licences/checks/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", PASSWORD)
    page.locator("main form:has(#id_password) button[type=submit]").click()
    for address in (
        "/desk/licences/checks/?by=route",
        f"/desk/licences/checks/{case.number}/",
        "/desk/licences/overview/",
        "/desk/licences/overview/licensed/",
        f"/desk/cases/{case.number}/",
    ):
        page.goto(address)
        assert fit(page) == [], address


@pytest.fixture
def offline_phone(browser: Browser, live_server: LiveServer, tmp_path: Path) -> Iterator[Phone]:
    made = Phone(
        browser, live_server.url, tmp_path / "profile", ONSITE, password=PASSWORD, patience=30_000
    )
    made.start()
    yield made
    made.kill()
    assert made.complaints == []


def picture() -> Any:
    out = io.BytesIO()
    Image.new("RGB", (800, 600), "navy").save(out, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def labels(case: CaseState) -> list[str]:
    return [c.text for c in version(case.catalogue_id).licences[case.type_key].conditions]


def test_a_check_is_recorded_without_signal_killed_and_sent_once(
    street: Street, offline_phone: Phone
) -> None:
    case = street.licence()
    user, second = regulator(case), regulator(case)
    offline_phone.sign_in(user)
    offline_phone.go_on()
    page = offline_phone.page
    assert fit(page) == []
    offline_phone.context.set_offline(True)
    page.reload()
    offline_phone.ready()
    page.get_by_role("button", name=f"核查记录 {case.number}").click()
    page.locator("form.onsite-form").wait_for()
    for text in labels(case):
        page.get_by_role("group", name=text).get_by_label("相符").check()
    page.locator("input[type=file][capture]").first.set_input_files(picture())
    page.locator(".upload-previews img").first.wait_for()
    page.get_by_label(second.display_name).check()
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)  # colours of what was touched last fade
    assert fit(page) == []
    page.locator(".onsite-send").click()
    offline_phone.waiting(1)
    assert not Finding.objects.unscoped("test").exists()

    offline_phone.context.close()
    page = offline_phone.start(offline=True)
    page.goto(ONSITE)
    offline_phone.ready()
    offline_phone.waiting(1)
    offline_phone.context.set_offline(False)
    offline_phone.waiting(0)
    finding = Finding.objects.unscoped("test").get()
    assert (finding.officer_id, finding.second_id) == (user.pk, second.pk)
    assert load_states([case.id])[0].state == "qualified"
    assert CasePaper.objects.unscoped("test").filter(case_id=case.id, step="check").count() == 1
