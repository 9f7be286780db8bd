"""Files of rules: ``cities/*/rules/*.yaml``, read strictly; every complaint has file and line.

    document: 发文依据        # of the whole file; rules and parameters may say their own
    illustrative: true
    facts:      {name: {type, label, label_en, unit, source, freshness: 30d, scale, values}}
    parameters: {name: {type, label, label_en, unit, many, values: [{value, from, to, area}]}}
    rules:
      - {key, label, label_en, from, to, area, basis, when: [condition or {any: [conditions]}]}

A condition is ``{fact, is: operator, value | parameter, key, label, label_en, basis, clause}``.
Money is whole fen. ``from`` and ``to`` are days, both included.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from yishi.foundation.rulebook.comparing import MANY, Operator
from yishi.foundation.rulebook.errors import Problem, RuleError, RuleFileError
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.rules import (
    AnyGroup,
    Condition,
    ParameterDeclaration,
    Rule,
    check_condition,
    check_operand,
    element_type,
)
from yishi.foundation.rulebook.yamlfields import (
    Wrong,
    area,
    checked_name,
    day,
    entries,
    fact_type,
    flag,
    literal,
    members,
    sequence,
    text,
)
from yishi.foundation.rulebook.yamlfile import Node, read_yaml

_SPAN = re.compile(r"([1-9]\d*)(d|h|m)")
_SPANS = {"d": "days", "h": "hours", "m": "minutes"}


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule or a parameter's value with its validity: days inclusive, area as prefix of paths."""

    value: Any
    start: date
    end: date | None
    area: str
    document: str
    illustrative: bool
    file: str
    line: int


@dataclass(slots=True)
class RuleFile:
    """What a file says: `rules` hold a Rule, `parameters` a pair (declaration, typed value)."""

    facts: dict[str, Fact] = field(default_factory=dict)
    rules: list[Placed] = field(default_factory=list)
    parameters: list[Placed] = field(default_factory=list)


