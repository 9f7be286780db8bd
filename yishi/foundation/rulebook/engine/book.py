"""Items compiled together: every distinct comparison once, derived facts in the order they need."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from yishi.foundation.rulebook.amounts import Amount
from yishi.foundation.rulebook.comparing import Test, compile_test
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import Fact
from yishi.foundation.rulebook.formulas import Derived
from yishi.foundation.rulebook.rules import Condition, Rule

Pick = Callable[[Sequence[Any]], tuple[Any, ...]]
#: The key under which a missing amount shows beside the conditions.
AMOUNT = "amount"


@dataclass(frozen=True, eq=False)
class Item:
    """One benefit: for whom (a rule) and how much (None: nothing is paid)."""

    key: str
    rule: Rule
    amount: Amount | None = None


class Book:
    """Items and derived facts, compiled once.

    ``conditions`` are the distinct comparisons of all items; ``plans`` says for every item which of
    them are joined (AND of groups, OR within one); ``flat`` gives the comparison of every condition
    of the item's rule, in the rule's order. ``facts`` are those that must be supplied.

    Raises:
        RuleError: for two items of one key, a fact declared in two ways, or derived facts that need
            each other in a circle.
    """

    def __init__(self, items: Iterable[Item], derived: Iterable[Derived] = ()) -> None:
        self.items: tuple[Item, ...] = tuple(items)
        self.index = {item.key: i for i, item in enumerate(self.items)}
        if len(self.index) != len(self.items):
            raise RuleError("items", "事项键重复")
        numbers: dict[Any, int] = {}
        conditions: list[Condition] = []
        self.flat: list[list[int]] = []
        for item in self.items:
            flat = []
            for _, condition in item.rule.flat:
                same = signature(condition)
                if same not in numbers:
                    numbers[same] = len(conditions)
                    conditions.append(condition)
                flat.append(numbers[same])
            self.flat.append(flat)
        self.conditions = tuple(conditions)
        self.plans: list[list[list[int]]] = [
            [flat[start:stop] for start, stop in item.rule.spans]
            for item, flat in zip(self.items, self.flat, strict=True)
        ]
        self.derived = _needed(self.items, list(derived))
        self.facts = self._declared()

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(item.key for item in self.items)

    def tests(self) -> list[Test]:
        """The distinct comparisons over one row."""
        found = self.__dict__.get("_tests")
        if found is None:
            found = [
                compile_test(c.fact, c.operator, c.operand, c.parameter) for c in self.conditions
            ]
            self.__dict__["_tests"] = found
        made: list[Test] = found
        return made

    def walk(self) -> list[tuple[Item, Pick, list[Pick] | None]]:
        """Every item with what takes its own conditions from all, and those of its groups (None:
        every group is one condition)."""
        found = self.__dict__.get("_walk")
        if found is None:
            found = [
                (item, picks(flat), None if len(plan) == len(flat) else [picks(g) for g in plan])
                for item, flat, plan in zip(self.items, self.flat, self.plans, strict=True)
            ]
            self.__dict__["_walk"] = found
        made: list[tuple[Item, Pick, list[Pick] | None]] = found
        return made

    def parameters(self) -> dict[str, list[str]]:
        """Names of the parameters of every item, those of its derived facts included."""
        below = {one.fact.name: one for one in self.derived}
        return {item.key: sorted(_parameters(item, below)) for item in self.items}

    @property
    def hash(self) -> str:
        """``sha256:`` of everything that decides the outcome."""
        from yishi.foundation.rulebook.engine.carried import book_content

        text = json.dumps(book_content(self), ensure_ascii=False, sort_keys=True)
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()

    def _declared(self) -> dict[str, Fact]:
        made = {one.fact.name for one in self.derived}
        known: dict[str, Fact] = {}
        base: dict[str, Fact] = {}
        for where, fact in self._mentions():
            seen = known.setdefault(fact.name, fact)
            if (seen.type, seen.scale, seen.freshness) != (fact.type, fact.scale, fact.freshness):
                raise RuleError(f"{where}.{fact.name}", "同一事实在两处声明不同")
            if fact.name not in made:
                base[fact.name] = seen
        return base

    def _mentions(self) -> Iterable[tuple[str, Fact]]:
        for one in self.derived:
            yield one.fact.name, one.fact
            for fact in one.formula.facts.values():
                yield one.fact.name, fact
        for item in self.items:
            for fact in mentioned(item).values():
                yield item.key, fact


def picks(numbers: Sequence[int]) -> Pick:
    """What takes the entries of *numbers* from a list, always as a tuple."""
    if len(numbers) == 1:
        only = numbers[0]
        return lambda entries: (entries[only],)
    return itemgetter(*numbers)


def signature(condition: Condition) -> tuple[Any, ...]:
    """What makes two conditions the same comparison."""
    return condition.fact.name, condition.operator, condition.operand, condition.parameter


def mentioned(item: Item) -> dict[str, Fact]:
    """The facts that an item's rule and amount name."""
    return {**item.rule.facts, **(item.amount.facts if item.amount else {})}


def _needed(items: Sequence[Item], derived: Sequence[Derived]) -> tuple[Derived, ...]:
    """The derived facts that the items need, each after those it needs itself."""
    by_name: dict[str, Derived] = {}
    for one in derived:
        if one.fact.name in by_name:
            raise RuleError(one.fact.name, "派生事实重复")
        by_name[one.fact.name] = one
    order: dict[str, Derived] = {}
    open_: set[str] = set()

    def visit(name: str) -> None:
        one = by_name.get(name)
        if one is None or name in order:
            return
        if name in open_:
            raise RuleError(name, "派生事实循环引用")
        open_.add(name)
        for inner in one.formula.facts:
            visit(inner)
        order[name] = one

    for item in items:
        for name in mentioned(item):
            visit(name)
    return tuple(order.values())


def _parameters(item: Item, below: Mapping[str, Derived]) -> set[str]:
    found = {condition.parameter for _, condition in item.rule.flat if condition.parameter}
    found |= set(item.amount.parameters if item.amount else {})
    todo = list(mentioned(item))
    seen: set[str] = set()
    while todo:
        name = todo.pop()
        one = below.get(name)
        if one is not None and name not in seen:
            seen.add(name)
            found |= set(one.formula.parameters)
            todo += one.formula.facts
    return found


def missing(book: Book, params: Mapping[str, Any]) -> dict[str, list[str]]:
    """The items whose parameters have no value in force, with the parameters' names: for these
    there is no rule in force that day."""
    found = {
        key: [name for name in names if params.get(name) is None]
        for key, names in book.parameters().items()
    }
    return {key: names for key, names in found.items() if names}
