"""Never twice for (item, party, period): by the database; stacking, once in a lifetime, history."""

from __future__ import annotations

import itertools
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.models import Payout, PriorPayment
from yishi.systems.direct_benefits.ports import items
from yishi.systems.direct_benefits.services import (
    funding,
    leaving,
    listing,
    opening,
    prior,
    stacking,
)
from yishi.systems.direct_benefits.tests import street, town

BEST: dict[str, Any] = {"stack": {"group": "g", "rule": "highest_less_paid", "priority": 1}}


def benefit(**more: object) -> items.Benefit:
    return items.read("k", 1, {"name": "n", **more})


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=8))
def test_whatever_the_order_the_best_of_a_group_is_paid_once(awards: list[int]) -> None:
    taken: list[int] = []
    for award in awards:
        taken.append(stacking.claim(award, benefit(**BEST), taken))
    assert sum(taken) == max(awards)
    assert all(fen >= 0 for fen in taken)


def test_every_order_of_a_group_ends_at_the_same_sum() -> None:
    for order in itertools.permutations([30, 50, 20]):
        taken: list[int] = []
        for award in order:
            taken.append(stacking.claim(award, benefit(**BEST), taken))
        assert sum(taken) == 50


def test_rules_of_other_groups_and_caps() -> None:
    exclusive = benefit(stack={"group": "g", "rule": "exclusive"})
    both = benefit(stack={"group": "g", "rule": "sum"})
    assert stacking.claim(50, exclusive, [30]) == 0
    assert stacking.claim(50, exclusive, []) == 50
    assert stacking.claim(50, both, [30]) == 50
    assert stacking.claim(50, benefit(caps={"per_party": 40}), []) == 40


@pytest.mark.django_db
@pytest.mark.usefixtures("city")
class TestInTheBooks:
    def test_a_second_live_payout_is_refused_by_the_database(self) -> None:
        batch = street.opened([10_000])
        (one,) = town.batch_payouts(batch)
        other = street.opened([10_000], key="other", start=10)
        (two,) = town.batch_payouts(other)
        with pytest.raises(IntegrityError, match="payout_once"), transaction.atomic():
            Payout.objects.unscoped("the test").filter(pk=two.pk).update(
                party=one.party, item_key=one.item_key
            )

    def test_who_was_paid_before_the_platform_is_struck_with_the_day(self) -> None:
        firms = town.enterprises(2)
        PriorPayment.objects.create(
            item_key="test-award",
            party=firms[0],
            period="lifetime",
            amount_fen=10_000,
            paid_on=date(2019, 5, 1),
            source="科技局历年台账（模拟）",
            imported_at=town.START,
            imported_by="user:1",
        )
        batch = street.opened([10_000, 10_000], firms=firms, once="party_lifetime")
        by_party = {one.party_id: one for one in town.batch_payouts(batch)}
        struck = by_party[firms[0].pk]
        assert (struck.state, struck.reason_code) == ("struck", "paid_before")
        assert "2019-05-01" in struck.reason
        assert by_party[firms[1].pk].period == "lifetime"

    def test_the_database_knows_history_too(self) -> None:
        batch = street.opened([10_000])
        (one,) = town.batch_payouts(batch)
        PriorPayment.objects.create(
            item_key="again",
            party=one.party,
            period="2026",
            amount_fen=1,
            paid_on=date(2026, 1, 1),
            source="x",
            imported_at=town.START,
            imported_by="user:1",
        )
        other = street.opened([10_000], key="once", start=10)
        (two,) = town.batch_payouts(other)
        columns: dict[str, Any] = {
            str(field.column): getattr(two, field.attname)
            for field in Payout._meta.concrete_fields
            if field.column != "id"
        }
        Payout.objects.unscoped("the test").filter(pk=two.pk).delete()
        row = Payout(**{**columns, "item_key": "again", "party_id": one.party_id})
        with pytest.raises(IntegrityError, match="paid before"), transaction.atomic():
            row.save(force_insert=True)

    def test_once_in_a_lifetime_counts_in_later_years(self) -> None:
        batch = street.opened([10_000], once="party_lifetime")
        town.candidates(
            batch.run,
            batch.item_version,
            {one.party_id: 10_000 for one in town.batch_payouts(batch)},
            "2027",
        )
        assert batch.run_id is not None
        again = opening.open_batch(
            town.officer(), batch.item_key, "2027", batch.run_id, street.CONFIRMED
        )
        assert town.states(again) == ["struck"]

    def test_the_better_one_is_paid_less_what_was_paid(self) -> None:
        firms = town.enterprises(1)
        first = street.paid([30_000], firms=firms, key="city", **BEST)
        second = street.opened([50_000], firms=firms, key="province", **BEST)
        third = street.opened([20_000], firms=firms, key="county", **BEST)
        assert [one.claim_fen for one in town.batch_payouts(second)] == [20_000]
        assert town.states(third) == ["struck"]
        assert town.batch_payouts(third)[0].reason_code == "stacked"
        assert sum(one.paid_fen for one in town.batch_payouts(first)) == 30_000

    def test_what_was_struck_meanwhile_is_given_by_the_other(self) -> None:
        firms = town.enterprises(1)
        first = street.opened([30_000], firms=firms, key="city", **BEST)
        second = street.noticed([50_000], firms=firms, key="province", **BEST)
        assert town.batch_payouts(second)[0].claim_fen == 20_000
        ids = town.ids(town.batch_payouts(first))
        listing.strike(town.officer(), first.number, ids, "认定撤销", street.NOTICED)
        second = funding.ask_funds(town.officer(), second.number, street.ASKED)
        assert town.batch_payouts(second)[0].amount_fen == 50_000

    def test_a_party_may_say_no_and_its_money_is_free_again(self) -> None:
        from yishi.foundation.cases.advance import CaseNotFound
        from yishi.foundation.ledger import budgets

        batch = street.asked()
        one, two, _three = town.batch_payouts(batch)
        with pytest.raises(CaseNotFound):
            leaving.decline(town.owner(two.party), one.case.number, street.ASKED)
        leaving.decline(town.owner(one.party), one.case.number, street.ASKED, "不需要")
        assert town.states(batch) == ["declined", "funds_asked", "funds_asked"]
        assert "不需要" in town.batch_payouts(batch)[0].reason
        assert batch.budget_line_id is not None
        assert budgets.state(batch.budget_line_id).reserved == 50_000

    def test_what_is_on_its_way_cannot_be_declined(self) -> None:
        from yishi.foundation.cases.draft import MoveRefused
        from yishi.foundation.ledger import budgets

        batch = street.ordered()
        one = town.batch_payouts(batch)[0]
        with pytest.raises((MoveRefused, FieldError)):
            leaving.decline(town.owner(one.party), one.case.number, street.SENT)
        assert batch.budget_line_id is not None
        assert budgets.state(batch.budget_line_id).committed == 60_000


