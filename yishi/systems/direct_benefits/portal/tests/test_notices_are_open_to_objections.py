"""公示: names of the self-employed are masked; an objection suspends one and lets the others go."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from yishi.systems.direct_benefits.models import Objection
from yishi.systems.direct_benefits.portal.tests.block import Block, text

pytestmark = pytest.mark.django_db
SAID = {"name": "王模拟", "contact": "16000001234", "reason": "该企业已经迁出本市"}


@pytest.fixture
def block(city: None, settings: Any) -> Block:
    settings.DEMO = True
    return Block()


def test_a_list_is_public_from_its_notice_on(block: Block) -> None:
    address = reverse("policies:notice", args=[block.batch.number])
    assert Client().get(address).status_code == 404
    block.noticed()
    page = text(Client().get(address))
    assert block.firms[0].name in page and "12,345.67" in page
    assert address in text(Client().get(reverse("policies:notices")))


def test_names_of_the_self_employed_are_masked_and_not_found_by(block: Block) -> None:
    block.noticed()
    address = reverse("policies:notice", args=[block.batch.number])
    page = text(Client().get(address))
    assert block.shop.name not in page and "襄**" in page
    found = text(Client().get(address, {"q": block.shop.name}))
    assert "没有找到" in found
    assert block.firms[0].name in text(Client().get(address, {"q": block.firms[0].name}))


def test_an_objection_suspends_one_and_lets_the_others_go(block: Block) -> None:
    block.noticed()
    target = block.payouts()[0]
    address = reverse("policies:object", args=[block.batch.number, target.pk])
    answer = Client().post(address, SAID)
    assert answer.status_code == 302
    (made,) = Objection.objects.unscoped("test")
    assert made.payout_id == target.pk and "16000001234" not in made.sealed
    assert sorted(one.state for one in block.payouts()) == ["noticed", "noticed", "suspended"]
    done = text(Client().get(answer.headers["Location"]))
    assert made.number in done
    page = text(Client().get(reverse("policies:notice", args=[block.batch.number])))
    assert "核实中" in page and "16000001234" not in page and "迁出" not in page


@pytest.mark.parametrize("field", ["name", "contact", "reason"])
def test_what_is_missing_is_named_and_nothing_is_suspended(block: Block, field: str) -> None:
    block.noticed()
    target = block.payouts()[0]
    address = reverse("policies:object", args=[block.batch.number, target.pk])
    answer = Client().post(address, {**SAID, field: ""})
    assert answer.status_code == 422 and answer.context["form"].errors.keys() == {field}
    assert {one.state for one in block.payouts()} == {"noticed"}


def test_whoever_is_on_no_notice_cannot_be_objected_to(block: Block) -> None:
    block.noticed()
    address = reverse("policies:object", args=[block.batch.number, 999_999_999])
    assert Client().post(address, SAID).status_code == 404
    assert Client().get("/policies/notices/nonsense/").status_code == 404
