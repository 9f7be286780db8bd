"""异议: one party waits, the others are paid; what was set aside for it is there afterwards."""

from __future__ import annotations

import pytest

from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.ledger import budgets
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits import keeping
from yishi.systems.direct_benefits.models import Batch, Objection
from yishi.systems.direct_benefits.services import funding, listing, objecting, paying
from yishi.systems.direct_benefits.sight import BatchNotFound
from yishi.systems.direct_benefits.tests import street, town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
WORDS = {"name": "竞争者", "contact": "16000000001", "reason": "该企业去年未达标"}


def objected(batch: Batch, place: int = 0) -> Objection:
    payout = town.batch_payouts(batch)[place]
    return objecting.object_to(batch.number, payout.pk, WORDS, town.at("2026-06-08"))


def test_the_others_are_paid_and_what_is_set_aside_is_paid_when_it_is_rejected() -> None:
    batch = street.noticed()
    objection = objected(batch)
    assert town.states(batch) == ["suspended", "noticed", "noticed"]
    assert objecting.unseal(objection) == WORDS
    assert "竞争者" not in objection.sealed
    batch = funding.ask_funds(town.officer(), batch.number, street.ASKED)
    assert town.states(batch) == ["suspended", "funds_asked", "funds_asked"]
    assert batch.budget_line_id is not None
    assert budgets.state(batch.budget_line_id).reserved == 60_000
    made = paying.order_payment(town.maker(), batch.number, street.ASKED)
    assert made.new == 2
    objecting.decide_objection(
        town.officer(), objection.number, False, "经核实符合条件", town.at("2026-06-12")
    )
    assert town.states(batch)[0] == "funds_asked"
    assert paying.order_payment(town.maker(), batch.number, town.at("2026-06-12")).new == 1


def test_when_it_is_upheld_the_party_is_struck_and_its_money_is_free_again() -> None:
    batch = street.noticed()
    objection = objected(batch)
    batch = funding.ask_funds(town.officer(), batch.number, street.ASKED)
    objecting.decide_objection(
        town.officer(), objection.number, True, "确未达标", town.at("2026-06-12")
    )
    struck = town.batch_payouts(batch)[0]
    assert (struck.state, struck.reason_code, struck.reserved) == ("struck", "objection", False)
    assert "确未达标" in struck.reason
    assert batch.budget_line_id is not None
    assert budgets.state(batch.budget_line_id).reserved == 50_000


def test_rejected_within_the_notice_it_is_on_notice_again() -> None:
    batch = street.noticed()
    one, two = objected(batch), objected(batch)
    objecting.decide_objection(town.officer(), one.number, False, "不成立", town.at("2026-06-09"))
    assert town.states(batch)[0] == "suspended", "another objection is still open"
    objecting.decide_objection(town.officer(), two.number, False, "不成立", town.at("2026-06-09"))
    assert town.states(batch)[0] == "noticed"
    with pytest.raises(FieldError, match="已有结论"):
        objecting.decide_objection(town.officer(), two.number, True, "成立", town.at("2026-06-09"))


def test_a_short_budget_keeps_the_share_of_whoever_waits() -> None:
    batch = street.noticed([50_000, 50_000], budget=50_000)
    objection = objected(batch)
    batch = funding.ask_funds(town.officer(), batch.number, street.ASKED)
    assert [one.amount_fen for one in town.batch_payouts(batch)] == [25_000, 25_000]
    objecting.decide_objection(
        town.officer(), objection.number, False, "不成立", town.at("2026-06-12")
    )
    made = paying.order_payment(town.maker(), batch.number, town.at("2026-06-12"))
    assert made.order.total_fen == 50_000


@pytest.mark.parametrize("missing", ["contact", "reason"])
def test_bad_input_names_the_field(missing: str) -> None:
    batch = street.noticed([10_000])
    payout = town.batch_payouts(batch)[0]
    with pytest.raises(FieldError) as refused:
        objecting.object_to(batch.number, payout.pk, {**WORDS, missing: " "}, town.at("2026-06-08"))
    assert refused.value.field == missing


def test_only_during_the_notice_and_only_to_who_is_on_it() -> None:
    batch = street.noticed([10_000])
    payout = town.batch_payouts(batch)[0]
    with pytest.raises(FieldError, match="公示期已结束"):
        objecting.object_to(batch.number, payout.pk, WORDS, street.ASKED)
    with pytest.raises(FieldError, match="没有该企业"):
        objecting.object_to(batch.number, payout.pk + 1, WORDS, town.at("2026-06-08"))
    early = street.opened([10_000], key="early", start=40)
    with pytest.raises(BatchNotFound):
        objecting.object_to(early.number, payout.pk, WORDS, town.at("2026-06-08"))


def test_another_department_does_not_see_the_objection() -> None:
    batch = street.noticed([10_000])
    objection = objected(batch)
    with pytest.raises(CaseNotFound):
        objecting.decide_objection(
            town.officer("commerce"), objection.number, True, "成立", town.at("2026-06-09")
        )


def test_who_objected_is_erased_and_the_finding_stays() -> None:
    batch = street.noticed([10_000])
    objection = objected(batch)
    objecting.decide_objection(
        town.officer(), objection.number, True, "确未达标", town.at("2026-06-09")
    )
    assert keeping.PART.erase([objection.payout.case_id]) == 1
    objection.refresh_from_db()
    assert (objection.sealed, objection.finding) == ("", "确未达标")
    assert objecting.unseal(objection) == {}


def test_a_department_strikes_with_a_reason_only() -> None:
    batch = street.opened()
    ids = town.ids(town.batch_payouts(batch)[:1])
    with pytest.raises(FieldError) as refused:
        listing.strike(town.officer(), batch.number, ids, " ", street.CONFIRMED)
    assert refused.value.field == "reason"
    listing.strike(town.officer(), batch.number, ids, "认定文件已撤回", street.CONFIRMED)
    assert town.states(batch) == ["struck", "listed", "listed"]
    with pytest.raises(FieldError) as refused:
        listing.strike(town.officer(), batch.number, ids, "再次", street.CONFIRMED)
    assert refused.value.field == "payouts"
