"""The same items in OpenFisca-core, as somebody who uses it would write them.

A variable for every fact and derived fact, for every item one that says who gets it and one that
says how much. OpenFisca knows no UNKNOWN: what is missing or stale gets a variable that says so,
and a comparison counts only where it is known, so that TRUE comes out alike. A set is a variable
per word, a text its number in the vocabulary. Money is OpenFisca's float, which has 24 bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from openfisca_core import entities, periods, taxbenefitsystems, variables
from openfisca_core.simulations import SimulationBuilder

from benchmarks.benefits.synthetic import AT
from yishi.foundation.rulebook.amounts import Fixed, PerUnit, Rate, Tiers
from yishi.foundation.rulebook.columns import Column, as_integer, known_rows
from yishi.foundation.rulebook.comparing import HOLDS, MANY, Operator
from yishi.foundation.rulebook.engine import Book, Item
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.rules import Condition

MONTH = "2026-05"
FIRM = entities.Entity("firm", "firms", "A firm", "")
_NUMBERS = {
    FactType.BOOL: bool,
    FactType.INT: int,
    FactType.DECIMAL: float,
    FactType.MONEY: float,
    FactType.DATE: int,
    FactType.TEXT: int,
}
_COMPARED: dict[Operator, Callable[[Any, Any], Any]] = {
    Operator.EQ: np.equal,
    Operator.NE: np.not_equal,
    Operator.LT: np.less,
    Operator.LE: np.less_equal,
    Operator.GT: np.greater,
    Operator.GE: np.greater_equal,
}


def _variable(name: str, kind: type, formula: Any = None) -> type:
    members: dict[str, Any] = {
        "value_type": kind,
        "entity": FIRM,
        "definition_period": periods.DateUnit.MONTH,
        "label": name,
    }
    if formula is not None:
        members["formula"] = formula
    return type(name, (variables.Variable,), members)


class System:
    """The tax and benefit system of a book, and a simulation over its columns."""

    def __init__(self, book: Book, columns: Mapping[str, Column], params: Mapping[str, Any]):
        self.book, self.columns, self.params = book, columns, params
        self.system = taxbenefitsystems.TaxBenefitSystem([FIRM])
        self.inputs: dict[str, Any] = {}
        self.with_gaps: set[str] = set()
        for name, fact in book.facts.items():
            self._fact(name, fact, columns[name])
        for name, formula in _DERIVED.items():
            if any(one.fact.name == name for one in book.derived):
                self.system.add_variable(_variable(name, float, formula(self)))
        for item in book.items:
            self._item(item)

    def _fact(self, name: str, fact: Fact, column: Column) -> None:
        known = known_rows(fact, column, AT, slice(0, len(column.values)))
        if known is not None:
            self.with_gaps.add(name)
            self._input(f"{name}_known", bool, known)
        if fact.type is FactType.SET:
            words = sorted({word for one in column.categories for word in one})
            for word in words:
                table = np.array([*(word in one for one in column.categories), False])
                self._input(f"{name}_{word}", bool, table[column.values])
            return
        values = column.values
        if fact.type is FactType.DECIMAL:
            values = values / np.float32(10**fact.scale)
        self._input(name, _NUMBERS[fact.type], values)

    def _input(self, name: str, kind: type, values: Any) -> None:
        self.system.add_variable(_variable(name, kind))
        dtype = {bool: np.bool_, int: np.int32, float: np.float32}[kind]
        self.inputs[name] = values.astype(dtype)

    def known(self, name: str) -> str:
        """The variable that says whether a fact is known; empty where it always is."""
        return f"{name}_known" if name in self.with_gaps else ""

    def _item(self, item: Item) -> None:
        groups = [
            [self._test(c) for _, c in item.rule.flat[start:stop]]
            for start, stop in item.rule.spans
        ]
        fact = item.amount.fact if item.amount else None
        amount_known = self.known(fact.name) if fact else ""
        amount_of = fact.name if fact and fact.name in _DERIVED else ""

        def eligible(firm: Any, period: Any) -> Any:
            found = None
            for group in groups:
                joined = group[0](firm, period)
                for test in group[1:]:
                    joined = joined | test(firm, period)
                found = joined if found is None else found & joined
            if amount_known:
                found = found & firm(amount_known, period)
            return found & ~np.isnan(firm(amount_of, period)) if amount_of else found

        pay = self._pay(item)
        self.system.add_variable(_variable(f"{item.key}_eligible", bool, eligible))

        def amount(firm: Any, period: Any) -> Any:
            return np.where(firm(f"{item.key}_eligible", period), pay(firm, period), 0)

        self.system.add_variable(_variable(f"{item.key}_amount", float, amount))

    def _test(self, condition: Condition) -> Callable[[Any, Any], Any]:
        fact, op = condition.fact, condition.operator
        name, known = fact.name, self.known(fact.name)
        operand = condition.operand
        if condition.parameter:
            operand = self.params[condition.parameter]
        compare: Callable[[Any, Any], Any]
        if fact.type is FactType.BOOL:
            wanted = op is Operator.IS_TRUE

            def compare(firm: Any, period: Any) -> Any:
                return firm(name, period) if wanted else ~firm(name, period)
        elif fact.type is FactType.SET:
            words = [f"{name}_{word}" for word in operand if f"{name}_{word}" in self.inputs]

            def compare(firm: Any, period: Any) -> Any:
                found = firm(words[0], period)
                for word in words[1:]:
                    found = found | firm(word, period)
                return found
        elif fact.type is FactType.TEXT:
            words_of = self.columns[name].categories
            codes = np.array([n for n, word in enumerate(words_of) if HOLDS[op](word, operand)])

            def compare(firm: Any, period: Any) -> Any:
                if len(codes) == 1:
                    return firm(name, period) == codes[0]
                return np.isin(firm(name, period), codes)
        else:
            assert op not in MANY and op is not Operator.BETWEEN
            places = 10**fact.scale if fact.type is FactType.DECIMAL else 1
            number, ufunc = as_integer(fact, operand) / places, _COMPARED[op]
            number = np.float32(number) if places > 1 else int(number)

            def compare(firm: Any, period: Any) -> Any:
                return ufunc(firm(name, period), number)

        if not known:
            return compare
        return lambda firm, period: compare(firm, period) & firm(known, period)

    def _pay(self, item: Item) -> Callable[[Any, Any], Any]:
        amount = item.amount
        if amount is None:
            return lambda firm, period: 0
        if isinstance(amount, Fixed):
            fen = amount.constant(self.params)
            return lambda firm, period: fen
        fact = amount.fact
        assert fact is not None
        if isinstance(amount, Rate):
            rate, cap = float(amount.rate), amount.cap

            def share(firm: Any, period: Any) -> Any:
                fen = np.maximum(np.round(firm(fact.name, period) * rate), 0)
                return fen if cap is None else np.minimum(fen, cap)

            return share
        if isinstance(amount, Tiers):
            starts = np.array(amount.starts())
            paid = np.array([0, *(fen for _, fen in amount.steps)], np.float32)
            return lambda firm, period: paid[
                np.searchsorted(starts, firm(fact.name, period), side="right")
            ]
        assert isinstance(amount, PerUnit)
        each, most = amount.fen, amount.cap
        return lambda firm, period: np.minimum(firm(fact.name, period) * each, most)

    def simulation(self, count: int) -> Any:
        """A fresh simulation with the inputs set."""
        made = SimulationBuilder().build_default_simulation(self.system, count)
        for name, values in self.inputs.items():
            made.set_input(name, MONTH, values)
        return made

    def run(self, simulation: Any) -> dict[str, Any]:
        """(who, how much) of every item."""
        return {
            item.key: (
                simulation.calculate(f"{item.key}_eligible", MONTH),
                simulation.calculate(f"{item.key}_amount", MONTH),
            )
            for item in self.book.items
        }


def _both(system: System, *names: str) -> Callable[[Any, Any], Any]:
    """Whether all of some facts are known."""
    gaps = [system.known(name) for name in names if system.known(name)]

    def known(firm: Any, period: Any) -> Any:
        found = np.bool_(True)
        for name in gaps:
            found = found & firm(name, period)
        return found

    return known


def _ratio(top: Callable[[Any, Any], Any], below: str, names: tuple[str, ...]) -> Any:
    """A quotient that is not a number where it cannot be known."""

    def made(system: System) -> Any:
        known = _both(system, *names)

        def formula(firm: Any, period: Any) -> Any:
            bottom = firm(below, period)
            there = known(firm, period) & (bottom != 0)
            with np.errstate(all="ignore"):
                return np.where(there, top(firm, period) / bottom, np.nan)

        return formula

    return made


def _difference(a: str, b: str) -> Any:
    def made(system: System) -> Any:
        known = _both(system, a, b)

        def formula(firm: Any, period: Any) -> Any:
            found = np.maximum(firm(a, period) - firm(b, period), 0)
            return np.where(known(firm, period), found, np.nan)

        return formula

    return made


def _interest(system: System) -> Any:
    known = _both(system, "money6", "share0", "count2")

    def formula(firm: Any, period: Any) -> Any:
        year = firm("money6", period) * firm("share0", period) * firm("count2", period)
        return np.where(known(firm, period), np.round(year / 36500), np.nan)

    return formula


_DERIVED: dict[str, Callable[[System], Any]] = {
    "layoff_rate": _ratio(
        lambda f, p: np.maximum(f("count0", p) - f("count1", p), 0), "count0", ("count0", "count1")
    ),
    "growth": _ratio(lambda f, p: f("money0", p) - f("money1", p), "money1", ("money0", "money1")),
    "increment": _difference("money2", "money3"),
    "rd_share": _ratio(lambda f, p: f("money4", p) * 100, "money5", ("money4", "money5")),
    "interest": _interest,
}
