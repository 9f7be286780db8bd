"""What an item may be composed from: declared and derived facts, dated parameters, departments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yishi.foundation.rulebook.facts import Fact
from yishi.foundation.rulebook.rules import ParameterDeclaration
from yishi.systems.direct_benefits.policies.facts import Declared


@dataclass(frozen=True)
class Vocabulary:
    """``facts`` holds derived ones too; ``inputs`` names the plain facts that each derived one is
    counted from; ``sources`` are departments' names by key."""

    facts: Mapping[str, Fact]
    parameters: Mapping[str, ParameterDeclaration]
    sources: Mapping[str, str] = field(default_factory=dict)
    inputs: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def plain(self, name: str) -> frozenset[str]:
        """The plain facts behind the fact *name*: itself, or what it is counted from."""
        return self.inputs.get(name) or frozenset({name})

    def grouped(self, *, derived: str) -> list[tuple[str, list[Fact]]]:
        """The facts by department; counted ones under the heading *derived*."""
        groups: dict[str, list[Fact]] = {}
        for name, fact in self.facts.items():
            head = derived if name in self.inputs else self.sources.get(fact.source, fact.source)
            groups.setdefault(head, []).append(fact)
        return list(groups.items())


def vocabulary_of(declared: Declared) -> Vocabulary:
    """The vocabulary of `policies` as the studio takes it."""
    inputs: dict[str, frozenset[str]] = {}
    for name, one in declared.derived.items():
        found: frozenset[str] = frozenset()
        for inner in one.formula.names:
            if inner not in declared.parameters:
                found |= inputs.get(inner) or frozenset({inner})
        inputs[name] = found
    sources = {key: one.name for key, one in declared.sources.items()}
    return Vocabulary(declared.every, declared.parameters, sources, inputs)
