"""The whole of ``policies/`` of a city's folder; needs no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from yishi.foundation.rulebook.engine import Book
from yishi.foundation.rulebook.errors import Problem, RuleFileError
from yishi.systems.direct_benefits.policies.checks import problems_of
from yishi.systems.direct_benefits.policies.facts import (
    FACTS_FILE,
    PARAMETERS_FILE,
    Declared,
    read_declared,
)
from yishi.systems.direct_benefits.policies.model import BenefitItem, PolicyText
from yishi.systems.direct_benefits.policies.reading import PolicyFile, read_file


@dataclass(frozen=True, slots=True)
class Folder:
    """Vocabulary, policies and items as the files say them."""

    declared: Declared
    files: tuple[PolicyFile, ...]

    @property
    def policies(self) -> list[PolicyText]:
        return [policy for file in self.files for policy in file.policies]

    @property
    def items(self) -> list[BenefitItem]:
        return [placed.item for file in self.files for placed in file.items]

    def items_on(self, day: date, area: str = "") -> list[BenefitItem]:
        """The items in force on *day* that concern *area*."""
        return [item for item in self.items if item.holds(day) and item.concerns(area)]

    def book_on(self, day: date, area: str = "") -> Book:
        """The items of that day as the engine takes them."""
        return book_of(self.items_on(day, area))

    def params_on(self, day: date) -> dict[str, Any]:
        """The parameters in force."""
        return self.declared.params_on(day)


def book_of(items: Sequence[BenefitItem]) -> Book:
    """Items compiled together; each derived fact once."""
    derived = {one.fact.name: one for item in items for one in item.derived}
    return Book([item.engine_item() for item in items], derived.values())


def read_folder(folder: Path) -> Folder:
    """Read, check and try everything.

    Raises:
        RuleFileError: with every problem of every file.
    """
    declared = read_declared(folder)
    problems: list[Problem] = []
    files: list[PolicyFile] = []
    for path in sorted(folder.glob("*.yaml")):
        if path.name in (FACTS_FILE, PARAMETERS_FILE):
            continue
        try:
            files.append(read_file(path, declared))
        except RuleFileError as error:
            problems += error.problems
    problems += problems_of(files)
    if problems:
        raise RuleFileError(problems)
    return Folder(declared, tuple(files))
