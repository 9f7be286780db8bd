"""The papers of an application as a whole: numbered, the same when printed again, for applicant and
window alike (S1.7)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.models import Grant, User
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.models import IssuedPaper
from yishi.systems.life_events import applications, handling, papers, submitting
from yishi.systems.life_events.tests import making
from yishi.systems.life_events.tests.making import NOW, clerk

THEME = "open_restaurant"
ANSWERS = {"registered": "no", "scale": "snack", "health_ok": "yes", "signboard": "yes"}
pytestmark = pytest.mark.usefixtures("city")


def again(case: CaseState) -> CaseState:
    return load_states([case.id])[0]


def printed(case: CaseState, name: str) -> str:
    found = papers.paper_of(again(case), name, "user:0", NOW, lambda code: code, demo=True)
    assert found is not None
    assert found.pdf.startswith(b"%PDF")
    return found.paper.number


def told(case: CaseState) -> CaseState:
    made = handling.look(case, NOW).made
    marks = {
        "fields": {made.form[0].key: "与证件不一致"},
        "papers": {made.papers[0].key: "请交清晰的照片"},
    }
    return handling.tell_gaps(clerk(), case.number, marks, NOW, note="地址写到门牌号")


def officer(role: str, scope: str) -> Client:
    user = User.objects.create(username=f"u{User.objects.count()}", display_name="测试")
    Grant.objects.create(
        user=user, role=role, scope=scope, valid_from=timezone.now() - timedelta(days=1)
    )
    client = Client()
    client.force_login(user)
    return client


def applicant(case: CaseState) -> Client:
    client = Client()
    code = applications.code_of(handling.application_of(case.id).id)
    assert client.post("/matters/", {"code": code}).status_code == 302
    return client


def test_the_receipt_names_every_item_and_keeps_its_number_when_a_paper_comes_later() -> None:
    draft = making.filled(making.drafted(THEME, ANSWERS))
    made, _having = making.made_of(draft)
    late = next(one for one in made.papers if one.deferrable)
    draft.papers = draft.papers | {late.key: {"how": "defer"}}
    applications.save(draft, NOW)
    case = submitting.submit(draft.id, submitting.applicant(draft), NOW)
    assert papers.papers_of(case) == []
    case = handling.accept(clerk(), case.number, NOW)
    first = printed(case, "receipt")
    assert first.startswith("一事受理〔2026〕")
    telling = papers._telling(again(case), papers.RECEIPT, NOW)
    assert telling is not None
    said = papers._receipt(telling)
    assert len(said["rows"]) == len(handling.members_of(case.id))
    assert any(line.startswith(late.name) and "容缺受理" in line for line in said["lines"])
    application = handling.application_of(case.id)
    application.papers = application.papers | {
        late.key: {"how": "upload", "files": [{"id": str(draft.id), "name": "a.pdf"}]}
    }
    applications.save(application, NOW)
    assert printed(case, "receipt") == first


def test_the_notice_of_gaps_is_of_the_whole_theme_and_stays_after_the_correction() -> None:
    case = told(making.handed_in(THEME, ANSWERS))
    first = printed(case, "gaps")
    telling = papers._telling(again(case), papers.GAPS, NOW)
    assert telling is not None
    said = papers._gaps(telling)
    assert [row[0] for row in said["rows"]] == ["申请表", "材料"]
    assert said["lines"] == ["地址写到门牌号"]
    application = handling.application_of(case.id)
    application.marks = application.marks | {
        "done": [
            f"{kind}.{key}" for kind in ("fields", "papers") for key in application.marks[kind]
        ]
    }
    application.save()
    handling.correct(submitting.applicant(application), case.number, NOW + timedelta(hours=1))
    assert printed(case, "gaps") == first


def test_the_list_of_results_says_what_came_of_each_item() -> None:
    case = making.accepted(THEME, ANSWERS)
    assert papers.paper_of(case, "results", "x", NOW, lambda code: code, demo=True) is None
    first, *_rest = [one for one in handling.members_of(case.id) if not one.waiting_for]
    making.decide(first, "refused")
    making.grant_all(case.id)
    assert printed(case, "results").startswith("一事办结〔2026〕")
    telling = papers._telling(again(case), papers.RESULTS, NOW)
    assert telling is not None
    said = papers._results(telling)
    assert {row[3] for row in said["rows"]} >= {"不予"}
    assert said["lines"][0].endswith("不符合规定条件")
    assert "复议" in said["remedy"]


def test_applicant_and_window_get_the_same_paper_and_nobody_else_any() -> None:
    case = making.accepted(THEME, ANSWERS)
    portal, desk = f"/matters/{case.number}/papers", f"/desk/life-events/cases/{case.number}/papers"
    client = applicant(case)
    assert f"{portal}/receipt.pdf" in client.get(f"/matters/{case.number}/").content.decode()
    assert client.get(f"{portal}/receipt.pdf")["Content-Type"] == "application/pdf"
    assert client.get(f"{portal}/results.pdf").status_code == 404
    assert client.get(f"{portal}/what.pdf").status_code == 404
    window = officer("window_clerk", "4206")
    assert f"{desk}/receipt.pdf" in window.get(f"/desk/cases/{case.number}/").content.decode()
    assert window.get(f"{desk}/receipt.pdf")["Content-Type"] == "application/pdf"
    assert IssuedPaper.objects.filter(kind=papers.RECEIPT).count() == 1
    for other in (officer("approvals_office", "4206"), officer("window_clerk", "4206/420602")):
        assert other.get(f"{desk}/receipt.pdf").status_code == 404
    assert Client().get(f"{portal}/receipt.pdf").status_code == 302


def test_the_applicant_reads_the_papers_of_each_item() -> None:
    case = making.accepted(THEME, ANSWERS)
    making.grant_all(case.id)
    client = applicant(case)
    page = client.get(f"/matters/{case.number}/").content.decode()
    one = handling.members_of(case.id)[0]
    address = next(
        part
        for part in page.split('"')
        if part.startswith(f"/matters/{case.number}/items/{one.number}/")
    )
    assert client.get(address)["Content-Type"] == "application/pdf"
    foreign = making.accepted(THEME, ANSWERS)
    other = handling.members_of(foreign.id)[0]
    assert client.get(address.replace(one.number, other.number)).status_code == 404
