"""Takes the README's pictures of a running demo (`make demo`), all of simulated data:

python docs/pictures/take.py http://localhost:8000     needs Chromium (playwright)
python docs/pictures/take.py http://localhost:8000 one_form offices     only these
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Page, sync_playwright

HERE = Path(__file__).parent
WIDE, DESK, PHONE = (1600, 900), (1360, 900), (390, 780)
COUNTY = "4206/420606"
SPOT = {"longitude": 112.142, "latitude": 32.05, "accuracy": 9}


def keep(page: Page, name: str) -> None:
    """What the page shows, as the picture of that name."""
    page.wait_for_timeout(2500)  # charts draw themselves in
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.save(HERE / f"{name}.webp", quality=80, method=6)
    print(name, picture.size)


def opened(browser: Any, base: str, size: tuple[int, int], account: str = "") -> Page:
    """A page of that size (a phone has two dots for each); *account* signs in by one click."""
    phone = size == PHONE
    context = browser.new_context(
        base_url=base,
        viewport={"width": size[0], "height": size[1]},
        device_scale_factor=2 if phone else 1,
        is_mobile=phone,
        has_touch=phone,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        geolocation=SPOT,
        permissions=["geolocation"],
    )
    context.set_default_timeout(60_000)
    page: Page = context.new_page()
    if account:
        page.goto("/desk/sign-in/")
        page.locator(f"form:has(input[value='{account}']) button").click()
        page.wait_for_url("**/desk/")
    return page


def screens(browser: Any, base: str) -> None:
    """The leader's screen: the city, a county that was clicked, and the county on a phone."""
    page = opened(browser, base, WIDE, "leader")
    page.goto("/screen/?days=7")
    keep(page, "screen")
    page.goto(f"/screen/?days=7&path={COUNTY}")
    keep(page, "screen-county")
    page = opened(browser, base, PHONE, "leader")
    page.goto(f"/screen/?days=7&path={COUNTY}")
    keep(page, "screen-phone")


def desk(browser: Any, base: str) -> None:
    """A case, a call, the assessment and a scenario."""
    page = opened(browser, base, DESK, "dispatcher")
    page.goto("/desk/cases/?state=handling")
    page.locator("a[href^='/desk/cases/']:has(.case-subject)").first.click()
    page.wait_for_load_state()
    keep(page, "desk-case")
    page = opened(browser, base, DESK, "hotline")
    page.goto("/desk/hotline/")
    keep(page, "desk-hotline")
    page = opened(browser, base, DESK, "leader")
    page.goto("/desk/assessment/?by=county&kind=month")
    keep(page, "desk-assessment")
    page.goto("/desk/scenarios/event/01/")
    keep(page, "desk-scenario")
    page = opened(browser, base, PHONE, "leader")
    page.goto("/desk/scenarios/event/01/")
    keep(page, "desk-scenario-phone")


def on_site(browser: Any, base: str) -> None:
    """A collector's tasks on a phone."""
    page = opened(browser, base, PHONE, "collector")
    page.goto("/desk/onsite/")
    page.locator("#onsite[data-ready]").wait_for()
    keep(page, "onsite")


def portal(browser: Any, base: str) -> None:
    """A resident says where it is, reports it, and follows it."""
    page = opened(browser, base, PHONE)
    page.goto("/report/")
    page.get_by_label("地标或地址").fill("诸葛亮广场")
    page.locator("#results input[type=radio]").first.wait_for()
    keep(page, "portal-report")
    page.locator("#results input[type=radio]").first.check()
    page.get_by_role("button", name="就是这里").click()
    for label, text in (("具体位置", "北门公交站牌旁"), ("描述", "路灯不亮，晚上很黑")):
        page.get_by_label(label).fill(text)
        page.get_by_role("button", name="继续").click()
    page.get_by_label("路灯").first.check()
    for _ in range(4):
        page.get_by_role("button", name="继续").click()
        page.wait_for_load_state()
        if page.get_by_role("button", name="确认上报").count():
            break
        choice = page.locator("main input[type=radio]").first
        if "情况最接近" in page.locator("h1").inner_text():
            choice.check()
    page.get_by_role("button", name="确认上报").click()
    code = page.locator("#code").inner_text()
    page.get_by_role("link", name="查询进度").click()
    page.get_by_label("查询码").fill(code)
    page.get_by_role("button", name="查询").click()
    page.wait_for_load_state()
    keep(page, "portal-track")


def one_form(browser: Any, base: str) -> None:
    """Somebody opens a restaurant: the form with what is known filled in, on a phone."""
    page = opened(browser, base, PHONE)
    page.goto("/account/simulated/")
    page.locator("button:has-text('陈模拟')").first.click()
    page.wait_for_load_state()
    page.goto("/themes/open_restaurant/")
    page.get_by_text("开始办理").click()
    while "/ask" in page.url:
        page.locator(".choice input").first.check()
        page.get_by_role("button", name="继续").click()
        page.wait_for_load_state()
    page.locator("main select").select_option("420606007")
    page.get_by_role("button", name="继续").click()
    page.get_by_text("开始填写").click()
    page.locator("button[value=as]").click()
    page.wait_for_load_state()
    keep(page, "theme-form")


