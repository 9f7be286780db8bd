"""The seven steps from a resident's report to the reopening, by clicking only, role by role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.site import DESKTOP, PHONE, Site, listened, sign_in
from yishi.foundation.access.models import Grant
from yishi.runtime.demo import read_settings
from yishi.systems.city_events.context import city
from yishi.systems.city_events.portal.tests.support import picture

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RUBBISH = "event/01/10"
ENFORCEMENT = "樊城区城市管理执法局"


class People:
    """The resident with a phone, and officers at desktops, each in a browser of their own."""

    def __init__(self, site: Site, stack: ExitStack, script: bool) -> None:
        self.site, self.stack, self.script = site, stack, script
        self.complaints: list[str] = []
        self.pages: dict[str, Page] = {}
        self.resident = self._page(PHONE, has_touch=True, is_mobile=True)

    def _page(self, size: dict[str, int], **options: Any) -> Page:
        context = self.site.context(size, java_script_enabled=self.script, **options)
        page = self.stack.enter_context(context).new_page()
        return listened(page, self.complaints)

    def at(self, username: str) -> Page:
        """The officer's browser, signed in by one click or, where no card is shown, by password."""
        if username not in self.pages:
            page = self._page(DESKTOP)
            page.goto("/desk/sign-in/")
            if page.locator(f"input[value='{username}']").count():
                sign_in(page, username)
            else:
                page.fill("#id_username", username)
                page.fill("#id_password", _password())
                page.get_by_role("button", name="登录", exact=True).click()
            page.wait_for_url("**/desk/")
            self.pages[username] = page
        return self.pages[username]

    # --- The resident ----------------------------------------------------------------------------

    def report(self, place: str, words: str, kind: str | None) -> tuple[str, str]:
        """A report with a photo at a landmark; its number and tracking code."""
        page = self.resident
        page.goto("/")
        page.locator("main").get_by_role("link", name="上报问题").click()
        page.locator("#q").wait_for()
        page.wait_for_load_state()  # before its scripts run, the page does not listen to typing
        page.fill("#q", place)
        if not self.script:
            page.get_by_role("button", name="查找").click()
        page.locator("#results .choice", has_text=place).first.locator("input").check()
        press(page, "就是这里，继续")
        page.fill("[name=address]", "北门旁")
        press(page, "继续")
        page.fill("textarea", words)
        press(page, "继续")
        page.check(f"input[name=choice][value='{kind or 'unsure'}']")
        press(page, "继续")
        while heading(page) != "有照片吗？":
            radios = page.locator("input[type=radio]")
            if radios.count():
                radios.first.check()
            page.locator("main form .actions button").first.click()
        page.set_input_files("input[type=file]", files("现场.jpg", words))
        press(page, "继续")
        page.fill("[name=phone]", "13812345678")
        press(page, "继续")
        assert "现场" in page.inner_text("main") or "1 张" in page.inner_text("main")
        press(page, "确认上报")
        assert heading(page) == "上报成功"
        code = page.inner_text("#code")
        shown = page.locator("dt", has_text="案件编号").locator("xpath=following-sibling::dd")
        return shown.inner_text(), code

    def track(self, code: str) -> Page:
        """The resident's progress page, reached with the code."""
        page = self.resident
        page.goto("/")
        page.locator("main").get_by_role("link", name="查询进度").click()
        page.fill("[name=code]", code)
        press(page, "查询")
        return page

    # --- The officers ----------------------------------------------------------------------------

    def open(self, username: str, number: str, duty: str) -> Page:
        """The case, from the officer's home by the work list in which it waits."""
        page = self.at(username)
        page.locator(".brand").click()
        page.locator(".card-link", has=page.get_by_text(duty, exact=True)).click()
        page.locator(".case-table").get_by_role("link", name=number).click()
        return page

    def do(self, username: str, number: str, duty: str, move: str) -> Page:
        """The form of a move, from the officer's home."""
        page = self.open(username, number, duty)
        page.locator(".case-moves").get_by_role("link", name=move, exact=True).click()
        return page

    def send(self, page: Page, move: str) -> None:
        """Send the form of a move; the case says that it was made."""
        page.locator("main form .actions").get_by_role("button", name=move, exact=True).click()
        said = page.locator(".flash-success")
        assert f"已办理：{move}" in said.inner_text()


def press(page: Page, name: str) -> None:
    """Press a button of the page's form, and wait for the next page."""
    with page.expect_navigation():
        page.locator("main").get_by_role("button", name=name, exact=True).click()


def heading(page: Page) -> str:
    """The page's only h1."""
    return page.locator("h1").inner_text()


def files(name: str, *colours: str) -> list[Any]:
    """Photos as the file chooser gives them; the words choose the colour, so each is another."""
    shades = ["#%06x" % (hash(text) & 0xFFFFFF) for text in colours]
    return [{"name": name, "mimeType": "image/jpeg", "buffer": picture(shade)} for shade in shades]


def _password() -> str:
    from django.conf import settings

    return read_settings(settings.CITY_DIR).password


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def people(site: Site, request: pytest.FixtureRequest) -> Iterator[People]:
    """Everybody of the loop, with JavaScript and without."""
    with ExitStack() as stack:
        made = People(site, stack, request.param)
        yield made
        assert made.complaints == []


