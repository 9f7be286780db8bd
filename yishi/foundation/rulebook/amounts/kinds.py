"""The four kinds of amount, strictly typed when made, over one row and over columns.

ROUND_HALF_UP to the fen, once; never negative (a negative result is 0); an input or a parameter
that is not known makes the amount UNKNOWN, never 0. A number beyond 64 bits is UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from math import gcd
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.rulebook.columns import Column, known_rows
from yishi.foundation.rulebook.comparing import look
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import Fact, FactType, scaled_int
from yishi.foundation.rulebook.formulas.formula import raw
from yishi.foundation.rulebook.formulas.nodes import HIGH, MOST_SHIFT, rounded
from yishi.foundation.rulebook.rules import ParameterDeclaration

Params = Mapping[str, Any]
Fen = NDArray[np.int64]
Flags = NDArray[np.bool_]
_SAFE = 2**62
RATE_PLACES = 12
#: Largest literal or parameter in fen, and largest rate: with them 128 bits hold every product.
MOST_FEN, MOST_RATE = 10**16, 1_000
_UNITS = {"%": 2, "‰": 3}


def _dated(where: str, operand: Any, kind: FactType) -> None:
    if isinstance(operand, ParameterDeclaration):
        if operand.type is not kind or operand.many:
            raise RuleError(where, f"参数 {operand.name} 应为单个{_NAMES[kind]}", "type")
    elif kind is FactType.MONEY:
        if type(operand) is not int or not 0 <= operand <= MOST_FEN:
            raise RuleError(where, "应为不小于零的整分", "type")
    elif type(operand) is not Decimal or not operand.is_finite() or not 0 <= operand <= MOST_RATE:
        raise RuleError(where, "应为不小于零的小数", "type")


_NAMES = {FactType.MONEY: "金额（分）", FactType.DECIMAL: "小数"}


def _fen(operand: Any, params: Params) -> int | None:
    """The operand's value; None where its parameter has none in force (or a negative one)."""
    if isinstance(operand, ParameterDeclaration):
        operand = params.get(operand.name)
    return operand if operand is not None and 0 <= operand <= MOST_FEN else None


@dataclass(frozen=True, slots=True)
class Bound:
    """An amount with the parameters in force. ``fast`` may be used while the largest value times
    ``weight`` stays below 2**62; the limits are applied to both."""

    exact: Callable[[int], int]
    fast: Callable[[Fen], Fen]
    weight: int = 1
    low: int = 0
    high: int | None = None
    #: Whether a larger value never pays less.
    rises: bool = True

    def one(self, value: int) -> int | None:
        """Fen for one value; None beyond 64 bits."""
        fen = max(self.exact(value), self.low)
        fen = fen if self.high is None else min(fen, self.high)
        return fen if fen <= HIGH else None

    def of_values(self, values: NDArray[Any]) -> tuple[Fen, Flags | None, int]:
        """Fen for known *values*, which of them fit 64 bits (None: all), and what none exceeds."""
        if not values.size:
            return np.zeros(0, np.int64), None, 0
        least, greatest = int(values.min()), int(values.max())
        if max(greatest, -least) * self.weight < _SAFE:
            fen = self.fast(values.astype(np.int64, copy=False))
            if self.low or least < 0:
                np.maximum(fen, self.low, out=fen)
            if self.high is not None:
                np.minimum(fen, self.high, out=fen)
            top = self.one(greatest) if self.rises else self.high
            return fen, None, HIGH if top is None else top
        exact = [self.one(value) for value in values.tolist()]
        fits = np.array([one is not None for one in exact], np.bool_)
        fen = np.array([one or 0 for one in exact], np.int64)
        return fen, None if fits.all() else fits, HIGH


