"""The same book in Polars: a second implementation to check the first against.

It shares the compiled book with the engine (which comparison belongs to which item) and nothing of
how anything is computed: Polars' own three-valued logic joins the conditions, numbers are 128 bits
wide, texts and sets are compared as strings.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yishi.foundation.rulebook.amounts import Amount, Fixed, PerUnit, Rate, Tiers
from yishi.foundation.rulebook.comparing import MANY, NO_VALUE, Operator
from yishi.foundation.rulebook.engine.book import Book
from yishi.foundation.rulebook.facts import Fact, FactType, scaled_int
from yishi.foundation.rulebook.formulas.frames import WIDE, kept, number, rounded
from yishi.foundation.rulebook.rules import Condition, ParameterDeclaration, element_type

_AS_OF = "__as_of"
_NUMBERS = (FactType.INT, FactType.DECIMAL, FactType.MONEY)
_PERCENT = {"%": 100, "‰": 1000}


@dataclass(frozen=True, eq=False)
class PolarsMatch:
    """``truths`` has one Boolean column per item (null: UNKNOWN), ``fen`` the amounts of its TRUE
    rows in their order, None where nothing is paid."""

    truths: pl.DataFrame
    fen: Mapping[str, pl.Series | None]

    def ranks(self, key: str) -> NDArray[np.uint8]:
        """0 FALSE, 1 UNKNOWN, 2 TRUE for every row."""
        column = self.truths[key]
        return (column.cast(pl.UInt8) * 2).fill_null(1).to_numpy()

    def awards(self, key: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows that are TRUE with their fen (0 where nothing is paid)."""
        rows = np.flatnonzero(self.truths[key].fill_null(False).to_numpy())
        fen = self.fen[key]
        return rows, np.zeros(len(rows), np.int64) if fen is None else fen.to_numpy()

    def total(self, key: str) -> int:
        """The sum of all awards in fen."""
        fen = self.fen[key]
        return 0 if fen is None else int(fen.cast(pl.Int128).sum())


def match(book: Book, frame: pl.DataFrame, params: Mapping[str, Any], at: datetime) -> PolarsMatch:
    """Every item for every row of a snapshot as Polars reads its Parquet file."""
    frame = _prepared(book, frame, params, at)
    tested = _tested(book, frame, params) if book.conditions else frame
    rules = tested.select(
        [
            reduce(
                lambda a, b: a & b,
                [reduce(lambda a, b: a | b, [pl.col(f"c{n}") for n in group]) for group in plan],
            ).alias(item.key)
            for item, plan in zip(book.items, book.plans, strict=True)
        ]
    )
    truths: list[pl.Series] = []
    fen: dict[str, pl.Series | None] = {}
    for item in book.items:
        truth = rules[item.key]
        fen[item.key] = None
        if item.amount is not None:
            truth, fen[item.key] = _paid(item.key, item.amount, truth, frame, params)
        truths.append(truth)
    return PolarsMatch(pl.DataFrame(truths), fen)


def _tested(book: Book, frame: pl.DataFrame, params: Mapping[str, Any]) -> pl.DataFrame:
    """One Boolean column per comparison. Texts and sets, of which there are few distinct ones, are
    compared once each, and every row takes the answer of its own."""
    numbers: dict[str, list[int]] = {}
    expressions = [
        _condition(condition, params).fill_null(pl.lit(None, dtype=pl.Boolean)).alias(f"c{n}")
        for n, condition in enumerate(book.conditions)
    ]
    for n, condition in enumerate(book.conditions):
        if frame[condition.fact.name].dtype == pl.Categorical:
            numbers.setdefault(condition.fact.name, []).append(n)
    once = {n for some in numbers.values() for n in some}
    whole = frame.select(":row", *[one for n, one in enumerate(expressions) if n not in once])
    columns = {column.name: column for column in whole}
    for name, some in numbers.items():
        words = frame[name].unique().drop_nulls().cast(pl.String)
        small = pl.DataFrame([pl.int_range(len(words), eager=True).alias(":row"), words])
        place = frame[name].cast(pl.Enum(words)).to_physical()
        for column in small.select(":row", *[expressions[n] for n in some]).drop(":row"):
            columns[column.name] = column.gather(place)
    return pl.DataFrame([columns[f"c{n}"] for n in range(len(expressions))])


