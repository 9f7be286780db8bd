"""A formula over one row: closures over plain Python numbers."""

from __future__ import annotations

import calendar
import operator
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from yishi.foundation.rulebook.facts import FactType
from yishi.foundation.rulebook.formulas.nodes import (
    Among,
    Binary,
    Case,
    Const,
    Div,
    Logic,
    Name,
    Node,
    Pick,
    Raised,
    TextTest,
    Today,
    Unary,
    fits,
    rounded,
)

Env = Mapping[str, Any]
Walk = Callable[[Env], Any]
#: The name under which the day of the run stands in an environment.
TODAY = ":today"
_DAY_ZERO = date(1970, 1, 1).toordinal()
_DAY_MICROSECONDS = 86_400_000_000
_CITY_OFFSET = 8 * 3_600_000_000
_TWO: dict[str, Callable[[Any, Any], Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}


def compiled(node: Node) -> Walk:
    """The walk of *node*: an environment of raw values → raw value, None for UNKNOWN."""
    return _COMPILERS[type(node)](node)


def full_months(start: int, end: int) -> int:
    """Complete months between two days; a month ends on the day of the same number, or on the
    month's last where there is none."""
    if end < start:
        return -full_months(end, start)
    first, last = date.fromordinal(start + _DAY_ZERO), date.fromordinal(end + _DAY_ZERO)
    due = min(first.day, calendar.monthrange(last.year, last.month)[1])
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < due)


def full_years(start: int, end: int) -> int:
    """Complete years between two days."""
    months = full_months(start, end)
    return months // 12 if months >= 0 else -(-months // 12)


_TWO |= {"full_months": full_months, "full_years": full_years}


def _kept(value: int, kind: FactType) -> int | None:
    return value if fits(value, kind) else None


def _const(node: Const) -> Walk:
    value = node.value
    return lambda env: value


def _name(node: Name) -> Walk:
    name = node.name
    return lambda env: env[name]


def _unary(node: Unary) -> Walk:
    of, op, kind = compiled(node.of), node.op, node.kind

    def walk(env: Env) -> Any:
        value = of(env)
        if value is None:
            return None
        if op == "not":
            return not value
        if op == "date_of":
            return _kept((value + _CITY_OFFSET) // _DAY_MICROSECONDS, kind)
        if op in ("neg", "abs"):
            return _kept(-value if op == "neg" else abs(value), kind)
        return getattr(date.fromordinal(value + _DAY_ZERO), op)

    return walk


def _raised(node: Raised) -> Walk:
    of, by, kind = compiled(node.of), 10**node.by, node.kind

    def walk(env: Env) -> Any:
        value = of(env)
        return None if value is None else _kept(value * by, kind)

    return walk


def _binary(node: Binary) -> Walk:
    left, right, two = compiled(node.left), compiled(node.right), _TWO[node.op]
    plain, kind = node.kind is FactType.BOOL, node.kind

    def walk(env: Env) -> Any:
        a, b = left(env), right(env)
        if a is None or b is None:
            return None
        return two(a, b) if plain else _kept(two(a, b), kind)

    return walk


def _div(node: Div) -> Walk:
    left, right, up, down = compiled(node.left), compiled(node.right), 10**node.up, 10**node.down

    def walk(env: Env) -> Any:
        top, bottom = left(env), right(env)
        if top is None or not bottom:
            return None
        return _kept(rounded(top * up, bottom * down), node.kind)

    return walk


def _logic(node: Logic) -> Walk:
    parts, decided = [compiled(part) for part in node.parts], node.op == "or"

    def walk(env: Env) -> Any:
        values = [part(env) for part in parts]
        if decided in values:
            return decided
        return None if None in values else not decided

    return walk


def _pick(node: Pick) -> Walk:
    parts, best = [compiled(part) for part in node.parts], min if node.op == "least" else max

    def walk(env: Env) -> Any:
        values = [part(env) for part in parts]
        return None if None in values else best(values)

    return walk


def _case(node: Case) -> Walk:
    branches = [(compiled(condition), compiled(then)) for condition, then in node.branches]
    otherwise = compiled(node.otherwise)

    def walk(env: Env) -> Any:
        for condition, then in branches:
            met = condition(env)
            if met is None:
                return None
            if met:
                return then(env)
        return otherwise(env)

    return walk


def _among(node: Among) -> Walk:
    of, values = compiled(node.of), frozenset(node.values)

    def walk(env: Env) -> Any:
        value = of(env)
        return None if value is None else value in values

    return walk


def _text_test(node: TextTest) -> Walk:
    of, word = compiled(node.of), node.word
    holds: Callable[[Any, str], bool] = (
        str.startswith if node.op == "starts_with" else operator.contains
    )

    def walk(env: Env) -> Any:
        value = of(env)
        return None if value is None else holds(value, word)

    return walk


_COMPILERS: dict[type[Node], Callable[[Any], Walk]] = {
    Const: _const,
    Name: _name,
    Today: lambda node: lambda env: env[TODAY],
    Unary: _unary,
    Raised: _raised,
    Binary: _binary,
    Div: _div,
    Logic: _logic,
    Pick: _pick,
    Case: _case,
    Among: _among,
    TextTest: _text_test,
}