class Amount:
    """What the kinds have in common."""

    fact: Fact | None
    kind: ClassVar[str]

    def operands(self) -> Iterator[Any]:
        """Literals and parameters."""
        raise NotImplementedError

    def bound(self, params: Params) -> Bound | None:
        """The amount with *params*; None where one of its parameters has no (usable) value."""
        raise NotImplementedError

    def _bound(self, params: Params) -> Bound | None:
        """`bound`, made once where no parameter can change it."""
        kept: Bound | None = self.__dict__.get("_kept")
        if kept is None:
            kept = self.bound(params)
            if kept is not None and not self.parameters:
                object.__setattr__(self, "_kept", kept)
        return kept

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_kept"}

    @property
    def parameters(self) -> dict[str, ParameterDeclaration]:
        """The parameters named."""
        found = [one for one in self.operands() if isinstance(one, ParameterDeclaration)]
        return {one.name: one for one in found}

    @property
    def facts(self) -> dict[str, Fact]:
        """The facts named."""
        return {self.fact.name: self.fact} if self.fact is not None else {}

    def constant(self, params: Params) -> int | None:
        """The amount where it is the same for everybody, else None."""
        return None

    def one(self, facts: Mapping[str, Any], params: Params, at: datetime) -> int | None:
        """Fen for one row; None for UNKNOWN.

        Raises:
            FactError: when the fact has another type than declared.
        """
        bound, number = self._bound(params), 0
        if bound is None:
            return None
        if self.fact is not None:
            state, value = look(self.fact, facts.get(self.fact.name), at)
            if state:
                return None
            number = raw(self.fact, value)
        return bound.one(number)

    def columns(
        self,
        columns: Mapping[str, Column],
        params: Params,
        at: datetime,
        rows: NDArray[np.int64],
    ) -> tuple[Fen, Flags | None]:
        """Fen for the given *rows*, and which of them are known (None: all)."""
        bound = self.bound(params)
        if self.fact is None and bound is not None:
            return np.full(len(rows), bound.exact(0)), None
        column = columns.get(self.fact.name) if self.fact is not None else None
        if bound is None or column is None or self.fact is None:
            return np.zeros(len(rows), np.int64), np.zeros(len(rows), np.bool_)
        known = known_rows(self.fact, column, at, slice(0, len(column.values)))
        fen, fits, _ = bound.of_values(column.values[rows])
        if known is None:
            return fen, fits
        return fen, known[rows] if fits is None else known[rows] & fits


@dataclass(frozen=True)
class Fixed(Amount):
    """The same for everybody."""

    fen: int | ParameterDeclaration
    kind = "fixed"
    fact = None

    def __post_init__(self) -> None:
        _dated("fixed", self.fen, FactType.MONEY)

    def operands(self) -> Iterator[Any]:
        yield self.fen

    def constant(self, params: Params) -> int | None:
        return _fen(self.fen, params)

    def bound(self, params: Params) -> Bound | None:
        fen = _fen(self.fen, params)
        return None if fen is None else Bound(lambda _: fen, lambda v: np.full(v.shape, fen))


@dataclass(frozen=True)
class Rate(Amount):
    """A share of a money fact, not below ``floor`` and not above ``cap`` (the cap wins)."""

    fact: Fact
    rate: Decimal | ParameterDeclaration
    floor: int | ParameterDeclaration | None = None
    cap: int | ParameterDeclaration | None = None
    kind = "rate"

    def __post_init__(self) -> None:
        if self.fact.type is not FactType.MONEY:
            raise RuleError("rate.fact", f"{self.fact.label}不是金额", "type")
        _dated("rate.rate", self.rate, FactType.DECIMAL)
        if isinstance(self.rate, Decimal) and self._share({}) is None:
            raise RuleError("rate.rate", f"最多 {RATE_PLACES} 位小数", "range")
        for where, operand in (("rate.floor", self.floor), ("rate.cap", self.cap)):
            if operand is not None:
                _dated(where, operand, FactType.MONEY)
        if isinstance(self.floor, int) and isinstance(self.cap, int) and self.floor > self.cap:
            raise RuleError("rate.floor", "下限大于上限", "range")

    def operands(self) -> Iterator[Any]:
        yield from (one for one in (self.rate, self.floor, self.cap) if one is not None)

    def _share(self, params: Params) -> tuple[int, int] | None:
        """The rate as a fraction of whole numbers; a parameter in percent is taken as such."""
        value: Any = self.rate
        shift = 0
        if isinstance(value, ParameterDeclaration):
            value, shift = params.get(value.name), _UNITS.get(value.unit, 0)
        if value is None or not 0 <= value <= MOST_RATE:
            return None
        places = max(-int(value.normalize().as_tuple().exponent), 0)
        top = scaled_int(value, places)
        if top is None or places + shift > MOST_SHIFT:
            return None
        bottom = int(10 ** (places + shift))
        common = gcd(top, bottom)
        return top // common, bottom // common

    def bound(self, params: Params) -> Bound | None:
        share = self._share(params)
        low = 0 if self.floor is None else _fen(self.floor, params)
        high = None if self.cap is None else _fen(self.cap, params)
        if share is None or low is None or (self.cap is not None and high is None):
            return None
        top, bottom = share
        return Bound(
            lambda value: rounded(value * top, bottom),
            # Flooring rounds half up for what is not negative; the rest becomes the floor anyway.
            lambda values: (values * (2 * top) + bottom) // (2 * bottom),
            2 * top + 2 * bottom,
            low,
            high,
        )


