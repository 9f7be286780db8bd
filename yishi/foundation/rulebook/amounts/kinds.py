"""The four kinds of amount, strictly typed when made, over one row and over columns.

ROUND_HALF_UP to the fen, once; never negative (a negative result is 0); an input or a parameter
that is not known makes the amount UNKNOWN, never 0. A number beyond 64 bits is UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from yishi.foundation.rulebook.columns import Column, known_rows
from yishi.foundation.rulebook.comparing import look
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import Fact, FactType, scaled_int
from yishi.foundation.rulebook.formulas.arrays import most
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


class Amount:
    """What the kinds have in common."""

    fact: Fact | None
    kind: ClassVar[str]

    def operands(self) -> Iterator[Any]:
        """Literals and parameters."""
        raise NotImplementedError

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

    def ready(self, params: Params) -> bool:
        """Whether every parameter has a value in force."""
        return all(params.get(name) is not None for name in self.parameters)

    def one(self, facts: Mapping[str, Any], params: Params, at: datetime) -> int | None:
        """Fen for one row; None for UNKNOWN.

        Raises:
            FactError: when the fact has another type than declared.
        """
        if not self.ready(params):
            return None
        number = 0
        if self.fact is not None:
            state, value = look(self.fact, facts.get(self.fact.name), at)
            if state:
                return None
            number = raw(self.fact, value)
        return self._bounded(self._exact(number, params), params)

    def columns(
        self,
        columns: Mapping[str, Column],
        params: Params,
        at: datetime,
        rows: NDArray[np.int64],
    ) -> tuple[Fen, Flags | None]:
        """Fen for the given *rows*, and which of them are known (None: all)."""
        nothing = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.bool_)
        if not self.ready(params):
            return nothing
        if self.fact is None:
            fen = self.constant(params)
            return (np.full(len(rows), fen), None) if fen is not None else nothing
        column = columns.get(self.fact.name)
        if column is None:
            return nothing
        there = known_rows(self.fact, column, at, slice(0, len(column.values)))
        return self.of_values(
            column.values[rows].astype(np.int64, copy=False),
            None if there is None else there[rows],
            params,
        )

    def of_values(
        self, values: Fen, there: Flags | None, params: Params
    ) -> tuple[Fen, Flags | None]:
        """The same from the values of the fact; parameters must be `ready`."""
        if not values.size:
            return values, there
        if most(values) * self.weight(params) < _SAFE:
            fen = self._fast(values, params)
            return self._clipped(fen, params), there
        exact = [self._bounded(self._exact(value, params), params) for value in values.tolist()]
        known = np.array([one is not None for one in exact], np.bool_)
        found = np.array([one or 0 for one in exact], np.int64)
        return found, known if there is None else known & there

    # What each kind says

    def weight(self, params: Params) -> int:
        """Intermediate numbers stay below the largest value times this."""
        return 1

    def limits(self, params: Params) -> tuple[int, int | None]:
        """(floor, cap) in fen."""
        return 0, None

    def _exact(self, value: int, params: Params) -> int | None:
        raise NotImplementedError

    def _fast(self, values: Fen, params: Params) -> Fen:
        raise NotImplementedError

    def _bounded(self, fen: int | None, params: Params) -> int | None:
        if fen is None:
            return None
        low, high = self.limits(params)
        fen = max(fen, low)
        fen = fen if high is None else min(fen, high)
        return fen if fen <= HIGH else None

    def _clipped(self, fen: Fen, params: Params) -> Fen:
        low, high = self.limits(params)
        fen = np.maximum(fen, low)
        return fen if high is None else np.minimum(fen, high)


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

    def ready(self, params: Params) -> bool:
        return self.constant(params) is not None

    def _exact(self, value: int, params: Params) -> int | None:
        return self.constant(params)


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
        return top, int(10 ** (places + shift))

    def ready(self, params: Params) -> bool:
        bounds = [one for one in (self.floor, self.cap) if one is not None]
        return self._share(params) is not None and all(
            _fen(one, params) is not None for one in bounds
        )

    def weight(self, params: Params) -> int:
        share = self._share(params)
        return 2 * share[0] + 2 * share[1] if share else 1

    def limits(self, params: Params) -> tuple[int, int | None]:
        low = None if self.floor is None else _fen(self.floor, params)
        return low or 0, None if self.cap is None else _fen(self.cap, params)

    def _exact(self, value: int, params: Params) -> int | None:
        share = self._share(params)
        return None if share is None else rounded(value * share[0], share[1])

    def _fast(self, values: Fen, params: Params) -> Fen:
        share = self._share(params)
        assert share is not None
        # What is negative becomes the floor; the fraction is then rounded half up by flooring.
        top = np.maximum(values, 0) * (2 * share[0]) + share[1]
        fen: Fen = np.floor_divide(top, 2 * share[1])
        return fen


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

    def ready(self, params: Params) -> bool:
        return all(_fen(fen, params) is not None for _, fen in self.steps)

    def _exact(self, value: int, params: Params) -> int | None:
        found: int | None = 0
        for start, (_, fen) in zip(self.starts(), self.steps, strict=True):
            if value >= start:
                found = _fen(fen, params)
        return found

    def _fast(self, values: Fen, params: Params) -> Fen:
        table = np.array([0, *(_fen(fen, params) for _, fen in self.steps)], np.int64)
        return table[np.searchsorted(np.array(self.starts(), np.int64), values, side="right")]


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

    def ready(self, params: Params) -> bool:
        return all(_fen(one, params) is not None for one in self.operands())

    @property
    def _base(self) -> int:
        return int(10**self.fact.scale) if self.fact.type is FactType.DECIMAL else 1

    def weight(self, params: Params) -> int:
        return 2 * (_fen(self.fen, params) or 0) + 2 * self._base

    def limits(self, params: Params) -> tuple[int, int | None]:
        return 0, None if self.cap is None else _fen(self.cap, params)

    def _exact(self, value: int, params: Params) -> int | None:
        fen = _fen(self.fen, params)
        return None if fen is None else rounded(value * fen, self._base)

    def _fast(self, values: Fen, params: Params) -> Fen:
        fen = _fen(self.fen, params)
        assert fen is not None
        whole = np.maximum(values, 0)
        if self._base == 1:
            return whole * fen
        found: Fen = np.floor_divide(whole * (2 * fen) + self._base, 2 * self._base)
        return found
