"""Repair in the portal, at the desk and for programs; nobody sees another's."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.actors import SYSTEM, ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.access.models import Grant, PortalAccount, User
from yishi.foundation.cases.models import Case, CasePaper
from yishi.foundation.credit import records
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.models import CopyReport
from yishi.foundation.credit.repair.tests.support import again, enterprise, unit
from yishi.foundation.exchange import partners as exchanging
from yishi.foundation.exchange.models import Partner
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.registering import open_identifier

pytestmark = pytest.mark.usefixtures("city")
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def recorded(party: Party, no: str, days: int, **more: Any) -> CreditRecord:
    """A record of so many days ago, its duties done the day after unless said otherwise."""
    now = timezone.now()
    day = (now - timedelta(days=days)).date()
    done = more.pop("done", True)
    raw = records.RecordInput(
        kind="penalty", authority="樊城区市场监督管理局", document_no=no, document_date=day,
        summary="模拟：标签不合格", party=party, severity=more.pop("severity", "general"),
        unit_id=more.pop("unit_id", unit()), profile="market_supervision",
    )  # fmt: skip
    found = records.add(raw, SYSTEM, now)
    if done:
        records.note_duty(found, SYSTEM, now, done_on=day + timedelta(days=1))
    return again(found)


def portal(party: Party) -> Client:
    """A browser of the party itself."""
    account = PortalAccount.objects.create(
        person=party, issuer="test", subject=str(party.pk), created_at=timezone.now(),
        used_at=timezone.now(),
    )  # fmt: skip
    client = Client(raise_request_exception=False)
    session = client.session
    session["portal_account"] = account.pk
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
    return client


def desk(name: str, role: str, unit_id: int | None, scope: str) -> Client:
    """A browser of an officer."""
    user = User.objects.create(username=name, display_name=name)
    Grant.objects.create(
        user=user, role=role, unit_id=unit_id, scope=scope, valid_from=timezone.now()
    )
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def test_several_records_are_applied_for_in_one_go_and_followed() -> None:
    party = enterprise()
    ready = recorded(party, "罚1号", 200)
    recorded(party, "罚2号", 20)
    unknown = recorded(party, "罚3号", 210, done=False)
    client = portal(party)
    page = client.get("/credit-repair/").content.decode()
    assert "罚1号" in page and "最早可于" in page
    answer = client.get(f"/credit-repair/apply/?r={ready.number}&r={unknown.number}")
    assert answer.status_code == 200 and "信用承诺" in answer.content.decode()
    form: dict[str, Any] = {"r": [ready.number, unknown.number], "phone": ""}
    assert client.post("/credit-repair/apply/", form).status_code == 422
    key = unknown.id.hex[-12:]
    form |= {
        "pledge": "on",
        f"done_{key}": (timezone.now() - timedelta(days=30)).date().isoformat(),
        f"files_{key}": SimpleUploadedFile("凭证.pdf", PDF, "application/pdf"),
    }
    answer = client.post("/credit-repair/apply/", form)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    page = client.get(answer.headers["Location"]).content.decode()
    assert "罚1号" in page and "待受理" in page
    assert CasePaper.objects.unscoped("test").count() == 1
    root = Case.objects.unscoped("test").get(system=s.SYSTEM)
    paper = client.get(f"/credit-repair/cases/{root.number}/papers/1.pdf")
    assert paper.headers["Content-Type"] == "application/pdf"
    answer = client.post(f"/credit-repair/cases/{root.number}/withdraw/", {"note": "不办了"})
    assert answer.status_code == 302
    root.refresh_from_db()
    assert root.state == "withdrawn"


def test_the_body_decides_at_the_desk_and_the_party_downloads_the_decision() -> None:
    party = enterprise()
    one = recorded(party, "罚1号", 200)
    client = portal(party)
    client.post("/credit-repair/apply/", {"r": one.number, "pledge": "on"})
    case = Case.objects.unscoped("test").get(system=s.RECORD)
    officer = desk("body", s.BODY, unit(), "")
    assert officer.get(f"/desk/cases/{case.number}/").status_code == 200
    for move in ("accept", "repair"):
        answer = officer.post(f"/desk/cases/{case.number}/{move}/", {})
        assert answer.status_code in (200, 302), answer.content.decode()[:1000]
    assert again(one).state == "REPAIRED"
    found = client.get(f"/credit-repair/cases/{case.number}/papers/3.pdf")
    assert (found.status_code, found.headers["Content-Type"]) == (200, "application/pdf")
    assert client.get(f"/credit-repair/cases/{case.number}/papers/9.pdf").status_code == 404
    notice = client.get(f"/credit-repair/records/{one.number}/notice.pdf")
    assert notice.status_code == 200
    address = f"/credit-repair/records/{one.number}/elsewhere/"
    assert client.post(address, {"site": ""}).status_code == 422
    assert client.post(address, {"site": "某企业查询网站"}).status_code == 302
    window = desk("window", s.WINDOW, None, "4206")
    assert "某企业查询网站" in window.get("/desk/credit-repair/copies/").content.decode()
    report = CopyReport.objects.get()
    answer = window.post(f"/desk/credit-repair/copies/{report.pk}/", {"how": "已删除"})
    assert answer.status_code == 302
    report.refresh_from_db()
    assert report.settled_at is not None


def test_nobody_sees_the_application_or_papers_of_another() -> None:
    party, other = enterprise(), enterprise("襄阳模拟建筑有限公司")
    one = recorded(party, "罚1号", 200)
    client = portal(party)
    client.post("/credit-repair/apply/", {"r": one.number, "pledge": "on"})
    root = Case.objects.unscoped("test").get(system=s.SYSTEM)
    case = Case.objects.unscoped("test").get(system=s.RECORD)
    stranger = portal(other)
    officer = desk("fire", s.BODY, unit("fire_rescue"), "")
    for number in (root.number, case.number):
        assert stranger.get(f"/credit-repair/cases/{number}/").status_code == 404
        assert stranger.get(f"/credit-repair/cases/{number}/papers/1.pdf").status_code == 404
        assert officer.get(f"/desk/credit-repair/cases/{number}/papers/1.pdf").status_code == 404
    assert stranger.get(f"/credit-repair/records/{one.number}/notice.pdf").status_code == 404
    answer = stranger.get(f"/credit-repair/apply/?r={one.number}")
    assert answer.status_code == 302  # none of its own was chosen
    assert Client().get("/credit-repair/").status_code == 302
    for address in ("/desk/credit-repair/new/", "/desk/credit-repair/copies/"):
        assert officer.get(address).status_code == 403


def test_the_counter_takes_in_a_shield_and_enters_the_end_of_the_plan() -> None:
    party = enterprise()
    one = recorded(party, "罚1号", 20, done=False)
    number = open_identifier(party.identifiers.get())
    window = desk("window", s.WINDOW, None, "4206")
    answer = window.post("/desk/credit-repair/new/", {"kind": "uscc", "identifier": "坏号"})
    assert answer.status_code == 422
    window.post("/desk/credit-repair/new/", {"kind": "uscc", "identifier": number})
    address = "/desk/credit-repair/new/records/"
    assert "罚1号" in window.get(address).content.decode()
    form = {"records": [one.number], "pledge": "on", "court": "襄阳市中级人民法院"}
    assert window.post(address, form).status_code == 422
    today = timezone.localdate().isoformat()
    answer = window.post(address, form | {"ruling_no": "破3号", "ruled_on": today})
    assert answer.status_code == 302
    root = Case.objects.unscoped("test").get(system=s.SYSTEM)
    case = Case.objects.unscoped("test").get(system=s.RECORD)
    desk("body", s.BODY, unit(), "").post(f"/desk/cases/{case.number}/shield/", {})
    assert again(one).state == "SHIELDED"
    page = window.get(f"/desk/cases/{root.number}/").content.decode()
    assert "重整计划的结果" in page
    address = f"/desk/credit-repair/cases/{root.number}/shield/"
    assert window.post(address, {"how": "plan_failed"}).status_code == 422
    end = {"how": "plan_failed", "on": today, "document_no": "破3号之二"}
    assert window.post(address, end).status_code == 302
    assert again(one).state == "PUBLISHED"


def test_a_program_asks_applies_and_follows() -> None:
    party = enterprise()
    one = recorded(party, "罚1号", 200)
    number = open_identifier(party.identifiers.get())
    key = issue_key("信用中国", "test", [ActorGrant(s.WINDOW, None, "4206")], timezone.now())
    client = Client(headers={"X-API-Key": key}, raise_request_exception=False)

    def post(path: str, body: Any) -> Any:
        return client.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")

    standing = post("/credit-repairs/standing", {"identifier": number})
    assert [row["outcome"] for row in standing.json()] == ["true"]
    bad = post("/credit-repairs", {"identifier": number, "records": ["nix"], "pledge": True})
    assert (bad.status_code, bad.json()["errors"][0]["field"]) == (422, "records")
    made = post("/credit-repairs", {"identifier": number, "records": [one.number], "pledge": True})
    assert made.status_code == 201, made.content
    case = made.json()["records"][0]["number"]
    got = client.get(f"/api/v1/credit-repairs/{made.json()['number']}").json()
    assert got["records"][0]["state"] == "received"
    refused = post(f"/credit-repairs/{case}/moves/accept", {"facts": {}})
    assert refused.status_code == 403
    body_key = issue_key("市监", "test", [ActorGrant(s.BODY, unit(), "")], timezone.now())
    client = Client(headers={"X-API-Key": body_key}, raise_request_exception=False)
    assert post(f"/credit-repairs/{case}/moves/accept", {"facts": {}}).status_code == 200
    stale = post(f"/credit-repairs/{case}/moves/repair", {"facts": {}, "version": 1})
    assert stale.status_code == 409
    done = post(f"/credit-repairs/{case}/moves/repair", {"facts": {}})
    assert (done.status_code, done.json()["outcome"]) == (200, "all")
    denied = post("/credit-repairs", {"identifier": number, "records": [one.number]})
    assert denied.status_code == 403


def test_a_keeper_of_copies_is_told_what_to_show() -> None:
    party = enterprise()
    one = recorded(party, "罚1号", 200)
    given = exchanging.add(
        "agency", "模拟征信机构", Partner.Kind.OTHER, timezone.now(),
        callback_url="https://agency.example.com/hook", scopes=(exchanging.COPIES,),
    )  # fmt: skip
    client = Client(raise_request_exception=False)
    asked = urlencode(
        {
            "grant_type": "client_credentials",
            "client_id": given.client_id,
            "client_secret": given.client_secret,
        }
    )
    form = "application/x-www-form-urlencoded"
    token = client.post("/api/v1/oauth/token", asked, form).json()["access_token"]
    heads = {"Authorization": f"Bearer {token}"}
    body = json.dumps({"record": one.number, "shown": False})
    answer = client.post(
        "/api/v1/credit-copies", body, content_type="application/json", headers=heads
    )
    assert answer.status_code == 200, answer.content
    assert (answer.json()["show"], answer.json()["differs"]) == (True, True)
    assert CopyReport.objects.get().settled_at is None
