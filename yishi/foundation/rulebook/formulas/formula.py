"""A formula with what it names, and a fact derived by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.rulebook.columns import Column, as_integer, known_rows
from yishi.foundation.rulebook.comparing import look
from yishi.foundation.rulebook.errors import FactError, RuleError
from yishi.foundation.rulebook.facts import TYPE_NAMES, Fact, FactType, scaled_int
from yishi.foundation.rulebook.formulas import arrays, rows
from yishi.foundation.rulebook.formulas.grammar import read, refuse
from yishi.foundation.rulebook.formulas.nodes import MOST_PLACES, Node, Raised
from yishi.foundation.rulebook.outcome import MISSING, NO_PARAMETER
from yishi.foundation.rulebook.rules import ParameterDeclaration
from yishi.foundation.rulebook.wording import CITY_TIME

if TYPE_CHECKING:
    import polars as pl

_DAY_ZERO = date(1970, 1, 1)
#: Decimal parameters carry no scale of their own; formulas read them with this many places.
PARAMETER_PLACES = MOST_PLACES // 2


@dataclass(frozen=True, eq=False)
class Formula:
    """A checked formula; ``facts`` and ``parameters`` are the declarations it names. ``scale`` is
    the number of decimal places of its value."""

    text: str
    tree: Node
    facts: Mapping[str, Fact]
    parameters: Mapping[str, ParameterDeclaration]
    walk: rows.Walk = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "walk", rows.compiled(self.tree))

    @property
    def type(self) -> FactType:
        return self.tree.kind

    @property
    def scale(self) -> int:
        return self.tree.scale

    @property
    def names(self) -> frozenset[str]:
        """Every fact and parameter it names."""
        return frozenset(self.facts) | frozenset(self.parameters)

    def one(self, facts: Mapping[str, Any], params: Mapping[str, Any], at: datetime) -> Any:
        """The value for one row as a fact holds it; None for UNKNOWN.

        Raises:
            FactError: when a fact has another type than declared, or more places than its scale.
        """
        env: dict[str, Any] = {rows.TODAY: today(at)}
        for name, fact in self.facts.items():
            state, value = look(fact, facts.get(name), at)
            env[name] = None if state else raw(fact, value)
        for name, declared in self.parameters.items():
            env[name] = parameter_raw(declared, params.get(name))
        return self._typed(self.walk(env))

    def causes(
        self, facts: Mapping[str, Any], params: Mapping[str, Any], at: datetime
    ) -> list[tuple[str, int]]:
        """The facts and parameters that were not known, with the state that says why."""
        found = [(name, look(fact, facts.get(name), at)[0]) for name, fact in self.facts.items()]
        for name in self.parameters:
            found.append((name, NO_PARAMETER if params.get(name) is None else 0))
        return [(name, state) for name, state in found if state]

    def _typed(self, value: Any) -> Any:
        if value is None:
            return None
        if self.type is FactType.DECIMAL:
            return Decimal(value).scaleb(-self.scale)
        if self.type is FactType.DATE:
            return _DAY_ZERO + timedelta(days=value)
        return bool(value) if self.type is FactType.BOOL else value

    def columns(
        self, columns: Mapping[str, Column], params: Mapping[str, Any], at: datetime, count: int
    ) -> Column:
        """The values for *count* rows; a fact without a column is unknown everywhere."""
        env = {rows.TODAY: arrays.Vector(np.array([today(at)], np.int64))}
        for name, fact in self.facts.items():
            env[name] = _vector(fact, columns.get(name), at)
        for name, declared in self.parameters.items():
            env[name] = _parameter(declared, parameter_raw(declared, params.get(name)))
        found = arrays.computed(self.tree, env)
        values = np.broadcast_to(found.values, (count,))
        valid = None if found.known is None else np.broadcast_to(found.known, (count,))
        if self.type is FactType.TEXT and valid is not None:
            values = np.where(valid, values, -1)
        return Column(values, valid, categories=tuple(found.words))

    def polars(
        self, facts: Mapping[str, pl.Expr], params: Mapping[str, Any], at: datetime
    ) -> pl.Expr:
        """The formula in Polars over expressions of its facts (null where unknown or stale)."""
        import polars as pl

        from yishi.foundation.rulebook.formulas import frames

        env = {rows.TODAY: pl.lit(at.astimezone(CITY_TIME).date(), dtype=pl.Date)}
        for name in self.facts:
            env[name] = facts[name]
        for name, declared in self.parameters.items():
            env[name] = _parameter_expression(declared, parameter_raw(declared, params.get(name)))
        return frames.expression(self.tree, env)


def today(at: datetime) -> int:
    """The day of *at* in the city, in days since 1970-01-01."""
    return (at.astimezone(CITY_TIME).date() - _DAY_ZERO).days


def raw(fact: Fact, value: Any) -> Any:
    """A typed value as the evaluators hold it.

    Raises:
        FactError: for a decimal with more places than the fact's scale.
    """
    if fact.type in (FactType.BOOL, FactType.TEXT, FactType.SET):
        return value
    number = as_integer(fact, value)
    if not -(2**63) <= number < 2**63:
        raise FactError(fact.name, "超出 64 位整数", "range")
    return number


def parameter_raw(declared: ParameterDeclaration, value: Any) -> Any:
    """A parameter's value as the evaluators hold it; None where none is in force."""
    if value is None or declared.type is FactType.TEXT:
        return value
    if isinstance(value, Decimal):
        number = scaled_int(value, PARAMETER_PLACES)
        if number is None:
            message = f"参数 {declared.name} 在公式中最多 {PARAMETER_PLACES} 位小数"
            raise RuleError(declared.name, message, "range")
        return number
    return as_integer(Fact(declared.name, declared.type, declared.label), value)


