"""退票 and 追回: what the bank returned is paid again; what was paid wrongly is claimed back."""

from __future__ import annotations

from typing import Any

import pytest

from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.ledger import budgets
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.models import Batch, Clawback, Payout, Repayment
from yishi.systems.direct_benefits.payments.models import PayeeAccount
from yishi.systems.direct_benefits.services import clawing, listing, paying
from yishi.systems.direct_benefits.tests import street, town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]
NOTICE: dict[str, Any] = {
    "ground": "wrong_data",
    "erred": "administration",
    "facts": "数据源重复计数（模拟）",
    "basis": "第九条",
}
DECISION: dict[str, Any] = {
    "decision": "多付部分应予退还（模拟）",
    "plan": [{"due": "2026-09-30", "fen": 4_000}, {"due": "2026-12-31", "fen": 6_000}],
}


def figures(batch: Batch) -> budgets.Figures:
    assert batch.budget_line_id is not None
    return budgets.state(batch.budget_line_id)


def test_a_return_is_booked_and_paid_again_to_a_verified_account() -> None:
    batch = street.ordered()
    payouts = town.batch_payouts(batch)
    town.bank_says(town.booked(payouts), town.at("2026-06-11"))
    town.bank_says(town.returned(payouts[:1]), town.at("2026-06-12"), reason="账号不存在")
    back = town.batch_payouts(batch)[0]
    assert (back.state, back.paid_fen) == ("returned", 0)
    assert "账号不存在" in back.reason
    assert (figures(batch).paid, figures(batch).returned) == (50_000, 10_000)
    rows = PayeeAccount.objects.unscoped("the test").filter(party=back.party)
    rows.update(state="verified", reason="")
    made = paying.pay_again(town.maker(), batch.number, None, town.at("2026-06-15"))
    assert made.new == 1
    town.send(made.order, town.at("2026-06-15", 11))
    town.bank_says(town.booked([back]), town.at("2026-06-16"))
    assert town.states(batch) == ["paid"] * 3
    assert (figures(batch).paid, figures(batch).returned) == (60_000, 0)
    assert town.batch_payouts(batch)[0].attempts == 2


def test_there_is_no_second_payment_before_the_return_is_booked() -> None:
    batch = street.ordered()
    with pytest.raises(FieldError, match="没有可重新支付的"):
        paying.pay_again(town.maker(), batch.number, None, street.SENT)
    with pytest.raises(FieldError, match="没有可重新支付的"):
        paying.pay_again(
            town.maker(), batch.number, town.ids(town.batch_payouts(batch)), street.SENT
        )


def test_what_was_published_and_came_back_is_paid_again_too() -> None:
    batch = street.paid([10_000])
    paying.publish(town.officer(), batch.number, town.at("2026-06-12"))
    (one,) = town.batch_payouts(batch)
    town.bank_says(town.returned([one]), town.at("2026-06-15"))
    assert town.states(batch) == ["returned"]
    made = paying.pay_again(town.maker(), batch.number, None, town.at("2026-06-16"))
    town.send(made.order, town.at("2026-06-16", 11))
    town.bank_says(town.booked([one]), town.at("2026-06-17"))
    paying.publish(town.officer(), batch.number, town.at("2026-06-18"))
    assert town.states(batch) == ["done"]


def test_what_came_back_may_be_struck_and_the_money_is_free() -> None:
    batch = street.paid([10_000])
    (one,) = town.batch_payouts(batch)
    town.bank_says(town.returned([one]), town.at("2026-06-15"))
    listing.strike(
        town.officer(), batch.number, [one.pk], "企业已注销，无继受主体", town.at("2026-06-16")
    )
    assert town.states(batch) == ["struck"]
    assert (figures(batch).available, figures(batch).returned) == (100_000_000, 0)


def claimed(notice: dict[str, Any] = NOTICE, **more: Any) -> tuple[Batch, Payout, Clawback]:
    batch = street.paid([10_000, 20_000], **more)
    payout = next(one for one in town.batch_payouts(batch) if one.amount_fen == 10_000)
    claw = clawing.notice(town.officer(), payout.case.number, notice, town.at("2026-07-01"))
    return batch, payout, claw


def test_notice_hearing_decision_plan_and_repayment() -> None:
    batch, payout, claw = claimed()
    number = payout.case.number
    assert (claw.amount_fen, f"{claw.views_until:%Y-%m-%d}") == (10_000, "2026-07-15")
    with pytest.raises(MoveRefused, match="陈述申辩期限未满"):
        clawing.decide(town.officer(), number, DECISION, town.at("2026-07-02"))
    heard = clawing.views(
        town.owner(payout.party), number, "我方无过错，请求分期", town.at("2026-07-03")
    )
    assert clawing.said(heard) == "我方无过错，请求分期"
    assert "分期" not in heard.views_sealed
    decided = clawing.decide(town.officer(), number, DECISION, town.at("2026-07-04"))
    assert decided.credit_record is None, "an error of the administration is no fraud"
    clawing.repay(town.maker(), number, 4_000, "缴款书1", town.at("2026-09-01"))
    again = clawing.repay(town.maker(), number, 4_000, "缴款书1", town.at("2026-09-01"))
    assert (again.repaid_fen, Repayment.objects.count()) == (4_000, 1)
    with pytest.raises(FieldError, match="尚欠"):
        clawing.repay(town.maker(), number, 6_001, "缴款书2", town.at("2026-09-02"))
    done = clawing.repay(town.officer(), number, 6_000, "缴款书2", town.at("2026-09-02"))
    assert done.state == "repaid"
    payout.refresh_from_db()
    assert payout.state == "repaid"
    assert figures(batch).paid == 20_000