def offices(browser: Any, base: str) -> None:
    """A theme's case that runs, the studio, a project's timeline, and the map of projects."""
    page = opened(browser, base, DESK, "window")
    page.goto("/desk/life-events/matters/?theme=open_restaurant")
    page.locator("main a[href^='/desk/cases/']").first.click()
    page.wait_for_load_state()
    keep(page, "theme-case")
    page = opened(browser, base, DESK, "editor")
    page.goto("/desk/life-events/studio/")
    found = page.locator("main th a")
    if found.count():
        found.first.click()
    else:
        page.locator("#theme").select_option("open_restaurant")
        page.get_by_role("button", name="开始编制").click()
    page.wait_for_load_state()
    keep(page, "theme-studio")
    page = opened(browser, base, DESK, "project-office")
    page.goto("/desk/projects/")
    page.locator("main th a").last.click()
    page.wait_for_load_state()
    page.locator("#course").scroll_into_view_if_needed()
    keep(page, "project-timeline")
    page.goto("/desk/projects/map/")
    keep(page, "project-map")


def fill_in(page: Page) -> None:
    """A right value in every field that is still empty."""
    for box in page.locator("main input:is([type=text], [type=tel], [type=number]):visible").all():
        if not box.input_value():
            name = box.get_attribute("name") or ""
            box.fill("13812345678" if "phone" in name else "60")
    for choice in page.locator("main select:visible").all():
        if not choice.input_value():
            choice.select_option("420606007")
    for group in page.locator("main fieldset:has(input[type=radio])").all():
        group.locator("input[type=radio]").nth(1).check()


def as_enterprise(browser: Any, base: str) -> Any:
    """A phone's page on which a resident of the demo acts for the enterprise."""
    page = opened(browser, base, PHONE)
    page.goto("/account/simulated/")
    page.locator("button:has-text('林模拟')").first.click()
    page.wait_for_load_state()
    page.goto("/account/")
    page.locator("main :is(a, button):has-text('换一个身份')").first.click()
    page.get_by_role("button", name="以这个身份办事").first.click()
    page.wait_for_load_state()
    return page


def licences(browser: Any, base: str) -> None:
    """A licence by pledge, from the question to its public verification; who checks it, and the
    credit file behind it."""
    page = as_enterprise(browser, base)
    page.goto("/licences/")
    keep(page, "licence-find")
    page.get_by_role("link", name="美容美发店").click()
    page.get_by_text("开始申请").click()
    page.wait_for_load_state()
    fill_in(page)
    page.get_by_role("button", name="下一步：信用筛查").click()
    page.get_by_text("阅读并签署").first.click()
    page.wait_for_load_state()
    for box in page.locator("main input[type=checkbox]:visible").all():
        box.check()
    page.locator("main input[type=text]:visible").first.fill("林模拟")
    page.get_by_role("button", name="签署，当场领证").click()
    page.locator("main a[href^='/licences/cases/']").first.click()
    page.wait_for_load_state()
    keep(page, "licence")
    page.locator("main a[href^='/verify/']").first.click()
    page.wait_for_load_state()
    keep(page, "licence-verify")
    page = opened(browser, base, DESK, "regulator")
    page.goto("/desk/licences/checks/")
    keep(page, "licence-checks")
    page = opened(browser, base, DESK, "credit-window")
    page.goto("/desk/credit/")
    keep(page, "credit-records")


def benefits(browser: Any, base: str) -> None:
    """What an enterprise gets without asking, who sees to it, and how an item is written."""
    page = as_enterprise(browser, base)
    page.goto("/policies/mine/")
    keep(page, "benefits-mine")
    page.goto("/policies/")
    keep(page, "benefits-find")
    page = opened(browser, base, DESK)
    page.goto("/policies/paid/")
    keep(page, "benefits-paid")
    page = opened(browser, base, DESK, "benefit-officer")
    page.goto("/desk/benefits/batches/?state=noticed")
    page.locator("main a[href*='/batches/XY']").first.click()
    page.wait_for_load_state()
    keep(page, "benefits-batch")
    page = opened(browser, base, DESK, "benefit-policy")
    page.goto("/desk/benefits/studio/")
    page.locator("#key").fill("industry.first_batch")
    page.get_by_role("button", name="开始编制").click()
    page.wait_for_load_state()
    page.get_by_text("谁能享受").first.scroll_into_view_if_needed()
    keep(page, "benefits-studio")


def main(base: str) -> None:
    """All pictures, or those named behind the address."""
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for take in (screens, desk, on_site, portal, one_form, offices, licences, benefits):
            if not sys.argv[2:] or take.__name__ in sys.argv[2:]:
                take(browser, base)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000")
