"""Two records that are one are one file; a wrong merge gives everything back; companies that take
over others stay two."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from yishi.foundation.parties import services
from yishi.foundation.parties.models import Identifier, Mandate, Party, PartyMerge
from yishi.foundation.parties.tests.making import NOW, PURPOSE, SYSTEM, TODAY, boss, firm, person
from yishi.foundation.revisions.errors import FieldError

pytestmark = pytest.mark.django_db


def foreigner(number: str, name: str = "John Simulated") -> Party:
    raw = services.PartyInput(name, number, "passport")
    return services.find_or_create(raw, actor=SYSTEM, purpose=PURPOSE, now=NOW)[0]


def merge(kept: Party, merged: Party) -> PartyMerge:
    return services.merge(kept, merged, "同一人换发护照", actor=SYSTEM, now=NOW)


def found(number: str) -> Any:
    return services.by_identifier("passport", number, actor=SYSTEM, purpose=PURPOSE, now=NOW)


def test_both_numbers_lead_to_one_file_and_undoing_gives_it_back() -> None:
    one, other = foreigner("E11111111"), foreigner("E22222222")
    raw = services.MaterialInput("id_card", "证件")
    paper = services.record_material(other, raw, actor=SYSTEM, now=NOW)
    merging = merge(one, other)
    assert found("E22222222") == found("E11111111") == one
    one.refresh_from_db()
    assert services.held(one, TODAY) == [paper]
    services.undo(merging, "并非同一人", actor=SYSTEM, now=NOW)
    assert found("E22222222") == other
    other.refresh_from_db()
    one.refresh_from_db()
    assert services.held(other, TODAY) == [paper]
    assert services.held(one, TODAY) == []
    with pytest.raises(FieldError, match="已经撤销"):
        services.undo(merging, "x", actor=SYSTEM, now=NOW)


def test_merges_are_undone_in_their_reverse_order() -> None:
    one, two, three = (foreigner(f"E{n}{n}{n}{n}{n}{n}") for n in (1, 2, 3))
    first, second = merge(two, one), merge(three, two)
    assert Party.objects.filter(file=three).count() == 3
    with pytest.raises(FieldError, match="后一次合并"):
        services.undo(first, "x", actor=SYSTEM, now=NOW)
    services.undo(second, "x", actor=SYSTEM, now=NOW)
    services.undo(first, "x", actor=SYSTEM, now=NOW)
    assert all(party.file_id == party.pk for party in Party.objects.all())


def test_two_with_a_number_of_their_own_are_two() -> None:
    with pytest.raises(FieldError, match="不是同一主体"):
        merge(person(0), person(1))
    with pytest.raises(FieldError, match="不是同一主体"):
        merge(firm(0), firm(1))


def test_after_a_wrong_number_was_ended_they_may_be_one() -> None:
    one, wrong = person(0), person(1)
    services.end_identifier(
        Identifier.objects.get(party=wrong), TODAY, "登记错误", actor=SYSTEM, now=NOW
    )
    merge(one, wrong)
    assert Party.objects.filter(file=one).count() == 2


@pytest.mark.parametrize("kind", ["same", "kinds"])
def test_what_cannot_be_one_names_the_field(kind: str) -> None:
    one = person()
    with pytest.raises(FieldError) as refused:
        merge(one, one if kind == "same" else firm())
    assert refused.value.field == "merged"


def test_a_person_who_was_two_acts_for_both_principals() -> None:
    company, one, other = firm(), foreigner("E11111111"), foreigner("E22222222")
    boss(company, other)
    merge(one, other)
    one.refresh_from_db()
    (mandate,) = services.acts_for(one, TODAY)
    assert (mandate.kind, mandate.principal_id) == (Mandate.LEGAL, company.id)


def test_a_company_that_absorbs_another_stays_a_party_of_its_own() -> None:
    old, new = firm(0), firm(1)
    on = TODAY - timedelta(days=3)
    services.succeed(old, new, "absorbed", on, "合并协议", actor=SYSTEM, now=NOW)
    old.refresh_from_db()
    assert (old.state, old.ended_on, old.file_id) == ("ended", on, old.id)
    assert services.predecessors([new.id]) == [old.id]
    with pytest.raises(FieldError, match="承继关系"):
        services.merge(new, old, "x", actor=SYSTEM, now=NOW)
    with pytest.raises(FieldError, match="已终止"):
        services.succeed(new, old, "absorbed", on, "x", actor=SYSTEM, now=NOW)


def test_a_company_split_off_takes_nothing_over_while_the_old_one_goes_on() -> None:
    old, new = firm(0), firm(1)
    services.succeed(old, new, "divided", TODAY, "分立协议", actor=SYSTEM, now=NOW)
    old.refresh_from_db()
    assert old.state == "active"
    assert services.predecessors([new.id]) == []
