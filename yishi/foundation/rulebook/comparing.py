"""A condition as a closure over one row of facts: the walk that every automatic decision takes."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from yishi.foundation.rulebook.facts import PYTHON, Fact, FactType, Seen, is_nan, typed
from yishi.foundation.rulebook.outcome import (
    FALSE,
    MISSING,
    NAN,
    NO_PARAMETER,
    STALE,
    TRUE,
    UNDATED,
)


class Operator(StrEnum):
    """The closed list of comparisons."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    IN = "in"
    NOT_IN = "not_in"
    IS_TRUE = "is_true"
    IS_FALSE = "is_false"
    CONTAINS_ANY = "contains_any"
    STARTS_WITH = "starts_with"
    BETWEEN = "between"


_ORDERED = frozenset(
    Operator(name) for name in ("eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "between")
)
ALLOWED: dict[FactType, frozenset[Operator]] = {
    FactType.BOOL: frozenset({Operator.IS_TRUE, Operator.IS_FALSE}),
    FactType.INT: _ORDERED,
    FactType.DECIMAL: _ORDERED,
    FactType.MONEY: _ORDERED,
    FactType.DATE: _ORDERED,
    FactType.DATETIME: _ORDERED,
    FactType.TEXT: frozenset(
        {Operator.EQ, Operator.NE, Operator.IN, Operator.NOT_IN, Operator.STARTS_WITH}
    ),
    FactType.SET: frozenset({Operator.CONTAINS_ANY}),
}
#: Operators that take a list of values (``between`` takes exactly two: both ends belong to it).
MANY = frozenset({Operator.IN, Operator.NOT_IN, Operator.CONTAINS_ANY})
NO_VALUE = frozenset({Operator.IS_TRUE, Operator.IS_FALSE})

HOLDS: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQ: operator.eq,
    Operator.NE: operator.ne,
    Operator.LT: operator.lt,
    Operator.LE: operator.le,
    Operator.GT: operator.gt,
    Operator.GE: operator.ge,
    Operator.IN: lambda value, wanted: value in wanted,
    Operator.NOT_IN: lambda value, wanted: value not in wanted,
    Operator.IS_TRUE: lambda value, _: value,
    Operator.IS_FALSE: lambda value, _: not value,
    Operator.CONTAINS_ANY: lambda value, wanted: not value.isdisjoint(wanted),
    Operator.STARTS_WITH: str.startswith,
    Operator.BETWEEN: lambda value, ends: ends[0] <= value <= ends[1],
}

Test = Callable[[Mapping[str, Any], Mapping[str, Any], datetime], int]


def look(fact: Fact, value: Any, at: datetime) -> tuple[int, Any]:
    """(0, typed value), or (state, None) when *value* says nothing at *at*.

    Raises:
        FactError: when the value is of another type than declared.
    """
    as_of: datetime | None = None
    if type(value) is Seen:
        as_of, value = value.as_of, value.value
    if value is None:
        return MISSING, None
    if fact.freshness is not None:
        if as_of is None:
            return UNDATED, None
        if at - as_of > fact.freshness:
            return STALE, None
    value = typed(fact.name, fact.type, value)
    return (NAN, None) if is_nan(value) else (0, value)


def compile_test(fact: Fact, op: Operator, operand: Any, parameter: str) -> Test:
    """The test of one comparison: facts, parameters, moment → state."""
    name, holds = fact.name, HOLDS[op]
    kind: type[Any] = PYTHON[fact.type]
    # Whatever could be stale, not finite, naive or of a subclass takes the long way round.
    always_look = fact.freshness is not None or fact.type is FactType.DATETIME
    may_be_nan = fact.type is FactType.DECIMAL

    def test(facts: Mapping[str, Any], params: Mapping[str, Any], at: datetime) -> int:
        value: Any = facts.get(name)
        if always_look or type(value) is not kind:
            state, value = look(fact, value, at)
            if state:
                return state
        elif may_be_nan and not value.is_finite():
            return NAN
        return TRUE if holds(value, operand) else FALSE

    def test_parameter(facts: Mapping[str, Any], params: Mapping[str, Any], at: datetime) -> int:
        value: Any = facts.get(name)
        if always_look or type(value) is not kind:
            state, value = look(fact, value, at)
            if state:
                return state
        elif may_be_nan and not value.is_finite():
            return NAN
        wanted = params.get(parameter)
        if wanted is None:
            return NO_PARAMETER
        return TRUE if holds(value, wanted) else FALSE

    return test_parameter if parameter else test
