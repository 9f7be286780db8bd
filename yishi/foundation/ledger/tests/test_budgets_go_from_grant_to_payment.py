"""Budget lines: every step, refused where there is no money, repeated without effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError

from yishi.foundation.ledger import budgets, settling, verifying
from yishi.foundation.ledger.budgets import Figures, Item
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.models import BudgetChange, BudgetLine, Transfer
from yishi.foundation.ledger.settling import Due
from yishi.foundation.ledger.tests.making import BY, COUNTY, at, line

pytestmark = pytest.mark.django_db
NOW = at()


def code_of(act: Callable[[], object]) -> str:
    with pytest.raises(LedgerError) as caught:
        act()
    assert verifying.verify().problems == ()
    return caught.value.code


def test_money_goes_from_available_to_paid() -> None:
    one, item = line(1000), [Item("P1", 400, "payout", "1", "第1批")]
    assert budgets.state(one) == Figures(granted=1000, available=1000)
    budgets.reserve(one, item, NOW)
    assert budgets.state(one) == Figures(granted=1000, available=600, reserved=400)
    budgets.commit(one, item, NOW)
    budgets.pay(one.pk, item, NOW)
    assert budgets.state(one) == Figures(granted=1000, available=600, paid=400)
    assert budgets.states([one]) == {one.pk: budgets.state(one)}
    stored = Transfer.objects.unscoped("test").get(key="pay:P1")
    assert (stored.about_kind, stored.about_id, stored.text) == ("payout", "1", "第1批")


def test_a_step_that_is_repeated_changes_nothing() -> None:
    one, items = line(10000), [Item(f"P{i}", 100 + i) for i in range(50)]
    for step in (budgets.reserve, budgets.commit, budgets.pay):
        assert step(one, items, NOW).new == 50
        before = budgets.state(one)
        again = step(one, items, at("2026-12-03 09:00"))
        assert (again.new, again.known) == (0, 50)
        assert budgets.state(one) == before


def test_a_returned_payment_is_paid_again_released_or_clawed_back() -> None:
    one = line(1000)
    items = [Item("P1", 300), Item("P2", 200)]
    for step in (budgets.reserve, budgets.commit, budgets.pay, budgets.give_back):
        step(one, items, NOW)
    assert budgets.state(one) == Figures(granted=1000, available=500, returned=500)
    budgets.pay_again(one, [Item("P1:2", 300, of="P1")], NOW)
    budgets.release(one, [Item("P2", 200)], NOW, of="returned")
    assert budgets.state(one) == Figures(granted=1000, available=700, paid=300)
    budgets.claw_back(one, [Item("C1", 300, of="P1")], NOW)
    assert budgets.state(one) == Figures(granted=1000, available=1000)


def test_no_step_takes_more_than_the_pot_holds() -> None:
    one = line(1000)
    assert code_of(lambda: budgets.reserve(one, [Item("P1", 1001)], NOW)) == "floor"
    assert code_of(lambda: budgets.commit(one, [Item("P1", 1)], NOW)) == "floor"
    assert code_of(lambda: budgets.pay(one, [Item("P1", 1)], NOW)) == "floor"
    assert code_of(lambda: budgets.give_back(one, [Item("P1", 1)], NOW)) == "floor"
    assert code_of(lambda: budgets.pay_again(one, [Item("P1", 1)], NOW)) == "floor"
    assert code_of(lambda: budgets.claw_back(one, [Item("P1", 1)], NOW)) == "floor"
    assert code_of(lambda: budgets.release(one, [Item("P1", 1)], NOW)) == "floor"
    assert code_of(lambda: budgets.cut(one, 1001, "调减文件", BY, NOW)) == "floor"
    assert budgets.state(one) == Figures(granted=1000, available=1000)
    with pytest.raises(LedgerError):
        budgets.release(one, [Item("P1", 1)], NOW, of="paid")


def test_a_document_raises_or_cuts_a_line_once() -> None:
    one = line(1000)
    for _ in range(2):
        budgets.add(one, 500, "襄财预〔2026〕8号（示意）", BY, NOW)
        budgets.cut(one, 200, "襄财预〔2026〕9号（示意）", BY, NOW)
    assert budgets.state(one) == Figures(granted=1300, available=1300)
    assert code_of(lambda: budgets.add(one, 7, "襄财预〔2026〕8号（示意）", BY, NOW)) == "key_taken"
    kinds = BudgetChange.objects.unscoped("test").order_by("pk").values_list("kind", "amount")
    assert list(kinds) == [("grant", 1000), ("add", 500), ("cut", 200)]
    with pytest.raises(LedgerError) as caught:
        budgets.add(one, 5, "  ", BY, NOW)
    assert caught.value.field == "document"
    with pytest.raises(IntegrityError, match="append-only"):
        BudgetChange.objects.unscoped("test").update(amount=1)


def test_opening_the_same_line_again_is_the_same_line() -> None:
    assert line(1000).pk == line(1000).pk
    assert budgets.state(line(1000)).granted == 1000
    assert code_of(lambda: line(1000, area=COUNTY)) == "key_taken"
    assert code_of(lambda: line(999)) == "key_taken"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("functional", "1150805"),
        ("functional", "21508"[:4]),
        ("economic", "30101"),
        ("economic_unit", "50701"),
        ("year", 26),
        ("area", ""),
        ("shares", {"county": 100}),
        ("shares", {"city": 0}),
        ("shares", {"village": 5}),
        ("shares", {"city": 0.5}),
    ],
)
def test_bad_input_names_the_field(field: str, value: Any) -> None:
    said: dict[str, Any] = {
        "code": "X",
        "name": "X",
        "year": 2026,
        "functional": "2150805",
        "economic": "50701",
        "area": "4206",
        "amount": 1,
        "document": "D",
        "by": BY,
        "now": NOW,
    }
    with pytest.raises(LedgerError) as caught:
        budgets.open_line(**(said | {field: value}))
    assert caught.value.field == field
    assert not BudgetLine.objects.unscoped("test").exists()


def test_s9_a13_over_budget_claims_are_cut_and_reserved_exactly() -> None:
    one = line(500000000)
    claims = [Item("a", 100000000), Item("b", 233333333), Item("c", 291666667)]
    got = budgets.reserve_within(one, claims, NOW)
    assert got == {"a": 80000000, "b": 186666666, "c": 233333334}
    assert budgets.state(one) == Figures(granted=500000000, reserved=500000000)
    assert budgets.reserve_within(one, claims, NOW) == got
    more = budgets.reserve_within(one, [*claims, Item("d", 5)], NOW)
    assert more == {**got, "d": 0}


def test_the_county_pays_first_and_the_city_settles_its_share() -> None:
    one = line(1000, "C", area=COUNTY, shares={"city": 60, "county": 40})
    city = line(1000, "S", area="4206")
    items = [Item("P1", 101), Item("P2", 50, shares={"city": 25, "county": 25})]
    for step in (budgets.reserve, budgets.commit, budgets.pay):
        assert step(one, items, NOW).new == 2
    assert budgets.pay(one, items, NOW).known == 2
    assert settling.due(2026) == [Due(2026, COUNTY, "4206", 61 + 25)]
    budgets.give_back(one, [items[1]], NOW)
    assert code_of(lambda: budgets.give_back(one, [Item("P9", 10, shares={"city": 9})], NOW))
    assert settling.due(2026) == [Due(2026, COUNTY, "4206", 61)]

    def settle(amount: int, document: str = "结算1号") -> object:
        return settling.settle(
            2026, "4206", COUNTY, amount, document, BY, NOW, payer_line=city, payee_line=one
        )

    assert code_of(lambda: settle(62)) == "floor"
    assert settle(61) == settle(61)
    assert settling.due(2026) == [Due(2026, COUNTY, "4206", 0)]
    assert budgets.state(city) == Figures(granted=1000, available=939, paid=61)
    assert budgets.state(one) == Figures(granted=1061, available=910, paid=101, returned=50)
    budgets.claw_back(one, [Item("C1", 101, of="P1")], NOW)
    assert settling.due(2026) == [Due(2026, COUNTY, "4206", -61)]
    settling.settle(2026, COUNTY, "4206", 61, "退回1号", BY, NOW)
    assert settling.due(2026) == [Due(2026, COUNTY, "4206", 0)]
    assert verifying.verify().problems == ()


def test_what_is_owed_back_is_set_off_against_another_payment() -> None:
    one, two = line(1000, "A"), line(1000, "B")
    for step in (budgets.reserve, budgets.commit, budgets.pay):
        step(one, [Item("P1", 300)], NOW)
    for step in (budgets.reserve, budgets.commit):
        step(two, [Item("P2:off", 100), Item("P2", 150)], NOW)
    for _ in range(2):
        budgets.set_off(two, Item("P2:off", 100), one, Item("K1", 100, of="P1"), NOW)
    assert budgets.state(one) == Figures(granted=1000, available=800, paid=200)
    assert budgets.state(two) == Figures(granted=1000, available=750, committed=150, paid=100)
    assert (
        code_of(lambda: budgets.set_off(two, Item("P3", 151), one, Item("K2", 151), NOW)) == "floor"
    )
    assert code_of(lambda: budgets.set_off(two, Item("P3", 5), one, Item("K2", 4), NOW)) == "amount"
