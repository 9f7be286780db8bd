"""Files of parties at the desk: found with a purpose, within scope, masked, mended by few."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.audit.models import Look
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.party_access import party_row
from yishi.foundation.parties import services
from yishi.foundation.parties.models import DataTicket, Party, PartyMerge, Succession
from yishi.foundation.parties.synthetic import enterprise_number, person_number
from yishi.foundation.parties.tests.making import NOW, PURPOSE, TODAY, boss, firm, person
from yishi.foundation.places.models import Unit
from yishi.systems.city_events.tests.office import COUNTY, ELSEWHERE, Office

NUMBER = "420606199001010003"


@pytest.fixture
def applicant(office: Office) -> tuple[Party, str]:
    """A person who is the applicant of a case of the county."""
    number = office.report().number
    who = person(name="欧阳模拟")
    case = Case.objects.unscoped("the test").get(number=number)
    commit([], [party_row(case.pk, who.id, "applicant", timezone.now())])
    return who, number


def search(client: Client, by: str, text: str, purpose: str = "办理案件") -> Any:
    said = {"by": by, "q": text, "purpose": purpose}
    return client.post(reverse("desk:parties"), said, follow=True)


def open_file(client: Client, party: Party, purpose: str = "办理案件") -> str:
    answer = client.post(reverse("desk:party", args=[party.pk]), {"purpose": purpose})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_search_states_its_purpose_and_shows_ends_only(
    office: Office, applicant: tuple[Party, str]
) -> None:
    _, number = applicant
    client = office.client("acceptor", None, COUNTY)
    assert search(client, "name", "欧阳模拟", "").status_code == 422
    page = search(client, "name", "欧阳模拟").content.decode()
    assert "欧**" in page and "4206************" in page and number in page
    assert "欧阳" not in page and "19900101" not in page
    actions = set(Look.objects.filter(purpose="办理案件").values_list("action", flat=True))
    assert {"party.search", "party.file"} <= actions


def test_who_is_out_of_scope_is_not_told_apart_from_nobody(
    office: Office, applicant: tuple[Party, str]
) -> None:
    who, _ = applicant
    away = office.client("acceptor", None, ELSEWHERE)
    unknown = search(away, "name", "没有此人").content.decode()
    found = search(away, "name", "欧阳模拟").content.decode()
    assert "没有查到" in found and "没有查到" in unknown
    for name in ("desk:party", "desk:party-reveal", "desk:party-merge"):
        assert away.get(reverse(name, args=[who.pk])).status_code == 404


def test_a_case_on_which_both_meet_is_a_purpose(
    office: Office, applicant: tuple[Party, str]
) -> None:
    who, number = applicant
    client = office.client("acceptor", None, COUNTY)
    url = reverse("desk:party", args=[who.pk])
    assert "查阅目的" in client.get(url).content.decode()
    assert "查阅目的" in client.get(f"{url}?case={number}0").content.decode()
    assert not Look.objects.filter(action="party.file").exists()
    page = client.get(f"{url}?case={number}").content.decode()
    assert f"办理案件 {number}" in page
    assert Look.objects.filter(action="party.file", purpose=f"办理案件 {number}").exists()


def test_names_and_numbers_in_plain_need_a_purpose_of_their_own(
    office: Office, applicant: tuple[Party, str]
) -> None:
    who, _ = applicant
    client = office.client("acceptor", None, COUNTY)
    url = reverse("desk:party-reveal", args=[who.pk])
    assert client.post(url, {"purpose": ""}).status_code == 422
    page = client.post(url, {"purpose": "当面核对"}).content.decode()
    assert "欧阳模拟" in page
    assert Look.objects.filter(action="party.reveal", purpose="当面核对").count() == 1


def test_the_file_shows_who_acts_what_it_has_and_what_is_known(office: Office) -> None:
    company, chief = firm(), person(name="欧阳模拟")
    boss(company, chief)
    services.rename(company, "襄阳模拟新名有限公司", TODAY, actor=SYSTEM, now=NOW)
    raw = services.FieldInput("registered_address", "甲路1号", "市场监管", TODAY)
    services.record_field(company, raw, actor=SYSTEM, now=NOW)
    paper = services.MaterialInput("business_licence", "营业执照", "JY1", issuer="模拟机关")
    services.record_material(company, paper, actor=SYSTEM, now=NOW)
    page = open_file(office.client("administrator"), company)
    for text in ("襄阳模拟0号有限公司", "欧**", "甲路1号", "市场监管", "营业执照", "模拟机关"):
        assert text in page
    assert "欧阳模拟" not in page


def test_two_files_are_merged_and_the_merge_undone(office: Office) -> None:
    def foreigner(number: str) -> Party:
        raw = services.PartyInput("John Simulated", number, "passport")
        return services.find_or_create(raw, actor=SYSTEM, purpose=PURPOSE, now=NOW)[0]

    one, other = foreigner("E11111111"), foreigner("E22222222")
    client = office.client("administrator")
    url = reverse("desk:party-merge", args=[one.pk])
    said = {"identifier_kind": "passport", "identifier": "E22222222", "reason": "换发护照"}
    assert client.post(url, {**said, "identifier": "E33333333"}).status_code == 422
    assert client.post(url, {**said, "reason": ""}).status_code == 422
    assert client.post(url, said).status_code == 302
    other.refresh_from_db()
    assert other.file_id == one.pk
    assert "E222" not in open_file(client, other), "the old address leads to the one file"
    undo = reverse("desk:party-merge-undo", args=[PartyMerge.objects.get().pk])
    assert "撤销合并" in open_file(client, one)
    assert client.post(undo, {"reason": "不是同一人"}).status_code == 302
    other.refresh_from_db()
    assert other.file_id == other.pk
    assert client.post(undo, {"reason": "再来"}).status_code == 422


def test_names_numbers_and_successions_are_mended(office: Office) -> None:
    old, new = firm(0), firm(1)
    client = office.client("administrator")
    name = reverse("desk:party-name", args=[old.pk])
    said = {"name": "襄阳模拟改名有限公司", "since": f"{TODAY}", "reason": "登记变更"}
    assert client.post(name, {**said, "since": "2999-01-01"}).status_code == 422
    assert client.post(name, said).status_code == 302
    more = reverse("desk:party-number-new", args=[old.pk])
    wrong = {"identifier_kind": "passport", "identifier": "E12345678", "reason": "x"}
    assert client.post(more, wrong).status_code == 422
    right = {"identifier_kind": "reg_no", "identifier": "420600000012345", "reason": "旧档案"}
    assert client.post(more, right).status_code == 302
    row = old.identifiers.get(kind="reg_no")
    end = reverse("desk:party-number-end", args=[old.pk, row.pk])
    assert client.post(end, {"reason": "登记错误"}).status_code == 302
    last = old.identifiers.get(kind="uscc")
    end = reverse("desk:party-number-end", args=[old.pk, last.pk])
    assert client.post(end, {"reason": "登记错误"}).status_code == 422
    url = reverse("desk:party-succession", args=[old.pk])
    said = {
        "identifier_kind": "uscc",
        "identifier": enterprise_number("420606", 1),
        "way": "absorbed",
        "on": f"{TODAY}",
        "reason": "合并协议",
    }
    assert client.post(url, {**said, "way": "x"}).status_code == 422
    assert client.post(url, said).status_code == 302
    assert Succession.objects.get().successor_id == new.pk
    assert "吸收合并" in open_file(client, new)


@pytest.mark.parametrize("role", ["acceptor", "auditor"])
def test_files_are_mended_by_the_citys_administrators_only(office: Office, role: str) -> None:
    company = firm()
    county = office.client("administrator", None, COUNTY)
    for client in (office.client(role), county):
        for name in ("merge", "name", "number-new", "succession"):
            url = reverse(f"desk:party-{name}", args=[company.pk])
            assert client.get(url).status_code == 404
            assert client.post(url, {"reason": "x"}).status_code == 404


def test_a_dispute_is_answered_by_the_unit_that_owns_the_data(office: Office) -> None:
    unit, other = Unit.objects.order_by("pk")[:2]
    company = firm()
    raw = services.FieldInput("registered_address", "甲路1号", "市场监管", TODAY, unit_id=unit.pk)
    services.record_field(company, raw, actor=SYSTEM, now=NOW)
    ticket = services.correct_field(
        company,
        "registered_address",
        "乙路2号",
        actor=SYSTEM,
        now=NOW,
        evidence="执照",
        label="住所",
    )
    owner, stranger = (office.client("unit_officer", one.pk, "") for one in (unit, other))
    url = reverse("desk:data-ticket", args=[ticket.pk])
    assert stranger.get(url).status_code == 404
    assert "住所" not in stranger.get(reverse("desk:data-tickets")).content.decode()
    assert "住所" in owner.get(reverse("desk:data-tickets")).content.decode()
    page = owner.get(url).content.decode()
    assert "甲路1号" in page and "乙路2号" in page
    assert "住所" in owner.get(reverse("desk:inbox")).content.decode()
    assert owner.post(url, {"answer": "no", "reason": ""}).status_code == 422
    assert owner.post(url, {"answer": "yes", "reason": "已更正"}).status_code == 302
    assert DataTicket.objects.get().state == "confirmed"
    assert owner.post(url, {"answer": "no", "reason": "x"}).status_code == 422
    assert "住所" in owner.get(reverse("desk:data-tickets") + "?state=confirmed").content.decode()


def test_disputes_without_a_unit_wait_for_the_citys_administrators(office: Office) -> None:
    ticket = services.correct_field(
        firm(), "organisation_name", "别的名称", actor=SYSTEM, now=NOW, evidence="执照"
    )
    url = reverse("desk:data-ticket", args=[ticket.pk])
    assert office.client("administrator").get(url).status_code == 200
    assert office.client("administrator", None, COUNTY).get(url).status_code == 404
    assert office.client("acceptor").get(url).status_code == 404


def test_a_paper_on_file_is_suspended_counts_again_and_is_revoked_for_good(office: Office) -> None:
    who = firm()
    raw = services.MaterialInput("business_licence", "营业执照", issued_on=TODAY, source="store")
    paper = services.record_material(who, raw, actor=SYSTEM, now=NOW)
    client = office.client("administrator", None, "4206")
    url = reverse("desk:party-paper", args=[who.pk, paper.pk])
    assert url in open_file(client, who)
    assert client.post(url, {"status": "suspended", "reason": ""}).status_code == 422
    for status in ("suspended", "valid", "revoked"):
        said = {"status": status, "reason": "吊销决定书〔2026〕1号"}
        assert client.post(url, said).status_code == 302
        paper.refresh_from_db()
        assert paper.status == status
    assert client.post(url, {"status": "valid", "reason": "恢复"}).status_code == 422
    assert url not in open_file(client, who)
    other = reverse("desk:party-paper", args=[person().pk, paper.pk])
    assert client.get(other).status_code == 404


def test_a_mandate_by_law_is_recorded_with_its_basis_and_ends_the_one_before(
    office: Office,
) -> None:
    who, first, second = firm(), person(), person(1, "李模拟")
    numbers = [person_number("420606", date(1990, 1, 1) + timedelta(days=n), n) for n in (0, 1)]
    client = office.client("administrator", None, "4206")
    url = reverse("desk:party-mandate", args=[who.pk])
    for one, number in zip((first, second), numbers, strict=True):
        said = {
            "kind": "legal_representative",
            "identifier_kind": "resident_id",
            "identifier": number,
            "reason": "营业执照登记",
        }
        assert client.post(url, said).status_code == 302, one
    (mandate,) = services.mandates_of(who, timezone.localdate())
    assert mandate.agent.file_id == second.file_id
    assert Look.objects.filter(action="party.mandate", purpose__contains="营业执照登记").exists()
    assert client.post(url, {**said, "kind": "agent"}).status_code == 422
    nobody = {**said, "identifier": person_number("420606", date(1970, 5, 5), 7)}
    assert client.post(url, nobody).status_code == 422
    county = office.client("administrator", None, COUNTY)
    assert county.get(url).status_code == 404
