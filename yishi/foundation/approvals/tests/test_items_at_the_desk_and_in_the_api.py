"""Officers and programs work on items: pages, forms, papers, the API."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.access.models import Grant, User
from yishi.foundation.approvals import roles, services
from yishi.foundation.approvals.due import give_cards
from yishi.foundation.approvals.models import Submission
from yishi.foundation.approvals.starting import Wish
from yishi.foundation.approvals.tests.support import DIVISION, again, begin, book, clerk, officer
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.models import IssuedPaper

__all__ = ["book"]
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book")]


def signed_in(role: str, unit: int | None = None, scope: str = "4206") -> Client:
    user = User.objects.create(username=f"u_{role}", display_name="测试")
    Grant.objects.create(
        user=user,
        role=role,
        unit_id=unit,
        scope=scope,
        valid_from=timezone.now() - timedelta(days=1),
    )
    client = Client()
    client.force_login(user)
    return client


def text_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def case(book: None) -> CaseState:
    return begin("ten_days", timezone.now())


def test_the_window_takes_in_a_single_application(book: None) -> None:
    window = signed_in(roles.CLERK)
    assert "事项ten_days" in text_of(window.get("/desk/approvals/new/?q=ten"))
    page = "/desk/approvals/new/ten_days/"
    assert window.get(page).status_code == 200
    wrong = window.post(page, {"division": ""})
    assert wrong.status_code == 422 and "请选择所在乡镇街道" in text_of(wrong)
    done = window.post(page, {"division": DIVISION, "v_applicant_name": "张三丰"})
    assert done.status_code == 302
    number = done["Location"].rstrip("/").rsplit("/", 1)[-1]
    row = Submission.objects.unscoped("test").get(case__number=number)
    assert "张三丰" not in row.sealed
    shown = text_of(window.get(f"/desk/cases/{number}/"))
    assert "张三丰" in shown and "受理" in shown


def test_others_do_not_take_in_applications(book: None) -> None:
    assert signed_in(roles.OFFICE).get("/desk/approvals/new/").status_code == 403


def test_every_form_of_a_move_is_drawn(case: CaseState) -> None:
    body = signed_in(roles.APPROVER, case.unit_id, "")
    for move in ("accept", "defer", "tell_gaps", "not_accept", "pre_review", "exempt"):
        response = body.get(f"/desk/cases/{case.number}/{move}/")
        assert response.status_code == 200, move
    assert "平面图" in text_of(body.get(f"/desk/cases/{case.number}/defer/"))


def test_a_case_goes_through_the_forms(case: CaseState) -> None:
    body = signed_in(roles.APPROVER, case.unit_id, "")
    at = f"/desk/cases/{case.number}"
    body.post(f"{at}/accept/", {"mode": "normal", "version": case.version})
    assert again(case).state == "reviewing"
    form = {"kind": "expert_review", "notice": "", "planned_days": "5"}
    assert body.post(f"{at}/pause/", form).status_code == 422
    body.post(f"{at}/pause/", form | {"notice": "特告〔2026〕7号"})
    assert again(case).state == "suspended"
    body.post(f"{at}/resume/", {"note": "通过"})
    body.post(f"{at}/decide/", {"result": "granted"})
    assert again(case).state == "granted"


def test_papers_are_numbered_and_printed_again_with_the_same_number(case: CaseState) -> None:
    now = timezone.now()
    services.accept(clerk(), case.number, now)
    services.decide(
        officer(case), case.number, now, result="refused", reason="不符合条件，电话13800001111"
    )
    body = signed_in(roles.APPROVER, case.unit_id, "")
    page = text_of(body.get(f"/desk/cases/{case.number}/"))
    links = re.findall(r"/desk/approvals/cases/[^\"]+\.pdf", page)
    assert len(links) == 2
    for link in links * 2:
        response = body.get(link)
        assert response.status_code == 200 and response.content.startswith(b"%PDF")
    kinds = IssuedPaper.objects.filter(about_id=str(case.id)).values_list("kind", flat=True)
    assert sorted(kinds) == ["approval_acceptance", "approval_refused"]
    assert body.get(f"/desk/approvals/cases/{case.number}/papers/99.pdf").status_code == 404


def test_cards_are_seen_by_whoever_sees_the_case(case: CaseState) -> None:
    services.accept(clerk(), case.number, timezone.now())
    give_cards(timezone.now() + timedelta(days=90))
    assert case.number in text_of(signed_in(roles.OFFICE).get("/desk/approvals/cards/"))
    other = signed_in(roles.APPROVER, (case.unit_id or 0) + 1, "")
    assert case.number not in text_of(other.get("/desk/approvals/cards/"))
    page = f"/desk/approvals/cases/{case.number}/papers/2.pdf"
    assert other.get(page).status_code == 404


def key_for(role: str, unit: int | None = None, scope: str = "4206") -> dict[str, Any]:
    key = issue_key("程序", "test", [ActorGrant(role, unit, scope)], timezone.now())
    return {"HTTP_X_API_KEY": key}


def test_a_program_applies_follows_moves_and_rates(book: None) -> None:
    client, key = Client(), key_for(roles.CLERK)
    body = {"item": "licence_b", "division": DIVISION, "values": {"applicant_name": "李四"}}
    kind = "application/json"
    made = client.post("/api/v1/approvals/cases", body, content_type=kind, **key)
    assert made.status_code == 201, made.content
    number = made.json()["number"]
    at = f"/api/v1/approvals/cases/{number}"
    moved = client.post(f"{at}/moves/accept", {"facts": {}}, content_type=kind, **key)
    assert moved.json()["state"] == "reviewing"
    refused = client.post(
        f"{at}/moves/decide", {"facts": {"result": "granted"}}, content_type=kind, **key
    )
    assert refused.status_code == 403
    rated = client.post(
        f"{at}/ratings", {"stars": 5, "way": "visit", "visit": "A1"}, content_type=kind, **key
    )
    assert rated.status_code == 200, rated.content
    shown = client.get(at, **key).json()
    assert {clock["kind"] for clock in shown["clocks"]} >= {"promise", "statutory"}
    assert "李四" not in str(shown)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"item": "nothing"}, "item"),
        ({"division": "9"}, "division"),
        ({"channel": "post"}, "channel"),
        ({"values": {"shoe_size": "42"}}, "shoe_size"),
        ({"renews": {"licence_no": "1", "expires_on": "soon"}}, "renews.expires_on"),
    ],
)
def test_bad_applications_name_the_field(book: None, more: dict[str, Any], field: str) -> None:
    body = {"item": "licence_b", "division": DIVISION, "channel": "web", "values": {}} | more
    response = Client().post(
        "/api/v1/approvals/cases", body, content_type="application/json", **key_for(roles.CLERK)
    )
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field
    assert not Case.objects.unscoped("test").filter(system="approvals").exists()


def test_s10_8_the_api_answers_422_with_the_code(case: CaseState) -> None:
    services.accept(clerk(), case.number, timezone.now())
    response = Client().post(
        f"/api/v1/approvals/cases/{case.number}/moves/pause",
        {"facts": {"kind": "领导出差", "notice": "1号", "planned_days": 3}},
        content_type="application/json",
        **key_for(roles.APPROVER, case.unit_id, ""),
    )
    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "SUSPENSION_KIND_NOT_STATUTORY"


def test_items_are_public(book: None) -> None:
    found = Client().get("/api/v1/approvals/items?q=licence_a").json()
    assert [item["key"] for item in found] == ["licence_a"]


def test_wishes_are_checked(book: None) -> None:
    from yishi.foundation.revisions.errors import FieldError

    with pytest.raises(FieldError):
        begin(Wish("ten_days", channel="pigeon"), timezone.now())
