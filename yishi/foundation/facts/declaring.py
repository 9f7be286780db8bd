"""What a city says of its sources: ``facts/sources.yaml``, and facts in ``policies/facts.yaml``.

    sources:
      tax: {function: tax, division: "4206", kind: csv, max_age: 35d, names: true,
            query: "SELECT …"}

``policies/facts.yaml`` names the sources (``sources: {tax: {name, name_en, absent: none}}``: whom
a whole delivery leaves out has none of it) and declares the facts with their source; its other
sections are read by those who use them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from yishi.foundation.facts.columnar import AS_OF, NAME, PARTY
from yishi.foundation.rulebook.errors import Problem, RuleFileError
from yishi.foundation.rulebook.facts import Fact
from yishi.foundation.rulebook.rulefile import read_fact
from yishi.foundation.rulebook.yamlfields import Wrong, entries, flag, members, text
from yishi.foundation.rulebook.yamlfile import Node, read_yaml

SOURCES, FACTS = "facts/sources.yaml", "policies/facts.yaml"
KINDS = ("csv", "xlsx", "sql", "api")
_AGE = re.compile(r"([1-9]\d{0,3})(d|h)")
_MEMBERS = "function division kind max_age names query"


@dataclass(slots=True)
class Declared:
    """A source as the files have it."""

    key: str
    name: str
    name_en: str = ""
    function: str = ""
    division: str = ""
    kind: str = "csv"
    max_age: timedelta | None = None
    complete: bool = False
    names: bool = False
    query: str = ""
    facts: dict[str, Fact] = field(default_factory=dict)


def read_city(folder: Path) -> dict[str, Declared]:
    """The sources of a city's folder by key; none where it declares no facts.

    Raises:
        RuleFileError: with everything found wrong, with file and line.
    """
    if not (folder / FACTS).is_file():
        return {}
    reader = _Reader()
    reader.file = str(folder / FACTS)
    reader.facts(read_yaml((folder / FACTS).read_bytes(), reader.file))
    if (folder / SOURCES).is_file():
        reader.file = str(folder / SOURCES)
        reader.sources(read_yaml((folder / SOURCES).read_bytes(), reader.file))
    if reader.problems:
        raise RuleFileError(reader.problems)
    return reader.found


class _Reader:
    def __init__(self) -> None:
        self.file = ""
        self.problems: list[Problem] = []
        self.found: dict[str, Declared] = {}

    @contextmanager
    def _at(self, where: str) -> Iterator[None]:
        try:
            yield
        except Wrong as wrong:
            path = ".".join(part for part in (where, wrong.part) if part)
            self.problems.append(Problem(self.file, wrong.node.line, path, wrong.message))

    def facts(self, root: Node) -> None:
        with self._at(""):
            for key, node in entries(root, "sources"):
                with self._at(f"sources.{key}"):
                    self.found[key] = self._named(key, node)
            for name, node in entries(root, "facts"):
                with self._at(f"facts.{name}"):
                    self._fact(name, node)

    def _named(self, key: str, node: Node) -> Declared:
        members(node, "name name_en absent")
        absent = text(node, "absent") or "unknown"
        if absent not in ("none", "unknown"):
            raise Wrong(node.value["absent"], "应为 none 或 unknown", "absent")
        name = text(node, "name", required=True)
        return Declared(key, name, text(node, "name_en"), complete=absent == "none")

    def _fact(self, name: str, node: Node) -> None:
        fact = read_fact(name, node)
        if name in (PARTY, NAME) or name.endswith(AS_OF):
            raise Wrong(node, f"事实不能叫 {name}")
        source = self.found.get(fact.source)
        if source is None:
            where = node.get("source") or node
            raise Wrong(where, f"没有声明来源 {fact.source or '（空）'}", "source")
        source.facts[name] = fact

    def sources(self, root: Node) -> None:
        with self._at(""):
            members(root, "sources")
            for key, node in entries(root, "sources"):
                with self._at(f"sources.{key}"):
                    self._source(key, node)

    def _source(self, key: str, node: Node) -> None:
        members(node, _MEMBERS)
        source = self.found.get(key)
        if source is None:
            raise Wrong(node, f"{FACTS} 中没有来源 {key}")
        source.function, source.division = text(node, "function"), text(node, "division")
        source.kind = text(node, "kind") or "csv"
        if source.kind not in KINDS:
            raise Wrong(node.value["kind"], f"应为 {'、'.join(KINDS)} 之一", "kind")
        source.names = flag(node, "names")
        source.query = text(node, "query")
        if (source.kind == "sql") != bool(source.query):
            raise Wrong(node, "数据库来源（且只有它）写明 query", "query")
        age = node.get("max_age")
        if age is not None:
            match = _AGE.fullmatch(age.value) if age.kind == "str" else None
            if match is None:
                raise Wrong(age, "应形如 31d 或 12h", "max_age")
            number = int(match[1])
            source.max_age = timedelta(days=number) if match[2] == "d" else timedelta(hours=number)
