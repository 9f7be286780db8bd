"""The page on site in a real browser: without signal, killed and started again, sent once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from PIL import Image

from yishi.foundation.cases.models import CasePaper, Trace
from yishi.foundation.ui.testing import axe, overflow
from yishi.foundation.ui.testing_phone import PASSWORD, Phone
from yishi.systems.city_events.context import city
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.onsite.tests.conftest import SPOT, Site, settling_type

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page
    from pytest_django.live_server_helper import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]
PAGE = "/desk/onsite/"


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, tmp_path: Path) -> Iterator[Phone]:
    made = Phone(browser, live_server.url, tmp_path / "profile", PAGE, spot=SPOT)
    made.start()
    yield made
    made.kill()
    assert made.complaints == []


@pytest.fixture
def site(transactional_db: None, city: None) -> Site:
    """The city with officers on site, in a database that the live server sees."""
    return Site()


def picture(shade: int, size: tuple[int, int] = (3000, 2000)) -> Any:
    out = io.BytesIO()
    Image.new("RGB", size, (shade, 120, 90)).save(out, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def moves_of(number: str) -> list[str]:
    rows = Trace.objects.unscoped("test").filter(case__number=number).order_by("seq")
    return list(rows.values_list("move", flat=True))


def until_moved(page: Page, number: str, move: str) -> None:
    for _ in range(100):
        if move in moves_of(number):
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{move} was not made: {moves_of(number)}")


def fit(page: Page) -> list[str]:
    """Accessible and no wider than the phone."""
    return [*axe(page), *([f"{overflow(page)} px too wide"] if overflow(page) else [])]


def test_entered_without_signal_killed_restarted_and_sent_once(site: Site, phone: Phone) -> None:
    number = site.checking()
    user = site.collector(number, "check")
    phone.sign_in(user)
    phone.go_on()
    assert fit(phone.page) == []

    phone.context.set_offline(True)
    phone.page.reload()
    phone.ready()
    assert "没有信号" in phone.page.locator("#onsite-state").inner_text()
    phone.open(number, "核查反馈")
    page = phone.page
    page.get_by_label("情况属实").check()
    page.get_by_label("意见").fill("现场确有垃圾堆放")
    page.locator("input[type=file][capture]").set_input_files(picture(10))
    page.locator(".upload-previews img").wait_for()
    page.get_by_role("button", name="核对位置").click()
    page.get_by_text("手机距案发地点").or_(page.get_by_text("案件没有坐标")).wait_for()
    assert fit(page) == []
    phone.save()
    phone.waiting(1)
    assert "report_check" not in moves_of(number)

    phone.kill()
    page = phone.start(offline=True)
    page.goto(PAGE)
    phone.ready()
    assert number in page.inner_text("#onsite-view"), "the list stays to be read"
    phone.waiting(1)
    page.goto(PAGE + "#queue")
    page.locator("#onsite-view", has_text="现场确有垃圾堆放").wait_for()  # drawn a moment later
    page.locator("#onsite-view .upload-previews img").wait_for()
    assert fit(page) == []

    phone.context.set_offline(False)
    until_moved(page, number, "report_check")
    phone.waiting(0)
    page.locator("[data-state=sent]").wait_for()
    page.reload()
    phone.ready()
    page.wait_for_timeout(500)
    assert moves_of(number).count("report_check") == 1
    paper = (
        CasePaper.objects.unscoped("test")
        .select_related("attachment")
        .get(case__number=number, step="check")
    )
    assert max(paper.attachment.width or 0, paper.attachment.height or 0) == 1600, "made smaller"


def test_two_moves_of_one_case_go_in_order(site: Site, phone: Phone) -> None:
    """The second was entered upon the first one's state, which the server does not know yet."""
    number = site.report().number
    site.move(number, "sign")
    user = site.officer(number)
    phone.sign_in(user)
    phone.go_on()
    phone.context.set_offline(True)
    phone.open(number, "填报处置结果")
    phone.page.get_by_label("处置说明").fill("已清运")
    phone.save()
    phone.waiting(1)
    phone.page.evaluate(
        """async (number) => {
          const { change } = await import("/static/ui/js/kept.js");
          const all = await change("queue", "readonly", ({ queue }) => queue.getAll());
          const { seq, attempts, ...first } = all[0];
          const next = { ...first, key: crypto.randomUUID(), move: "confirm", facts: {} };
          await change("queue", "readwrite", ({ queue }) => queue.add(next));
        }""",
        number,
    )  # fmt: skip
    phone.context.set_offline(False)
    until_moved(phone.page, number, "confirm")
    assert moves_of(number)[-2:] == ["finish", "confirm"]


