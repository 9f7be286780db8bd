"""Shared data is used as it is, unless the applicant says that it is wrong; its owner answers."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from yishi.foundation.parties import services
from yishi.foundation.parties.models import DataTicket, Party, PartyField
from yishi.foundation.parties.tests.making import NOW, SYSTEM, TODAY, boss, firm, person
from yishi.foundation.places.models import Unit
from yishi.foundation.revisions.errors import FieldError

pytestmark = pytest.mark.django_db
KEY, SOURCE = "registered_address", "市场监督管理"


def record(party: Party, value: str, as_of: date = TODAY, **more: object) -> PartyField:
    raw = services.FieldInput(KEY, value, SOURCE, as_of, **more)  # type: ignore[arg-type]
    return services.record_field(party, raw, actor=SYSTEM, now=NOW)


def correct(party: Party, value: str, evidence: str = "营业执照副本") -> DataTicket:
    return services.correct_field(
        party, KEY, value, actor=SYSTEM, now=NOW, evidence=evidence, label="住所"
    )


def known(party: Party) -> services.Known:
    return services.known_fields(party, TODAY)[KEY]


def test_the_newest_of_a_source_counts_and_older_data_never_goes_before_it(city: None) -> None:
    company = firm()
    record(company, "甲路1号", TODAY - timedelta(days=9))
    record(company, "乙路2号")
    record(company, "丙路3号", TODAY - timedelta(days=20))
    assert tuple(known(company)) == ("乙路2号", SOURCE, TODAY)
    assert PartyField.objects.filter(state="current").count() == 1


def test_a_correction_counts_at_once_and_its_owner_is_told(city: None) -> None:
    company, unit = firm(), Unit.objects.first()
    assert unit is not None
    record(company, "甲路1号", unit_id=unit.pk)
    ticket = correct(company, "乙路2号")
    assert (ticket.owner, ticket.unit_id, ticket.state) == (SOURCE, unit.pk, "open")
    found = known(company)
    assert (found.value, found.corrected, found.ticket_id) == ("乙路2号", True, ticket.id)
    messages = apps.get_model("messaging", "Message")  # a package above this one
    (message,) = messages._default_manager.filter(template="data_ticket.opened")
    assert (message.unit_id, message.about_id) == (unit.pk, str(ticket.id))
    assert "乙路" not in str(message.params)
    assert ticket.due_at.date() == date(2026, 3, 17)  # five working days


def test_confirmed_the_sources_value_is_mended(city: None) -> None:
    company = firm()
    record(company, "甲路1号", TODAY - timedelta(days=9))
    services.answer_ticket(correct(company, "乙路2号"), True, "", actor=SYSTEM, now=NOW)
    found = known(company)
    assert (found.value, found.source, found.corrected) == ("乙路2号", SOURCE, False)


def test_rejected_with_a_reason_the_sources_value_counts_again(city: None) -> None:
    company = firm()
    record(company, "甲路1号")
    ticket = correct(company, "乙路2号")
    with pytest.raises(FieldError) as refused:
        services.answer_ticket(ticket, False, " ", actor=SYSTEM, now=NOW)
    assert refused.value.field == "reason"
    services.answer_ticket(ticket, False, "登记档案为甲路1号", actor=SYSTEM, now=NOW)
    assert known(company).value == "甲路1号"
    with pytest.raises(FieldError, match="已经答复"):
        services.answer_ticket(ticket, True, "", actor=SYSTEM, now=NOW)


def test_a_second_correction_replaces_the_first_in_one_ticket(city: None) -> None:
    company = firm()
    record(company, "甲路1号")
    first, second = correct(company, "乙路2号"), correct(company, "丙路3号")
    assert first.pk == second.pk
    assert known(company).value == "丙路3号"


def test_new_data_of_the_source_that_agree_answer_the_ticket(city: None) -> None:
    company = firm()
    record(company, "甲路1号", TODAY - timedelta(days=9))
    ticket = correct(company, "乙路2号")
    record(company, "还是甲路1号", TODAY - timedelta(days=1))
    assert known(company).value == "乙路2号", "the applicant's goes before it"
    record(company, "乙路2号")
    ticket.refresh_from_db()
    assert ticket.state == "confirmed"
    assert (known(company).value, known(company).corrected) == ("乙路2号", False)


def test_what_is_past_its_freshness_says_so(city: None) -> None:
    company = firm()
    record(company, "甲路1号", TODAY - timedelta(days=31), fresh_days=30)
    assert known(company).stale
    record(company, "甲路1号", TODAY, fresh_days=30)
    assert not known(company).stale


def test_the_partys_own_record_is_known_too(city: None) -> None:
    company, chief = firm(), person(name="陈模拟")
    boss(company, chief)
    found = services.known_fields(company, TODAY)
    assert found["organisation_name"].value == company.name
    assert found["legal_representative"].value == "陈模拟"
    assert len(found["uscc"].value) == 18
    mine = services.known_fields(chief, TODAY)
    assert mine["applicant_name"].value == "陈模拟"
    assert len(mine["applicant_id"].value) == 18


def test_whoever_acts_fills_in_the_agents_part_of_a_form(city: None) -> None:
    company, chief, agent = firm(), person(0, name="陈模拟"), person(1, name="周模拟")
    legal = boss(company, chief)
    raw = services.MandateInput("agent", valid_to=TODAY + timedelta(days=9))
    given = services.give(company, agent, raw, giver=chief, actor=SYSTEM, now=NOW)
    found = services.agent_fields(given, TODAY)
    assert found["agent_name"].value == "周模拟" and len(found["agent_id"].value) == 18
    assert services.agent_fields(legal, TODAY)["legal_representative"].value == "陈模拟"


def test_values_of_people_are_sealed(city: None) -> None:
    who = person()
    raw = services.FieldInput("household_address", "模拟路1号", "公安", TODAY)
    row = services.record_field(who, raw, actor=SYSTEM, now=NOW)
    assert (row.value, "模拟路" in row.value_enc) == ("", False)
    assert services.known_fields(who, TODAY)["household_address"].value == "模拟路1号"


@pytest.mark.parametrize(
    ("value", "evidence", "field"),
    [("", "x", "value"), ("甲路1号", "x", "value"), ("乙路2号", "", "evidence")],
)
def test_a_correction_without_content_or_ground_is_refused(
    city: None, value: str, evidence: str, field: str
) -> None:
    company = firm()
    record(company, "甲路1号")
    with pytest.raises(FieldError) as refused:
        correct(company, value, evidence)
    assert refused.value.field == field
    assert not DataTicket.objects.exists()


def test_the_database_keeps_one_open_ticket_and_no_rejection_without_reason(city: None) -> None:
    company = firm()
    record(company, "甲路1号")
    ticket = correct(company, "乙路2号")
    rows = DataTicket.objects.filter(pk=ticket.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(state="rejected", answered_at=NOW, answered_by="user:1")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(answered_at=NOW)
