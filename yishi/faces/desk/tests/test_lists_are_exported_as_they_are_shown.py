"""导出 Excel gives the rows that the list shows: same filters, same scope, nothing more."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from yishi.foundation.audit.models import Look
from yishi.foundation.tables import exporting
from yishi.foundation.tables.models import Export
from yishi.foundation.tables.workbook import HEAD_ROWS
from yishi.foundation.ui import exports as offers
from yishi.systems.city_events.tests.office import ELSEWHERE, Office

HERE = "/desk/cases/export/"


def rows(answer: Any) -> list[dict[str, Any]]:
    """The rows of the file in *answer* by heading."""
    assert answer.status_code == 200, answer.content.decode()
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    assert sheet is not None
    found = list(sheet.iter_rows(min_row=HEAD_ROWS, values_only=True))
    return [dict(zip(map(str, found[0]), row, strict=True)) for row in found[1:]]


def export(client: Client, address: str, purpose: str = "周例会") -> list[dict[str, Any]]:
    return rows(client.post(address, {"purpose": purpose}))


def test_the_button_keeps_the_filters_of_the_list(office: Office) -> None:
    office.apart()
    client = office.client("acceptor")
    page = client.get("/desk/cases/?q=XY&late=&after=99999999").content.decode()
    assert "/desk/cases/export/?q=XY&amp;late=" in page
    asked = client.get("/desk/cases/export/?q=XY").content.decode()
    assert "编号、标题、地址或描述：XY" in asked


@pytest.mark.parametrize("query", ["", "?late=running", "?state=handling", "?day=2026-99-99"])
def test_a_file_has_exactly_the_rows_of_the_list(office: Office, query: str) -> None:
    for _ in range(4):
        office.apart()
    office.report(type=None, description="有个情况想反映")
    client = office.client("acceptor")
    shown = [row.number for row in client.get(f"/desk/cases/{query}").context["rows"]]
    assert [row["编号"] for row in export(client, HERE + query)] == shown


def test_cases_out_of_scope_are_in_no_file(office: Office) -> None:
    number = office.apart().number
    assert [row["编号"] for row in export(office.client("auditor"), HERE)] == [number]
    stranger = office.client("auditor", None, ELSEWHERE)
    assert export(stranger, f"{HERE}?q={number}") == []


def test_a_work_list_is_exported_with_its_deadlines(office: Office) -> None:
    number = office.report(type=None, description="有个情况想反映").number
    client = office.client("acceptor")
    (row,) = export(client, "/desk/work/accept/export/")
    shown = client.get("/desk/work/accept/").context["rows"][0]
    assert (row["编号"], row["标题"], row["状态"]) == (number, shown.subject, shown.state)
    assert abs(row["截止时间"] - shown.light.due.replace(tzinfo=None)).days == 0
    assert client.get("/desk/work/dispatch/export/").status_code == 404, "not this role's list"
    assert Export.objects.get().filters[0] == ["环节", "受理"]


def test_files_are_chinese_whatever_the_readers_language(office: Office) -> None:
    office.apart()
    client = office.client("acceptor")
    client.cookies["yishi_language"] = "en"
    (row,) = export(client, HERE)
    assert "编号" in row
    assert row["状态"] in ("处置中", "待处置", "已派遣", "待签收"), row["状态"]


def test_messages_are_exported_as_they_are_read(office: Office) -> None:
    number = office.report().number
    state = office.state(number)
    client = office.client("unit_officer", state.unit_id, "")
    shown = client.get("/desk/inbox/").context["messages_shown"]
    found = export(client, "/desk/inbox/export/")
    assert [(row["标题"], row["内容"]) for row in found] == [(m.title, m.body) for m in shown]
    assert found


def test_without_a_purpose_there_is_a_form_and_no_file(office: Office) -> None:
    client = office.client("acceptor")
    for purpose in ("", " ", "x"):
        answer = client.post(HERE, {"purpose": purpose})
        assert answer.status_code == 422
        assert "用途" in answer.content.decode()
    assert not Export.objects.exists()
    assert Client().post(HERE, {"purpose": "周例会"}).status_code == 302


def test_more_than_a_file_or_a_day_holds_is_refused_with_a_way_back(
    office: Office, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    office.apart()
    office.apart()
    client = office.client("acceptor")
    settings.YISHI_EXPORT_ROWS_A_DAY = 1
    assert "请明天再导" in client.get(HERE).content.decode()
    assert client.post(HERE, {"purpose": "周例会"}).status_code == 409
    settings.YISHI_EXPORT_ROWS_A_DAY, settings.YISHI_EXPORTS_A_DAY = 100, 0
    assert client.post(HERE, {"purpose": "周例会"}).status_code == 409
    monkeypatch.setattr(offers, "MOST_ROWS", 1)
    monkeypatch.setattr(exporting, "MOST_ROWS", 1)
    assert client.get(HERE).status_code == 409
    assert not Look.objects.filter(action="export").exists()


def test_phone_numbers_in_a_filter_are_not_logged(office: Office) -> None:
    export(office.client("acceptor"), HERE + "?q=13912345678")
    assert "13912345678" not in str(Export.objects.get().filters)


def test_the_log_shows_everybodys_exports_to_the_auditor_and_the_own_to_others(
    office: Office,
) -> None:
    first, second = office.client("acceptor"), office.client("dispatcher")
    export(first, HERE, "甲的用途")
    export(second, HERE, "乙的用途")
    own = first.get("/desk/exports/").content.decode()
    assert "甲的用途" in own
    assert "乙的用途" not in own
    auditor = office.client("auditor")
    every = auditor.get("/desk/exports/").content.decode()
    assert "甲的用途" in every
    assert "乙的用途" in every
    of_a_county = office.client("auditor", None, ELSEWHERE)
    assert "甲的用途" not in of_a_county.get("/desk/exports/").content.decode()
    found = export(auditor, "/desk/exports/export/", "审计")
    assert [row["用途"] for row in found][:3] == ["审计", "乙的用途", "甲的用途"]


def test_an_export_costs_the_same_for_any_number_of_rows(office: Office) -> None:
    client = office.client("acceptor")

    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            export(client, HERE)
        return len(captured)

    export(client, HERE)
    before = statements()
    for _ in range(5):
        office.apart()
    assert statements() == before