def test_an_answer_that_is_lost_is_asked_for_again(site: Site, phone: Phone) -> None:
    number = site.report().number
    site.move(number, "sign")
    phone.sign_in(site.officer(number))
    phone.go_on()
    lost: list[int] = []

    def lose(route: Any) -> None:
        if not lost:
            lost.append(route.fetch().status)
            route.abort()
        else:
            route.continue_()

    phone.context.route("**/onsite/send/", lose)
    phone.open(number, "填报处置结果")
    phone.page.get_by_label("处置说明").fill("已清运")
    phone.save()
    phone.page.locator("#onsite-state[data-state=unreachable], #onsite-state[data-state=online]")
    until_moved(phone.page, number, "finish")
    phone.waiting(1)
    phone.page.evaluate("dispatchEvent(new Event('online'))")
    phone.waiting(0)
    assert lost == [200]
    assert moves_of(number).count("finish") == 1


def test_whoever_was_second_keeps_text_and_photos_until_deciding(site: Site, phone: Phone) -> None:
    number = site.report().number
    site.move(number, "sign")
    phone.sign_in(site.officer(number))
    phone.go_on()
    phone.context.set_offline(True)
    phone.open(number, "填报处置结果")
    page = phone.page
    page.get_by_label("处置说明").fill("我也清运过了")
    page.locator("fieldset").last.locator("input[type=file][multiple]").set_input_files(picture(20))
    page.locator(".upload-previews img").wait_for()
    phone.save()
    site.move(number, "finish", note="他人已处置")
    phone.context.set_offline(False)
    phone.waiting(0, refused=1)
    page.get_by_role("button", name="发送队列").click()
    card = page.locator("[data-state=refused]")
    card.wait_for()
    said = card.inner_text()
    assert "现场已完成" in said
    assert "我也清运过了" in said
    assert card.locator("img").count() == 1
    assert fit(page) == []
    card.get_by_role("button", name="再送一次").click()
    page.get_by_text("不能“填报处置结果”").wait_for()
    site.move(number, "redo", note="再办一次")
    page.locator("[data-state=refused]").get_by_role("button", name="修改后再送").click()
    assert page.get_by_label("处置说明").input_value() == "我也清运过了"
    page.get_by_label("处置说明").fill("按要求重办")
    phone.save()
    for _ in range(100):
        if moves_of(number).count("finish") == 2:
            break
        page.wait_for_timeout(100)
    assert moves_of(number).count("finish") == 2
    phone.waiting(0)


def test_a_draft_survives_that_the_browser_is_killed(site: Site, phone: Phone) -> None:
    number = site.report().number
    site.move(number, "sign")
    phone.sign_in(site.officer(number))
    phone.go_on()
    phone.open(number, "填报处置结果")
    phone.page.get_by_label("处置说明").fill("写到一半")
    phone.page.wait_for_timeout(900)
    phone.kill()
    phone.start(offline=True)
    phone.page.goto(f"{PAGE}#form/{number}/finish")
    phone.page.locator("form.onsite-form").wait_for()
    assert phone.page.get_by_label("处置说明").input_value() == "写到一半"


def test_a_session_that_ended_keeps_the_queue_and_wipes_the_list(site: Site, phone: Phone) -> None:
    number = site.report().number
    site.move(number, "sign")
    user = site.officer(number)
    phone.sign_in(user)
    phone.go_on()
    phone.context.set_offline(True)
    phone.open(number, "填报处置结果")
    phone.page.get_by_label("处置说明").fill("已清运")
    phone.save()
    Session.objects.all().delete()
    phone.context.set_offline(False)
    phone.page.locator("#onsite-state[data-state=signIn]").wait_for()
    phone.waiting(1)
    assert kept(phone.page)["private"].get("items") is None
    phone.page.get_by_role("link", name="重新登录").click()
    phone.page.fill("#id_username", user.username)
    phone.page.fill("#id_password", PASSWORD)
    phone.page.click("main form:has(#id_password) button[type=submit]")
    until_moved(phone.page, number, "finish")
    phone.waiting(0)


def kept(page: Page) -> dict[str, Any]:
    """What the browser keeps: the account's record, the queue, and every text in its caches."""
    found: dict[str, Any] = page.evaluate(
        """async () => {
          const { change } = await import("/static/ui/js/kept.js");
          const read = (name, act) => change(name, "readonly", (stores) => act(stores[name]));
          const cached = [];
          for (const name of await caches.keys()) {
            const cache = await caches.open(name);
            for (const request of await cache.keys()) {
              const text = await (await cache.match(request)).text();
              cached.push([new URL(request.url).pathname, text]);
            }
          }
          return {
            private: (await read("private", (store) => store.get("session"))) ?? {},
            area: (await read("private", (store) => store.get("area"))) ?? null,
            queue: (await read("queue", (store) => store.getAll())).length,
            cached,
          };
        }"""
    )  # fmt: skip
    return found


