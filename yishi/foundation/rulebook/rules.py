"""Rules: conditions joined by AND, ``any`` groups for OR; typed strictly when they are made.

A rule's *content* is its canonical JSON form. It carries the declarations of the facts and
parameters it names, so that a stored version explains itself for ever, whatever is declared later.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from yishi.foundation.rulebook.comparing import (
    ALLOWED,
    MANY,
    NO_VALUE,
    Operator,
    Test,
    compile_test,
)
from yishi.foundation.rulebook.errors import RuleError
from yishi.foundation.rulebook.facts import INT64, TYPE_NAMES, Fact, FactType, scaled_int
from yishi.foundation.rulebook.outcome import BY_RANK, RANK, Outcome

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


@dataclass(frozen=True, slots=True)
class ParameterDeclaration:
    """A dated number (or list, for ``in`` and ``contains_any``) that rules name by name."""

    name: str
    type: FactType
    label: str
    label_en: str = ""
    unit: str = ""
    many: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. ``operand`` is a typed value (a frozenset for lists, a pair for ``between``),
    or None where the value is the dated parameter ``parameter`` or the operator takes none.
    ``basis`` is the legal basis, ``clause`` its article."""

    key: str
    fact: Fact
    operator: Operator
    operand: Any = None
    parameter: str = ""
    label: str = ""
    label_en: str = ""
    basis: str = ""
    clause: str = ""


@dataclass(frozen=True, slots=True)
class AnyGroup:
    """Conditions of which one suffices."""

    conditions: tuple[Condition, ...]
    label: str = ""
    label_en: str = ""


@dataclass(frozen=True, eq=False)
class Rule:
    """An immutable rule, compiled when made. ``version`` is 0 until the database numbers it.

    Raises:
        RuleError: for whatever is not strictly typed; ``field`` is ``condition.part``.
    """

    key: str
    items: tuple[Condition | AnyGroup, ...]
    label: str
    label_en: str = ""
    basis: str = ""
    document: str = ""
    illustrative: bool = False
    parameters: Mapping[str, ParameterDeclaration] = field(default_factory=dict)
    version: int = 0
    #: Every condition with the index of its item, in order.
    flat: tuple[tuple[int, Condition], ...] = field(init=False, repr=False)
    spans: tuple[tuple[int, int], ...] = field(init=False, repr=False)
    tests: tuple[Test, ...] = field(init=False, repr=False)
    #: Declarations of the facts named, by name.
    facts: Mapping[str, Fact] = field(init=False, repr=False)
    hash: str = field(init=False)

    def __post_init__(self) -> None:
        flat: list[tuple[int, Condition]] = []
        spans: list[tuple[int, int]] = []
        for i, item in enumerate(self.items):
            conditions = item.conditions if isinstance(item, AnyGroup) else (item,)
            spans.append((len(flat), len(flat) + len(conditions)))
            flat += [(i, condition) for condition in conditions]
        _check_rule(self, flat, spans)
        tests = tuple(compile_test(c.fact, c.operator, c.operand, c.parameter) for _, c in flat)
        made = {
            "flat": tuple(flat),
            "spans": tuple(spans),
            "tests": tests,
            "facts": {c.fact.name: c.fact for _, c in flat},
        }
        for name, value in made.items():
            object.__setattr__(self, name, value)
        from yishi.foundation.rulebook.content import content_of

        object.__setattr__(self, "hash", content_hash(content_of(self)))


