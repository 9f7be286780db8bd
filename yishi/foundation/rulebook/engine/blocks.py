"""The distinct comparisons of a book over blocks of columns, as packed bits.

Row *i* is bit ``i % 64`` of word ``i // 64``. A comparison gives its *sure* bits (TRUE); it is
possible (TRUE or UNKNOWN) where it is sure or its fact is not known, so that one set of known bits
per fact stands for all its comparisons.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.rulebook.columns import (
    BLOCK,
    Bits,
    Column,
    Flags,
    as_integer,
    known_rows,
    packed,
)
from yishi.foundation.rulebook.comparing import HOLDS, MANY, Operator
from yishi.foundation.rulebook.engine.book import Book
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.rules import Condition

ALL = ~np.uint64(0)
MOST_EQUALS = 12
#: Takes the block's values and a buffer of flags of their length; gives packed bits.
Compare = Callable[[NDArray[Any], Flags], Bits]
_UFUNCS: dict[Operator, Callable[..., Flags]] = {
    Operator.EQ: np.equal,
    Operator.NE: np.not_equal,
    Operator.LT: np.less,
    Operator.LE: np.less_equal,
    Operator.GT: np.greater,
    Operator.GE: np.greater_equal,
}


def everything(rows: int) -> Bits:
    """The first *rows* bits set."""
    words = np.full(-(-rows // 64), ALL, np.uint64)
    if rows % 64:
        words[-1] = np.uint64((1 << rows % 64) - 1)
    return words


def flags_of(bits: Bits, rows: int) -> Flags:
    """Packed bits as booleans."""
    return np.unpackbits(bits.view(np.uint8), bitorder="little", count=rows).view(np.bool_)


class Blocks:
    """A book prepared for given columns, parameters and moment.

    ``groups`` lists for every fact the numbers of its comparisons; ``known_index`` gives for every
    comparison its row in the known bits (-1: never known, for want of a column or a parameter).
    """

    def __init__(
        self, book: Book, columns: Mapping[str, Column], params: Mapping[str, Any], at: datetime
    ) -> None:
        self.book, self.columns, self.params, self.at = book, columns, params, at
        self.named = {c.fact.name: c.fact for c in book.conditions}
        for item in book.items:
            self.named |= item.amount.facts if item.amount else {}
        self.names = list(self.named)
        self.derived = {one.fact.name for one in book.derived}
        row = {name: i for i, name in enumerate(self.names)}
        self.fact_row = row
        self.known_index = [row[c.fact.name] if self._answers(c) else -1 for c in book.conditions]
        self.groups: dict[str, list[int]] = {}
        for i, c in enumerate(book.conditions):
            if self.known_index[i] >= 0:
                self.groups.setdefault(c.fact.name, []).append(i)
        self._fixed = {
            name: self._made(numbers, columns[name])
            for name, numbers in self.groups.items()
            if name not in self.derived
        }

    def _answers(self, condition: Condition) -> bool:
        name = condition.fact.name
        there = name in self.columns or name in self.derived
        return there and not (condition.parameter and self.params.get(condition.parameter) is None)

    def may_be_unknown(self, number: int) -> bool:
        """Whether a comparison can be UNKNOWN for any row."""
        if self.known_index[number] < 0:
            return True
        fact = self.book.conditions[number].fact
        if fact.name in self.derived or fact.freshness is not None:
            return True
        return self.columns[fact.name].valid is not None

    def _made(self, numbers: Sequence[int], column: Column) -> _Made:
        """The comparisons of one fact over arrays like *column*'s."""
        compares: list[tuple[int, Compare]] = []
        scattered: list[tuple[int, Flags]] = []
        for i in numbers:
            condition = self.book.conditions[i]
            operand = condition.operand
            if condition.parameter:
                operand = self.params[condition.parameter]
            fact, op = condition.fact, condition.operator
            if fact.type not in (FactType.TEXT, FactType.SET):
                compares.append((i, comparison(fact, op, operand)))
                continue
            holds = HOLDS[op]
            answers = np.array([bool(holds(one, operand)) for one in column.categories], np.bool_)
            run = one_run(answers)
            if run is None:
                scattered.append((i, answers))
            else:
                compares.append((i, _in_run(*run)))
        return _Made(compares, _tables(scattered))

    def block(self, rows: slice) -> dict[str, Column]:
        """The columns of a block of rows, the derived ones computed."""
        found = {
            name: Column(
                c.values[rows],
                None if c.valid is None else c.valid[rows],
                None if c.as_of is None else c.as_of[rows],
                c.categories,
            )
            for name, c in self.columns.items()
            if name not in self.derived
        }
        for one in self.book.derived:
            found[one.fact.name] = one.formula.columns(
                found, self.params, self.at, rows.stop - rows.start
            )
        return found

    def known(self, columns: Mapping[str, Column], count: int) -> NDArray[np.uint64]:
        """The known bits of every fact named, one row each."""
        full = everything(count)
        out = np.zeros((len(self.names), len(full)), np.uint64)
        for i, name in enumerate(self.names):
            column = columns.get(name)
            if column is None:
                continue
            mask = known_rows(self.named[name], column, self.at, slice(0, count))
            out[i] = full if mask is None else packed(mask)
        return out

    def tests(
        self, columns: Mapping[str, Column], known: NDArray[np.uint64], out: NDArray[np.uint64]
    ) -> None:
        """Fill *out* with the sure bits of every comparison (zero where it cannot answer)."""
        buffer = np.empty(min(BLOCK, out.shape[1] * 64), np.bool_)
        for name, numbers in self.groups.items():
            column = columns[name]
            there = known[self.fact_row[name]]
            flags = buffer[: len(column.values)]
            made = self._fixed.get(name) or self._made(numbers, column)
            for i, compare in made.compares:
                np.bitwise_and(compare(column.values, flags), there, out=out[i])
            if made.tables:
                places = column.values.astype(np.intp, copy=False)
            for eight, table in made.tables:
                answers = np.take(table, places, mode="wrap")
                for bit, i in enumerate(eight):
                    one = np.bitwise_and(answers, 1 << bit, out=flags.view(np.uint8))
                    np.bitwise_and(packed(one), there, out=out[i])


