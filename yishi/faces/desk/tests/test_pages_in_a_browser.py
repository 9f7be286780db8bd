"""The desk in a real browser: what only a keyboard, a script or a link can show."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from yishi.foundation.ui.testing import NewPage, axe
from yishi.systems.city_events.tests.office import RUBBISH, Office

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from yishi.foundation.access.models import User

pytestmark = pytest.mark.browser


@pytest.fixture
def office(transactional_db: None, city: None) -> Office:
    """Officers and cases, in a database that the live server sees."""
    return Office()


def enter(page: Page, user: User) -> None:
    """Sign in as a person does."""
    page.goto("/desk/sign-in/")
    page.fill("#id_username", user.username)
    page.fill("#id_password", "right-password")
    page.click("main button[type=submit]")
    page.wait_for_url("**/desk/")


def test_a_unit_is_found_while_typing(office: Office, new_page: NewPage) -> None:
    number = office.apart().number
    office.move(number, "give_back", reason="duty", note="不属于本单位职责")
    page = new_page()
    enter(page, office.account("dispatcher"))
    page.goto(f"/desk/cases/{number}/dispatch/")
    page.locator("#id_unit_q").press_sequentially("樊城区路灯")
    label = page.get_by_label("樊城区路灯管理所")
    label.wait_for()
    assert page.evaluate("document.activeElement.id") == "id_unit_q", "typing is not disturbed"
    assert page.input_value("#id_unit_q") == "樊城区路灯"
    label.check()
    page.click(".actions button[type=submit]")
    page.wait_for_url(f"**/desk/cases/{number}/")
    assert "樊城区路灯管理所" in page.inner_text("main")


def test_a_case_is_filed_without_javascript(office: Office, new_page: NewPage) -> None:
    number = office.report(type=None, description="路边有个情况想反映").number
    page = new_page(390, 844, java_script_enabled=False)
    enter(page, office.account("acceptor"))
    page.goto(f"/desk/cases/{number}/file/")
    page.select_option("#id_type", RUBBISH)
    page.click("button[name=look]")
    page.locator("input[name=standard]").first.check()
    page.click(".actions button[type=submit]")
    page.wait_for_url(f"**/desk/cases/{number}/")
    assert office.state(number).state == "assigned"


def test_a_call_is_written_down_with_the_keyboard(office: Office, new_page: NewPage) -> None:
    page = new_page()
    enter(page, office.account("hotline"))
    page.goto("/desk/hotline/")
    page.locator("#id_description").press_sequentially("学校门口生活垃圾没人清运")
    page.locator("input[name=suggested]").nth(1).wait_for()
    page.locator("input[name=suggested]").nth(1).focus()
    page.keyboard.press("Space")
    page.locator("#id_place_q").press_sequentially("小学")
    page.locator("input[name=landmark]").nth(1).wait_for()
    page.locator("input[name=landmark]").nth(1).focus()
    page.keyboard.press("Space")
    assert axe(page) == []
    page.locator("#id_phone").fill("13912345678")
    page.locator("form[data-looks] .actions button[type=submit]").last.focus()
    page.keyboard.press("Enter")
    page.locator(".tracking-code").wait_for()
    assert axe(page) == []


def test_a_new_officer_sets_a_password_by_the_link(office: Office, new_page: NewPage) -> None:
    """Browsers send a form's origin only where the page's referrer policy lets them."""
    user = office.account("acceptor", None, "4206")
    admin = office.client("administrator")
    html = admin.post(f"/desk/accounts/{user.pk}/link/").content.decode()
    found = re.search(r"(/desk/welcome/[^<]+)<", html)
    assert found is not None
    page = new_page(390, 844)
    page.goto(found[1])
    for field in page.locator("main input[type=password]").all():
        field.fill("correct-horse-7")
    page.click("main button[type=submit]")
    page.wait_for_url("**/desk/sign-in/")
    assert "密码已经设置" in page.inner_text("main")