def test_only_fraud_of_the_party_makes_a_credit_record() -> None:
    fraud = {**NOTICE, "ground": "false_data", "erred": "party"}
    _batch, payout, _claw = claimed(fraud)
    number = payout.case.number
    claw = clawing.decide(town.officer(), number, DECISION, town.at("2026-07-20"))
    assert claw.credit_record is not None
    rows = CreditRecord.objects.unscoped("the test").filter(pk=claw.credit_record)
    assert [row.document_no for row in rows] == [claw.number]
    assert rows[0].party_id == payout.party_id


def test_set_off_only_where_item_and_law_allow_it() -> None:
    batch, payout, claw = claimed(clawback={"set_off": False, "basis": "第九条"})
    number = payout.case.number
    clawing.decide(town.officer(), number, DECISION, town.at("2026-07-20"))
    other = street.asked([50_000], firms=[payout.party], key="other")
    (against,) = town.batch_payouts(other)
    with pytest.raises(FieldError) as refused:
        clawing.set_off(town.officer(), number, against.pk, 4_000, "某法", town.at("2026-07-21"))
    assert refused.value.code == "not_allowed"
    assert claw.repaid_fen == 0 and batch.state == "paying"


def test_set_off_is_taken_from_another_payout_of_the_same_party() -> None:
    batch, payout, _claw = claimed()
    number = payout.case.number
    clawing.decide(town.officer(), number, DECISION, town.at("2026-07-20"))
    other = street.asked([50_000], firms=[payout.party], key="other")
    (against,) = town.batch_payouts(other)
    foreign = next(one for one in town.batch_payouts(batch) if one.pk != payout.pk)
    with pytest.raises(FieldError) as refused:
        clawing.set_off(town.officer(), number, foreign.pk, 4_000, "", town.at("2026-07-21"))
    assert refused.value.field == "against"
    claw = clawing.set_off(town.officer(), number, against.pk, 4_000, "", town.at("2026-07-21"))
    assert (claw.repaid_fen, Repayment.objects.get().law) == (4_000, "《示例条例》第九条（模拟）")
    assert figures(batch).paid == 26_000
    made = paying.order_payment(town.maker(), other.number, town.at("2026-07-22"))
    assert made.order.total_fen == 46_000
    town.send(made.order, town.at("2026-07-22", 11))
    town.bank_says(town.booked([against]), town.at("2026-07-23"))
    against.refresh_from_db()
    assert (against.state, against.paid_fen, against.set_off_fen) == ("paid", 46_000, 4_000)
    assert figures(other).paid == 50_000


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ground": "x"}, "ground"),
        ({"erred": ""}, "erred"),
        ({"facts": " "}, "facts"),
        ({"amount_fen": 10_001}, "amount_fen"),
        ({"amount_fen": 0}, "amount_fen"),
        ({"amount_fen": "abc"}, "amount_fen"),
    ],
)
def test_a_bad_notice_names_the_field(change: dict[str, Any], field: str) -> None:
    batch = street.paid([10_000])
    (one,) = town.batch_payouts(batch)
    with pytest.raises(FieldError) as refused:
        clawing.notice(town.officer(), one.case.number, {**NOTICE, **change}, town.at("2026-07-01"))
    assert refused.value.field == field
    assert town.states(batch) == ["paid"]


@pytest.mark.parametrize(
    "plan",
    [
        [],
        "2026-09-30",
        [{"due": "2026-09-30", "fen": 9_999}],
        [{"due": "2026-01-01", "fen": 10_000}],
        [{"due": "x", "fen": 10_000}],
        [{"due": "2026-09-30", "fen": -1}, {"due": "2026-10-30", "fen": 10_001}],
        [{"due": "2026-10-30", "fen": 5_000}, {"due": "2026-09-30", "fen": 5_000}],
    ],
)
def test_a_plan_has_days_in_order_and_adds_up(plan: Any) -> None:
    from datetime import date

    with pytest.raises(FieldError) as refused:
        clawing.plan_of(plan, 10_000, date(2026, 7, 1))
    assert refused.value.field == "plan"


def test_what_is_dropped_stands_and_can_be_claimed_again() -> None:
    _batch, payout, _claw = claimed()
    number = payout.case.number
    clawing.drop(town.officer(), number, "申辩成立", town.at("2026-07-04"))
    payout.refresh_from_db()
    assert payout.state == "done"
    again = clawing.notice(town.officer(), number, NOTICE, town.at("2026-08-01"))
    assert again.state == "noticed"


def test_when_the_bank_returns_it_the_claim_is_dropped() -> None:
    batch, payout, claw = claimed()
    town.bank_says(town.returned([payout]), town.at("2026-07-05"))
    payout.refresh_from_db()
    claw.refresh_from_db()
    assert (payout.state, claw.state) == ("returned", "dropped")
    assert figures(batch).returned == 10_000