def landmarks(count: int) -> list[str]:
    """Names of landmarks in the collector's township, each the only one of its name."""
    unit = Grant.objects.select_related("unit").get(user__username="collector").unit
    assert unit is not None
    marks = city().register.landmarks
    names = [mark.name for mark in marks]
    found = [
        mark.name for mark in marks if mark.cell and mark.managed_path.startswith(unit.managed_path)
    ]
    return [name for name in found if names.count(name) == 1][:count]


def test_a_report_goes_round_until_it_is_rated_and_opened_again(people: People, site: Site) -> None:
    place = landmarks(4)[0 if people.script else 1]
    number, code = people.report(place, "生活垃圾堆在路边没人清运", RUBBISH)

    page = people.do("officer", number, "处置", "签收")
    people.send(page, "签收")
    page.get_by_role("link", name="指派人员", exact=True).click()
    page.get_by_label("处置人员").select_option(label="模拟处置人员")
    people.send(page, "指派人员")

    page = people.do("handler", number, "处置", "填报处置结果")
    page.get_by_label("处置说明").fill("已组织清运并冲洗路面")
    page.set_input_files("[name=photos_before]", files("前.jpg", f"before {number}"))
    page.set_input_files("[name=photos]", files("后.jpg", f"after {number}", f"more {number}"))
    people.send(page, "填报处置结果")
    page.locator(".pictures img").nth(3).wait_for(state="attached")

    people.send(people.do("officer", number, "处置", "确认反馈"), "确认反馈")
    people.send(people.do("dispatcher", number, "派遣", "批转核实"), "批转核实")
    page = people.do("collector", number, "核实", "核实反馈")
    page.get_by_label("已解决，符合结案条件").check()
    people.send(page, "核实反馈")
    people.send(people.do("acceptor", number, "结案", "结案"), "结案")

    page = people.track(code)
    assert "办完了，您满意吗？" in page.inner_text("main")
    page.get_by_role("link", name="去评价").click()
    page.check("input[name=solved][value=no]")
    page.check("input[name=score][value='4']")
    press(page, "提交评价")
    assert heading(page) == "谢谢您的评价"
    page.get_by_role("link", name="没有解决，要求重新办理").click()
    page.locator("main textarea").fill("第二天又堆满了")
    press(page, "要求重新办理")
    assert re.search("已申请重新办理", page.inner_text("main"))

    page = people.open("officer", number, "处置")
    assert "第 2 轮" in page.inner_text("main")
    assert "不满意" in page.inner_text("main"), "the unit reads the rating"


def test_an_unclear_report_is_checked_sent_back_and_given_more_time(
    people: People, site: Site
) -> None:
    place = landmarks(4)[2 if people.script else 3]
    number, code = people.report(place, "这边看着不太安全，麻烦来看看", None)
    assert "工作人员" in people.resident.inner_text("main")

    page = people.do("acceptor", number, "受理", "发起核查")
    page.get_by_label("意见").fill("请到现场看一下是什么问题")
    people.send(page, "发起核查")
    page = people.do("collector", number, "核查", "核查反馈")
    page.get_by_label("情况属实").check()
    page.get_by_label("意见").fill("路边堆放生活垃圾")
    page.set_input_files("[name=photos]", files("核查.jpg", f"check {number}"))
    people.send(page, "核查反馈")
    page = people.do("acceptor", number, "受理", "立案")
    page.get_by_label("事部件类别").select_option(RUBBISH)
    if people.script:
        page.locator("[data-look-part] input[name=standard]").first.wait_for()
    else:
        page.get_by_role("button", name="更新选项").click()
    page.locator("input[name=standard]").first.check()
    people.send(page, "立案")

    send_back(people, "officer", number, "此处由城管执法部门管理")
    page = people.do("dispatcher", number, "派遣", "派遣")
    choose_unit(people, page, ENFORCEMENT)
    people.send(page, "派遣")
    send_back(people, "enforcement", number, "请补充占道经营的证据")
    page = people.do("leader", number, "争议裁定", "争议裁定")  # nobody wants it
    choose_unit(people, page, ENFORCEMENT)
    page.get_by_label("裁定理由和依据").fill("核查照片可以证明，请办理")
    people.send(page, "争议裁定")
    page = people.open("enforcement", number, "处置")
    assert "暂停 1 次" in page.inner_text("main"), "the same unit's clock goes on after the pause"

    page.get_by_role("link", name="签收", exact=True).click()
    people.send(page, "签收")
    page.get_by_role("link", name="申请延期", exact=True).click()
    page.get_by_label("理由").fill("需要调配清运车辆")
    people.send(page, "申请延期")
    people.send(people.do("dispatcher", number, "延期审批", "同意延期"), "同意延期")
    page = people.open("enforcement", number, "处置")
    assert "延期 1 次" in page.inner_text("main")
    assert ENFORCEMENT in people.track(code).inner_text("main")


def send_back(people: People, username: str, number: str, why: str) -> None:
    """The unit returns the case with a reason; without one it is asked for it."""
    page = people.do(username, number, "处置", "退单")
    press(page, "退单")
    assert page.locator(".error-summary").count()
    page.get_by_label("不属于本单位法定职责").check()
    page.get_by_label("理由").fill(why)
    people.complaints[:] = [line for line in people.complaints if not line.startswith("422 ")]
    people.send(page, "退单")


def choose_unit(people: People, page: Page, name: str) -> None:
    """Look for a unit by name and choose it."""
    page.locator("#id_unit_q").press_sequentially(name)
    if not people.script:
        page.get_by_role("button", name="更新选项").click()
    page.get_by_label(name).check()