@dataclass(frozen=True)
class Tiers(Amount):
    """So much from a number on: the last step whose start the fact reaches; nothing below all."""

    fact: Fact
    steps: tuple[tuple[Any, int | ParameterDeclaration], ...]
    kind = "tiers"

    def __post_init__(self) -> None:
        if self.fact.type not in (FactType.MONEY, FactType.INT, FactType.DECIMAL):
            raise RuleError("tiers.fact", f"{self.fact.label}不是数", "type")
        if not self.steps:
            raise RuleError("tiers.steps", "至少要有一档", "required")
        starts = self.starts()
        if any(a >= b for a, b in pairwise(starts)):
            raise RuleError("tiers.steps", "各档应从低到高", "range")
        for _, fen in self.steps:
            _dated("tiers.steps.fen", fen, FactType.MONEY)

    def starts(self) -> list[int]:
        """Where the steps begin, as columns hold the fact."""
        wanted = Decimal if self.fact.type is FactType.DECIMAL else int
        found = []
        for start, _ in self.steps:
            if type(start) is not wanted:
                raise RuleError("tiers.steps.from", "起点与事实类型不同", "type")
            number = scaled_int(start, self.fact.scale) if isinstance(start, Decimal) else start
            if number is None or not -(2**63) <= number <= HIGH:
                raise RuleError("tiers.steps.from", "起点小数位过多或过大", "range")
            found.append(number)
        return found

    def operands(self) -> Iterator[Any]:
        yield from (fen for _, fen in self.steps)

    def bound(self, params: Params) -> Bound | None:
        paid = [_fen(fen, params) for _, fen in self.steps]
        steps = [(at, fen) for at, fen in zip(self.starts(), paid, strict=True) if fen is not None]
        if len(steps) < len(self.steps):
            return None

        def exact(value: int) -> int:
            found = 0
            for start, fen in steps:
                found = fen if value >= start else found
            return found

        def fast(values: Fen) -> Fen:
            found, before = np.zeros(values.shape, np.int64), 0
            for start, fen in steps:
                found += (values >= start) * np.int64(fen - before)
                before = fen
            return found

        return Bound(exact, fast, high=max(fen for _, fen in steps), rises=False)


@dataclass(frozen=True)
class PerUnit(Amount):
    """So much for each unit of a number fact, not above ``cap``."""

    fact: Fact
    fen: int | ParameterDeclaration
    cap: int | ParameterDeclaration | None = None
    kind = "per_unit"

    def __post_init__(self) -> None:
        if self.fact.type not in (FactType.INT, FactType.DECIMAL):
            raise RuleError("per_unit.fact", f"{self.fact.label}不是数量", "type")
        _dated("per_unit.fen", self.fen, FactType.MONEY)
        if self.cap is not None:
            _dated("per_unit.cap", self.cap, FactType.MONEY)

    def operands(self) -> Iterator[Any]:
        yield from (one for one in (self.fen, self.cap) if one is not None)

    def bound(self, params: Params) -> Bound | None:
        fen = _fen(self.fen, params)
        high = None if self.cap is None else _fen(self.cap, params)
        if fen is None or (self.cap is not None and high is None):
            return None
        base = int(10**self.fact.scale) if self.fact.type is FactType.DECIMAL else 1
        return Bound(
            lambda value: rounded(value * fen, base),
            lambda values: (values * (2 * fen) + base) // (2 * base) if base > 1 else values * fen,
            2 * fen + 2 * base,
            0,
            high,
        )
