"""Conditions, amounts and gaps in plain words; labels read strictly. Needs no database."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from yishi.foundation.rulebook.amounts import Fixed, PerUnit, Rate, Tiers
from yishi.foundation.rulebook.comparing import Operator
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.rules import Condition, Rule, evaluate
from yishi.systems.direct_benefits.portal import words
from yishi.systems.direct_benefits.portal.questions import Questions

HEADS = Fact("heads", FactType.INT, "参保人数", "Insured staff", unit="人")
SPENT = Fact("spent", FactType.MONEY, "研发费用", "R&D spending")
SINCE = Fact("since", FactType.DATE, "成立日期", "Established on")
LISTED = Fact("listed", FactType.BOOL, "被列入异常名录", "On the list")
SIZE = Fact(
    "size",
    FactType.TEXT,
    "规模",
    "Size",
    values={"micro": ("微型", "micro"), "big": ("大型", "big")},
)
AT = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (Condition("a", HEADS, Operator.GE, 30), "参保人数不低于 30 人"),
        (Condition("a", SPENT, Operator.GT, 50_000_000), "研发费用超过 50 万元"),
        (Condition("a", SINCE, Operator.GE, date(2025, 1, 1)), "成立日期不早于 2025-01-01"),
        (Condition("a", LISTED, Operator.IS_FALSE), "被列入异常名录：否"),
        (Condition("a", SIZE, Operator.IN, frozenset({"micro", "big"})), "规模属于：大型、微型"),
    ],
)
def test_a_condition_says_what_it_asks(condition: Condition, said: str) -> None:
    assert words.requirement(condition, {}) == said


def test_a_parameter_without_a_value_is_said_so() -> None:
    condition = Condition("a", HEADS, Operator.GE, parameter="most_heads")
    assert words.requirement(condition, {}) == "参保人数：当前没有公布标准"
    assert words.requirement(condition, {"most_heads": 5}) == "参保人数不低于 5 人"


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        (Fixed(50_000_000), "50 万元"),
        (Rate(SPENT, Decimal("0.1"), cap=100_000_000), "按研发费用的 10%，最高 100 万元"),
        (PerUnit(HEADS, 100_000), "按参保人数，每人 1,000 元"),
        (
            Tiers(HEADS, ((10, 1_000_000), (50, 5_000_000))),
            "按参保人数分档：达到 10 人 的 1 万元，达到 50 人 的 5 万元",
        ),
    ],
)
def test_an_amount_says_how_much(amount: Any, said: str) -> None:
    assert words.amount_words(amount, {}) == said


@pytest.mark.parametrize(
    ("condition", "value", "said"),
    [
        (Condition("a", HEADS, Operator.GE, 30), 18, "还差 12 人"),
        (Condition("a", HEADS, Operator.GT, 30), 30, "还差 1 人"),
        (Condition("a", HEADS, Operator.LE, 30), 34, "超出 4 人"),
        (Condition("a", SPENT, Operator.GE, 300), 299, "还差 0.01 元"),
        (Condition("a", SINCE, Operator.GE, date(2026, 1, 10)), date(2026, 1, 1), "相差 9 天"),
        (Condition("a", LISTED, Operator.IS_FALSE), True, ""),
        (Condition("a", HEADS, Operator.GE, 30), 31, ""),
    ],
)
def test_what_is_missed_is_said_with_by_how_much(
    condition: Condition, value: Any, said: str
) -> None:
    rule = Rule("a.b", (condition,), "试")
    (one,) = evaluate(rule, {condition.fact.name: value}, {}, AT)
    assert words.gap(one) == said


def test_nothing_typed_is_unknown_and_never_no() -> None:
    form = Questions([HEADS, SPENT, SINCE, LISTED, SIZE], {})
    assert form.is_valid() and form.answers() == {}


def test_answers_have_the_types_of_their_facts() -> None:
    said = {
        "heads": "1,200",
        "spent": "12.30",
        "since": "2020-02-29",
        "listed": "no",
        "size": "big",
    }
    form = Questions([HEADS, SPENT, SINCE, LISTED, SIZE], said)
    assert form.is_valid(), form.errors
    assert form.answers() == {
        "heads": 1200,
        "spent": 1230,
        "since": date(2020, 2, 29),
        "listed": False,
        "size": "big",
    }
