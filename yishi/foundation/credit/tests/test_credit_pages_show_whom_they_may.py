"""The pages and the API of the credit file, by role: what they show, and what they refuse."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.access.models import Grant, User
from yishi.foundation.audit.models import Look
from yishi.foundation.credit import near, objections, records
from yishi.foundation.credit.models import (
    CreditRecord,
    CreditSource,
    ListImport,
    NearMatch,
    Objection,
    Screening,
)
from yishi.foundation.credit.tests.making import (
    COMPANY,
    KEEPER,
    entry,
    fresh_lists,
    party,
    person_number,
    record,
)
from yishi.foundation.places.models import Unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def officer(role: str, scope: str = "", unit: int | None = None) -> Client:
    now = timezone.now()
    user = User.objects.create(username=f"{role}{User.objects.count()}", display_name="测试")
    Grant.objects.create(
        user=user, role=role, unit_id=unit, scope=scope, valid_from=now - timedelta(days=1)
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def keeper() -> Client:
    return officer("credit_officer", "4206")


def yesterday() -> date:
    return (timezone.now() - timedelta(days=1)).date()


def recent(**more: Any) -> CreditRecord:
    return record(f"{yesterday()}", now=timezone.now(), **more)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_a_keeper_sees_records_their_terms_and_what_they_do(keeper: Client) -> None:
    row = recent(kind="false_pledge")
    listed = keeper.get(reverse("desk:credit:records"))
    assert row.document_no in text(listed)
    page = text(keeper.get(reverse("desk:credit:record", args=[row.number])))
    for word in (
        "国家发展改革委令2025年第36号",
        "修复前不适用告知承诺制",
        "最早可申请修复",
        "录入",
    ):
        assert word in page
    assert Look.objects.filter(action="credit.record").exists()


def test_keepers_of_a_county_and_other_roles_find_no_door() -> None:
    row = recent(severity="light")
    for client in (officer("credit_officer", "4206/420602"), officer("leader", "4206"), Client()):
        for name, args in (
            ("near", []),
            ("objections", []),
            ("sources", []),
            ("record", [row.number]),
        ):
            answer = client.get(reverse(f"desk:credit:{name}", args=args))
            assert answer.status_code in (302, 404), name


def test_an_officer_of_a_unit_sees_and_changes_only_what_the_unit_recorded() -> None:
    mine, theirs = Unit.objects.order_by("pk")[:2]
    client = officer("unit_officer", unit=mine.pk)
    own = recent(unit_id=mine.pk, severity="light")
    other = recent(unit_id=theirs.pk, document_no="别的1号", severity="light")
    shown = recent(unit_id=theirs.pk, document_no="别的2号")
    assert client.get(reverse("desk:credit:record", args=[own.number])).status_code == 200
    assert client.get(reverse("desk:credit:record", args=[other.number])).status_code == 404
    assert client.get(reverse("desk:credit:record", args=[shown.number])).status_code == 200
    duty = {"done": "yes", "duty_done_on": f"{yesterday()}"}
    for row, status in ((own, 302), (shown, 404)):
        url = reverse("desk:credit:record-duty", args=[row.number])
        assert client.post(url, duty).status_code == status


def test_a_record_is_taken_up_by_form_and_wrong_values_name_their_field(keeper: Client) -> None:
    values = {
        "name": "襄阳示例食品有限公司",
        "identifier_kind": "uscc",
        "identifier": COMPANY,
        "kind": "penalty",
        "severity": "general",
        "authority": "襄阳市市场监督管理局",
        "document_no": "表单1号",
        "document_date": f"{yesterday()}",
        "summary": "模拟",
    }
    url = reverse("desk:credit:record-new")
    wrong = keeper.post(url, values | {"identifier": "91420600MA48X2K129"})
    assert wrong.status_code == 422 and "校验位" in text(wrong)
    assert keeper.post(url, values).status_code == 302
    assert keeper.post(url, values).status_code == 422


def test_a_keeper_deletes_answers_and_flags(keeper: Client) -> None:
    row = recent()
    found = objections.raise_(row, "金额不对", KEEPER, timezone.now())
    url = reverse("desk:credit:objection", args=[found.pk])
    assert "金额不对" in text(keeper.get(url))
    assert keeper.post(url, {"act": "flag"}).status_code == 302
    assert keeper.post(url, {"outcome": "rejected", "answer": ""}).status_code == 422
    assert keeper.post(url, {"outcome": "rejected", "answer": "无误"}).status_code == 302
    assert Objection.objects.get().state == "REJECTED"
    delete = reverse("desk:credit:record-delete", args=[row.number])
    assert keeper.post(delete, {"ground": "moon", "arose_on": f"{yesterday()}"}).status_code == 422
    done = keeper.post(delete, {"ground": "annulled", "arose_on": f"{yesterday()}"})
    assert done.status_code == 302
    assert keeper.get(reverse("desk:credit:record", args=[row.number])).status_code == 200


def test_a_screening_by_form_leads_to_its_why(keeper: Client) -> None:
    fresh_lists(timezone.now())
    entry(number=COMPANY)
    values = {
        "name": "襄阳示例食品有限公司",
        "identifier_kind": "uscc",
        "identifier": COMPANY,
        "purpose": "测试",
    }
    answer = keeper.post(reverse("desk:credit:screening-new"), values, follow=True)
    for word in ("失信被执行人", "（2025）鄂06执1号", "数据时间", "规则与条件"):
        assert word in text(answer)
    stranger = officer("unit_officer", unit=Unit.objects.order_by("pk")[0].pk)
    url = reverse("desk:credit:screening", args=[Screening.objects.get().pk])
    assert stranger.get(url).status_code == 404


def test_near_matches_are_looked_at_and_answered(keeper: Client) -> None:
    fresh_lists(timezone.now())
    entry(name="王模拟", person=True)
    from yishi.foundation.credit import screening

    who = screening.Subject(
        name="王模拟", identifier=person_number(), identifier_kind="resident_id"
    )
    screening.screen([who], "测试", timezone.now(), KEEPER)
    match = NearMatch.objects.get()
    assert "王模拟" not in text(keeper.get(reverse("desk:credit:near")))
    url = reverse("desk:credit:near-one", args=[match.pk])
    assert person_number() in text(keeper.get(url))
    assert Look.objects.filter(action="credit.near").exists()
    assert keeper.post(url, {"same": "no", "note": ""}).status_code == 422
    assert keeper.post(url, {"same": "no", "note": "住址不同"}).status_code == 302
    match.refresh_from_db()
    assert match.state == "DIFFERENT"
    auditor = officer("auditor", "4206")
    assert auditor.post(url, {"same": "yes", "note": "x"}).status_code == 404
    assert near.stated(match)


def test_a_list_is_imported_by_form_and_refused_rows_are_told(keeper: Client) -> None:
    data = (
        "编号,名称,证件号码,列入日期\n"
        f"1,襄阳示例食品有限公司,{COMPANY},2025-03-01\n2,坏号码公司,9142,2025-03-01\n"
    )
    values = {
        "file": SimpleUploadedFile("list.csv", data.encode()),
        "as_of": f"{timezone.now() - timedelta(hours=9):%Y-%m-%d %H:%M}",
        "whole": "whole",
    }
    url = reverse("desk:credit:import-new", args=["court"])
    answer = keeper.post(url, values, follow=True)
    assert "应为18位" in text(answer)
    assert ListImport.objects.get().added == 1
    broken = values | {"file": SimpleUploadedFile("list.csv", b"\xff\xfe")}
    assert keeper.post(url, broken).status_code == 422
    assert CreditSource.objects.get(key="court").state == "garbled"
    assert "数据异常" in text(keeper.get(reverse("desk:credit:sources")))


def test_the_public_sees_what_is_published_and_nothing_else() -> None:
    shown, light = recent(), recent(severity="light", document_no="轻微1号")
    client = Client()
    search = reverse("credit:search")
    for q in (COMPANY, COMPANY.lower(), "示例食品有限"):
        page = text(client.post(search, {"q": q}))
        assert shown.number in page and light.number not in page
    assert client.post(search, {"q": "食品"}).status_code == 422
    assert client.get(reverse("credit:published", args=[shown.number])).status_code == 200
    assert client.get(reverse("credit:published", args=[light.number])).status_code == 404
    records.delete(shown, "annulled", yesterday(), KEEPER, timezone.now())
    assert client.get(reverse("credit:published", args=[shown.number])).status_code == 404
    assert shown.number not in text(client.post(search, {"q": COMPANY}))


def test_people_are_found_by_their_whole_number_only_and_masked() -> None:
    number = person_number()
    row = recent(name="张模拟", identifier=number, identifier_kind="resident_id")
    client = Client()
    page = text(client.post(reverse("credit:search"), {"q": number}))
    assert row.number in page and "张模拟" not in page
    assert "张模拟" not in text(client.get(reverse("credit:published", args=[row.number])))
    assert row.number not in text(client.post(reverse("credit:search"), {"q": "张模拟某某"}))
    assert number not in text(client.get(reverse("credit:published", args=[row.number])))


def test_a_party_sees_its_own_records_and_objects_to_them() -> None:
    from yishi.foundation.access.models import PortalAccount

    person = party("张模拟", person_number(), "resident_id")
    row = recent(on=person, severity="light")
    account = PortalAccount.objects.create(
        person=person, issuer="test", subject="1", created_at=timezone.now(), used_at=timezone.now()
    )
    from yishi.foundation.access import portal_accounts

    client = Client()
    session = client.session
    session[portal_accounts._ACCOUNT] = account.pk
    session.save()
    page = client.get(reverse("credit:published", args=[row.number]))
    assert page.status_code == 200 and "提出异议" in text(page)
    url = reverse("credit:object", args=[row.number])
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "不是我"}).status_code == 302
    assert client.post(url, {"reason": "又一次"}).status_code == 422
    assert Client().get(url).status_code == 302
    assert Objection.objects.get().party_id == person.pk


def program(role: str, scope: str = "", unit: int | None = None) -> Client:
    grants = [ActorGrant(role, unit, scope)]
    key = issue_key(f"{role}{scope}", "测试", grants, timezone.now() - timedelta(minutes=5))
    return Client(headers={"X-API-Key": key})


BODY = {
    "kind": "penalty",
    "name": "襄阳示例食品有限公司",
    "identifier": COMPANY,
    "severity": "general",
    "authority": "襄阳市市场监督管理局",
    "document_no": "接口1号",
    "document_date": "2026-05-20",
    "summary": "模拟",
}


def test_a_program_reports_a_record_once_and_screens() -> None:
    client, kind = program("credit_officer", "4206"), "application/json"
    fresh_lists(timezone.now())
    url = "/api/v1/credit/records"
    assert client.post(url, BODY | {"identifier": "9"}, kind).status_code == 422
    made = client.post(url, BODY, kind)
    assert made.status_code == 201 and made.json()["state"] in ("PUBLISHED", "ENDED")
    again = client.post(url, BODY, kind)
    assert (again.status_code, again.json()["errors"][0]["field"]) == (422, "document_no")
    assert [one["number"] for one in client.get(url).json()] == [made.json()["number"]]
    asked = {"subjects": [{"name": BODY["name"], "identifier": COMPANY}], "purpose": "测试"}
    found = client.post("/api/v1/credit/screenings", asked, kind)
    assert (found.status_code, found.json()["outcome"]) == (201, "PASS")
    CreditSource.objects.filter(key="court").update(as_of=None)
    found = client.post("/api/v1/credit/screenings", asked, kind)
    assert found.json()["outcome"] == "UNKNOWN"
    stored = f"/api/v1/credit/screenings/{found.json()['id']}"
    assert client.get(stored).json() == found.json()
    other = program("leader", "4206")
    assert other.get(stored).status_code == 404
    assert other.post(url, BODY, kind).status_code == 403
    assert other.post("/api/v1/credit/screenings", asked, kind).status_code == 403
    assert Client().get(url).status_code == 401


def test_the_file_of_a_party_shows_its_credit(keeper: Client) -> None:
    file = party()
    recent(on=file, kind="false_pledge")
    url = reverse("desk:party", args=[file.pk])
    page = text(keeper.post(url, {"purpose": "测试"}))
    assert "适用的措施" in page and "虚假承诺" in page


def test_the_stored_answer_is_plain_json(keeper: Client) -> None:
    fresh_lists(timezone.now())
    from yishi.foundation.credit import screening

    made = screening.screen(
        [screening.Subject(name="襄阳示例食品有限公司", identifier=COMPANY)],
        "测试",
        timezone.now(),
        KEEPER,
    )
    json.dumps([made.reasons, made.sources, made.subjects, made.policy])