def test_signing_out_wipes_the_list_and_keeps_what_did_not_arrive(site: Site, phone: Phone) -> None:
    number = site.report().number
    site.move(number, "sign")
    user, other = site.officer(number), site.local()
    phone.sign_in(user)
    phone.go_on()
    page = phone.page
    before = kept(page)
    assert number in str(before["private"])
    cached = "".join(text for _, text in before["cached"])
    assert len(before["cached"]) > 20
    assert number not in cached
    assert user.display_name not in cached
    assert not [path for path, _ in before["cached"] if not path.startswith("/static/")][1:]

    phone.context.route("**/onsite/send/", lambda route: route.abort())
    phone.open(number, "填报处置结果")
    page.get_by_label("处置说明").fill("已清运")
    phone.save()
    phone.waiting(1)
    asked: list[str] = []

    def agree(dialog: Any) -> None:
        asked.append(dialog.message)
        dialog.accept()

    page.once("dialog", agree)
    page.locator("details.account summary").click()
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/desk/sign-in/")
    assert "还有1条" in asked[0]
    after = kept(page)
    assert (after["private"], after["area"], after["queue"]) == ({}, None, 1)

    phone.context.unroute("**/onsite/send/")
    phone.sign_in(other)
    page.get_by_role("button", name="发送队列").click()
    page.get_by_text("其他账号没有送出的填报1条").wait_for()
    assert "已清运" not in page.inner_text("main")
    assert number not in page.inner_text("main")
    assert "finish" not in moves_of(number), "nobody sends it for the other"


def test_a_new_event_is_reported_without_signal(site: Site, phone: Phone) -> None:
    user = site.local("collection", "collector")
    phone.sign_in(user)
    phone.page.wait_for_function(
        """async () => {
          const { change } = await import("/static/ui/js/kept.js");
          const types = await change("public", "readonly", (stores) => stores.public.get("types"));
          const area = await change("private", "readonly", (stores) => stores.private.get("area"));
          return Boolean(types && area);
        }"""
    )  # fmt: skip
    phone.go_on()
    phone.context.set_offline(True)
    page = phone.page
    page.get_by_role("button", name="上报新问题").click()
    page.get_by_role("button", name="用现在的位置").click()
    page.get_by_text("已取得位置").wait_for()
    page.get_by_label("查找类别").fill("暴露生活垃圾")
    page.locator(".onsite-hit").first.click()
    page.get_by_label("情况说明").fill("生活垃圾堆在路边没人清运")
    page.locator("input[type=file][multiple]").set_input_files(picture(30))
    page.locator(".upload-previews img").wait_for()
    assert fit(page) == []
    phone.save()
    phone.waiting(1)
    before = Report.objects.unscoped("test").count()
    phone.context.set_offline(False)
    phone.waiting(0)
    channels = Report.objects.unscoped("test").order_by("id").values_list("channel", flat=True)
    assert list(channels)[before:] == ["collector"]


def test_something_is_settled_on_the_spot_without_signal(site: Site, phone: Phone) -> None:
    user = site.local()
    phone.sign_in(user)
    page = phone.page
    page.wait_for_function(
        """async () => {
          const { change } = await import("/static/ui/js/kept.js");
          const read = (stores) => stores.public.get("types");
          return Boolean(await change("public", "readonly", read));
        }"""
    )  # fmt: skip
    phone.go_on()
    phone.context.set_offline(True)
    name = city().catalogue(timezone.now())[1].by_key[settling_type()].name
    page.get_by_role("button", name="自行处置", exact=True).click()
    page.get_by_role("button", name="用现在的位置").click()
    page.get_by_text("已取得位置").wait_for()
    page.get_by_label("查找类别").fill(name)
    page.locator(".onsite-hit").first.click()
    page.locator(".onsite-send").click()
    page.get_by_text("须有处置前和处置后照片").wait_for()
    cameras = page.locator("input[type=file][capture]")
    cameras.nth(0).set_input_files(picture(40))
    cameras.nth(1).set_input_files(picture(200))
    page.locator(".upload-previews img").nth(1).wait_for()
    phone.save()
    phone.context.set_offline(False)
    phone.waiting(0)
    page.get_by_role("button", name="发送队列").click()
    assert "核实中" in page.locator("[data-state=sent]").inner_text()
