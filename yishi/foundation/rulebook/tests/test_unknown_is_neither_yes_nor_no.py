"""Three values: missing, stale, undated and not-a-number never count as yes and never as no."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from yishi.foundation.rulebook.comparing import Operator
from yishi.foundation.rulebook.errors import FactError
from yishi.foundation.rulebook.facts import Fact, FactType, Seen
from yishi.foundation.rulebook.outcome import Truth
from yishi.foundation.rulebook.rules import (
    AnyGroup,
    Condition,
    ParameterDeclaration,
    Rule,
    evaluate,
)
from yishi.foundation.rulebook.tests.support import AT

FLAGS = [Fact(name, FactType.BOOL, name) for name in ("a", "b", "c")]
CONDITIONS = [Condition(fact.name, fact, Operator.IS_TRUE) for fact in FLAGS]


def test_and_or_follow_kleene_for_all_combinations() -> None:
    rule = Rule("test.kleene", (CONDITIONS[0], AnyGroup(tuple(CONDITIONS[1:]))), "规则")
    rank = {False: 0, None: 1, True: 2}
    names = [Truth.FALSE, Truth.UNKNOWN, Truth.TRUE]
    for a, b, c in itertools.product((False, None, True), repeat=3):
        outcome = evaluate(rule, {"a": a, "b": b, "c": c}, {}, AT)
        assert outcome.truth is names[min(rank[a], max(rank[b], rank[c]))]
        assert len(outcome.conditions) == 3


@pytest.mark.parametrize("op", [Operator.GE, Operator.LT, Operator.NE, Operator.NOT_IN])
@pytest.mark.parametrize(
    ("value", "why", "text"),
    [
        (None, "missing", "缺少数据"),
        (Seen(None, AT), "missing", "缺少数据"),
        (Seen(Decimal(3), AT - timedelta(days=30, microseconds=1)), "stale", "已过期"),
        (Seen(Decimal(3), None), "undated", "取得时间"),
        (Decimal(3), "undated", "取得时间"),
        (Seen(Decimal("NaN"), AT), "nan", "不是有效数值"),
        (Seen(float("nan"), AT), "nan", "不是有效数值"),
        (Seen(float("inf"), AT), "nan", "不是有效数值"),
    ],
)
def test_unknown_says_why(op: Operator, value: Any, why: str, text: str) -> None:
    fact = Fact("share", FactType.DECIMAL, "占比", freshness=timedelta(days=30))
    operand = frozenset({Decimal(3)}) if op is Operator.NOT_IN else Decimal(3)
    rule = Rule("test.why", (Condition("share", fact, op, operand),), "规则")
    outcome = evaluate(rule, {"share": value}, {}, AT)
    assert outcome.truth is Truth.UNKNOWN
    assert outcome.conditions[0].why == why
    assert text in outcome.reasons()[0]


def test_a_value_is_fresh_up_to_its_limit() -> None:
    fact = Fact("staff", FactType.INT, "人数", freshness=timedelta(days=30))
    rule = Rule("test.fresh", (Condition("staff", fact, Operator.GE, 3),), "规则")
    seen = Seen(3, AT - timedelta(days=30))
    assert evaluate(rule, {"staff": seen}, {}, AT).truth is Truth.TRUE


def test_a_parameter_without_a_value_in_force_leaves_unknown() -> None:
    fact = Fact("share", FactType.DECIMAL, "占比")
    declared = {"least": ParameterDeclaration("least", FactType.DECIMAL, "下限")}
    condition = Condition("share", fact, Operator.GE, parameter="least")
    rule = Rule("test.parameter", (condition,), "规则", parameters=declared)
    outcome = evaluate(rule, {"share": Decimal(3)}, {}, AT)
    assert (outcome.truth, outcome.conditions[0].why) == (Truth.UNKNOWN, "no_parameter")
    assert evaluate(rule, {"share": 3}, {"least": Decimal("2.9")}, AT).truth is Truth.TRUE


@pytest.mark.parametrize(
    ("kind", "op", "operand", "value"),
    [
        (FactType.INT, Operator.GE, 3, True),
        (FactType.INT, Operator.GE, 3, 3.5),
        (FactType.INT, Operator.GE, 3, "3"),
        (FactType.MONEY, Operator.GE, 3, Decimal("3.00")),
        (FactType.DECIMAL, Operator.GE, Decimal(3), "3"),
        (FactType.BOOL, Operator.IS_TRUE, None, 1),
        (FactType.BOOL, Operator.IS_TRUE, None, "false"),
        (FactType.TEXT, Operator.EQ, "3", 3),
        (FactType.DATE, Operator.GE, AT.date(), AT),
        (FactType.DATETIME, Operator.GE, AT, AT.replace(tzinfo=None)),
        (FactType.SET, Operator.CONTAINS_ANY, frozenset({"a"}), "a"),
    ],
)
def test_a_fact_of_another_type_is_an_error_that_names_it(
    kind: FactType, op: Operator, operand: Any, value: Any
) -> None:
    rule = Rule("test.typed", (Condition("x", Fact("x", kind, "事实"), op, operand),), "规则")
    with pytest.raises(FactError) as caught:
        evaluate(rule, {"x": value}, {}, AT)
    assert caught.value.field == "x"


def test_a_float_counts_as_the_decimal_its_sender_wrote() -> None:
    fact = Fact("confidence", FactType.DECIMAL, "识别置信度")
    rule = Rule("test.f", (Condition("c", fact, Operator.EQ, Decimal("0.85")),), "规则")
    assert evaluate(rule, {"confidence": 0.85}, {}, AT).truth is Truth.TRUE
    assert evaluate(rule, {"confidence": 0.8500000001}, {}, AT).truth is Truth.FALSE
