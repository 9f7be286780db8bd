"""Amounts: half up to the fen, floors and caps, dated parameters, UNKNOWN for what is missing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.rulebook.amounts import (
    Amount,
    Fixed,
    PerUnit,
    Rate,
    Tiers,
    amount_from,
    content_of,
)
from yishi.foundation.rulebook.columns import column_of
from yishi.foundation.rulebook.comparing import Operator
from yishi.foundation.rulebook.engine import Book, Item, match, match_one, missing
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.formulas import derived_from
from yishi.foundation.rulebook.outcome import Truth
from yishi.foundation.rulebook.rules import AnyGroup, Condition, ParameterDeclaration, Rule

AT = datetime(2026, 5, 8, tzinfo=UTC)
MONEY = Fact("premiums", FactType.MONEY, "上年度实缴保费")
HEADS = Fact("heads", FactType.INT, "参保人数")
HOURS = Fact("hours", FactType.DECIMAL, "课时", scale=2)
RATE = ParameterDeclaration("refund_rate", FactType.DECIMAL, "返还比例", unit="%")
CAP = ParameterDeclaration("cap", FactType.MONEY, "上限")


@pytest.mark.parametrize(
    ("amount", "facts", "fen"),
    [
        (Fixed(50_000_000), {}, 50_000_000),
        (Rate(MONEY, Decimal("0.6")), {"premiums": 1_345_678}, 807_407),  # S9-A5: 8,074.07
        (Rate(MONEY, Decimal("0.6")), {"premiums": 987_655}, 592_593),  # 5,925.93
        (Rate(MONEY, Decimal("0.005")), {"premiums": 100}, 1),  # 0.5 fen goes up
        (Rate(MONEY, Decimal("0.005")), {"premiums": 99}, 0),
        (Rate(MONEY, Decimal("0.6"), 1_000), {"premiums": 10}, 1_000),
        (Rate(MONEY, Decimal("0.6"), None, 1_000), {"premiums": 10_000}, 1_000),
        (Rate(MONEY, Decimal("0.6")), {"premiums": -500}, 0),
        (Rate(MONEY, Decimal("0.6")), {}, None),
        (Rate(MONEY, RATE), {"premiums": 1_345_678}, 807_407),
        (Rate(MONEY, RATE, None, CAP), {"premiums": 10**9}, 500),
        (Tiers(HEADS, ((10, 100), (50, 900))), {"heads": 9}, 0),
        (Tiers(HEADS, ((10, 100), (50, 900))), {"heads": 10}, 100),
        (Tiers(HEADS, ((10, 100), (50, CAP))), {"heads": 50}, 500),
        (Tiers(HEADS, ((10, 100), (50, 900))), {}, None),
        (PerUnit(HEADS, 100_000), {"heads": 7}, 700_000),
        (PerUnit(HEADS, 100_000, 250_000), {"heads": 7}, 250_000),
        (PerUnit(HEADS, 100_000), {"heads": -7}, 0),
        (PerUnit(HOURS, 333), {"hours": Decimal("1.50")}, 500),  # 499.5
        (PerUnit(HEADS, 10**16), {"heads": 2**40}, None),  # beyond 64 bits
        (PerUnit(HEADS, 10**16, 5), {"heads": 2**40}, 5),
    ],
)
def test_what_is_paid(amount: Amount, facts: dict[str, Any], fen: int | None) -> None:
    params = {"refund_rate": Decimal("60"), "cap": 500}
    assert amount.one(facts, params, AT) == fen
    declared = {fact.name: fact for fact in (MONEY, HEADS, HOURS)}
    columns = {name: column_of(fact, [facts.get(name)]) for name, fact in declared.items()}
    found, known = amount.columns(columns, params, AT, np.array([0]))
    assert (None if known is not None and not known[0] else int(found[0])) == fen


@pytest.mark.parametrize(
    "amount", [Rate(MONEY, RATE), Fixed(CAP), PerUnit(HEADS, 5, CAP), Tiers(HEADS, ((0, CAP),))]
)
def test_a_parameter_not_in_force_makes_it_unknown(amount: Amount) -> None:
    facts = {"premiums": 100, "heads": 3}
    assert amount.one(facts, {}, AT) is None
    assert amount.one(facts, {"refund_rate": Decimal(-1), "cap": -1}, AT) is None


@given(st.integers(0, 10**13), st.integers(0, 10**5), st.integers(0, 5))
def test_a_rate_is_rounded_half_up_as_decimals_are(fen: int, top: int, places: int) -> None:
    rate = Decimal(top).scaleb(-places)
    if rate > 1000:
        return
    expected = int((Decimal(fen) * rate).quantize(Decimal(1), ROUND_HALF_UP))
    amount = Rate(MONEY, rate)
    assert amount.one({"premiums": fen}, {}, AT) == expected
    found, known = amount.columns({"premiums": column_of(MONEY, [fen])}, {}, AT, np.array([0]))
    assert known is None or known.all()
    assert found.tolist() == [expected]


@pytest.mark.parametrize(
    "content",
    [
        {"fixed": 5},
        {"fixed": {"parameter": "cap"}},
        {"rate": {"fact": "premiums", "rate": "0.6", "cap": {"parameter": "cap"}}},
        {"rate": {"fact": "premiums", "rate": {"parameter": "refund_rate"}, "floor": 1}},
        {"tiers": {"fact": "hours", "steps": [{"from": "0", "fen": 1}, {"from": "2.5", "fen": 9}]}},
        {"per_unit": {"fact": "heads", "fen": 100, "cap": 1000}},
    ],
)
def test_amounts_are_data(content: dict[str, Any]) -> None:
    facts = {fact.name: fact for fact in (MONEY, HEADS, HOURS)}
    made = amount_from(content, facts, {"cap": CAP, "refund_rate": RATE})
    assert content_of(made) == content


@pytest.mark.parametrize(
    ("content", "field"),
    [
        ({"fixed": -1}, "fixed"),
        ({"fixed": 1.5}, "fixed"),
        ({"fixed": True}, "fixed"),
        ({"fixed": None}, "fixed"),
        ({"fixed": 10**17}, "fixed"),
        ({"share": {}}, "amount"),
        ({}, "amount"),
        ({"rate": {"fact": "nobody", "rate": "0.6"}}, "rate.fact"),
        ({"rate": {"fact": "heads", "rate": "0.6"}}, "rate.fact"),
        ({"rate": {"fact": "premiums", "rate": "a lot"}}, "rate.rate"),
        ({"rate": {"fact": "premiums", "rate": "-0.6"}}, "rate.rate"),
        ({"rate": {"fact": "premiums", "rate": {"parameter": "cap"}}}, "rate.rate"),
        ({"rate": {"fact": "premiums", "rate": "0.6", "floor": 9, "cap": 5}}, "rate.floor"),
        ({"rate": {"fact": "premiums", "rate": "0.6", "most": 5}}, "rate.most"),
        ({"tiers": {"fact": "heads", "steps": []}}, "tiers.steps"),
        (
            {"tiers": {"fact": "heads", "steps": [{"from": 5, "fen": 1}, {"from": 5, "fen": 2}]}},
            "tiers.steps",
        ),
        ({"tiers": {"fact": "hours", "steps": [{"from": "0.001", "fen": 1}]}}, "tiers.steps.from"),
        ({"per_unit": {"fact": "premiums", "fen": 1}}, "per_unit.fact"),
        ({"per_unit": {"fact": "heads"}}, "per_unit.fen"),
    ],
)
def test_what_is_no_amount_is_refused_naming_the_field(content: Any, field: str) -> None:
    facts = {fact.name: fact for fact in (MONEY, HEADS, HOURS)}
    with pytest.raises(RuleError) as caught:
        amount_from(content, facts, {"cap": CAP, "refund_rate": RATE})
    assert caught.value.field == field


# The refund to keep jobs (稳岗返还) with its two methods, as rules and formulas


BASE = Fact("heads_y2", FactType.INT, "前年度末参保人数")
LAST = Fact("heads_y1", FactType.INT, "上年度末参保人数")
CLAIMS = Fact("claimants", FactType.INT, "上年度领取失业金人数")
MONTHS = Fact("months_paid", FactType.INT, "上年度缴费月数")
SIZE = Fact("size", FactType.TEXT, "规模")
FACTS = {fact.name: fact for fact in (MONEY, BASE, LAST, CLAIMS, MONTHS, SIZE)}
LIMIT = ParameterDeclaration("layoff_limit", FactType.DECIMAL, "裁员率上限")
SMALL = ParameterDeclaration("layoff_limit_small", FactType.DECIMAL, "裁员率上限（30 人以下）")
BY_HEADS = Fact("layoff_by_heads", FactType.DECIMAL, "裁员率（人数）")
BY_CLAIMS = Fact("layoff_by_claims", FactType.DECIMAL, "裁员率（领金）")


def _refund() -> tuple[Book, dict[str, Any]]:
    parameters = {"layoff_limit": LIMIT, "layoff_limit_small": SMALL}
    made = [
        derived_from(BY_HEADS, "div(GREATEST(heads_y2 - heads_y1, 0), heads_y2, 4)", FACTS, {}),
        derived_from(BY_CLAIMS, "div(claimants, heads_y2, 4)", FACTS, {}),
    ]
    limited = Fact("within", FactType.BOOL, "裁员率不超上限")
    text = (
        "CASE WHEN heads_y1 <= 30 "
        "THEN layoff_by_heads <= layoff_limit_small OR layoff_by_claims <= layoff_limit_small "
        "ELSE layoff_by_heads <= layoff_limit OR layoff_by_claims <= layoff_limit END"
    )
    known = {**FACTS, BY_HEADS.name: BY_HEADS, BY_CLAIMS.name: BY_CLAIMS}
    made.append(derived_from(limited, text, known, parameters))

    def item(key: str, size: str, rate: str) -> Item:
        conditions = (
            Condition("months", MONTHS, Operator.GE, 12),
            Condition("within", limited, Operator.IS_TRUE),
            Condition("size", SIZE, Operator.EQ, size),
        )
        return Item(key, Rule(f"test.{key}", conditions, "稳岗返还"), Rate(MONEY, Decimal(rate)))

    values = {"layoff_limit": Decimal("0.055"), "layoff_limit_small": Decimal("0.2")}
    return Book([item("sme", "sme", "0.6"), item("large", "large", "0.3")], made), values


@pytest.mark.parametrize(
    ("scenario", "facts", "truth", "fen"),
    [
        ("S9-A1", {"heads_y2": 20, "heads_y1": 17, "premiums": 1_200_000}, "true", 720_000),
        ("S9-A2", {"heads_y2": 100, "heads_y1": 95, "premiums": 6_800_000}, "true", 4_080_000),
        (
            "S9-A2 large",
            {"heads_y2": 100, "heads_y1": 95, "premiums": 6_800_000, "size": "large"},
            "true",
            2_040_000,
        ),
        ("S9-A4", {"heads_y2": 20, "heads_y1": 17, "claimants": 5, "premiums": 100}, "true", 60),
        ("S9-A7", {"heads_y2": 33, "heads_y1": 30, "claimants": 3, "premiums": 100}, "true", 60),
        ("S9-A7 b", {"heads_y2": 34, "heads_y1": 31, "claimants": 3, "premiums": 1}, "false", None),
        ("S9-A7b", {"heads_y2": 20, "heads_y1": 25, "premiums": 1_500_000}, "true", 900_000),
        (
            "S9-A8",
            {"heads_y2": 20, "heads_y1": 20, "months_paid": 8, "premiums": 100},
            "false",
            None,
        ),
        ("zero base", {"heads_y2": 0, "heads_y1": 5, "premiums": 100}, "unknown", None),
        ("no premiums", {"heads_y2": 20, "heads_y1": 20}, "unknown", None),
    ],
)
def test_refund_to_keep_jobs(
    scenario: str, facts: dict[str, Any], truth: str, fen: int | None
) -> None:
    book, params = _refund()
    row = {"months_paid": 12, "claimants": 20, "size": "sme", **facts}
    key = "large" if row["size"] == "large" else "sme"
    (one,) = [found for found in match_one(book, row, params, AT) if found.key == key]
    assert (one.truth, one.amount) == (Truth(truth), fen), scenario
    columns = {name: column_of(fact, [row.get(name)]) for name, fact in FACTS.items()}
    whole = match(book, columns, params, AT)
    assert (whole.state(key, 0), whole.amount(key, 0)) == (Truth(truth), fen)


def test_s9_a8b_a_parameter_that_ended_is_told_before_anything_is_matched() -> None:
    book, params = _refund()
    assert missing(book, params) == {}
    ended = {name: value for name, value in params.items() if name != "layoff_limit"}
    assert missing(book, ended) == {"sme": ["layoff_limit"], "large": ["layoff_limit"]}


def test_s9_a14_interest_by_days_is_rounded_once() -> None:
    loan = Fact("loan", FactType.MONEY, "贷款本金")
    first, last = Fact("first", FactType.DATE, "起"), Fact("last", FactType.DATE, "止")
    rate = ParameterDeclaration("interest", FactType.DECIMAL, "贴息率")
    facts = {fact.name: fact for fact in (loan, first, last)}
    text = "div(loan * interest * (last - first{}), 365, 0)"
    row = {"loan": 200_000_000, "first": date(2025, 7, 1), "last": date(2025, 12, 31)}
    own = Fact("own", FactType.MONEY, "贴息")
    for more, fen in (("", 2_005_479), (" + 1", 2_016_438)):
        made = derived_from(own, text.format(more), facts, {"interest": rate})
        assert made.formula.one(row, {"interest": Decimal("0.02")}, AT) == fen


def test_an_amount_that_cannot_be_known_makes_a_true_rule_unknown_and_says_so() -> None:
    rule = Rule("test.any", (AnyGroup((Condition("heads", HEADS, Operator.GE, 1),)),), "规则")
    book = Book([Item("a", rule, Rate(MONEY, Decimal("0.6")))])
    columns = {
        "heads": column_of(HEADS, [1, 1, 0, None]),
        "premiums": column_of(MONEY, [100, None, None, 5]),
    }
    found = match(book, columns, {}, AT)
    truths = [found.state("a", row).value for row in range(4)]
    assert truths == ["true", "unknown", "false", "unknown"]
    assert found.why("a", 1) == [("heads", Truth.TRUE), ("amount", Truth.UNKNOWN)]
    assert [key for key, _ in found.why("a", 3)] == ["heads"]
    assert found.total("a") == 60