def content_hash(content: Mapping[str, Any]) -> str:
    """``sha256:`` and the digest of the canonical JSON of a rule's content."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def evaluate(
    rule: Rule, facts: Mapping[str, Any], params: Mapping[str, Any], at: datetime
) -> Outcome:
    """Walk *rule* over one row of *facts* at the moment *at* (aware) with the parameters in force.

    Every condition is looked at, none is skipped, so that each has its reason.

    Raises:
        FactError: when a fact has another type than declared.
    """
    states = [test(facts, params, at) for test in rule.tests]
    rank = 2
    for start, stop in rule.spans:
        best = RANK[states[start]]
        for state in states[start + 1 : stop]:
            best = max(best, RANK[state])
        rank = min(rank, best)
    return Outcome(rule, BY_RANK[rank], states, facts, params, at)


def _check_rule(
    rule: Rule, flat: list[tuple[int, Condition]], spans: list[tuple[int, int]]
) -> None:
    if not KEY.fullmatch(rule.key):
        raise RuleError("key", "规则键应形如 系统.规则，只用小写字母、数字和下划线")
    if not rule.label:
        raise RuleError("label", "缺少名称", "required")
    if not flat:
        raise RuleError("when", "至少要有一个条件", "required")
    if any(start == stop for start, stop in spans):
        raise RuleError("any", "any 中至少要有一个条件", "required")
    known: dict[str, Fact] = {}
    keys: set[str] = set()
    for _, condition in flat:
        if not NAME.fullmatch(condition.key):
            raise RuleError(f"{condition.key}.key", "条件键只用小写字母、数字和下划线")
        if condition.key in keys:
            raise RuleError(f"{condition.key}.key", "条件键重复，请用 key 区分")
        keys.add(condition.key)
        if known.setdefault(condition.fact.name, condition.fact) != condition.fact:
            raise RuleError(f"{condition.key}.fact", "同一事实有两种声明")
        check_condition(condition, rule.parameters)


def check_condition(condition: Condition, parameters: Mapping[str, ParameterDeclaration]) -> None:
    """Raise RuleError unless fact, operator and value (or parameter) are of one type."""
    key, op, fact = condition.key, condition.operator, condition.fact
    if op not in ALLOWED[fact.type]:
        allowed = "、".join(sorted(ALLOWED[fact.type]))
        raise RuleError(
            f"{key}.is", f"{TYPE_NAMES[fact.type]}不能用 {op} 比较，可用：{allowed}", "type"
        )
    if condition.parameter:
        _check_parameter(condition, parameters)
    elif op in NO_VALUE:
        if condition.operand is not None:
            raise RuleError(f"{key}.value", f"{op} 不带值")
    else:
        for value in operand_values(condition):
            check_operand(f"{key}.value", fact, value)


def _check_parameter(condition: Condition, parameters: Mapping[str, ParameterDeclaration]) -> None:
    where, op = f"{condition.key}.parameter", condition.operator
    declared = parameters.get(condition.parameter)
    if declared is None:
        raise RuleError(where, f"未声明的参数 {condition.parameter}", "unknown")
    if condition.operand is not None or op in NO_VALUE or op is Operator.BETWEEN:
        raise RuleError(where, f"{op} 不能用参数，或值与参数同时给出")
    if declared.type is not element_type(condition.fact):
        wanted, given = TYPE_NAMES[condition.fact.type], TYPE_NAMES[declared.type]
        raise RuleError(where, f"事实为{wanted}，参数为{given}", "type")
    if declared.many is not (op in MANY):
        raise RuleError(where, f"{op} {'需要' if op in MANY else '不接受'}列表参数", "type")


def element_type(fact: Fact) -> FactType:
    """The type of what a fact is compared with: a set's elements are texts."""
    return FactType.TEXT if fact.type is FactType.SET else fact.type


def operand_values(condition: Condition) -> tuple[Any, ...]:
    """The single values in an operand. Raises RuleError for a wrong shape."""
    where, op, operand = f"{condition.key}.value", condition.operator, condition.operand
    if op in MANY:
        if not isinstance(operand, frozenset) or not operand:
            raise RuleError(where, f"{op} 需要非空列表", "type")
        return tuple(operand)
    if op is Operator.BETWEEN:
        if not isinstance(operand, tuple) or len(operand) != 2:
            raise RuleError(where, "between 需要两个值", "type")
        for value in operand:
            check_operand(where, condition.fact, value)
        if operand[0] > operand[1]:
            raise RuleError(where, "between 的下限大于上限", "range")
        return operand
    if isinstance(operand, (frozenset, tuple)):
        raise RuleError(where, f"{op} 只需要一个值", "type")
    return (operand,)


def check_operand(where: str, fact: Fact, value: Any) -> None:
    """Raise RuleError unless *value* may be compared with *fact* on every path."""
    kind = element_type(fact)
    wrong = RuleError(where, f"{fact.label}为{TYPE_NAMES[kind]}，不能与 {value!r} 比较", "type")
    expected: dict[FactType, type] = {
        FactType.INT: int,
        FactType.MONEY: int,
        FactType.DECIMAL: Decimal,
        FactType.TEXT: str,
    }
    if kind in expected:
        if type(value) is not expected[kind]:
            raise wrong
    elif kind is FactType.DATETIME:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise wrong
    elif isinstance(value, datetime) or not hasattr(value, "toordinal"):
        raise wrong
    if kind is FactType.TEXT:
        if value == "":
            raise RuleError(where, "值为空", "required")
        if fact.values and value not in fact.values:
            raise RuleError(where, f"{fact.label}没有 {value!r} 这个取值", "unknown")
    if isinstance(value, Decimal):
        scaled = scaled_int(value, fact.scale)
        if scaled is None:
            raise RuleError(where, f"{fact.label}最多 {fact.scale} 位小数", "range")
        value = scaled
    if isinstance(value, int) and not -INT64 <= value < INT64:
        raise RuleError(where, "超出 64 位整数", "range")
