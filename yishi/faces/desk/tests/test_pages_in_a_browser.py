"""The desk in a real browser: accessible, and no sideways scrolling on a phone or a desktop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from yishi.foundation.ui.testing import NewPage, axe, overflow
from yishi.systems.city_events.tests.office import RUBBISH, Office, photo

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from yishi.foundation.access.models import User

pytestmark = pytest.mark.browser

PHONE, DESKTOP = (390, 844), (1440, 900)


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


def handled_case(office: Office) -> tuple[str, User]:
    """A case with photos, a contact, two reports and a result, and its unit's officer."""
    number = office.report(phone="13812345678", name="张三丰").number
    office.report(description="生活垃圾太多了，请尽快清运", phone="13912345678")
    main = office.state(number).duty("main")
    assert main is not None
    user = office.account("unit_officer", main.unit_id, "")
    client = office.signed_in(user)
    client.post(f"/desk/cases/{number}/sign/", {"version": office.state(number).version})
    version = office.state(number).version
    client.post(
        f"/desk/cases/{number}/finish/",
        {"version": version, "note": "已清运", "photos": [photo()]},
    )
    return number, user


def check(page: Page, path: str) -> None:
    """Open a page and look at it as axe and a narrow window do."""
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 200, path
    for width, height in (DESKTOP, PHONE):
        page.set_viewport_size({"width": width, "height": height})
        assert axe(page) == [], (path, width)
        assert overflow(page) == 0, (path, width)


def test_pages_are_accessible_and_fit(office: Office, new_page: NewPage) -> None:
    number, unit = handled_case(office)
    for _ in range(3):
        office.report(type=None, description="路边有个情况想反映")
    waiting = office.report(type=None, description="路灯不亮，又好像是井盖").number
    returned = office.apart().number
    office.move(returned, "give_back", reason="duty", note="不属于本单位职责")
    page = new_page(*PHONE)
    enter(page, unit)
    for path in ("", "work/main/", "cases/", "inbox/"):
        check(page, f"/desk/{path}")
    for path in ("", "confirm/", "redo/"):
        check(page, f"/desk/cases/{number}/{path}")
    other = new_page(*PHONE)
    acceptor = office.account("acceptor")
    enter(other, acceptor)
    clock = office.state(number).clocks[-1].id
    for path in ("work/accept/", "hotline/", f"cases/{number}/", f"cases/{number}/clocks/{clock}/"):
        check(other, f"/desk/{path}")
    for path in (f"cases/{waiting}/", f"cases/{waiting}/file/", f"cases/{waiting}/amend/"):
        check(other, f"/desk/{path}")
    third = new_page(*PHONE)
    enter(third, office.account("dispatcher"))
    for path in ("work/dispatch/", f"cases/{returned}/", f"cases/{returned}/dispatch/"):
        check(third, f"/desk/{path}")


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
