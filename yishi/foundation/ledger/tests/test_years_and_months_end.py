"""The year ends with carry-over and lapse, the month with a close that nobody undoes."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from yishi.foundation.ledger import budgets, periods, trial, verifying, vouchers, year_end
from yishi.foundation.ledger.budgets import Figures, Item
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.models import Account, BudgetLine, Period, Transfer
from yishi.foundation.ledger.tests.making import BY, COUNTY, at, line

pytestmark = pytest.mark.django_db
NOW, EVE, JANUARY = at(), at("2026-12-31 18:00"), at("2027-01-10 09:00")


def again(one: BudgetLine) -> BudgetLine:
    found: BudgetLine = BudgetLine.objects.unscoped("test").get(pk=one.pk)
    return found


def spent() -> BudgetLine:
    """200 reserved, 300 committed, 100 paid, 400 available of 1000."""
    one = line(1000)
    budgets.reserve(one, [Item("R", 200), Item("C", 300), Item("P", 100)], NOW)
    budgets.commit(one, [Item("C", 300), Item("P", 100)], NOW)
    budgets.pay(one, [Item("P", 100)], NOW)
    return one


def next_year(code: str = "2027-T-1", **more: Any) -> BudgetLine:
    return line(0, code, year=2027, **more)


def test_what_is_left_lapses_and_nothing_enters_the_year_any_more() -> None:
    one = line(1000)
    budgets.reserve(one, [Item("P", 100)], NOW)
    with pytest.raises(LedgerError) as caught:
        year_end.lapse(2026, "收回1号", BY, EVE)
    assert caught.value.code == "state"
    assert one.code in caught.value.message
    budgets.release(one, [Item("P", 100)], NOW)
    assert year_end.lapse(2026, "收回1号", BY, EVE) == {one.code: 1000}
    assert budgets.state(one) == Figures(granted=1000, lapsed=1000)
    assert year_end.lapse(2026, "收回1号", BY, EVE) == {}
    late: list[Callable[[], object]] = [
        lambda: budgets.reserve(again(one), [Item("N", 1)], JANUARY),
        lambda: budgets.add(again(one), 5, "迟到的追加", BY, JANUARY),
        lambda: budgets.add(one, 5, "迟到的追加", BY, JANUARY),
    ]
    for act in late:
        with pytest.raises(LedgerError) as caught:
            act()
        assert caught.value.code in ("state", "account_closed")


def test_a_year_is_not_wound_up_before_it_ends() -> None:
    one, two = line(1000), next_year()
    with pytest.raises(LedgerError):
        year_end.lapse(2026, "收回1号", BY, at("2026-12-30 23:59"))
    with pytest.raises(LedgerError):
        year_end.carry_over(one, two, "结转1号", BY, NOW)
    for wrong in (
        line(0, "Y", year=2028),
        line(0, "Z", year=2027, area=COUNTY),
    ):
        with pytest.raises(LedgerError) as caught:
            year_end.carry_over(one, wrong, "结转1号", BY, EVE)
        assert caught.value.field == "to"


def test_what_was_promised_goes_on_in_the_next_year() -> None:
    one, two = spent(), next_year()
    assert year_end.carry_over(one, two, "结转1号", BY, EVE, available=150) == 650
    assert year_end.carry_over(one, two, "结转1号", BY, EVE, available=150) == 0
    assert budgets.state(one) == Figures(granted=1000, paid=100, carried=650, lapsed=250)
    assert budgets.state(two) == Figures(granted=650, available=150, reserved=200, committed=300)
    old = again(one)
    budgets.pay(old, [Item("C", 300)], JANUARY)
    budgets.commit(old.pk, [Item("R", 200)], JANUARY)
    assert budgets.pay(old, [Item("P", 100)], JANUARY).known == 1
    assert budgets.state(two) == Figures(granted=650, available=150, committed=200, paid=300)
    # What comes back goes to the line that paid it: C to the new year, P to the old one's treasury.
    budgets.give_back(old, [Item("C", 300), Item("P", 100)], JANUARY)
    assert (budgets.state(two).returned, budgets.state(one).returned) == (300, 100)
    budgets.pay_again(old, [Item("C:2", 300, of="C")], JANUARY)
    budgets.release(old, [Item("P:off", 100, of="P")], JANUARY, of="returned")
    assert budgets.state(one) == Figures(granted=1000, recovered=100, carried=650, lapsed=250)
    budgets.claw_back(old, [Item("K", 50, of="C")], JANUARY)
    assert budgets.state(two).available == 200
    assert verifying.verify().problems == ()


def test_the_end_of_a_year_is_booked_in_december_and_the_new_one_in_january() -> None:
    one, two = spent(), next_year()
    year_end.carry_over(one, two, "结转1号", BY, JANUARY, available=150)
    rows = Transfer.objects.unscoped("test").filter(key__startswith="carry:")
    assert {key[-3:]: month for key, month in rows.values_list("key", "period_id")} == {
        "out": "2026-12",
        ":in": "2027-01",
    }
    late = line(1000, "2026-T-2")
    for key in ("2026-01", "2026-11", "2026-12"):
        periods.close(key, BY, JANUARY)
    year_end.lapse(2026, "收回1号", BY, JANUARY)
    assert Transfer.objects.unscoped("test").get(key=f"lapse:{late.pk}").period_id == "2027-01"
    assert verifying.verify().problems == ()


def test_money_clawed_back_after_the_year_goes_to_the_treasury() -> None:
    one = line(1000)
    for step in (budgets.reserve, budgets.commit, budgets.pay):
        step(one, [Item("P", 100)], NOW)
    year_end.lapse(2026, "收回1号", BY, EVE)
    budgets.claw_back(again(one), [Item("K", 60)], JANUARY)
    assert budgets.state(one) == Figures(granted=1000, paid=40, lapsed=900, recovered=60)


def test_a_month_is_closed_once_in_order_and_for_good() -> None:
    one = spent()
    for key, now, code in (
        ("2026-11", NOW, "period_order"),
        ("2026-11", JANUARY, "period_order"),
        ("2026-13", JANUARY, "invalid"),
    ):
        with pytest.raises(LedgerError) as caught:
            periods.close(key, BY, now)
        assert caught.value.code == code
    periods.close("2026-01", BY, JANUARY)
    closed = periods.close("2026-11", BY, JANUARY)
    assert (closed.transfers, closed.amount) == (6, Decimal(600 + 400 + 100))
    with pytest.raises(LedgerError) as caught:
        periods.close("2026-11", BY, JANUARY)
    assert caught.value.code == "period_closed"
    with pytest.raises(LedgerError):
        budgets.reserve(one, [Item("late", 1)], NOW)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_period SET closed_at = NULL, closed_by = '', hash = ''")
    budgets.reserve(one, [Item("in time", 1)], JANUARY)
    assert verifying.verify().problems == ()
    assert verifying.verify().periods == 2


def test_the_trial_balance_is_the_same_before_and_after_closing_and_balances() -> None:
    spent()
    accounts = list(Account.objects.unscoped("test").order_by("code"))
    before = trial.of_accounts("2026-11", accounts)
    for key in ("2026-01", "2026-11"):
        periods.close(key, BY, JANUARY)
    after = trial.of_accounts("2026-11", accounts)
    assert before == after
    assert sum(row.debits for row in after) == sum(row.credits for row in after)
    sides = [row.closing if row.account.side == "debit" else -row.closing for row in after]
    assert sum(sides) == 0
    available = next(row for row in after if row.account.code.endswith(".available"))
    assert (available.opening, available.debits, available.closing) == (1000, 600, 400)
    later = trial.of_accounts("2026-12", accounts)
    assert [row.opening for row in later] == [row.closing for row in after]


def test_closing_looks_at_the_books_first(monkeypatch: pytest.MonkeyPatch) -> None:
    spent()
    found = verifying.Verified(1, 1, 0, ("科目 X：合计与分录不符",))
    monkeypatch.setattr(verifying, "verify", lambda: found)
    with pytest.raises(LedgerError) as caught:
        periods.close("2026-01", BY, JANUARY)
    assert caught.value.code == "broken"
    assert not Period.objects.filter(closed_at__isnull=False).exists()


def test_verify_finds_what_was_changed_behind_the_rules() -> None:
    one = spent()
    for key in ("2026-01", "2026-11"):
        periods.close(key, BY, JANUARY)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ledger_transfer DISABLE TRIGGER USER")
        cursor.execute("UPDATE ledger_transfer SET amount = amount + 1 WHERE key = 'pay:P'")
        cursor.execute("ALTER TABLE ledger_transfer ENABLE TRIGGER USER")
    told = "；".join(verifying.verify().problems)
    assert f"科目 {one.code}.paid：合计与分录不符" in told
    assert "期间 2026-11：分录与结账时不同" in told


def test_vouchers_balance_sum_up_a_batch_and_keep_their_numbers() -> None:
    one = line(100000, area=COUNTY, shares={"city": 60, "county": 40})
    items = [Item(f"P{i}", 100, text="支付 XY-2026-017 第1批（示意）") for i in range(100)]
    for step in (budgets.reserve, budgets.commit, budgets.pay):
        step(one, items, NOW)
    budgets.add(one, 500, "=追加文件", BY, at("2026-11-21 09:00"))
    found = vouchers.of_period("2026-11")
    assert [voucher.number for voucher in found] == [
        f"记-420606-202611-{i:04d}" for i in (1, 2, 3, 4)
    ]
    paid = found[2]
    assert paid.summary == "支付：支付 XY-2026-017 第1批（示意）"
    assert (paid.count, paid.total) == (200, 10000 + 6000)
    assert [(x.code.rpartition(".")[2], x.debit, x.credit) for x in paid.lines] == [
        ("committed", 10000, 0),
        ("claim", 6000, 0),
        ("paid", 0, 10000),
        ("debt", 0, 6000),
    ]
    assert (paid.lines[0].functional, paid.lines[0].economic) == ("2150805", "50701")
    for voucher in found:
        assert sum(x.debit for x in voucher.lines) == sum(x.credit for x in voucher.lines)
    text = vouchers.csv_bytes(found).decode("utf-8-sig").splitlines()
    assert text[0].startswith("凭证号,日期,摘要")
    assert text[1].split(",")[7:] == ["100.00", "", "100"]
    periods.close("2026-01", BY, JANUARY)
    periods.close("2026-11", BY, JANUARY)
    assert vouchers.of_period("2026-11") == found


def test_a_transfer_booked_into_another_month_is_dated_in_it() -> None:
    from yishi.foundation.ledger.posting import Entry, post

    one = line(1000)
    pair = one.accounts["available"], one.accounts["reserved"]
    post([Entry(*pair, 5, "late:1", period="2026-12")], JANUARY)
    (voucher,) = vouchers.of_period("2026-12")
    assert voucher.day.isoformat() == "2026-12-31"
    assert voucher.summary == "转账"
