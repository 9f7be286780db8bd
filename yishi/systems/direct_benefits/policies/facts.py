"""The vocabulary of policies: facts with their sources, derived facts, dated parameters.

``policies/facts.yaml`` declares facts and derived facts, ``policies/parameters.yaml`` (a file of
the rulebook) the parameters. Loading the city keeps the vocabulary in the database, so that items
made in the browser and runs use the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from yishi.foundation import revisions
from yishi.foundation.rulebook.content import fact_from_json, parameter_content
from yishi.foundation.rulebook.errors import Problem, RuleError, RuleFileError
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.rulebook.formulas import Derived, derived_from
from yishi.foundation.rulebook.rulefile import read_fact, read_rules
from yishi.foundation.rulebook.rules import ParameterDeclaration
from yishi.foundation.rulebook.store import Dated, declaration, resolve, rulebook
from yishi.foundation.rulebook.yamlfields import Wrong, entries, members, text
from yishi.foundation.rulebook.yamlfile import Node, read_yaml
from yishi.systems.direct_benefits.policies.stored import fact_content

CITY_TIME = ZoneInfo("Asia/Shanghai")
FOLDER = "policies"
FACTS_FILE, PARAMETERS_FILE = "facts.yaml", "parameters.yaml"
ABSENT = ("none", "unknown")


@dataclass(frozen=True, slots=True)
class Source:
    """A department that gives facts. ``absent`` says what it means that a party is not in its
    data: ``none`` (the register is complete: nothing there) or ``unknown``."""

    key: str
    name: str
    name_en: str = ""
    absent: str = "unknown"


@dataclass(frozen=True, slots=True)
class Declared:
    """Everything that items may name; ``labels`` are what people search and subscribe by."""

    labels: Mapping[str, str] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    facts: Mapping[str, Fact] = field(default_factory=dict)
    derived: Mapping[str, Derived] = field(default_factory=dict)
    parameters: Mapping[str, ParameterDeclaration] = field(default_factory=dict)
    values: Mapping[str, tuple[Dated, ...]] = field(default_factory=dict)

    @property
    def every(self) -> dict[str, Fact]:
        """Facts and derived facts by name: what conditions and amounts may name."""
        return {**self.facts, **{name: one.fact for name, one in self.derived.items()}}

    def params_on(self, day: date, area: str = "") -> dict[str, Any]:
        """The parameter values in force; a parameter without one is absent."""
        found = {}
        for name, dated in self.values.items():
            value = resolve(dated, area, day)
            if value is not None:
                found[name] = value[1]
        return found

    def needed(self, names: Iterable[str]) -> tuple[Derived, ...]:
        """The derived facts among *names* and those that they are made of, in that order."""
        found: dict[str, Derived] = {}

        def take(name: str) -> None:
            one = self.derived.get(name)
            if one is not None and name not in found:
                for inner in one.formula.names:
                    take(inner)
                found[name] = one

        for name in names:
            take(name)
        return tuple(found.values())

    def source_of(self, name: str) -> Source | None:
        """Who gives a fact; None for derived ones."""
        fact = self.facts.get(name)
        return self.sources.get(fact.source) if fact is not None else None


def moment(day: date) -> datetime:
    """The moment at which something is matched "on" *day*: its noon in the city."""
    return datetime.combine(day, time(12), CITY_TIME)


def read_declared(folder: Path) -> Declared:
    """The vocabulary of ``policies/``; needs no database.

    Raises:
        RuleFileError: with every problem, its file and line.
    """
    parameters: dict[str, ParameterDeclaration] = {}
    values: dict[str, list[Dated]] = {}
    if (folder / PARAMETERS_FILE).is_file():
        for placed in read_rules(folder / PARAMETERS_FILE).parameters:
            declared, value = placed.value
            parameters[declared.name] = declared
            dated = Dated(placed.area, placed.start, placed.end, (declared, value))
            values.setdefault(declared.name, []).append(dated)
    path = folder / FACTS_FILE
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RuleFileError([Problem(str(path), 0, "", f"读不到：{error.strerror}")]) from error
    reader = _Reader(str(path), parameters)
    found = reader.all_of(read_yaml(data, str(path)))
    if reader.problems:
        raise RuleFileError(sorted(reader.problems, key=lambda problem: problem.line))
    kept = {name: tuple(many) for name, many in values.items()}
    return replace(found, parameters=parameters, values=kept)


class _Reader:
    def __init__(self, file: str, parameters: Mapping[str, ParameterDeclaration]) -> None:
        self.file, self.parameters = file, parameters
        self.problems: list[Problem] = []

    def _fault(self, node: Node, where: str, message: str) -> None:
        self.problems.append(Problem(self.file, node.line, where, message))

    def all_of(self, root: Node) -> Declared:
        labels: dict[str, str] = {}
        sources: dict[str, Source] = {}
        facts: dict[str, Fact] = {}
        derived: dict[str, Derived] = {}
        try:
            members(root, "document illustrative labels sources facts derived")
            for label, _ in entries(root, "labels"):
                labels[label] = text(root.value["labels"], label, required=True)
            for key, node in entries(root, "sources"):
                sources[key] = self._source(key, node)
            for name, node in entries(root, "facts"):
                facts[name] = self._fact(name, node, sources)
        except Wrong as wrong:
            self._fault(wrong.node, wrong.part, wrong.message)
            return Declared()
        for name, node in entries(root, "derived"):
            self._derived(name, node, facts, derived)
        return Declared(labels, sources, facts, derived)

    def _source(self, key: str, node: Node) -> Source:
        members(node, "name name_en absent")
        absent = text(node, "absent", required=True)
        if absent not in ABSENT:
            raise Wrong(
                node.value["absent"], f"没有 {absent}，可用：none、unknown", f"{key}.absent"
            )
        return Source(key, text(node, "name", required=True), text(node, "name_en"), absent)

    def _fact(self, name: str, node: Node, sources: Mapping[str, Source]) -> Fact:
        try:
            fact = read_fact(name, node)
            if fact.source not in sources:
                raise Wrong(node, f"没有来源 {fact.source}", "source")
            if name in self.parameters:
                raise Wrong(node, f"{name} 已是参数的名称")
        except Wrong as wrong:
            wrong.part = f"facts.{name}.{wrong.part}" if wrong.part else f"facts.{name}"
            raise
        return fact

    def _derived(
        self, name: str, node: Node, facts: Mapping[str, Fact], derived: dict[str, Derived]
    ) -> None:
        where = f"derived.{name}"
        try:
            members(node, "type label label_en unit scale formula")
            if name in facts or name in self.parameters:
                raise Wrong(node, f"{name} 已是事实或参数的名称")
            written = text(node, "formula", required=True)
            bare = {key: one for key, one in node.value.items() if key != "formula"}
            fact = read_fact(name, Node(bare, "map", node.line))
            known = {**facts, **{key: one.fact for key, one in derived.items()}}
            derived[name] = derived_from(fact, written, known, self.parameters)
        except Wrong as wrong:
            self._fault(wrong.node, f"{where}.{wrong.part}" if wrong.part else where, wrong.message)
        except RuleError as error:
            self._fault(node.get("formula") or node, f"{where}.formula", error.message)


def content_of(declared: Declared) -> dict[str, Any]:
    """The vocabulary as it is stored; parameter values are the rulebook's."""
    return {
        "labels": dict(declared.labels),
        "sources": {
            key: [one.name, one.name_en, one.absent] for key, one in declared.sources.items()
        },
        "facts": [[name, fact_content(fact)] for name, fact in declared.facts.items()],
        "derived": [
            [name, fact_content(one.fact), one.formula.text]
            for name, one in declared.derived.items()
        ],
        "parameters": {name: parameter_content(one) for name, one in declared.parameters.items()},
    }


