"""A generated corpus of rules and facts, and the same rules in Polars: an implementation that
shares no line of evaluation with the engine."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import reduce
from typing import Any

import polars as pl

from yishi.foundation.rulebook.comparing import ALLOWED, MANY, NO_VALUE, Operator
from yishi.foundation.rulebook.facts import Fact, FactType, Seen
from yishi.foundation.rulebook.rules import (
    AnyGroup,
    Condition,
    ParameterDeclaration,
    Rule,
    element_type,
)

AT = datetime(2026, 5, 8, 8, 30, tzinfo=UTC)
WORDS = ("camera", "sensor", "ai", "hotline", "app", "摄像头", "4206", "4206/GX")
FACTS = [
    Fact("known", FactType.BOOL, "已识别", "Recognised"),
    Fact("staff", FactType.INT, "人数", "Staff", unit="人"),
    Fact("share", FactType.DECIMAL, "研发投入占比", "R&D share", unit="%", scale=2),
    Fact("paid", FactType.MONEY, "纳税额", "Tax paid", freshness=timedelta(days=30)),
    Fact("channel", FactType.TEXT, "渠道", "Channel"),
    Fact("since", FactType.DATE, "注册日期", "Registered"),
    Fact("seen", FactType.DATETIME, "最近巡查", "Last patrol", freshness=timedelta(hours=12)),
    Fact("tags", FactType.SET, "标签", "Tags"),
]
_HOUR = timedelta(hours=1)


def value_of(kind: FactType, rng: random.Random) -> Any:
    """A value near few others, so that equality and borders are met often."""
    if kind is FactType.BOOL:
        return rng.random() < 0.5
    if kind is FactType.INT:
        return rng.choice([-(2**63), -1, 0, 1, 2, 3, 2**53 + 1, 2**63 - 1])
    if kind is FactType.DECIMAL:
        return rng.choice([Decimal(n) / 100 for n in (-1, 0, 209, 210, 211, 300, 301)])
    if kind is FactType.MONEY:
        return rng.choice([0, 1, 9_007_199_254_740_993, 9_007_199_254_740_992])
    if kind is FactType.TEXT:
        return rng.choice(WORDS)
    if kind is FactType.DATE:
        return date(2026, 2, 27) + timedelta(days=rng.randrange(5))
    if kind is FactType.DATETIME:
        return AT + timedelta(microseconds=rng.randrange(-2, 3))
    return frozenset(rng.sample(WORDS, rng.randrange(3)))


def row(rng: random.Random) -> dict[str, Any]:
    """Facts with gaps, NaN, stale and undated values, and borders of freshness."""
    facts: dict[str, Any] = {}
    for fact in FACTS:
        dice = rng.random()
        if dice < 0.1:
            continue
        value = None if dice < 0.2 else value_of(fact.type, rng)
        if fact.type in (FactType.DECIMAL, FactType.INT, FactType.MONEY) and dice > 0.95:
            value = rng.choice([Decimal("NaN"), float("nan"), float("inf")])
        if fact.freshness is not None and not 0.85 < dice < 0.9:
            microsecond = timedelta(microseconds=rng.choice([-1, 0, 1]))
            age = rng.choice([_HOUR, fact.freshness, fact.freshness * 2]) + microsecond
            value = Seen(value, None if dice < 0.25 else AT - age)
        facts[fact.name] = value
    return facts


def rule(rng: random.Random, key: str) -> tuple[Rule, dict[str, Any]]:
    """A random rule with the parameters in force (now and then one is not)."""
    parameters: dict[str, ParameterDeclaration] = {}
    values: dict[str, Any] = {}

    def condition(number: int) -> Condition:
        fact = rng.choice(FACTS)
        op = rng.choice(sorted(ALLOWED[fact.type]))
        if op in NO_VALUE:
            return Condition(f"c{number}", fact, op)
        kind = element_type(fact)
        if op is Operator.BETWEEN:
            ends = sorted((value_of(kind, rng), value_of(kind, rng)))
            return Condition(f"c{number}", fact, op, tuple(ends))
        many = op in MANY
        operand = (
            frozenset(value_of(kind, rng) for _ in range(rng.randrange(1, 4)))
            if many
            else value_of(kind, rng)
        )
        if rng.random() < 0.7:
            return Condition(f"c{number}", fact, op, operand)
        name = f"p{number}_{key.rpartition('.')[2]}"
        parameters[name] = ParameterDeclaration(name, kind, "参数", many=many)
        if rng.random() < 0.9:
            values[name] = operand
        return Condition(f"c{number}", fact, op, parameter=name)

    items: list[Condition | AnyGroup] = []
    number = 0
    for _ in range(rng.randrange(1, 5)):
        if rng.random() < 0.3:
            size = rng.randrange(1, 4)
            items.append(AnyGroup(tuple(condition(number + i) for i in range(size))))
            number += size
        else:
            items.append(condition(number))
            number += 1
    return Rule(key, tuple(items), "规则", parameters=parameters), values


_POLARS: dict[FactType, Any] = {
    FactType.BOOL: pl.Boolean,
    FactType.INT: pl.Int64,
    FactType.DECIMAL: pl.Decimal(18, 2),
    FactType.MONEY: pl.Int64,
    FactType.TEXT: pl.String,
    FactType.DATE: pl.Date,
    FactType.DATETIME: pl.Datetime("us", "UTC"),
    FactType.SET: pl.List(pl.String),
}


def frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """The rows as Polars would hold them: null for missing and NaN, ages beside the values."""
    columns: dict[str, pl.Series] = {}
    for fact in FACTS:
        bare: list[Any] = []
        taken: list[Any] = []
        for facts in rows:
            value = facts.get(fact.name)
            taken.append(value.as_of if isinstance(value, Seen) else None)
            value = value.value if isinstance(value, Seen) else value
            if isinstance(value, (float, Decimal)) and not Decimal(value).is_finite():
                value = None
            bare.append(sorted(value) if isinstance(value, frozenset) else value)
        columns[fact.name] = pl.Series(fact.name, bare, dtype=_POLARS[fact.type])
        columns[f"{fact.name}@"] = pl.Series(f"{fact.name}@", taken, pl.Datetime("us", "UTC"))
    return pl.DataFrame(columns)


def _literal(fact: Fact, value: Any) -> pl.Expr:
    return pl.lit(value, dtype=_POLARS[element_type(fact)])


def _compare(fact: Fact, op: Operator, wanted: Any) -> pl.Expr:
    column = pl.col(fact.name)
    if op in NO_VALUE:
        return column if op is Operator.IS_TRUE else ~column
    if op is Operator.BETWEEN:
        low, high = (_literal(fact, end) for end in wanted)
        return (column >= low) & (column <= high)
    if op is Operator.CONTAINS_ANY:
        found = [column.list.contains(_literal(fact, one)) for one in wanted]
        return reduce(lambda a, b: a | b, found)
    if op in MANY:
        equal = reduce(lambda a, b: a | b, [column == _literal(fact, one) for one in wanted])
        return equal if op is Operator.IN else ~equal
    if op is Operator.STARTS_WITH:
        return column.str.starts_with(wanted)
    name = {"lt": "__lt__", "le": "__le__", "gt": "__gt__", "ge": "__ge__"}.get(op, f"__{op}__")
    expression: pl.Expr = getattr(column, name)(_literal(fact, wanted))
    return expression


def polars_condition(condition: Condition, params: Mapping[str, Any]) -> pl.Expr:
    """TRUE, FALSE or null (Polars' own three-valued logic) for one condition."""
    fact = condition.fact
    wanted = params.get(condition.parameter) if condition.parameter else condition.operand
    if wanted is None and condition.operator not in NO_VALUE:
        return pl.lit(None, dtype=pl.Boolean)
    compared = _compare(fact, condition.operator, wanted)
    if fact.freshness is None:
        return compared
    age = pl.lit(AT, dtype=pl.Datetime("us", "UTC")) - pl.col(f"{fact.name}@")
    limit = pl.lit(fact.freshness, dtype=pl.Duration("us"))
    return pl.when(age <= limit).then(compared).otherwise(pl.lit(None, dtype=pl.Boolean))


def polars_rule(one: Rule, params: Mapping[str, Any]) -> pl.Expr:
    """The rule as one expression."""
    items = []
    for item in one.items:
        group = item.conditions if isinstance(item, AnyGroup) else (item,)
        expressions = [polars_condition(condition, params) for condition in group]
        items.append(reduce(lambda a, b: a | b, expressions))
    return reduce(lambda a, b: a & b, items)