def read(path: Path | str) -> pl.DataFrame:
    """A snapshot's file; dictionary columns become categorical ones."""
    return pl.read_parquet(path)


def _prepared(
    book: Book, frame: pl.DataFrame, params: Mapping[str, Any], at: datetime
) -> pl.DataFrame:
    """Stale and undated values as null, what is not there as null, derived facts beside them."""
    columns = [seen(fact, frame, at).alias(name) for name, fact in book.facts.items()]
    height = frame.height
    frame = frame.select([pl.int_range(pl.len()).alias(":row"), *columns])
    assert frame.height == height
    for one in book.derived:
        value = one.formula.polars(environment(one.formula.facts), params, at)
        if one.fact.type in _NUMBERS:
            value = value.cast(pl.Int64)
        frame = frame.with_columns(value.alias(one.fact.name))
    return frame


def environment(facts: Mapping[str, Fact]) -> dict[str, pl.Expr]:
    """What formulas read: numbers wide enough for every intermediate one, texts as such."""
    return {
        name: pl.col(name).cast(WIDE if fact.type in _NUMBERS else _dtype(fact.type))
        for name, fact in facts.items()
    }


def seen(fact: Fact, frame: pl.DataFrame, at: datetime) -> pl.Expr:
    """A fact as it may be used at *at*: null where it is missing, stale or undated."""
    if fact.name not in frame.columns:
        return pl.lit(None, dtype=_dtype(fact.type))
    value = pl.col(fact.name)
    if frame[fact.name].dtype != pl.Categorical:
        value = value.cast(_dtype(fact.type))
    if fact.freshness is None:
        return value
    if fact.name + _AS_OF not in frame.columns:
        return pl.lit(None, dtype=_dtype(fact.type))
    age = pl.lit(at.astimezone(UTC), dtype=pl.Datetime("us", "UTC")) - pl.col(fact.name + _AS_OF)
    return pl.when(age <= pl.lit(fact.freshness, dtype=pl.Duration("us"))).then(value)


def _dtype(kind: FactType) -> Any:
    return {
        FactType.BOOL: pl.Boolean,
        FactType.TEXT: pl.String,
        FactType.SET: pl.String,
        FactType.DATE: pl.Date,
        FactType.DATETIME: pl.Datetime("us", "UTC"),
    }.get(kind, pl.Int64)


def _literal(fact: Fact, value: Any) -> pl.Expr:
    kind = element_type(fact)
    if kind is FactType.DECIMAL:
        value = scaled_int(value, fact.scale)
    if kind is FactType.DATETIME:
        value = value.astimezone(UTC)
    return pl.lit(value, dtype=_dtype(kind))


def _condition(condition: Condition, params: Mapping[str, Any]) -> pl.Expr:
    fact, op = condition.fact, condition.operator
    column = pl.col(fact.name)
    if op in NO_VALUE:
        return column if op is Operator.IS_TRUE else column.not_()
    wanted = params.get(condition.parameter) if condition.parameter else condition.operand
    if wanted is None:
        return pl.when(pl.col(":row") < 0).then(True)
    if op is Operator.BETWEEN:
        return (column >= _literal(fact, wanted[0])) & (column <= _literal(fact, wanted[1]))
    if op is Operator.CONTAINS_ANY:
        around = pl.lit("|") + column + pl.lit("|")
        return _any([around.str.contains(f"|{word}|", literal=True) for word in sorted(wanted)])
    if op in MANY:
        same = _any([column == _literal(fact, one) for one in wanted])
        return same if op is Operator.IN else same.not_()
    if op is Operator.STARTS_WITH:
        return column.str.starts_with(wanted)
    return _COMPARED[op](column, _literal(fact, wanted))


