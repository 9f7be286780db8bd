"""One row, columns and Polars give the same TRUE, FALSE and UNKNOWN, condition by condition."""

from __future__ import annotations

import random
from datetime import date
from decimal import Decimal

import numpy as np
import polars as pl
import pytest

from yishi.foundation.rulebook.columns import (
    BLOCK,
    Column,
    column_of,
    evaluate_columns,
    ranks,
)
from yishi.foundation.rulebook.comparing import Operator
from yishi.foundation.rulebook.errors import FactError, RuleError
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.outcome import RANK
from yishi.foundation.rulebook.rules import Condition, Rule, evaluate
from yishi.foundation.rulebook.tests import support

_RANKS = {"false": 0, "unknown": 1, "true": 2}


def _polars_ranks(frame: pl.DataFrame, expression: pl.Expr) -> list[int]:
    series = frame.select(expression.alias("x"))["x"]
    if len(series) == 1 and frame.height != 1:
        series = pl.Series([series[0]] * frame.height, dtype=pl.Boolean)
    return [1 if value is None else 2 * int(value) for value in series]


@pytest.mark.parametrize("seed", range(12))
def test_generated_rules_come_out_alike_on_all_paths(seed: int) -> None:
    rng = random.Random(seed)
    rows = [support.row(rng) for _ in range(150)]
    made = [support.rule(rng, f"test.r{i}") for i in range(25)]
    rules = [rule for rule, _ in made]
    params = {name: value for _, values in made for name, value in values.items()}
    columns = {
        fact.name: column_of(fact, [row.get(fact.name) for row in rows]) for fact in support.FACTS
    }
    whole = evaluate_columns(rules, columns, params, support.AT, conditions=True)
    frame = support.frame(rows)
    met = set()
    for rule in rules:
        walked = [evaluate(rule, row, params, support.AT) for row in rows]
        expected = [_RANKS[outcome.truth.value] for outcome in walked]
        met.update(expected)
        assert whole.truths(rule.key).tolist() == expected
        assert _polars_ranks(frame, support.polars_rule(rule, params)) == expected
        for n, (_, condition) in enumerate(rule.flat):
            states = [RANK[outcome.states[n]] for outcome in walked]
            sure, possible = whole.conditions[rule.key, condition.key]
            assert ranks(sure, possible, len(rows)).tolist() == states
            assert _polars_ranks(frame, support.polars_condition(condition, params)) == states
    assert met == {0, 1, 2}


def test_blocks_join_without_a_seam() -> None:
    fact = Fact("staff", FactType.INT, "人数")
    rule = Rule("test.seam", (Condition("staff", fact, Operator.GE, 3),), "规则")
    rows = 2 * BLOCK + 77
    values = np.arange(rows, dtype=np.int64) % 5
    valid = np.arange(rows) % 7 != 0
    found = evaluate_columns([rule], {"staff": Column(values, valid)}, {}, support.AT)
    expected = np.where(valid, 2 * (values >= 3), 1)
    assert np.array_equal(found.truths("test.seam"), expected)
    assert found.counts("test.seam") == {
        "true": int((expected == 2).sum()),
        "false": int((expected == 0).sum()),
        "unknown": int((expected == 1).sum()),
    }


def test_equal_conditions_of_different_rules_are_compared_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from yishi.foundation.rulebook import columns as module

    calls: list[object] = []
    real = module._vector

    def counted(*arguments: object) -> object:
        calls.append(arguments[1:3])
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "_vector", counted)
    fact = Fact("staff", FactType.INT, "人数")
    rules = [
        Rule(f"test.r{i}", (Condition(f"c{i}", fact, Operator.GE, 3),), "规则") for i in range(9)
    ]
    evaluate_columns(rules, {"staff": Column(np.arange(10))}, {}, support.AT)
    assert len(calls) == 1


def test_a_fact_without_a_column_is_unknown_everywhere() -> None:
    fact = Fact("staff", FactType.INT, "人数")
    other = Fact("paid", FactType.INT, "纳税额")
    rule = Rule("test.gap", (Condition("staff", fact, Operator.NE, 3),), "规则")
    columns = {"paid": column_of(other, [1, 2, 3])}
    assert evaluate_columns([rule], columns, {}, support.AT).truths("test.gap").tolist() == [1] * 3


def test_a_decimal_that_columns_cannot_hold_exactly_is_refused() -> None:
    fact = Fact("share", FactType.DECIMAL, "占比", scale=2)
    with pytest.raises(FactError, match="share"):
        column_of(fact, [Decimal("2.101")])
    with pytest.raises(FactError, match="share"):
        column_of(fact, [Decimal(10) ** 30])


def test_columns_of_different_length_or_declaration_are_refused() -> None:
    fact = Fact("since", FactType.DATE, "日期")
    rule = Rule("test.a", (Condition("since", fact, Operator.GE, date(2026, 1, 1)),), "规则")
    two = {"since": Column(np.arange(3)), "x": Column(np.arange(4))}
    with pytest.raises(RuleError, match="长度"):
        evaluate_columns([rule], two, {}, support.AT)
    changed = Fact("since", FactType.INT, "日期")
    other = Rule("test.b", (Condition("since", changed, Operator.GE, 1),), "规则")
    with pytest.raises(RuleError, match="声明不同"):
        evaluate_columns([rule, other], {"since": Column(np.arange(3))}, {}, support.AT)
