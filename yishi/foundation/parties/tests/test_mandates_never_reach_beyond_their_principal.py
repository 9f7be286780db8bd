"""Who acts for whom: given by those who may, within what they have, and over when it is over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from yishi.foundation.parties import services
from yishi.foundation.parties.models import Mandate, Party
from yishi.foundation.parties.tests.making import NOW, SYSTEM, TODAY, boss, firm, person
from yishi.foundation.revisions.errors import FieldError

pytestmark = pytest.mark.django_db
LATER = TODAY + timedelta(days=90)


def give(
    principal: Party, agent: Party, giver: Party | None, kind: str = "agent", **said: Any
) -> Mandate:
    raw = services.MandateInput(kind, **{"valid_to": LATER, **said})
    return services.give(principal, agent, raw, giver=giver, actor=SYSTEM, now=NOW)


def test_the_legal_representative_lets_an_agent_act_in_some_matters() -> None:
    company, chief, agent = firm(), person(0), person(1)
    boss(company, chief)
    mandate = give(company, agent, chief, scope=("food_business_licence",))
    assert services.authority(company, agent, ["food_business_licence"], TODAY) == mandate
    assert services.authority(company, agent, ["fire_check_before_opening"], TODAY) is None
    assert services.authority(company, agent, ["food_business_licence"], LATER) == mandate
    after = LATER + timedelta(days=1)
    assert services.authority(company, agent, ["food_business_licence"], after) is None


def test_nobody_gives_what_they_do_not_have() -> None:
    company, stranger, agent = firm(), person(0), person(1)
    with pytest.raises(FieldError) as refused:
        give(company, agent, stranger)
    assert refused.value.field == "giver"


def test_an_agent_passes_on_only_what_the_agent_may_and_not_longer() -> None:
    company, chief, agent, helper = firm(), person(0), person(1), person(2)
    boss(company, chief)
    give(company, agent, chief, scope=("a", "b"), may_pass_on=True)
    with pytest.raises(FieldError) as refused:
        give(company, helper, agent, scope=("a", "c"))
    assert refused.value.field == "giver"
    with pytest.raises(FieldError) as refused:
        give(company, helper, agent)  # all matters
    assert refused.value.field == "giver"
    with pytest.raises(FieldError) as refused:
        give(company, helper, agent, scope=("a",), valid_to=LATER + timedelta(days=1))
    assert refused.value.field == "valid_to"
    assert services.authority(company, helper, ["a"], TODAY) is None
    passed = give(company, helper, agent, scope=("a",))
    assert services.authority(company, helper, ["a"], TODAY) == passed


def test_without_leave_nothing_is_passed_on() -> None:
    company, chief, agent, helper = firm(), person(0), person(1), person(2)
    boss(company, chief)
    give(company, agent, chief)
    with pytest.raises(FieldError):
        give(company, helper, agent)


def test_what_was_passed_on_ends_with_what_it_was_passed_on_from() -> None:
    company, chief, agent, helper = firm(), person(0), person(1), person(2)
    boss(company, chief)
    first = give(company, agent, chief, may_pass_on=True)
    give(company, helper, agent)
    assert services.authority(company, helper, ["x"], TODAY) is not None
    services.revoke(first, "离职", actor=SYSTEM, now=NOW)
    assert services.authority(company, helper, ["x"], TODAY) is None
    with pytest.raises(FieldError, match="已经撤销"):
        services.revoke(first, "离职", actor=SYSTEM, now=NOW)


def test_a_new_legal_representative_ends_the_former_ones_term_and_not_the_agents() -> None:
    company, old, new, agent = firm(), person(0), person(1), person(2)
    boss(company, old)
    give(company, agent, old)
    boss(company, new)
    kinds = {m.agent_id: m.kind for m in services.mandates_of(company, TODAY)}
    assert kinds == {new.id: Mandate.LEGAL, agent.id: Mandate.AGENT}
    (given,) = [m for m in services.mandates_of(company, TODAY) if m.kind == Mandate.AGENT]
    assert services.may_revoke(given, new, TODAY)
    assert services.may_revoke(given, agent, TODAY)
    assert not services.may_revoke(given, person(3), TODAY)


def test_the_mandates_of_whoever_is_no_more_end_with_them() -> None:
    company, chief, agent = firm(), person(0), person(1)
    boss(company, chief)
    give(company, agent, chief)
    services.end(company, TODAY, "注销", actor=SYSTEM, now=NOW)
    assert services.mandates_of(company, TODAY) == []
    assert services.acts_for(agent, TODAY) == []


def test_a_person_lets_somebody_act_and_a_guardian_comes_from_papers() -> None:
    child, parent = person(0), person(1)
    assert give(child, parent, child).given_by == f"party:{child.id}"
    guardian = give(child, parent, None, kind="guardian", valid_to=None)
    assert services.authority(child, parent, ["x"], TODAY) == guardian
    with pytest.raises(FieldError, match="登记或证明材料"):
        give(child, parent, parent, kind="guardian")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "friend"}, "kind"),
        ({"scope": ()}, "scope"),
        ({"scope": ("x" * 65,)}, "scope"),
        ({"valid_to": TODAY - timedelta(days=1)}, "valid_to"),
        ({"valid_to": None}, "valid_to"),
        ({"kind": "guardian"}, "kind"),
    ],
)
def test_a_mandate_that_cannot_be_names_its_field(said: dict[str, Any], field: str) -> None:
    company = firm()
    with pytest.raises(FieldError) as refused:
        give(company, person(), None, **said)
    assert refused.value.field == field
    assert not Mandate.objects.exists()


def test_nobody_acts_for_themselves_and_only_people_act() -> None:
    who, company = person(), firm()
    for principal, agent in ((who, who), (company, firm(1))):
        with pytest.raises(FieldError) as refused:
            give(principal, agent, None)
        assert refused.value.field == "agent"


def test_the_database_keeps_one_legal_representative_and_terms_in_order() -> None:
    company, chief = firm(), person(0)
    mandate = boss(company, chief)
    twin = Mandate(
        **{
            **{f.attname: getattr(mandate, f.attname) for f in Mandate._meta.concrete_fields},
            "id": person(1).id,
            "agent_id": person(1).id,
        }
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        twin.save(force_insert=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Mandate.objects.filter(pk=mandate.pk).update(valid_to=date(2020, 1, 1))