def from_content(content: Mapping[str, Any]) -> Declared:
    """The vocabulary that `content_of` stored, without values of parameters."""
    facts = {name: fact_from_json(name, stored) for name, stored in content["facts"]}
    parameters = {name: declaration(name, one) for name, one in content["parameters"].items()}
    derived: dict[str, Derived] = {}
    for name, stored, formula in content["derived"]:
        known = {**facts, **{key: one.fact for key, one in derived.items()}}
        derived[name] = derived_from(fact_from_json(name, stored), formula, known, parameters)
    sources = {key: Source(key, *values) for key, values in content["sources"].items()}
    return Declared(content["labels"], sources, facts, derived, parameters)


def load_words() -> Declared:
    """The vocabulary in the database, without values of parameters (1 statement)."""
    from yishi.systems.direct_benefits.policies.models import Vocabulary

    row = Vocabulary.objects.order_by("-pk").first()
    return from_content(row.content) if row is not None else Declared()


def declared() -> Declared:
    """The vocabulary in the database with the parameter values of the rulebook."""
    words = revisions.current("benefit_facts", load_words)
    book = rulebook()
    values = {name: book.values(name) for name in words.parameters}
    return replace(words, values=values)


def kinds_of(declared_: Declared, kind: FactType) -> list[Fact]:
    """Facts and derived facts of one type, for choices on a page."""
    return [fact for fact in declared_.every.values() if fact.type is kind]