@dataclass(frozen=True, slots=True)
class _Made:
    """Comparisons by their number; tables with the answers of eight of them for every category."""

    compares: list[tuple[int, Compare]]
    tables: list[tuple[list[int], NDArray[np.uint8]]]


def comparison(fact: Fact, op: Operator, operand: Any) -> Compare:
    """One comparison of anything but texts and sets; rows not known give anything."""
    if fact.type is FactType.BOOL:
        wanted = op is not Operator.IS_FALSE
        return lambda values, flags: packed(np.equal(values, wanted, out=flags))
    if op is Operator.BETWEEN:
        low, high = (as_integer(fact, end) for end in operand)

        def between(values: NDArray[Any], flags: Flags) -> Bits:
            above = packed(np.greater_equal(values, low, out=flags))
            return above & packed(np.less_equal(values, high, out=flags))

        return between
    if op in MANY:
        numbers = sorted(as_integer(fact, one) for one in operand)
        return _among(numbers, op is Operator.NOT_IN)
    ufunc, number = _UFUNCS[op], as_integer(fact, operand)
    return lambda values, flags: packed(ufunc(values, number, out=flags))


def _among(numbers: Sequence[int], negated: bool) -> Compare:
    if len(numbers) > MOST_EQUALS:
        wanted = np.array(numbers, np.int64)
        return lambda values, flags: packed(np.isin(values, wanted, invert=negated))

    def equals(values: NDArray[Any], flags: Flags) -> Bits:
        found = packed(np.equal(values, numbers[0], out=flags))
        for number in numbers[1:]:
            found = found | packed(np.equal(values, number, out=flags))
        return ~found if negated else found

    return equals


def one_run(answers: Flags) -> tuple[int, int] | None:
    """(start, stop) where the categories that hold stand together (sorted ones often do), (0, 0)
    where none does; None where they are scattered."""
    edges = np.flatnonzero(np.diff(answers.astype(np.int8), prepend=0, append=0))
    if len(edges) > 2:
        return None
    return (int(edges[0]), int(edges[1])) if len(edges) else (0, 0)


def _in_run(start: int, stop: int) -> Compare:
    """Texts and sets are compared once per distinct value; what is left is a comparison of their
    numbers: one, since unsigned, what lies before the run is far beyond it."""

    def compare(values: NDArray[Any], flags: Flags) -> Bits:
        if stop - start == 1:
            return packed(np.equal(values, start, out=flags))
        place = (values - start).view(f"u{values.dtype.itemsize}")
        return packed(np.less(place, stop - start, out=flags))

    return compare


def _tables(scattered: Sequence[tuple[int, Flags]]) -> list[tuple[list[int], NDArray[np.uint8]]]:
    """One look-up answers eight comparisons, a bit each."""
    found = []
    for first in range(0, len(scattered), 8):
        eight = scattered[first : first + 8]
        # One place more, for the index -1 of missing values.
        table = np.zeros(len(eight[0][1]) + 1, np.uint8)
        for bit, (_, answers) in enumerate(eight):
            table[:-1] |= answers.astype(np.uint8) << bit
        found.append(([i for i, _ in eight], table))
    return found
