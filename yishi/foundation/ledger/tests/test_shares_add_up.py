"""Dividing money: exact to the fen, whatever is divided."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.ledger.shares import largest_remainder, split, within


def test_s9_a13_claims_over_budget_are_cut_by_largest_remainder() -> None:
    claims = [100000000, 233333333, 291666667]
    assert within(claims, 500000000) == [80000000, 186666666, 233333334]


def test_claims_within_the_budget_stay_as_they_are() -> None:
    assert within([5, 7], 12) == [5, 7]
    assert within([], 0) == []
    assert within([5, 7], 0) == [0, 0]


def test_city_and_county_share() -> None:
    assert split(101, {"city": 60, "county": 40}) == {"city": 61, "county": 40}
    assert split(1, {"county": 50, "city": 50}) == {"county": 0, "city": 1}
    assert split(7, {}) == {}


def test_nonsense_is_refused() -> None:
    for weights, total in (([1, -1], 5), ([1], -1), ([], 5), ([0, 0], 5)):
        with pytest.raises(ValueError, match="weight"):
            largest_remainder(weights, total)


AMOUNTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=40)


@given(AMOUNTS, st.integers(0, 10**12))
def test_parts_add_up_and_differ_from_the_proportion_by_less_than_a_fen(
    weights: list[int], total: int
) -> None:
    if not sum(weights):
        return
    parts = largest_remainder(weights, total)
    assert sum(parts) == total
    for weight, part in zip(weights, parts, strict=True):
        assert part >= 0
        assert abs(part - Decimal(weight) * total / sum(weights)) < 1
        assert weight or not part


@given(AMOUNTS, st.integers(0, 10**13))
def test_nobody_gets_more_than_the_claim_and_the_budget_is_never_exceeded(
    claims: list[int], budget: int
) -> None:
    parts = within(claims, budget)
    assert all(0 <= part <= claim for part, claim in zip(parts, claims, strict=True))
    assert sum(parts) == min(budget, sum(claims))


@given(
    st.dictionaries(st.text("abcdef", min_size=1), st.integers(0, 50), min_size=1),
    st.integers(0, 500),
    st.randoms(use_true_random=False),
)
def test_the_order_in_which_claims_come_does_not_matter(
    claims: dict[str, int], budget: int, random: object
) -> None:
    keys = list(claims)
    first = dict(zip(keys, within([claims[k] for k in keys], budget, keys), strict=True))
    random.shuffle(keys)  # type: ignore[attr-defined]
    assert dict(zip(keys, within([claims[k] for k in keys], budget, keys), strict=True)) == first