def read_rules(path: Path) -> RuleFile:
    """Read one file.

    Raises:
        RuleFileError: with everything found wrong with it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RuleFileError([Problem(str(path), 0, "", f"读不到：{error.strerror}")]) from error
    return parse_rules(data, str(path))


def parse_rules(data: bytes, file: str) -> RuleFile:
    """The same for the bytes of a file."""
    reader = _Reader(file)
    found = reader.file_of(read_yaml(data, file))
    if reader.problems:
        raise RuleFileError(sorted(reader.problems, key=lambda problem: problem.line))
    return found


class _Reader:
    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.parameters: dict[str, ParameterDeclaration] = {}
        self.found = RuleFile()
        self.document, self.illustrative, self.area = "", False, ""

    @contextmanager
    def _at(self, where: str) -> Iterator[None]:
        try:
            yield
        except Wrong as wrong:
            path = ".".join(part for part in (where, wrong.part) if part)
            self.problems.append(Problem(self.file, wrong.node.line, path, wrong.message))

    def file_of(self, root: Node) -> RuleFile:
        with self._at(""):
            members(root, "document illustrative area facts parameters rules")
            self.document, self.area = text(root, "document"), area(root)
            self.illustrative = flag(root, "illustrative")
            for name, node in entries(root, "facts"):
                with self._at(f"facts.{name}"):
                    self.found.facts[name] = read_fact(name, node)
            for name, node in entries(root, "parameters"):
                with self._at(f"parameters.{name}"):
                    self._parameter(name, node)
            listed = root.get("rules") or Node([], "seq", root.line)
            for i, node in enumerate(sequence(listed)):
                with self._at(f"rules[{i}]"):
                    members(node, _RULE)
                    self._rule(text(node, "key", required=True), node)
        return self.found

    def _parameter(self, name: str, node: Node) -> None:
        members(node, "type label label_en unit many values")
        declared = ParameterDeclaration(
            checked_name(name, node),
            fact_type(node),
            text(node, "label", required=True),
            text(node, "label_en"),
            text(node, "unit"),
            flag(node, "many"),
        )
        if declared.type in (FactType.BOOL, FactType.SET):
            raise Wrong(node, "参数不能是是否或集合；列表请用 many: true", "type")
        self.parameters[name] = declared
        values = node.get("values")
        if values is None or not sequence(values):
            raise Wrong(node, "缺少 values", "values")
        for one in sequence(values):
            members(one, "value from to area document illustrative")
            given = one.get("value")
            if given is None:
                raise Wrong(one, "缺少 value", "value")
            if declared.many:
                value: Any = frozenset(literal(declared.type, x) for x in sequence(given))
                if not value:
                    raise Wrong(given, "列表为空", "value")
            else:
                value = literal(declared.type, given)
            self.found.parameters.append(self._placed((declared, value), one))

    def _placed(self, value: Any, node: Node) -> Placed:
        start, end = day(node, "from"), day(node, "to")
        if start is None:
            raise Wrong(node, "缺少生效日期 from", "from")
        if end is not None and end < start:
            raise Wrong(node, "to 早于 from", "to")
        sample = flag(node, "illustrative") if node.get("illustrative") else self.illustrative
        document = text(node, "document") or self.document
        place = area(node) or self.area
        return Placed(value, start, end, place, document, sample, self.file, node.line)

    def _rule(self, key: str, node: Node) -> None:
        before = len(self.problems)
        items: list[Condition | AnyGroup] = []
        with self._at(key):
            when = node.get("when")
            if when is None:
                raise Wrong(node, "缺少条件 when", "when")
            for i, one in enumerate(sequence(when)):
                with self._at(f"{key}.when[{i}]"):
                    items.append(self._item(key, one, f"{key}.when[{i}]"))
            placed = self._placed(None, node)
            if len(self.problems) > before:
                return
            rule = self._made(key, tuple(items), placed, node)
            for name in {c.parameter for _, c in rule.flat if c.parameter}:
                self._check_values(rule, name)
            self.found.rules.append(
                Placed(
                    rule,
                    placed.start,
                    placed.end,
                    placed.area,
                    placed.document,
                    placed.illustrative,
                    self.file,
                    node.line,
                )
            )

    def _made(
        self, key: str, items: tuple[Condition | AnyGroup, ...], placed: Placed, node: Node
    ) -> Rule:
        conditions = [
            c for item in items for c in (item.conditions if isinstance(item, AnyGroup) else [item])
        ]
        try:
            return Rule(
                key=key,
                items=items,
                label=text(node, "label", required=True),
                label_en=text(node, "label_en"),
                basis=text(node, "basis"),
                document=placed.document,
                illustrative=placed.illustrative,
                parameters={
                    c.parameter: self.parameters[c.parameter] for c in conditions if c.parameter
                },
            )
        except RuleError as error:
            raise Wrong(node, error.message, error.field) from error

    def _check_values(self, rule: Rule, name: str) -> None:
        """Every value of a parameter must suit the facts it is compared with (places, range)."""
        for _, condition in rule.flat:
            if condition.parameter != name:
                continue
            for placed in self.found.parameters:
                declared, value = placed.value
                if declared.name != name:
                    continue
                try:
                    for one in value if declared.many else (value,):
                        check_operand(f"{condition.key}.parameter", condition.fact, one)
                except RuleError as error:
                    node = Node(None, "null", placed.line)
                    raise Wrong(node, f"参数 {name}：{error.message}", error.field) from error

    def _item(self, key: str, node: Node, where: str) -> Condition | AnyGroup:
        if node.get("any") is None:
            return self._condition(node)
        members(node, "any label label_en")
        group = []
        for i, one in enumerate(sequence(node.value["any"])):
            with self._at(f"{where}.any[{i}]"):
                group.append(self._condition(one))
        return AnyGroup(tuple(group), text(node, "label"), text(node, "label_en"))

    def _condition(self, node: Node) -> Condition:
        members(node, "fact is value parameter key label label_en basis clause")
        name = text(node, "fact", required=True)
        fact = self.found.facts.get(name)
        if fact is None:
            raise Wrong(node.value["fact"], f"未声明的事实 {name}", "fact")
        written = text(node, "is", required=True)
        if written not in set(Operator):
            raise Wrong(node.value["is"], f"没有运算符 {written}", "is")
        op, value, parameter = Operator(written), node.get("value"), text(node, "parameter")
        made = Condition(
            key=text(node, "key") or name,
            fact=fact,
            operator=op,
            operand=None if value is None else operand(fact, op, value),
            parameter=parameter,
            label=text(node, "label"),
            label_en=text(node, "label_en"),
            basis=text(node, "basis"),
            clause=text(node, "clause"),
        )
        try:
            check_condition(made, self.parameters)
        except RuleError as error:
            part = error.field.rpartition(".")[2]
            raise Wrong(node.get(part) or node, error.message, part) from error
        return made


_RULE = "key label label_en from to area basis document illustrative when"


def read_fact(name: str, node: Node) -> Fact:
    """The declaration of a fact."""
    members(node, "type label label_en unit source freshness scale values")
    kind, span, scale = fact_type(node), node.get("freshness"), node.get("scale")
    freshness = None
    if span is not None:
        match = _SPAN.fullmatch(span.value) if span.kind == "str" else None
        if match is None:
            raise Wrong(span, "应形如 30d、12h 或 15m", "freshness")
        freshness = timedelta(**{_SPANS[match[2]]: int(match[1])})
    places = 4
    if scale is not None:
        places = literal(FactType.INT, scale)
        if kind is not FactType.DECIMAL or not 0 <= places <= 12:
            raise Wrong(scale, "只用于小数，0 至 12 位", "scale")
    values = {}
    for code, names in entries(node, "values"):
        members(names, "zh en")
        zh = text(names, "zh", required=True)
        values[code] = (zh, text(names, "en") or code)
    if values and kind not in (FactType.TEXT, FactType.SET):
        raise Wrong(node, "只有文字和集合可以列出取值", "values")
    return Fact(
        name=checked_name(name, node),
        type=kind,
        label=text(node, "label", required=True),
        label_en=text(node, "label_en"),
        unit=text(node, "unit"),
        source=text(node, "source"),
        freshness=freshness,
        scale=places,
        values=values,
    )


def operand(fact: Fact, op: Operator, node: Node) -> Any:
    """The typed value of a condition."""
    kind = element_type(fact)
    if op is Operator.BETWEEN or op in MANY:
        values = tuple(literal(kind, one) for one in sequence(node))
        return frozenset(values) if op in MANY else values
    return literal(kind, node)
