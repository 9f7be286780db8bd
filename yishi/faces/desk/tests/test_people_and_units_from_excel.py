"""People and units from Excel: shown row by row, then all or nothing, faults by row and column."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook, load_workbook

from yishi.foundation.access.models import Grant, User
from yishi.foundation.audit.models import Look
from yishi.foundation.places.models import Unit
from yishi.systems.city_events.context import city
from yishi.systems.city_events.tests.office import COUNTY, Office

PEOPLE, UNITS = "/desk/tables/people/", "/desk/tables/units/"
HEAD = ("用户名", "姓名", "邮箱", "岗位", "管辖范围", "所在单位")
UNIT_HEAD = ("单位编码", "单位名称", "级别", "所属区划", "职能", "撤销日期", "承接单位")


def book(*rows: Sequence[object]) -> SimpleUploadedFile:
    """A workbook with these rows."""
    made, out = Workbook(), io.BytesIO()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    made.save(out)
    return SimpleUploadedFile("表.xlsx", out.getvalue())


def shown(client: Client, path: str, *rows: Sequence[object]) -> tuple[int, str, str]:
    """The status of the check, its page, and what applies it (empty where it cannot be)."""
    answer = client.post(path, {"file": book(*rows)})
    page = html.unescape(answer.content.decode())
    found = re.search(r'name="apply" value="([^"]+)"', page)
    return answer.status_code, page, found[1] if found else ""


def test_people_are_shown_first_and_then_taken_all(office: Office) -> None:
    admin = office.client("administrator")
    unit = city().register.units(COUNTY, "sanitation")[0]
    known = office.account("acceptor", scope=COUNTY)
    rows = [
        HEAD,
        ("zhang.s", "张测试", "z@example.org", "受理员", "420606", None),
        ("zhang.s", "张测试", "z@example.org", "派遣员", "420606", None),
        ("li.s", "李测试", None, "handler", None, unit.code),
        (known.username, "改名了", None, None, None, None),
    ]
    before = User.objects.count()
    status, page, token = shown(admin, PEOPLE, *rows)
    assert status == 200
    for text in ("建立账号 zhang.s", "授予岗位 受理员", "授予岗位 处置人员", "修改姓名或邮箱"):
        assert text in page, text
    assert User.objects.count() == before, "showing changes nothing"
    assert not Look.objects.filter(action="account.create").exists()
    assert admin.post(PEOPLE, {"apply": token}).status_code == 302
    zhang = User.objects.get(username="zhang.s")
    assert set(zhang.grants.values_list("role", "scope")) == {
        ("acceptor", COUNTY),
        ("dispatcher", COUNTY),
    }
    assert Grant.objects.get(user__username="li.s").unit_id == unit.id
    known.refresh_from_db()
    assert known.display_name == "改名了"
    assert Look.objects.get(action="people.import").rows == 4
    status, page, token = shown(admin, PEOPLE, *rows)
    assert (status, token) == (200, ""), "a second time nothing is left to do"
    assert "没有改变" in page


def test_one_wrong_row_keeps_all_out_and_is_named(office: Office) -> None:
    admin = office.client("administrator")
    before = (User.objects.count(), Grant.objects.count())
    status, page, token = shown(
        admin,
        PEOPLE,
        HEAD,
        ("good.one", "甲", None, "受理员", "420606", None),
        ("bad name", "乙", None, None, None, None),
        ("c.three", "丙", "nope", None, None, None),
        ("d.four", "丁", None, "市长", None, None),
        ("e.five", "戊", None, "受理员", "999999", None),
        ("f.six", "己", None, "处置人员", None, "没有的单位"),
        ("g.seven", "庚", None, "处置人员", None, None),
        ("good.one", "另一个名字", None, None, None, None),
        ("h.nine", "=1+1", None, None, None, None),
    )
    assert (status, token) == (422, "")
    for text in (
        "第 3 行 A 列（用户名）",
        "第 4 行 C 列（邮箱）",
        "第 5 行 D 列（岗位）",
        "第 6 行 E 列（管辖范围）",
        "第 7 行 F 列（所在单位）",
        "第 8 行 F 列（所在单位）",
        "第 9 行 B 列（姓名）",
        "第 10 行 B 列（姓名）：单元格是公式",
    ):
        assert text in page, text
    assert (User.objects.count(), Grant.objects.count()) == before


def test_what_changed_between_showing_and_applying_is_checked_again(office: Office) -> None:
    admin = office.client("administrator")
    rows = [HEAD, ("new.a", "甲", None, None, None, None), ("new.b", "乙", None, None, None, None)]
    _, _, token = shown(admin, PEOPLE, *rows)
    User.objects.create_user("NEW.B", display_name="先来的")
    answer = admin.post(PEOPLE, {"apply": token})
    assert answer.status_code == 422
    assert not User.objects.filter(username="new.a").exists()


def test_only_what_was_shown_to_oneself_is_applied(office: Office) -> None:
    admin, other = office.client("administrator"), office.client("administrator")
    _, _, token = shown(admin, PEOPLE, HEAD, ("new.a", "甲", None, None, None, None))
    for client, sent in ((other, token), (admin, token[:-2] + "xx"), (admin, "")):
        assert client.post(PEOPLE, {"apply": sent}).status_code == 302
        assert not User.objects.filter(username="new.a").exists()
    assert admin.post(UNITS, {"apply": token}).status_code == 302
    assert not User.objects.filter(username="new.a").exists()


def test_a_county_imports_nobody_beyond_itself(office: Office) -> None:
    county = office.client("administrator", scope=COUNTY)
    boss = office.account("duty_leader")
    status, page, _ = shown(
        county,
        PEOPLE,
        HEAD,
        (boss.username, "改掉", None, None, None, None),
        ("new.a", "甲", None, "值班领导", "4206", None),
    )
    assert status == 422
    assert "第 2 行 A 列" in page
    assert "第 3 行 E 列" in page
    status, page, _ = shown(
        county, UNITS, UNIT_HEAD, ("X-1", "外单位", "区县级", "420602", "环境卫生", None, None)
    )
    assert status == 422


@pytest.mark.parametrize(
    "upload",
    [
        SimpleUploadedFile("a.xlsx", b"nothing"),
        SimpleUploadedFile("a.xlsx", b""),
        SimpleUploadedFile("a.xls", b"\xd0\xcf\x11\xe0" + b"0" * 600),
    ],
    ids=["no workbook", "empty", "old"],
)
def test_files_that_are_no_workbook_are_refused(office: Office, upload: Any) -> None:
    admin = office.client("administrator")
    upload.seek(0)
    assert admin.post(PEOPLE, {"file": upload}).status_code == 422
    assert admin.post(PEOPLE, {}).status_code == 422


def test_units_are_added_changed_and_ended_with_a_successor(office: Office) -> None:
    admin = office.client("administrator")
    names = dict(city_functions())
    function = next(iter(names.values()))
    rows = [
        UNIT_HEAD,
        ("T-OLD", "测试旧所", "区县级", "420606", function, None, None),
        ("T-NEW", "测试新所", "区县级", "420606", function, None, None),
    ]
    status, page, token = shown(admin, UNITS, *rows)
    assert status == 200, page
    assert not Unit.objects.filter(code="T-OLD").exists()
    assert admin.post(UNITS, {"apply": token}).status_code == 302
    unit = Unit.objects.get(code="T-OLD")
    assert (unit.managed_path, unit.seeded) == (COUNTY, False)
    ended = ("T-OLD", "测试旧所", None, None, None, "2026-01-01", "T-NEW")
    _, page, token = shown(admin, UNITS, UNIT_HEAD, ended)
    assert "由 测试新所 承接" in page
    admin.post(UNITS, {"apply": token})
    unit.refresh_from_db()
    assert unit.valid_to is not None
    assert unit.successor is not None
    assert unit.successor.code == "T-NEW"
    assert Unit.objects.filter(code="T-OLD").exists(), "never deleted"
    assert "T-OLD" in admin.get("/desk/units/?q=T-OLD&ended=on").content.decode()


def city_functions() -> list[tuple[str, str]]:
    """Codes and names of what units do."""
    from yishi.foundation.places.models import Function

    return list(Function.objects.values_list("code", "name"))


def test_a_unit_that_still_holds_work_does_not_end(office: Office) -> None:
    admin = office.client("administrator")
    unit = Unit.objects.get(pk=office.state(office.apart().number).unit_id or 0)
    status, page, token = shown(
        admin, UNITS, UNIT_HEAD, (unit.code, unit.name, None, None, None, "2026-01-01", None)
    )
    assert (status, token) == (422, "")
    assert "第 2 行 F 列（撤销日期）：还有 1 件" in page


@pytest.mark.parametrize("kind", ["people", "units"])
def test_the_template_can_be_filled_in_and_sent_back(office: Office, kind: str) -> None:
    admin = office.client("administrator")
    answer = admin.get(f"/desk/tables/{kind}/template.xlsx")
    sheet = load_workbook(io.BytesIO(answer.content))["填写"]
    headings = [cell.value for cell in sheet[1]]
    assert headings[0] in ("用户名", "单位编码")
    sent = admin.post(f"/desk/tables/{kind}/", {"file": book(headings)})
    assert sent.status_code == 200
    assert admin.get("/desk/tables/else/").status_code == 404