def _any(parts: Sequence[pl.Expr]) -> pl.Expr:
    return reduce(lambda a, b: a | b, parts)


_COMPARED: dict[Operator, Callable[[pl.Expr, pl.Expr], pl.Expr]] = {
    Operator.EQ: lambda a, b: a == b,
    Operator.NE: lambda a, b: a != b,
    Operator.LT: lambda a, b: a < b,
    Operator.LE: lambda a, b: a <= b,
    Operator.GT: lambda a, b: a > b,
    Operator.GE: lambda a, b: a >= b,
}


# Amounts


def _paid(
    key: str, amount: Amount, truth: pl.Series, frame: pl.DataFrame, params: Mapping[str, Any]
) -> tuple[pl.Series, pl.Series | None]:
    """The truth with UNKNOWN where the amount is, and the amounts of the rows that are TRUE."""
    if not all(_parameter_ready(one, params) for one in amount.operands()):
        unknown = pl.DataFrame([truth]).select(
            pl.when(pl.col(key).fill_null(True)).then(None).otherwise(pl.lit(False)).alias(key)
        )
        return unknown[key].cast(pl.Boolean), pl.Series(key, [], dtype=pl.Int64)
    holds = truth.fill_null(False)
    if isinstance(amount, Fixed):
        fen = pl.Series(key, [_value(amount.fen, params)], dtype=pl.Int64)
        return truth, fen.new_from_index(0, int(holds.sum()))
    assert amount.fact is not None
    values = frame[amount.fact.name].filter(holds)
    computed = pl.DataFrame([values.alias("x")]).select(_fen(amount, params).alias(key))[key]
    if not computed.null_count():
        return truth, computed
    rows = holds.arg_true().filter(computed.is_null())
    none = pl.Series([None], dtype=pl.Boolean).new_from_index(0, len(rows))
    return truth.scatter(rows, none), computed.drop_nulls()


def _parameter_ready(operand: Any, params: Mapping[str, Any]) -> bool:
    """A parameter in force, not negative and not beyond what amounts may be."""
    if not isinstance(operand, ParameterDeclaration):
        return True
    value = params.get(operand.name)
    return value is not None and 0 <= value <= (10**16 if operand.type is FactType.MONEY else 1000)


def _value(operand: Any, params: Mapping[str, Any]) -> Any:
    return params[operand.name] if isinstance(operand, ParameterDeclaration) else operand


def _fen(amount: Amount, params: Mapping[str, Any]) -> pl.Expr:
    x = pl.col("x").cast(WIDE)
    low: Any = None
    high: Any = None
    if isinstance(amount, Rate):
        top, bottom = _value(amount.rate, params).as_integer_ratio()
        if isinstance(amount.rate, ParameterDeclaration):
            bottom *= _PERCENT.get(amount.rate.unit, 1)
        fen = rounded(x * number(top), number(bottom))
        low, high = amount.floor, amount.cap
    elif isinstance(amount, PerUnit):
        base = 10**amount.fact.scale if amount.fact.type is FactType.DECIMAL else 1
        fen = rounded(x * number(_value(amount.fen, params)), number(base))
        high = amount.cap
    else:
        assert isinstance(amount, Tiers)
        fen = pl.when(x.is_not_null()).then(number(0))
        for start, (_, given) in zip(amount.starts(), amount.steps, strict=True):
            fen = pl.when(x >= number(start)).then(number(_value(given, params))).otherwise(fen)
    floor = 0 if low is None else _value(low, params)
    fen = pl.when(fen < number(floor)).then(number(floor)).otherwise(fen)
    if high is not None:
        cap = number(_value(high, params))
        fen = pl.when(fen > cap).then(cap).otherwise(fen)
    return kept(pl.when(x.is_not_null()).then(fen)).cast(pl.Int64)
