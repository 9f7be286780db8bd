"""The scenarios of §S9.9 that fulfilment answers for, under their numbers, with variations."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.credit import records
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.records import RecordInput
from yishi.foundation.ledger import budgets
from yishi.foundation.parties import naming
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.catalogue import Notice
from yishi.systems.direct_benefits.context import city
from yishi.systems.direct_benefits.demo_firms import account
from yishi.systems.direct_benefits.models import Payout
from yishi.systems.direct_benefits.payments.models import PayeeAccount, PaymentLine
from yishi.systems.direct_benefits.runs.models import Candidate
from yishi.systems.direct_benefits.services import (
    deadlines,
    funding,
    listing,
    noticing,
    opening,
    paying,
)
from yishi.systems.direct_benefits.tests import street, town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("city")]


def listed_as_serious(payout: Payout, now: datetime, number: str = "1") -> CreditRecord:
    """The party comes onto a serious list."""
    return records.add(
        RecordInput(
            kind="listing",
            list_key="serious_market",
            authority="市场监督管理局（模拟）",
            document_no=f"襄市监列〔2026〕{number}号",
            document_date=now.date(),
            summary="列入严重违法失信名单（模拟）",
            party=payout.party,
            simulated=True,
        ),
        town.officer(),
        now,
    )


@pytest.mark.parametrize(
    ("posted", "mode", "last"),
    [
        ("2026-04-29", "INCLUSIVE", "2026-05-08"),
        ("2026-04-29", "EXCLUSIVE", "2026-05-09"),
        ("2026-09-18", "INCLUSIVE", "2026-09-23"),
        ("2026-09-18", "EXCLUSIVE", "2026-09-24"),
        ("2026-02-13", "EXCLUSIVE", "2026-02-27"),
    ],
)
def test_s9_a10_and_a11_a_notice_counts_working_days(posted: str, mode: str, last: str) -> None:
    end = noticing.until(active_calendar(), town.at(posted), Notice(5, "wd", mode))
    assert end.isoformat().startswith(f"{last}T23:59:59")
    assert noticing.first_payment_day(end) == date.fromisoformat(last) + timedelta(days=1)


def test_s9_a10_nothing_is_ordered_before_the_day_after_the_notice() -> None:
    now = town.at("2026-04-29", 9)
    batch = street.opened(now=now)
    listing.confirm(town.officer(), batch.number, None, now)
    batch = noticing.post_notice(town.officer(), batch.number, now)
    assert batch.notice_until is not None
    last = batch.notice_until
    assert (last.date(), batch.notice_mode) == (date(2026, 5, 8), "INCLUSIVE")
    with pytest.raises(FieldError, match="公示期未满"):
        funding.ask_funds(town.officer(), batch.number, last)
    midnight = last + timedelta(microseconds=1)
    assert funding.ask_funds(town.officer(), batch.number, midnight).state == "funds_asked"
    made = paying.order_payment(town.maker(), batch.number, midnight)
    assert made.new == 3
    first = PaymentLine.objects.unscoped("the test").first()
    assert first is not None and first.not_before == date(2026, 5, 9)


def test_a_notice_past_the_published_calendar_is_not_guessed() -> None:
    from yishi.foundation.calendars.days import CalendarError

    with pytest.raises(CalendarError):
        noticing.until(active_calendar(), town.at("2031-04-29"), Notice(5, "wd", "INCLUSIVE"))


def test_s9_a13_a_short_budget_is_shared_to_the_fen() -> None:
    claims = [100_000_000, 233_333_333, 291_666_667]
    batch = street.asked(claims, budget=500_000_000)
    got = [one.amount_fen for one in town.batch_payouts(batch)]
    assert got == [80_000_000, 186_666_666, 233_333_334]
    assert sum(got) == 500_000_000
    assert batch.short == {"claimed": sum(claims), "available": 500_000_000}
    assert batch.budget_line_id is not None
    figures = budgets.state(batch.budget_line_id)
    assert (figures.available, figures.reserved) == (0, 500_000_000)
    assert {one.reason for one in town.batch_payouts(batch)} == {funding.SHORT}


def test_a_second_batch_of_the_line_gets_what_the_first_left() -> None:
    first = street.asked([60_000], budget=100_000)
    more = town.enterprises(2, 100)
    assert first.run_id is not None
    version = first.item_version
    town.candidates(first.run, version, {one.pk: 30_000 for one in more})
    second = opening.supplement(town.officer(), first.number, first.run_id, street.ASKED)
    listing.confirm(town.officer(), second.number, None, street.ASKED)
    noticing.post_notice(town.officer(), second.number, street.ASKED)
    second = funding.ask_funds(town.officer(), second.number, town.at("2026-06-20"))
    assert [one.amount_fen for one in town.batch_payouts(second)] == [20_000, 20_000]
    more = town.enterprises(1, 200)
    town.candidates(first.run, version, {more[0].pk: 30_000})
    third = opening.supplement(town.officer(), first.number, first.run_id, street.ASKED)
    listing.confirm(town.officer(), third.number, None, street.ASKED)
    noticing.post_notice(town.officer(), third.number, street.ASKED)
    with pytest.raises(FieldError, match="预算已用完"):
        funding.ask_funds(town.officer(), third.number, town.at("2026-06-20"))
    assert town.states(third) == ["noticed"]


def test_an_item_without_a_budget_line_asks_for_nothing() -> None:
    batch = street.noticed(budget=0)
    with pytest.raises(FieldError, match="没有预算项"):
        funding.ask_funds(town.officer(), batch.number, street.ASKED)


def test_s9_a17_who_is_listed_on_day_three_is_taken_off_and_the_others_are_paid() -> None:
    batch = street.noticed()
    first, *_others = town.batch_payouts(batch)
    listed_as_serious(first, town.at("2026-06-05"))
    batch = funding.ask_funds(town.officer(), batch.number, street.ASKED)
    assert town.states(batch) == ["struck", "funds_asked", "funds_asked"]
    struck = town.batch_payouts(batch)[0]
    assert struck.reason_code == "credit"
    assert "市场监督管理局" in struck.reason
    made = paying.order_payment(town.maker(), batch.number, street.ASKED)
    town.send(made.order, street.SENT)
    town.bank_says(town.booked(town.batch_payouts(batch)[1:]), town.at("2026-06-11"))
    assert town.states(batch) == ["struck", "paid", "paid"]


def test_s9_a17_who_is_off_the_list_again_comes_in_a_supplementary_batch() -> None:
    batch = street.noticed()
    first = town.batch_payouts(batch)[0]
    record = listed_as_serious(first, town.at("2026-06-05"))
    funding.ask_funds(town.officer(), batch.number, street.ASKED)
    later = town.at("2026-07-01")
    assert batch.run_id is not None
    with pytest.raises(FieldError, match="没有新的名单"):
        opening.supplement(town.officer(), batch.number, batch.run_id, later)
    records.delete(record, "annulled", later.date(), town.officer(), later)
    more = opening.supplement(town.officer(), batch.number, batch.run_id, later)
    assert (more.kind, more.parent_id, more.counts) == ("supplementary", batch.pk, {"listed": 1})
    assert town.batch_payouts(more)[0].party_id == first.party_id


def test_s9_a17_when_the_item_lapsed_nobody_comes_again() -> None:
    batch = street.noticed()
    first = town.batch_payouts(batch)[0]
    record = listed_as_serious(first, town.at("2026-06-05"))
    funding.ask_funds(town.officer(), batch.number, street.ASKED)
    records.delete(record, "annulled", date(2026, 7, 1), town.officer(), town.at("2026-07-01"))
    assert batch.run_id is not None
    with pytest.raises(FieldError, match="没有新的名单"):
        opening.supplement(town.officer(), batch.number, batch.run_id, town.at("2027-07-01"))


def test_s9_a17_listed_between_order_and_file_the_payment_does_not_go_out() -> None:
    batch = street.asked()
    made = paying.order_payment(town.maker(), batch.number, street.ASKED)
    listed_as_serious(town.batch_payouts(batch)[0], street.ASKED)
    with pytest.raises(FieldError):
        town.send(made.order, street.SENT)


def test_s9_a19_another_name_on_the_account_holds_the_money() -> None:
    firms = town.enterprises(2)
    wrong = "襄阳某某有限公司一分厂"
    PayeeAccount.objects.unscoped("the test").filter(party=firms[0]).update(
        state="closed", reason="测试"
    )
    other = account(firms[0].pk, wrong, "622000000001", town.START, state="held")
    other.match, other.reason = PayeeAccount.OTHER, "账户待核实：户名与登记名称不一致"
    other.save(force_insert=True)
    batch = street.opened([10_000, 20_000], firms=firms)
    done = listing.confirm(town.officer(), batch.number, None, street.CONFIRMED)
    assert (done.passed, done.held) == (1, 1)
    by_party = {one.party_id: one for one in town.batch_payouts(batch)}
    held = by_party[firms[0].pk]
    assert (held.state, held.reason_code) == ("held", "account")
    assert "账户待核实" in held.reason
    noticing.post_notice(town.officer(), batch.number, street.NOTICED)
    funding.ask_funds(town.officer(), batch.number, street.ASKED)
    made = paying.order_payment(town.maker(), batch.number, street.ASKED)
    assert made.new == 1


def test_s9_a19_a_verified_account_lets_it_go_on_from_where_it_was() -> None:
    batch = street.noticed()
    first = town.batch_payouts(batch)[0]
    rows = PayeeAccount.objects.unscoped("the test").filter(party=first.party)
    rows.update(state="held", reason="账户待核实：银行退回")
    batch = funding.ask_funds(town.officer(), batch.number, street.ASKED)
    assert town.states(batch) == ["held", "funds_asked", "funds_asked"]
    assert town.batch_payouts(batch)[0].reserved
    rows.update(state="verified", reason="")
    listing.release(town.officer(), batch.number, None, street.ASKED)
    assert town.states(batch) == ["funds_asked"] * 3


def test_s9_a20_the_batch_run_twice_pays_nobody_twice() -> None:
    batch = street.ordered()
    assert paying.order_payment(town.maker(), batch.number, street.SENT).new == 0
    assert batch.run_id is not None
    with pytest.raises(FieldError, match="没有新的名单"):
        opening.open_batch(town.officer(), "test-award", "2026", batch.run_id, street.SENT)
    rows = PaymentLine.objects.unscoped("the test")
    assert rows.filter(about_kind="payout").count() == 3


def test_s9_a22_what_is_due_after_a_policy_was_signed() -> None:
    now = town.at("2026-03-02")
    tasks = {one.step: one.due for one in deadlines.of_new_policy(date(2026, 3, 2), now)}
    assert tasks["item_list"] == date(2026, 3, 11)
    assert deadlines.quick_paid_by(date(2026, 3, 2), now) == date(2026, 5, 28)


def test_s9_a23_what_is_due_after_a_policy_was_repealed() -> None:
    tasks = {
        one.step: one.due for one in deadlines.of_repeal(date(2026, 9, 30), town.at("2026-09-30"))
    }
    assert tasks == {"update": date(2026, 10, 10), "guide": date(2026, 10, 20)}


def test_the_limits_of_the_steps_are_the_citys() -> None:
    limits = city().limits_at(town.START)[1].limits
    assert {step: (one.days, one.unit) for step, one in limits.items()} == {
        "item_list": (7, "wd"),
        "update": (3, "wd"),
        "guide": (10, "wd"),
        "review": (5, "wd"),
        "quick": (60, "wd"),
        "pay": (7, "calendar"),
        "objection": (5, "wd"),
        "views": (10, "wd"),
    }


def test_a_candidate_that_was_taken_up_says_so() -> None:
    batch = street.paid()
    rows = Candidate.objects.unscoped("the test").filter(item_key=batch.item_key)
    assert set(rows.values_list("state", flat=True)) == {"paid"}


def test_a_renamed_enterprise_is_held_until_its_account_bears_the_new_name() -> None:
    batch = street.noticed()
    first = town.batch_payouts(batch)[0]
    party = first.party
    party.name, party.name_since = "襄阳模拟改名有限公司", date(2026, 6, 5)
    party.name_hash = naming.name_hash(party.name)
    party.save()
    batch = funding.ask_funds(town.officer(), batch.number, street.ASKED)
    assert town.states(batch)[0] == "held"


def test_a_cancelled_enterprise_is_held_and_not_paid() -> None:
    batch = street.noticed()
    party = town.batch_payouts(batch)[0].party
    party.state, party.ended_on, party.end_reason = "ended", date(2026, 6, 5), "注销"
    party.save()
    batch = funding.ask_funds(town.officer(), batch.number, street.ASKED)
    held = town.batch_payouts(batch)[0]
    assert (held.state, held.reason_code) == ("held", "ended")
