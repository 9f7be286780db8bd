"""One file for each person and organisation, found by number, whatever its name was."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from yishi.foundation.audit.models import Look
from yishi.foundation.parties import services
from yishi.foundation.parties.models import Alias, Identifier, Party
from yishi.foundation.parties.naming import open_name
from yishi.foundation.parties.synthetic import enterprise_number, person_number
from yishi.foundation.parties.tests.making import NOW, PURPOSE, SYSTEM, TODAY, firm, person
from yishi.foundation.revisions.errors import FieldError

pytestmark = pytest.mark.django_db


def test_a_number_never_gets_a_second_file() -> None:
    assert person() == person(name="王 模拟".replace(" ", ""))
    assert Party.objects.count() == 1


def test_nothing_of_a_person_is_stored_in_plain() -> None:
    who = person(name="欧阳模拟")
    row = Identifier.objects.get(party=who)
    stored = " ".join(str(value) for value in (*vars(who).values(), *vars(row).values()))
    assert "欧阳" not in stored
    assert person_number("420606", date(1990, 1, 1), 0) not in stored
    assert open_name(who) == "欧阳模拟"
    assert services.shown_name(who) == "欧**"


def test_a_declared_name_that_does_not_fit_is_refused_without_telling_the_name() -> None:
    person(name="王模拟")
    with pytest.raises(FieldError) as refused:
        person(name="李模拟")
    assert refused.value.field == "name"
    assert "王" not in refused.value.message


def test_a_register_renames_and_the_old_name_is_still_found() -> None:
    old = firm(name="襄阳模拟旧名有限公司")
    firm(name="襄阳模拟新名有限公司")
    assert Party.objects.get().name == "襄阳模拟新名有限公司"
    alias = Alias.objects.get()
    assert (alias.name, alias.valid_to) == ("襄阳模拟旧名有限公司", TODAY)
    for name in ("旧名", "新名"):
        found = services.by_name(name, actor=SYSTEM, purpose=PURPOSE, now=NOW)
        assert [party.pk for party in found] == [old.pk]
    assert firm(name="襄阳模拟旧名有限公司", source="declared").pk == old.pk


def test_a_declared_name_does_not_rename_an_organisation() -> None:
    firm(name="襄阳模拟旧名有限公司")
    with pytest.raises(FieldError, match="登记的名称“襄阳模拟旧名有限公司”"):
        firm(name="别的公司", source="declared")


def test_a_declared_number_is_vouched_for_by_the_real_name_check() -> None:
    person(source="declared")
    person(source="real_name")
    assert Identifier.objects.get().source == "real_name"


def test_people_are_found_by_their_whole_name_only() -> None:
    who = person(name="阿依古丽·模拟")
    assert services.by_name("阿依古丽•模拟", actor=SYSTEM, purpose=PURPOSE, now=NOW) == [who]
    assert services.by_name("阿依", actor=SYSTEM, purpose=PURPOSE, now=NOW) == []


def test_every_search_is_logged_with_its_purpose_and_without_what_was_searched() -> None:
    who = person()
    number = person_number("420606", date(1990, 1, 1), 0)
    services.by_identifier("resident_id", number, actor=SYSTEM, purpose="核对身份", now=NOW)
    other = person_number("420606", date(1991, 1, 1), 0)
    services.by_identifier("resident_id", other, actor=SYSTEM, purpose="核对身份", now=NOW)
    looks = list(Look.objects.filter(action="party.find").order_by("id"))
    assert [(look.subject, look.rows) for look in looks] == [(f"party:{who.id}", 1), ("party", 0)]
    assert not any(number in f"{look.purpose}{look.subject}" for look in looks)
    with pytest.raises(FieldError) as refused:
        services.by_identifier("resident_id", number, actor=SYSTEM, purpose=" ", now=NOW)
    assert refused.value.field == "purpose"


def test_an_old_registration_number_counts_with_the_name_only() -> None:
    def find_or_create(name: str) -> Party:
        raw = services.PartyInput(name, "420600000012345", "reg_no", source="registry")
        return services.find_or_create(raw, actor=SYSTEM, purpose=PURPOSE, now=NOW)[0]

    one, other = find_or_create("模拟老厂"), find_or_create("模拟另一个厂")
    assert one != other
    assert find_or_create("模拟老厂") == one
    services.rename(one, "模拟新厂", TODAY, actor=SYSTEM, now=NOW)
    assert find_or_create("模拟老厂") == one
    with pytest.raises(FieldError) as refused:
        services.by_identifier("reg_no", "420600000012345", actor=SYSTEM, purpose=PURPOSE, now=NOW)
    assert refused.value.field == "name"


def test_the_database_keeps_a_number_to_one_party_and_people_sealed() -> None:
    who, other = person(0), person(1)
    row = Identifier.objects.get(party=who)
    twin = Identifier.objects.get(party=other)
    with pytest.raises(IntegrityError), transaction.atomic():
        Identifier.objects.filter(pk=twin.pk).update(value_hash=row.value_hash)
    with pytest.raises(IntegrityError), transaction.atomic():
        Identifier.objects.filter(pk=twin.pk).update(value="420602199003070018")
    with pytest.raises(IntegrityError), transaction.atomic():
        Party.objects.filter(pk=who.pk).update(name="王模拟")


def test_another_passport_is_added_and_the_old_one_ended() -> None:
    raw = services.PartyInput("John Simulated", "E12345678", "passport")
    who, _ = services.find_or_create(raw, actor=SYSTEM, purpose=PURPOSE, now=NOW)
    old = Identifier.objects.get(party=who)
    services.add_identifier(who, "passport", "E87654321", source="real_name", actor=SYSTEM, now=NOW)
    services.end_identifier(old, TODAY, "换发", actor=SYSTEM, now=NOW)
    find = services.by_identifier
    assert find("passport", "E87654321", actor=SYSTEM, purpose=PURPOSE, now=NOW) == who
    assert find("passport", "E12345678", actor=SYSTEM, purpose=PURPOSE, now=NOW) is None


@pytest.mark.parametrize(
    ("kind", "value", "field"),
    [
        ("uscc", enterprise_number("420606", 7), "identifier_kind"),
        ("passport", "E1", "identifier"),
        ("nothing", "1", "identifier_kind"),
    ],
)
def test_a_person_gets_no_number_of_another_sort(kind: str, value: str, field: str) -> None:
    with pytest.raises(FieldError) as refused:
        services.add_identifier(person(), kind, value, source="registry", actor=SYSTEM, now=NOW)
    assert refused.value.field == field


def test_a_number_of_somebody_else_is_not_taken_over() -> None:
    services.add_identifier(
        person(0), "passport", "E12345678", source="registry", actor=SYSTEM, now=NOW
    )
    with pytest.raises(FieldError, match="另一个主体"):
        services.add_identifier(
            person(1), "passport", "E12345678", source="registry", actor=SYSTEM, now=NOW
        )