CSV = '统一社会信用代码,期间,金额（元）,兑现日期\n{code},2024,"1,234.56",2024-06-30\n'


@pytest.mark.django_db
@pytest.mark.usefixtures("city")
def test_earlier_payments_come_in_once_and_name_who_is_paid_twice() -> None:
    batch = street.opened([10_000, 20_000])
    one = town.batch_payouts(batch)[0]
    code = town.uscc(0) if one.party.name.endswith("0号有限公司") else town.uscc(1)
    text = CSV.format(code=code).replace(",2024,", ",2026,")
    now = town.at("2026-06-20")
    done = prior.take_in(town.officer(), batch.item_key, text.encode(), "台账（模拟）", now)
    assert (done.new, done.known, list(done.double)) == (1, 0, [code])
    done = prior.take_in(town.officer(), batch.item_key, text.encode(), "台账（模拟）", now)
    assert (done.new, done.known) == (0, 1)
    row = PriorPayment.objects.get()
    assert (row.amount_fen, row.paid_on) == (123_456, date(2024, 6, 30))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("2024,", "二〇,"), "期间"),
        (('"1,234.56"', "abc"), "金额"),
        (('"1,234.56"', "-1"), "金额"),
        (('"1,234.56"', "1.234"), "金额"),
        (('"1,234.56"', "NaN"), "金额"),
        (("2024-06-30", "2024-13-30"), "兑现日期"),
        (("2024-06-30", "2034-06-30"), "兑现日期"),
        (("期间", "年"), "缺少列"),
    ],
)
def test_a_bad_line_is_named(change: tuple[str, str], said: str) -> None:
    text = CSV.format(code=town.uscc(1)).replace(*change)
    with pytest.raises(FieldError, match=said) as refused:
        prior.read(text.encode(), date(2026, 6, 1))
    assert refused.value.field == "file"
