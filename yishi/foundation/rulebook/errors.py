"""What can be wrong with a rule, a fact, or a file of rules."""

from __future__ import annotations

from dataclasses import dataclass

from yishi.foundation.revisions.errors import FieldError


class RuleError(FieldError):
    """A rule, parameter or declaration that cannot be accepted; ``field`` is the dotted path."""


class FactError(FieldError):
    """A fact whose value is not of its declared type; ``field`` is the fact's name."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One complaint about a file. ``where`` is the path of rule, condition and field in it."""

    file: str
    line: int
    where: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return (
            f"{place}: {self.where}: {self.message}" if self.where else f"{place}: {self.message}"
        )


class RuleFileError(ValueError):
    """A file of rules that was refused; ``problems`` has everything found wrong with it."""

    problems: tuple[Problem, ...]

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)
