"""The same rules over columns: bit sets of "certainly" and "possibly", block by block.

Kleene's three values are two bits: *sure* (TRUE) and *possible* (TRUE or UNKNOWN). AND and OR of
three values are then AND and OR of either bit. Equal comparisons of different rules are made once;
texts and sets are compared once per distinct value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.rulebook.comparing import HOLDS, MANY, Operator
from yishi.foundation.rulebook.errors import FactError, RuleError
from yishi.foundation.rulebook.facts import Fact, FactType, Seen, is_nan, scaled_int, typed
from yishi.foundation.rulebook.rules import Condition, Rule

BLOCK = 131_072
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY_ZERO = date(1970, 1, 1).toordinal()
_MICROSECOND = timedelta(microseconds=1)
#: "Time unknown" in ``Column.as_of``.
NO_TIME = np.iinfo(np.int64).min

Bits = NDArray[np.uint64]
Flags = NDArray[np.bool_]
Signature = tuple[str, Operator, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """The values of one fact, all arrays of shape (rows,).

    ``values``: bool_; integers for int and money (fen); integers of 10**-scale for decimal; days
    since 1970-01-01 for date; microseconds since 1970-01-01 UTC for datetime; for text and set the
    index into ``categories`` (-1 where missing). ``valid`` is False where the value is missing or
    no finite number (None: all are there). ``as_of``: microseconds since 1970-01-01 UTC at which
    the source gave it, `NO_TIME` where unknown.
    """

    values: NDArray[Any]
    valid: Flags | None = None
    as_of: NDArray[np.int64] | None = None
    categories: Sequence[str | frozenset[str]] = ()


@dataclass(frozen=True, slots=True)
class ColumnsOutcome:
    """Bit sets by rule key: row *i* is bit ``i % 64`` of word ``i // 64``. ``conditions`` has,
    where it was asked for, (sure, possible) by (rule key, condition key)."""

    rows: int
    sure: Mapping[str, Bits]
    possible: Mapping[str, Bits]
    conditions: Mapping[tuple[str, str], tuple[Bits, Bits]] = field(default_factory=dict)

    def truths(self, key: str) -> NDArray[np.uint8]:
        """0 FALSE, 1 UNKNOWN, 2 TRUE for every row."""
        return ranks(self.sure[key], self.possible[key], self.rows)

    def counts(self, key: str) -> dict[str, int]:
        """How many rows are true, false and unknown."""
        true = int(np.bitwise_count(self.sure[key]).sum())
        possible = int(np.bitwise_count(self.possible[key]).sum())
        return {"true": true, "false": self.rows - possible, "unknown": possible - true}


def ranks(sure: Bits, possible: Bits, rows: int) -> NDArray[np.uint8]:
    """0 FALSE, 1 UNKNOWN, 2 TRUE for every row of a pair of bit sets."""

    def flags(bits: Bits) -> NDArray[np.uint8]:
        return np.unpackbits(bits.view(np.uint8), bitorder="little", count=rows)

    total: NDArray[np.uint8] = flags(sure) + flags(possible)
    return total


def evaluate_columns(
    rules: Sequence[Rule],
    columns: Mapping[str, Column],
    params: Mapping[str, Any],
    at: datetime,
    *,
    conditions: bool = False,
) -> ColumnsOutcome:
    """Every rule for every row. A fact without a column is missing everywhere.

    Raises:
        RuleError: when two rules declare a fact differently, or columns differ in length.
    """
    rows = _rows(columns)
    facts = _facts(rules)
    plans = [[[_signature(c, params) for c in group] for group in _groups(rule)] for rule in rules]
    signatures = dict.fromkeys(one for plan in plans for group in plan for one in group)
    index = {one: i for i, one in enumerate(signatures)}
    tests = _Tests(facts, columns, index, at)
    words = -(-rows // 64)
    sure = np.zeros((len(rules), words), np.uint64)
    possible = np.zeros_like(sure)
    depth = words if conditions else min(words, BLOCK // 64)
    kept = np.zeros((2, len(index), depth), np.uint64)
    numbers = [[[index[one] for one in group] for group in plan] for plan in plans]
    for start in range(0, rows, BLOCK):
        stop = min(start + BLOCK, rows)
        out = slice(start // 64, -(-stop // 64))
        here = out if conditions else slice(0, out.stop - out.start)
        tests.block(slice(start, stop), kept[:, :, here])
        for target, bits in ((sure, kept[0, :, here]), (possible, kept[1, :, here])):
            for r, plan in enumerate(numbers):
                _join(plan, bits, target[r, out])
    keys = [rule.key for rule in rules]
    return ColumnsOutcome(
        rows,
        dict(zip(keys, sure, strict=True)),
        dict(zip(keys, possible, strict=True)),
        _by_condition(rules, params, index, kept) if conditions else {},
    )


def _join(plan: Sequence[Sequence[int]], bits: NDArray[np.uint64], out: Bits) -> None:
    """AND over the groups of *plan*, OR within each; *bits* has one row per test."""
    out[:] = ~np.uint64(0)
    for group in plan:
        joined = bits[group[0]]
        for i in group[1:]:
            joined = joined | bits[i]
        np.bitwise_and(out, joined, out=out)


def _by_condition(
    rules: Sequence[Rule],
    params: Mapping[str, Any],
    index: Mapping[Signature, int],
    kept: NDArray[np.uint64],
) -> dict[tuple[str, str], tuple[Bits, Bits]]:
    found = {}
    for rule in rules:
        for _, condition in rule.flat:
            i = index[_signature(condition, params)]
            found[rule.key, condition.key] = kept[0, i], kept[1, i]
    return found


def _rows(columns: Mapping[str, Column]) -> int:
    lengths = {len(column.values) for column in columns.values()}
    if len(lengths) > 1:
        raise RuleError("columns", f"各列长度不一：{sorted(lengths)}")
    return lengths.pop() if lengths else 0


def _facts(rules: Iterable[Rule]) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for rule in rules:
        for name, fact in rule.facts.items():
            known = facts.setdefault(name, fact)
            if (known.type, known.scale, known.freshness) != (
                fact.type,
                fact.scale,
                fact.freshness,
            ):
                raise RuleError(f"{rule.key}.{name}", "同一事实在两条规则中声明不同")
    return facts


def _groups(rule: Rule) -> list[list[Condition]]:
    return [[c for _, c in rule.flat[start:stop]] for start, stop in rule.spans]


def _signature(condition: Condition, params: Mapping[str, Any]) -> Signature:
    operand = condition.operand
    if condition.parameter:
        operand = params.get(condition.parameter, _NO_VALUE)
    return condition.fact.name, condition.operator, operand


class _NoValue:
    def __repr__(self) -> str:
        return "no value"


_NO_VALUE = _NoValue()


class _Tests:
    """All distinct comparisons of a run, ready to be made block by block."""

    def __init__(
        self,
        facts: Mapping[str, Fact],
        columns: Mapping[str, Column],
        index: Iterable[Signature],
        at: datetime,
    ) -> None:
        self.facts, self.columns, self.at = facts, columns, at
        self.tests = [
            (name, _vector(facts[name], op, operand, columns.get(name)))
            for name, op, operand in index
        ]

    def block(self, rows: slice, out: NDArray[np.uint64]) -> None:
        """Fill out[0] with the sure and out[1] with the possible bits of every test."""
        known: dict[str, tuple[Bits, Bits]] = {}
        everything = packed(np.ones(rows.stop - rows.start, np.bool_))
        for i, (name, test) in enumerate(self.tests):
            if test is None:
                out[0, i], out[1, i] = 0, everything
                continue
            column = self.columns[name]
            if name not in known:
                mask = known_rows(self.facts[name], column, self.at, rows)
                there = everything if mask is None else packed(mask)
                known[name] = there, everything & ~there
            there, unknown = known[name]
            np.bitwise_and(packed(test(column.values[rows])), there, out=out[0, i])
            np.bitwise_or(out[0, i], unknown, out=out[1, i])


def packed(flags: Flags) -> Bits:
    packed = np.packbits(flags, bitorder="little")
    if not len(packed) % 8:
        return packed.view(np.uint64)
    words = np.zeros(-(-len(flags) // 64), np.uint64)
    words.view(np.uint8)[: len(packed)] = packed
    return words


def known_rows(fact: Fact, column: Column, at: datetime, rows: slice) -> Flags | None:
    """Which rows are there and fresh; None when all are."""
    mask = None if column.valid is None else column.valid[rows]
    if fact.freshness is None:
        return mask
    if column.as_of is None:
        return np.zeros(rows.stop - rows.start, np.bool_)
    taken = column.as_of[rows]
    oldest = (at - EPOCH - fact.freshness) // _MICROSECOND
    fresh: Flags = (taken >= oldest) & (taken != NO_TIME)
    return fresh if mask is None else fresh & mask


_UFUNCS: dict[Operator, Callable[[Any, Any], Flags]] = {
    Operator.EQ: np.equal,
    Operator.NE: np.not_equal,
    Operator.LT: np.less,
    Operator.LE: np.less_equal,
    Operator.GT: np.greater,
    Operator.GE: np.greater_equal,
}


def _vector(
    fact: Fact, op: Operator, operand: Any, column: Column | None
) -> Callable[[NDArray[Any]], Flags] | None:
    """The test over an array; None where nothing can be known (no column, no parameter)."""
    if column is None or operand is _NO_VALUE:
        return None
    if fact.type in (FactType.TEXT, FactType.SET):
        holds = HOLDS[op]
        # One place more, for the index -1 of missing values.
        table = np.array([*(bool(holds(one, operand)) for one in column.categories), False])
        return lambda codes: table[codes]
    if fact.type is FactType.BOOL:
        return np.logical_not if op is Operator.IS_FALSE else lambda values: values.astype(np.bool_)
    if op is Operator.BETWEEN:
        low, high = (as_integer(fact, end) for end in operand)
        return lambda values: (values >= low) & (values <= high)
    if op in MANY:
        wanted = np.array(sorted(as_integer(fact, one) for one in operand), np.int64)
        return lambda values: np.isin(values, wanted, invert=op is Operator.NOT_IN)
    compare, number = _UFUNCS[op], as_integer(fact, operand)
    return lambda values: compare(values, number)


def as_integer(fact: Fact, value: Any) -> int:
    """*value* (typed) as columns hold it.

    Raises:
        FactError: when a decimal has more places than the fact's scale.
    """
    if isinstance(value, Decimal):
        number = scaled_int(value, fact.scale)
        if number is None:
            raise FactError(fact.name, f"{fact.label}最多 {fact.scale} 位小数：{value}", "range")
        return number
    if isinstance(value, datetime):
        return (value - EPOCH) // _MICROSECOND
    if isinstance(value, date):
        return value.toordinal() - _DAY_ZERO
    return int(value)


def column_of(fact: Fact, rows: Sequence[Any]) -> Column:
    """A column from row values as `evaluate` takes them (bare, `Seen` or None).

    Raises:
        FactError: for a value that is not of the declared type or does not fit 64 bits.
    """
    taken = [row.as_of if isinstance(row, Seen) else None for row in rows]
    bare = [row.value if isinstance(row, Seen) else row for row in rows]
    values = [None if value is None else typed(fact.name, fact.type, value) for value in bare]
    values = [None if is_nan(value) else value for value in values]
    valid = np.array([value is not None for value in values], np.bool_)
    as_of = np.array(
        [NO_TIME if moment is None else (moment - EPOCH) // _MICROSECOND for moment in taken],
        np.int64,
    )
    if fact.type in (FactType.TEXT, FactType.SET):
        codes: dict[Any, int] = {}
        numbers = [-1 if v is None else codes.setdefault(v, len(codes)) for v in values]
        return Column(np.array(numbers, np.int32), valid, as_of, tuple(codes))
    if fact.type is FactType.BOOL:
        return Column(np.array([bool(value) for value in values], np.bool_), valid, as_of)
    try:
        held = np.array([0 if v is None else as_integer(fact, v) for v in values], np.int64)
    except OverflowError:
        raise FactError(fact.name, "超出 64 位整数", "range") from None
    return Column(held, valid, as_of)
