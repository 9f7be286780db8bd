"""A party sees and moves the cases it applied for, its agents those in their matters."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from yishi.foundation.access.actors import SYSTEM, Actor, ActorGrant
from yishi.foundation.cases.advance import CaseNotFound, one_locked
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.erasure import PARTS, NotErased, erase
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Assignment, Case, CaseParty
from yishi.foundation.cases.party_access import cases_of, may_see, party_row
from yishi.foundation.cases.party_erasure import erase_person, purge_idle
from yishi.foundation.cases.policy import owning, sees
from yishi.foundation.parties import services
from yishi.foundation.parties.models import Identifier, Party
from yishi.foundation.parties.naming import shown_name
from yishi.foundation.parties.tests.making import TODAY, boss, firm, person
from yishi.systems.city_events.tests.office import COUNTY, ELSEWHERE, RUBBISH, Office

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def actor(party: Party, **more: Any) -> Actor:
    base = Actor("party", "account:1", "模拟", party_id=party.id, person_id=party.id)
    return replace(base, **more)


def officer(scope: str, role: str = "acceptor") -> Actor:
    return Actor("user", "user:9", "测试", (ActorGrant(role, None, scope),), user_id=9)


def link(number: str, party: Party, role: str = "applicant") -> int:
    case_id: int = Case.objects.unscoped("the test").get(number=number).pk
    commit([], [party_row(case_id, party.id, role, timezone.now())])
    return case_id


@pytest.fixture
def numbers(city: None) -> tuple[str, str]:
    office = Office()
    return office.report().number, office.apart().number


def visible(who: Actor) -> list[str]:
    return sorted(Case.objects.visible_to(who).values_list("number", flat=True))


def test_an_applicant_sees_its_own_cases_by_every_door(numbers: tuple[str, str]) -> None:
    own, other = numbers
    who = person()
    link(own, who)
    assert visible(actor(who)) == [own]
    mine, foreign = (load_states(number=number)[0] for number in numbers)
    assert sees(actor(who), mine) and not sees(actor(who), foreign)
    assert one_locked(actor(who), own).number == own
    with pytest.raises(CaseNotFound):
        one_locked(actor(who), other)
    assert owning(actor(who), mine).own_cases == {mine.id}
    assert Assignment.objects.visible_to(actor(who)).filter(case_id=foreign.id).count() == 0


def test_whoever_was_only_the_agent_sees_nothing_for_themselves(numbers: tuple[str, str]) -> None:
    who = person()
    link(numbers[0], who, "agent")
    assert visible(actor(who)) == []


def test_an_agent_sees_what_the_mandate_reaches(numbers: tuple[str, str]) -> None:
    company, who = firm(), person()
    link(numbers[0], company)
    agent = actor(company, person_id=who.id, matters=(RUBBISH,))
    assert visible(agent) == [numbers[0]]
    assert visible(replace(agent, matters=("something_else",))) == []


def test_a_successor_sees_the_cases_of_whom_it_took_over(numbers: tuple[str, str]) -> None:
    old, new = firm(0), firm(1)
    link(numbers[0], old)
    assert visible(actor(new)) == []
    services.succeed(old, new, "absorbed", TODAY, "合并协议", actor=SYSTEM, now=NOW)
    assert visible(actor(new)) == [numbers[0]]


def test_a_party_whose_records_were_two_sees_the_cases_of_both(numbers: tuple[str, str]) -> None:
    one, two = (
        services.find_or_create(
            services.PartyInput("John Simulated", number, "passport"),
            actor=SYSTEM,
            purpose="x",
            now=NOW,
        )[0]
        for number in ("E11111111", "E22222222")
    )
    link(numbers[0], one)
    link(numbers[1], two)
    merging = services.merge(one, two, "同一人", actor=SYSTEM, now=NOW)
    assert visible(actor(one)) == sorted(numbers)
    services.undo(merging, "不是", actor=SYSTEM, now=NOW)
    assert visible(actor(one)) == [numbers[0]]


def test_an_officer_sees_a_party_through_the_cases_in_scope(numbers: tuple[str, str]) -> None:
    who, company = person(), firm()
    link(numbers[0], who)
    here, away = officer(COUNTY), officer(ELSEWHERE)
    assert may_see(here, who) and not may_see(away, who)
    assert not may_see(here, company)
    assert may_see(officer("4206", "administrator"), company)
    assert [case.number for case in cases_of(here, who)] == [numbers[0]]
    assert list(cases_of(away, who)) == []
    assert list(cases_of(officer(ELSEWHERE, "administrator"), who)) == []
    assert may_see(actor(who), who) and not may_see(actor(who), company)


def test_a_running_case_keeps_the_file_of_its_applicant(numbers: tuple[str, str]) -> None:
    who = person()
    link(numbers[0], who)
    with pytest.raises(NotErased, match="正在办理"):
        erase_person(officer("4206", "administrator"), who, "本人要求", NOW)


def test_erasing_a_person_leaves_nothing_that_names_them(city: None) -> None:
    who = person(name="陈模拟")
    services.record_field(
        who,
        services.FieldInput("household_address", "模拟路1号", "公安", TODAY),
        actor=SYSTEM,
        now=NOW,
    )
    paper = services.MaterialInput("id_card", "居民身份证", "1234567890")
    services.record_material(who, paper, actor=SYSTEM, now=NOW)
    certificate = erase_person(officer("4206", "administrator"), who, "本人要求", NOW)
    assert certificate.subjects == (f"party:{who.id}",)
    assert certificate.counts["party_identifier"] == 1
    who.refresh_from_db()
    assert (who.state, who.name_enc, who.name_hash) == ("erased", "", "")
    assert shown_name(who) == "（已删除）"
    assert not Identifier.objects.exists()
    again = person(name="陈模拟")
    assert again.pk != who.pk, "who comes back is somebody new"


def test_representatives_and_strangers_are_not_erased(city: None) -> None:
    company, chief = firm(), person()
    boss(company, chief)
    administrator = officer("4206", "administrator")
    with pytest.raises(NotErased, match="法定代表人"):
        erase_person(administrator, chief, "本人要求", NOW)
    for party, who in ((company, administrator), (person(1), officer(COUNTY))):
        with pytest.raises(Exception, match="没有这份个人档案"):
            erase_person(who, party, "本人要求", NOW)


def test_a_closed_cases_links_to_people_are_erased_and_idle_files_go(
    numbers: tuple[str, str],
) -> None:
    who, company = person(), firm()
    case_id = link(numbers[0], who)
    link(numbers[0], company, "co_applicant")
    assert purge_idle(timezone.now(), 10) == 0
    Case.objects.unscoped("the test").filter(pk=case_id).update(closed_at=timezone.now())
    erase(officer("4206", "administrator"), numbers[0], "期限届满", NOW, what=["case_party"])
    left = CaseParty.objects.unscoped("the test").filter(case_id=case_id)
    assert [row.party_id for row in left] == [company.id]
    assert purge_idle(timezone.now(), 10) == 1
    who.refresh_from_db()
    assert who.state == "erased"
    assert "case_party" in PARTS


def test_an_unknown_party_follows_nothing(city: None) -> None:
    stranger = Actor("party", "account:1", "x", party_id=uuid.uuid4(), person_id=uuid.uuid4())
    assert visible(stranger) == []
