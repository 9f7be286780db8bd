"""A formula over NumPy columns, exact in 64 bits: rows whose numbers might not fit are done again
with Python's whole numbers, and are UNKNOWN where the result does not fit either."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

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
    fits,
    rounded,
)
from yishi.foundation.rulebook.formulas.rows import TODAY

Flags = NDArray[np.bool_]
_SAFE = 2**62
_DAY_MICROSECONDS = 86_400_000_000
_CITY_OFFSET = 8 * 3_600_000_000


@dataclass(frozen=True, slots=True)
class Vector:
    """Values of a node for all rows; ``known`` None where all are. A text's values are indexes
    into ``words``. A constant has arrays of length one."""

    values: NDArray[Any]
    known: Flags | None = None
    words: Sequence[Any] = ()


Env = Mapping[str, Vector]
_UFUNCS: dict[str, Callable[[Any, Any], Any]] = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
_EXACT: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
}


def computed(node: Node, env: Env) -> Vector:
    """The vector of *node*."""
    return _COMPUTERS[type(node)](node, env)


def both(*masks: Flags | None) -> Flags | None:
    """Known where all are known."""
    found: Flags | None = None
    for mask in masks:
        if mask is not None:
            found = mask if found is None else found & mask
    return found


def most(values: NDArray[Any]) -> int:
    """The largest absolute value, as a Python number (the smallest 64-bit one has no opposite)."""
    return max(int(values.max()), -int(values.min()), 0) if values.size else 0


def _redone(
    fast: NDArray[np.int64],
    known: Flags | None,
    risky: Flags,
    operands: Sequence[NDArray[Any]],
    exact: Callable[..., int],
    kind: FactType,
) -> Vector:
    """*fast* with its *risky* rows computed exactly."""
    rows = np.flatnonzero(risky if known is None else risky & known)
    if not rows.size:
        return Vector(fast, known)
    fast = fast.copy()
    mask = np.ones(fast.shape, np.bool_) if known is None else known.copy()
    sides = [np.broadcast_to(side, fast.shape)[rows].tolist() for side in operands]
    for row, *values in zip(rows.tolist(), *sides, strict=True):
        value = exact(*values)
        if fits(value, kind):
            fast[row] = value
        else:
            fast[row], mask[row] = 0, False
    return Vector(fast, mask)


def _estimate(op: str, a: NDArray[Any], b: NDArray[Any]) -> Flags:
    x, y = np.abs(a.astype(np.float64)), np.abs(b.astype(np.float64))
    risky: Flags = (x * y if op == "mul" else x + y) >= _SAFE
    return risky


def _arithmetic(op: str, kind: FactType, left: Vector, right: Vector) -> Vector:
    a, b = left.values, right.values
    known = both(left.known, right.known)
    high, low = most(a), most(b)
    fast = _UFUNCS[op](a, b)
    if (high * low if op == "mul" else high + low) < _SAFE:
        return _days_kept(fast, known, kind)
    vector = _redone(fast, known, _estimate(op, a, b), (a, b), _EXACT[op], kind)
    return _days_kept(vector.values, vector.known, kind)


def _days_kept(values: NDArray[Any], known: Flags | None, kind: FactType) -> Vector:
    if kind is not FactType.DATE:
        return Vector(values, known)
    return Vector(values, both(known, (values >= FIRST_DAY) & (values <= LAST_DAY)))


def _const(node: Const, env: Env) -> Vector:
    if node.kind is FactType.TEXT:
        return Vector(np.zeros(1, np.int64), None, (node.value,))
    kind = np.bool_ if node.kind is FactType.BOOL else np.int64
    return Vector(np.array([node.value], kind))


def _unary(node: Unary, env: Env) -> Vector:
    of = computed(node.of, env)
    values = of.values
    if node.op == "not":
        return Vector(~values, of.known)
    if node.op == "date_of":
        return _days_kept(
            (values.astype(np.int64) + _CITY_OFFSET) // _DAY_MICROSECONDS, of.known, node.kind
        )
    if node.op in ("neg", "abs"):
        fast = np.negative(values) if node.op == "neg" else np.abs(values)
        smallest = values == np.iinfo(np.int64).min
        return Vector(fast, both(of.known, ~smallest) if smallest.any() else of.known)
    year, month, day = _calendar(values)
    return Vector({"year": year, "month": month, "day": day}[node.op], of.known)


def _calendar(days: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    dates = days.astype(np.int64).view("M8[D]")
    months = dates.astype("M8[M]")
    number = months.view(np.int64)
    day = (dates - months.astype("M8[D]")).view(np.int64) + 1
    return number // 12 + 1970, number % 12 + 1, day


def _months(start: NDArray[Any], end: NDArray[Any]) -> NDArray[np.int64]:
    early, late = np.minimum(start, end), np.maximum(start, end)
    year, month, day = _calendar(early)
    last_year, last_month, last_day = _calendar(late)
    number = late.astype(np.int64).view("M8[D]").astype("M8[M]")
    length = ((number + 1).astype("M8[D]") - number.astype("M8[D]")).view(np.int64)
    months = (last_year - year) * 12 + last_month - month - (last_day < np.minimum(day, length))
    signed: NDArray[np.int64] = np.where(end < start, -months, months)
    return signed


def _raised(node: Raised, env: Env) -> Vector:
    of = computed(node.of, env)
    by = Vector(np.array([10**node.by], np.int64))
    return _arithmetic("mul", node.kind, of, by) if node.by else of


def _binary(node: Binary, env: Env) -> Vector:
    left, right = computed(node.left, env), computed(node.right, env)
    if node.op in _EXACT:
        return _arithmetic(node.op, node.kind, left, right)
    known = both(left.known, right.known)
    if node.op in ("full_months", "full_years"):
        months = _months(*np.broadcast_arrays(left.values, right.values))
        years = np.sign(months) * (np.abs(months) // 12)
        return Vector(months if node.op == "full_months" else years, known)
    if node.left.kind is FactType.TEXT:
        left, right = _one_vocabulary(left, right)
    return Vector(_UFUNCS[node.op](left.values, right.values), known)


def _one_vocabulary(*vectors: Vector) -> list[Vector]:
    """Texts numbered alike."""
    words: dict[Any, int] = {}
    found = []
    for vector in vectors:
        # One place more, for the index -1 of missing values.
        numbers = [words.setdefault(word, len(words)) for word in vector.words]
        table = np.array([*numbers, -1], np.int64)
        found.append(Vector(table[vector.values], vector.known))
    return [Vector(one.values, one.known, tuple(words)) for one in found]


def _div(node: Div, env: Env) -> Vector:
    left, right = computed(node.left, env), computed(node.right, env)
    top, bottom = left.values.astype(np.int64), right.values.astype(np.int64)
    known = both(left.known, right.known)
    zero = bottom == 0
    if zero.any():
        known = both(known, ~zero)
        bottom = np.where(zero, 1, bottom)
    up, down = 10**node.up, 10**node.down
    high, low = most(top) * up, most(bottom) * down
    fits = 2 * high + low < _SAFE and 2 * low < _SAFE
    if fits and top.size and int(top.min()) >= 0 and int(bottom.min()) > 0:
        quotient = top * (2 * up) + bottom * down
        quotient //= bottom * (2 * down)
        return Vector(quotient, known)
    with np.errstate(all="ignore"):  # rows that wrap here are done again below
        x, y = np.abs(top) * up, np.abs(bottom) * down
        half_up = (2 * x + y) // (2 * y)
    fast = np.where((top < 0) == (bottom < 0), half_up, -half_up)
    if fits:
        return Vector(fast, known)
    shape = np.broadcast_shapes(top.shape, bottom.shape)
    a, b = np.abs(top.astype(np.float64)) * up, np.abs(bottom.astype(np.float64)) * down
    risky = np.broadcast_to((2 * a + b >= _SAFE) | (2 * b >= _SAFE), shape)
    return _redone(
        fast, known, risky, (top, bottom), lambda t, u: rounded(t * up, u * down), node.kind
    )


def _logic(node: Logic, env: Env) -> Vector:
    """Kleene: a part that decides makes the whole known, whatever the others are."""
    decided = node.op == "or"
    met: Flags | None = None
    known: Flags | None = None
    for part in node.parts:
        one = computed(part, env)
        decides = one.values.astype(np.bool_) == decided
        if one.known is not None:
            decides = decides & one.known
        met = decides if met is None else met | decides
        known = both(known, one.known)
    assert met is not None
    values = met if decided else ~met
    return Vector(values, None if known is None else known | met)


def _pick(node: Pick, env: Env) -> Vector:
    best = np.minimum if node.op == "least" else np.maximum
    found = computed(node.parts[0], env)
    for part in node.parts[1:]:
        one = computed(part, env)
        found = Vector(best(found.values, one.values), both(found.known, one.known))
    return found


def _case(node: Case, env: Env) -> Vector:
    values = [computed(then, env) for _, then in node.branches]
    values.append(computed(node.otherwise, env))
    if node.kind is FactType.TEXT:
        values = _one_vocabulary(*values)
    found = values[-1]
    for (condition, _), then in zip(reversed(node.branches), reversed(values[:-1]), strict=True):
        met = computed(condition, env)
        masks = [then.known, found.known]
        known: Flags | None = None
        if any(mask is not None for mask in masks):
            sides = [np.bool_(True) if mask is None else mask for mask in masks]
            known = np.where(met.values, *sides)
        chosen = np.where(met.values, then.values, found.values)
        found = Vector(chosen, both(known, met.known), found.words)
    return found


def _among(node: Among, env: Env) -> Vector:
    of = computed(node.of, env)
    if node.of.kind is FactType.TEXT:
        table = np.array([*(word in node.values for word in of.words), False])
        return Vector(table[of.values], of.known)
    return Vector(np.isin(of.values, np.array(node.values, np.int64)), of.known)


def _text_test(node: TextTest, env: Env) -> Vector:
    of = computed(node.of, env)
    if node.op == "starts_with":
        table = np.array([*(word.startswith(node.word) for word in of.words), False])
    else:
        table = np.array([*(node.word in word for word in of.words), False])
    return Vector(table[of.values], of.known)


_COMPUTERS: dict[type[Node], Callable[[Any, Env], Vector]] = {
    Const: _const,
    Name: lambda node, env: env[node.name],
    Today: lambda node, env: env[TODAY],
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
