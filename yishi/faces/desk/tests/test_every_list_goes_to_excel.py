"""Every list of the desk has a button 导出 Excel, and the file has what its page shows."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

import yishi
from yishi.faces.desk.tests.test_lists_are_exported_as_they_are_shown import export
from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.access.models import Shift
from yishi.foundation.exchange import partners
from yishi.foundation.tables.models import Export
from yishi.systems.city_events.models import Card, IntakeBatch
from yishi.systems.city_events.tests.office import COUNTY, ELSEWHERE, Office

#: Pages with a table that is no list of what is stored, each with the reason.
NO_LISTS = {
    "credit/imported.html": "one import: what was refused stands in the file that was sent",
    "credit/near.html": "what waits for a person's eye; nobody takes names alike out",
    "credit/objections.html": "what waits for an answer; its records are in the list of records",
    "credit/record.html": "one record: what happened to it",
    "credit/screening.html": "one answer: its reasons and sources",
    "credit/sources.html": "how the few sources are",
    "credit_repair/desk/copies.html": "what other platforms still have to follow",
    "desk/certificates/one.html": "one certificate; the register has the button",
    "benefits/desk/application.html": "one application: its conditions and papers",
    "benefits/desk/applications.html": "what waits for an answer; who was granted is in batches",
    "benefits/desk/exchange.html": "the log of messages to two networks",
    "facts/corrections.html": "what waits for an answer",
    "facts/delivery.html": "one delivery; its refused rows have a file of their own",
    "facts/source.html": "one source: its columns and last deliveries",
    "facts/sources.html": "how the few sources are",
    "ledger/accounts.html": "accounts to open one; vouchers and the trial balance go to Excel",
    "ledger/closing.html": "lines to wind up; their own list goes to Excel",
    "ledger/line.html": "one budget line: its figures and steps",
    "desk/rows.html": "a part of pages that have the button",
    "desk/people/table.html": "rows of a file that was just uploaded",
    "desk/batch_confirm.html": "the cases that one is about to move",
    "desk/batch_result.html": "the cases that one has just moved",
    "desk/clock.html": "the reckoning of one deadline",
    "city_events/assessment_cards.html": "cards of figures; their rows are the assessment's",
    "city_events/scenario.html": "one scenario: its types stand in the catalogue's files",
    "city_events/device.html": "one device: its last readings",
    "city_events/hot_members.html": "the newest of one issue; the case list gives all of them",
    "desk/parties/search.html": "whom a search with its purpose found; nobody takes people out",
    "desk/parties/file.html": "one party's file; its cases are in the case list",
    "approvals/items.html": "items to pick one from; the catalogue has its own files",
    "construction/acceptance.html": "one acceptance: its opinions are in its document",
    "construction/project.html": "one project; the list of projects has the button",
    "city_events/assessment_report.html": "a report for printing; its rows are the assessment's",
}
_LIST = re.compile(r'<table|class="rows"|next\.html')
_BUTTON = re.compile(r"export_link\.html|\{\{ export_url \}\}")


def test_no_list_is_without_its_button() -> None:
    root, bare, seen = Path(yishi.__file__).parent, set(), set()
    for path in root.glob("**/templates/**/*.html"):
        name = path.as_posix().rpartition("/templates/")[2]
        text = path.read_text()
        page = "{% extends" in text and "ui/desk_base.html" in text
        if name in NO_LISTS:
            seen.add(name)
        elif page and _LIST.search(text) and not _BUTTON.search(text):
            bare.add(name)
    assert not bare, f"lists without 导出 Excel: {sorted(bare)}"
    assert seen == set(NO_LISTS)


def test_accounts_within_reach_with_their_posts(office: Office) -> None:
    here = office.account("acceptor", None, COUNTY)
    office.account("acceptor", None, ELSEWHERE)
    client = office.client("administrator", None, COUNTY)
    found = export(client, "/desk/accounts/export/?role=acceptor")
    assert [row["用户名"] for row in found] == [here.username]
    assert "受理员" in found[0]["岗位"]
    assert not any("password" in str(value) for value in found[0].values())
    assert office.client("acceptor").get("/desk/accounts/export/").status_code == 403


def test_units_as_the_page_narrows_them(office: Office) -> None:
    client = office.client("administrator", None, COUNTY)
    shown = [unit.code for unit in client.get("/desk/units/?q=环境").context["rows"]]
    found = [row["单位编码"] for row in export(client, "/desk/units/export/?q=环境")]
    assert found[: len(shown)] == shown != []
    everything = export(client, "/desk/units/export/")
    assert len(everything) > len(found)


def test_keys_of_programs_without_the_keys(office: Office) -> None:
    grants = [ActorGrant("acceptor", None, "4206")]
    key = issue_key("视频平台", "camera9", grants, timezone.now() - timedelta(minutes=1))
    (row,) = export(office.client("administrator"), "/desk/programs/export/")
    assert "受理员" in row["岗位"]
    assert (row["名称"], row["渠道代码"]) == ("视频平台", "camera9")
    assert key[-20:] not in str(row)


def test_a_posts_roster_for_those_who_see_it(office: Office) -> None:
    now, user = timezone.now(), office.account("acceptor")
    Shift.objects.create(
        user=user,
        role="acceptor",
        scope="4206",
        starts_at=now,
        ends_at=now + timedelta(hours=8),
        made_at=now,
    )
    address = "/desk/shifts/export/?post=acceptor~~4206"
    (row,) = export(office.signed_in(user), address)
    assert row["值班人员"] == user.display_name
    assert office.client("dispatcher").get(address).status_code == 404


def test_partners_and_what_was_sent_to_them(office: Office) -> None:
    begun = timezone.now() - timedelta(minutes=1)
    made = partners.add("upper9", "省平台", "upper", begun, callback_url="https://a.example/h")
    client = office.client("administrator")
    (row,) = export(client, "/desk/partners/export/")
    assert (row["名称"], row["推送地址"]) == ("省平台", "https://a.example/h")
    assert made.client_secret not in str(row)
    assert export(client, "/desk/partners/upper9/export/") == []
    assert Export.objects.get(table="outgoing").filters == [["合作平台", "省平台"]]
    county = office.client("administrator", None, COUNTY)
    assert county.get("/desk/partners/export/").status_code == 404


def test_cards_of_cases_in_sight(office: Office) -> None:
    case = office.state(office.apart().number)
    Card.objects.create(
        case_id=case.id,
        number=f"{case.number}-D1",
        level=1,
        unit_id=case.unit_id or 0,
        reason="late",
        at=timezone.now(),
        due_at=timezone.now(),
        automatic=True,
    )
    (row,) = export(office.client("duty_leader"), "/desk/supervision/export/?days=7")
    assert (row["督办单"], row["案卷"]) == (f"{case.number}-D1", case.number)
    away = office.client("duty_leader", None, ELSEWHERE)
    assert export(away, "/desk/supervision/export/?days=7") == []


@pytest.mark.parametrize("by", ["unit", "county", "month"])
def test_the_assessment_with_the_numbers_behind_its_rates(office: Office, by: str) -> None:
    office.apart()
    client = office.client("duty_leader")
    shown = client.get(f"/desk/assessment/?by={by}").context
    found = export(client, f"/desk/assessment/export/?by={by}")
    labels = [row.label for row in (*shown["rows"], *shown["apart"])]
    assert [row["单位、区域或月份"] for row in found] == labels
    assert sum(row["上报"] for row in found[: 1 if by == "month" else None]) == 1
    (row,) = export(client, "/desk/assessment/cases/export/?figure=received")
    assert row["案卷"].startswith("XY")
    assert client.get("/desk/assessment/cases/export/?figure=none").status_code == 404
    assert export(client, "/desk/assessment/call-backs/export/?figure=tickets") == []


def test_call_backs_calls_and_uploads_for_their_roles_only(office: Office) -> None:
    hotline, unit = office.client("hotline"), office.client("collector")
    assert export(hotline, "/desk/hotline/call-backs/export/") == []
    assert len(export(hotline, "/desk/hotline/quality/export/")) == 24
    user = office.account("hotline")
    for owner, name in ((user, "自己的.xlsx"), (office.account("hotline"), "别人的.xlsx")):
        IntakeBatch.objects.create(
            user=owner, channel="hotline", file_name=name, at=timezone.now(), tally={"rows": 3}
        )
    (row,) = export(office.signed_in(user), "/desk/intake/export/")
    assert (row["文件"], row["已处理行数"]) == ("自己的.xlsx", 3)
    for path in ("hotline/call-backs", "hotline/quality"):
        assert unit.get(f"/desk/{path}/export/").status_code == 403


def test_pages_link_to_their_files_with_what_was_asked(office: Office) -> None:
    office.apart()
    client: Client = office.client("administrator")
    links: dict[str, Any] = {
        "/desk/accounts/?q=测": reverse("desk:officers-export"),
        "/desk/units/?q=环境": reverse("desk:units-export"),
    }
    for page, link in links.items():
        text = client.get(page).content.decode()
        query = page.partition("?")[2].partition("=")[0]
        assert "case-table" in text, page
        assert re.search(rf'href="{link}\?[^"]*{query}=', text), page
