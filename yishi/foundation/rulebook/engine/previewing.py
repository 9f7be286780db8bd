"""An item being edited, tried on a whole snapshot: who, how much, and who just misses it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.rulebook.columns import Bits, Column, as_integer
from yishi.foundation.rulebook.comparing import Operator
from yishi.foundation.rulebook.engine.blocks import everything
from yishi.foundation.rulebook.engine.book import Book, Item
from yishi.foundation.rulebook.engine.matching import match, row_count
from yishi.foundation.rulebook.engine.result import Match, rows_of
from yishi.foundation.rulebook.facts import FactType
from yishi.foundation.rulebook.formulas import Derived
from yishi.foundation.rulebook.formulas.nodes import HIGH
from yishi.foundation.rulebook.rules import Condition

_COUNTED = (FactType.INT, FactType.MONEY, FactType.DECIMAL, FactType.DATE, FactType.DATETIME)


@dataclass(frozen=True, eq=False)
class Near:
    """Rows for which everything else is TRUE and only this condition (or ``any`` group) is FALSE.

    ``gap`` says for every row by how much the value misses, in the unit of columns (fen, days,
    units of 10**-scale); None where a comparison has no distance, or for groups.
    """

    item: int
    conditions: tuple[Condition, ...]
    rows: NDArray[np.int64]
    gap: NDArray[np.int64] | None

    def closest(self, count: int) -> list[tuple[int, int | None]]:
        """The rows that miss by least, with their gap."""
        if self.gap is None:
            return [(int(row), None) for row in self.rows[:count]]
        order = np.argsort(self.gap, kind="stable")[:count]
        return [(int(self.rows[i]), int(self.gap[i])) for i in order]


@dataclass(frozen=True, eq=False)
class Preview:
    """What an item would do; ``match`` opens every pair."""

    true: int
    unknown: int
    false: int
    total_fen: int
    near: list[Near]
    match: Match


def preview(
    item: Item,
    columns: Mapping[str, Column],
    params: Mapping[str, Any],
    at: datetime,
    *,
    derived: Iterable[Derived] = (),
) -> Preview:
    """Evaluate one item over all rows of *columns*."""
    book = Book([item], derived)
    needed = {name: columns[name] for name in book.facts if name in columns}
    found = match(book, needed, params, at, rows=row_count(columns))
    return Preview(
        found.true(item.key),
        found.unknown(item.key),
        found.false(item.key),
        found.total(item.key),
        _near(book, found, needed, params, at),
        found,
    )


def _near(
    book: Book, found: Match, columns: Mapping[str, Column], params: Mapping[str, Any], at: datetime
) -> list[Near]:
    assert found.tests is not None and found.known is not None
    full = everything(found.rows) if found.rows else np.zeros(0, np.uint64)
    sure: list[Bits] = []
    possible: list[Bits] = []
    for group in book.plans[0]:
        own, perhaps = np.zeros_like(full), np.zeros_like(full)
        for n in group:
            own = own | found.tests[n]
            fact = found.known_index[n]
            perhaps = perhaps | (full if fact < 0 else found.tests[n] | ~found.known[fact])
        sure.append(own)
        possible.append(perhaps)
    before = [full]
    for own in sure[:-1]:
        before.append(before[-1] & own)
    after, near = full, []
    for i in reversed(range(len(sure))):
        rows = rows_of(before[i] & after & ~possible[i], found.rows)
        after = after & sure[i]
        conditions = tuple(book.conditions[n] for n in book.plans[0][i])
        if rows.size:
            gap = _gap(book, conditions, rows, columns, params, at)
            near.append(Near(i, conditions, rows, gap))
    return near[::-1]


def _gap(
    book: Book,
    conditions: tuple[Condition, ...],
    rows: NDArray[np.int64],
    columns: Mapping[str, Column],
    params: Mapping[str, Any],
    at: datetime,
) -> NDArray[np.int64] | None:
    condition = conditions[0]
    if len(conditions) > 1 or condition.fact.type not in _COUNTED:
        return None
    operand = params.get(condition.parameter) if condition.parameter else condition.operand
    values = taken(book, condition.fact.name, rows, columns, params, at)
    if values is None or operand is None:
        return None

    op = condition.operator
    if op is Operator.BETWEEN:
        low, high = (_distance(values, as_integer(condition.fact, end)) for end in operand)
        return np.minimum(low, high)
    if op in (Operator.GE, Operator.LE, Operator.EQ):
        return _distance(values, as_integer(condition.fact, operand))
    if op in (Operator.GT, Operator.LT):
        # The value itself is not enough: one more than the distance.
        return np.minimum(_distance(values, as_integer(condition.fact, operand)), HIGH - 1) + 1
    return None


def _distance(values: NDArray[np.int64], wanted: int) -> NDArray[np.int64]:
    """How far apart they are, at most 2**63 - 1 (unsigned subtraction is right for all signs)."""
    goal = np.full(values.shape, wanted, np.int64)
    upper, lower = np.maximum(values, goal), np.minimum(values, goal)
    apart = upper.view(np.uint64) - lower.view(np.uint64)
    return np.minimum(apart, np.uint64(HIGH)).astype(np.int64)


def taken(
    book: Book,
    name: str,
    rows: NDArray[np.int64],
    columns: Mapping[str, Column],
    params: Mapping[str, Any],
    at: datetime,
) -> NDArray[np.int64] | None:
    """The values of a fact (derived or not) in some rows."""
    if name in columns:
        return columns[name].values[rows].astype(np.int64)
    some = take(columns, rows)
    for one in book.derived:
        some[one.fact.name] = one.formula.columns(some, params, at, len(rows))
    return some[name].values.astype(np.int64) if name in some else None


def take(columns: Mapping[str, Column], rows: NDArray[np.int64]) -> dict[str, Column]:
    """The columns of some rows, in the order of *rows*."""
    return {
        name: Column(
            c.values[rows],
            None if c.valid is None else c.valid[rows],
            None if c.as_of is None else c.as_of[rows],
            c.categories,
        )
        for name, c in columns.items()
    }