def _vector(fact: Fact, column: Column | None, at: datetime) -> arrays.Vector:
    if column is None:
        kind = np.bool_ if fact.type is FactType.BOOL else np.int64
        return arrays.Vector(np.zeros(1, kind), np.zeros(1, np.bool_), ("",))
    values: NDArray[Any] = column.values
    there = known_rows(fact, column, at, slice(0, len(values)))
    kind = np.bool_ if fact.type is FactType.BOOL else np.int64
    return arrays.Vector(values.astype(kind, copy=False), there, column.categories)


def _parameter(declared: ParameterDeclaration, value: Any) -> arrays.Vector:
    if declared.type is FactType.TEXT:
        mask = np.zeros(1, np.bool_) if value is None else None
        return arrays.Vector(np.zeros(1, np.int64), mask, (value or "",))
    if value is None:
        return arrays.Vector(np.zeros(1, np.int64), np.zeros(1, np.bool_))
    return arrays.Vector(np.array([value], np.int64))


def _parameter_expression(declared: ParameterDeclaration, value: Any) -> pl.Expr:
    import polars as pl

    from yishi.foundation.rulebook.formulas import frames

    if declared.type is FactType.TEXT:
        return pl.lit(value, dtype=pl.String)
    if declared.type is FactType.DATE:
        day = None if value is None else _DAY_ZERO + timedelta(days=value)
        return pl.lit(day, dtype=pl.Date)
    if declared.type is FactType.DATETIME:
        return pl.lit(value, dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
    return pl.lit(value, dtype=frames.WIDE)


@dataclass(frozen=True)
class Derived:
    """A fact whose value is computed; unknown inputs (missing, stale, undated) make it unknown."""

    fact: Fact
    formula: Formula

    def states(
        self, facts: Mapping[str, Any], params: Mapping[str, Any], at: datetime
    ) -> list[tuple[str, int]]:
        """Why it is unknown: its inputs that were not known; the fact itself where all were (a
        division by zero, a number too large)."""
        return self.formula.causes(facts, params, at) or [(self.fact.name, MISSING)]


def parse(
    text: str, facts: Mapping[str, Fact], parameters: Mapping[str, ParameterDeclaration]
) -> Formula:
    """The formula that *text* says.

    Raises:
        RuleError: with the column, for whatever the language does not have.
    """
    from yishi.foundation.rulebook.formulas.checking import Checker

    tree = read(text)
    checker = Checker(facts, parameters)
    try:
        node = checker.node(tree)
    except RecursionError:
        raise refuse("公式嵌套过深") from None
    if node.kind is FactType.SET:
        raise refuse("公式的值不能是集合", code="type")
    if node.kind is FactType.DATETIME:
        raise refuse("公式的值不能是时间，请用 date_of 取日期", code="type")
    if node.kind is FactType.MONEY and node.scale:
        raise refuse("金额不是整分：请用 fen(…) 四舍五入到分", code="range")
    return Formula(text, node, checker.used_facts, checker.used_parameters)


def derived_from(
    fact: Fact,
    text: str,
    facts: Mapping[str, Fact],
    parameters: Mapping[str, ParameterDeclaration],
) -> Derived:
    """The fact *fact* with the formula *text*, brought to the fact's decimal places.

    Raises:
        RuleError: where the formula is refused or its value is not of the fact's type.
    """
    made = parse(text, {k: v for k, v in facts.items() if k != fact.name}, parameters)
    if made.type is not fact.type:
        wanted, found = TYPE_NAMES[fact.type], TYPE_NAMES[made.type]
        raise RuleError("formula", f"事实为{wanted}，公式得到{found}", "type")
    if fact.freshness is not None:
        raise RuleError("freshness", "派生事实没有自己的时效，随其来源")
    if fact.type is FactType.DECIMAL and made.scale != fact.scale:
        if made.scale > fact.scale:
            message = f"公式有 {made.scale} 位小数，事实只有 {fact.scale} 位：请先取整"
            raise RuleError("formula", message, "range")
        raised = Raised(FactType.DECIMAL, fact.scale, made.tree, fact.scale - made.scale)
        made = Formula(text, raised, made.facts, made.parameters)
    return Derived(fact, made)
