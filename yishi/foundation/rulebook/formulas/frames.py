"""A formula as a Polars expression: the second implementation, in 128-bit whole numbers.

Polars swallows null in minima and treats an unknown WHEN as no; both are written out here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from functools import reduce
from typing import Any

import polars as pl

from yishi.foundation.rulebook.facts import FactType
from yishi.foundation.rulebook.formulas.nodes import (
    FIRST_DAY,
    LAST_DAY,
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
)
from yishi.foundation.rulebook.formulas.rows import TODAY

Env = Mapping[str, pl.Expr]
WIDE = pl.Int128
_DAY_ZERO = date(1970, 1, 1)


def expression(node: Node, env: Env) -> pl.Expr:
    """The expression of *node*: numbers as Int128, days as Date, null for UNKNOWN."""
    return _MAKERS[type(node)](node, env)


def number(value: int) -> pl.Expr:
    """A whole number that does not narrow what it meets."""
    return pl.lit(value, dtype=WIDE)


def kept(expr: pl.Expr) -> pl.Expr:
    """Null for what does not fit 64 bits."""
    return expr.cast(pl.Int64, strict=False).cast(WIDE)


def rounded(top: pl.Expr, bottom: pl.Expr) -> pl.Expr:
    """ROUND_HALF_UP of top / bottom, null for a zero below."""
    base = bottom.abs()
    base = pl.when(base > number(0)).then(base)
    half_up = (top.abs() * number(2) + base) // (base * number(2))
    same = (top < number(0)) == (bottom < number(0))
    return pl.when(same).then(half_up).otherwise(number(0) - half_up)


def known_all(parts: list[pl.Expr], value: pl.Expr) -> pl.Expr:
    """*value* where no part is null."""
    return pl.when(reduce(lambda a, b: a & b, [part.is_not_null() for part in parts])).then(value)


def _const(node: Const, env: Env) -> pl.Expr:
    if node.kind is FactType.DATE:
        return pl.lit(_DAY_ZERO + timedelta(days=node.value), dtype=pl.Date)
    if node.kind in (FactType.TEXT, FactType.BOOL):
        return pl.lit(node.value)
    return number(node.value)


def _days(expr: pl.Expr) -> pl.Expr:
    return expr.cast(pl.Int32).cast(WIDE)


def _date(days: pl.Expr) -> pl.Expr:
    inside = days.is_between(number(FIRST_DAY), number(LAST_DAY))
    return pl.when(inside).then(days).cast(pl.Int32).cast(pl.Date)


def _unary(node: Unary, env: Env) -> pl.Expr:
    of = expression(node.of, env)
    if node.op == "not":
        return of.not_()
    if node.op == "neg":
        return kept(number(0) - of)
    if node.op == "abs":
        return kept(of.abs())
    if node.op == "date_of":
        return of.dt.convert_time_zone("Asia/Shanghai").dt.date()
    parts = {"year": of.dt.year, "month": of.dt.month, "day": of.dt.day}
    return parts[node.op]().cast(WIDE)


def _months(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    early = pl.when(start <= end).then(start).otherwise(end)
    late = pl.when(start <= end).then(end).otherwise(start)
    due = pl.min_horizontal(early.dt.day(), late.dt.month_end().dt.day())
    months = (
        (late.dt.year() - early.dt.year()) * 12
        + late.dt.month().cast(pl.Int32)
        - early.dt.month().cast(pl.Int32)
        - (late.dt.day() < due).cast(pl.Int32)
    )
    signed = pl.when(start <= end).then(months).otherwise(-months)
    return known_all([start, end], signed).cast(WIDE)


def _binary(node: Binary, env: Env) -> pl.Expr:
    left, right = expression(node.left, env), expression(node.right, env)
    if node.op in ("full_months", "full_years"):
        months = _months(left, right)
        if node.op == "full_months":
            return months
        years = months.abs() // number(12)
        return pl.when(months >= number(0)).then(years).otherwise(number(0) - years)
    if node.left.kind is FactType.DATE and node.op in ("add", "sub"):
        left = _days(left)
        right = _days(right) if node.right.kind is FactType.DATE else right
    made: dict[str, Callable[[], pl.Expr]] = {
        "add": lambda: left + right,
        "sub": lambda: left - right,
        "mul": lambda: left * right,
        "eq": lambda: left == right,
        "ne": lambda: left != right,
        "lt": lambda: left < right,
        "le": lambda: left <= right,
        "gt": lambda: left > right,
        "ge": lambda: left >= right,
    }
    value = made[node.op]()
    if node.kind is FactType.BOOL:
        return value
    return _date(value) if node.kind is FactType.DATE else kept(value)


def _div(node: Div, env: Env) -> pl.Expr:
    top = expression(node.left, env) * number(10**node.up)
    bottom = expression(node.right, env) * number(10**node.down)
    return kept(rounded(top, bottom))


def _logic(node: Logic, env: Env) -> pl.Expr:
    parts = [expression(part, env) for part in node.parts]
    return reduce((lambda a, b: a & b) if node.op == "and" else (lambda a, b: a | b), parts)


def _pick(node: Pick, env: Env) -> pl.Expr:
    parts = [expression(part, env) for part in node.parts]
    best = pl.min_horizontal(parts) if node.op == "least" else pl.max_horizontal(parts)
    return known_all(parts, best)


def _case(node: Case, env: Env) -> pl.Expr:
    found = expression(node.otherwise, env)
    for condition, then in reversed(node.branches):
        met = expression(condition, env)
        chosen = pl.when(met).then(expression(then, env)).otherwise(found)
        found = pl.when(met.is_not_null()).then(chosen)
    return found


def _among(node: Among, env: Env) -> pl.Expr:
    of = expression(node.of, env)
    same = [of == _const(Const(node.of.kind, node.of.scale, value), env) for value in node.values]
    return reduce(lambda a, b: a | b, same)


def _text_test(node: TextTest, env: Env) -> pl.Expr:
    of = expression(node.of, env)
    if node.op == "starts_with":
        return of.str.starts_with(node.word)
    return (pl.lit("|") + of + pl.lit("|")).str.contains(f"|{node.word}|", literal=True)


_MAKERS: dict[type[Node], Callable[[Any, Env], pl.Expr]] = {
    Const: _const,
    Name: lambda node, env: env[node.name],
    Today: lambda node, env: env[TODAY],
    Unary: _unary,
    Raised: lambda node, env: kept(expression(node.of, env) * number(10**node.by)),
    Binary: _binary,
    Div: _div,
    Logic: _logic,
    Pick: _pick,
    Case: _case,
    Among: _among,
    TextTest: _text_test,
}
