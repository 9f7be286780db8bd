"""The typed tree of a formula.

Numbers are integers of 10**-scale (money: of 10**-scale fen), dates are days since 1970-01-01. A
number that does not fit 64 bits is UNKNOWN on every path, at the node where it comes about.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from yishi.foundation.rulebook.facts import FactType

LOW, HIGH = -(2**63), 2**63 - 1
_DAY_ZERO = date(1970, 1, 1).toordinal()
FIRST_DAY, LAST_DAY = date.min.toordinal() - _DAY_ZERO, date.max.toordinal() - _DAY_ZERO
MOST_PLACES = 12
#: No power of ten beyond this is multiplied with, so that 128 bits hold every intermediate number.
MOST_SHIFT = 18


@dataclass(frozen=True, slots=True)
class Node:
    """What every node has: the type of its value, and the decimal places of a number."""

    kind: FactType
    scale: int


@dataclass(frozen=True, slots=True)
class Const(Node):
    """A literal; ``whole`` where it was written without a decimal point and fits any number."""

    value: Any
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A fact, or a parameter."""

    name: str
    parameter: bool


@dataclass(frozen=True, slots=True)
class Today(Node):
    """The day of the run in Asia/Shanghai."""


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """``neg``, ``abs``, ``not``, ``year``, ``month``, ``day``, ``date_of``."""

    op: str
    of: Node


@dataclass(frozen=True, slots=True)
class Raised(Node):
    """The same number with more places: times ``10**by``."""

    of: Node
    by: int


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """``add sub mul``, ``eq ne lt le gt ge``, ``full_months full_years``; scales are equal for all
    but ``mul``."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Div(Node):
    """``left * 10**up / (right * 10**down)``, ROUND_HALF_UP (a tie goes away from zero)."""

    left: Node
    right: Node
    up: int
    down: int


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """Kleene's ``and`` and ``or``."""

    op: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Pick(Node):
    """``least`` or ``greatest`` of numbers or dates; UNKNOWN where any part is."""

    op: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Case(Node):
    """The first ``then`` whose condition is TRUE; a condition that is UNKNOWN before it makes the
    whole UNKNOWN."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Among(Node):
    """Whether ``of`` is one of ``values``."""

    of: Node
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class TextTest(Node):
    """``starts_with`` of a text, ``contains`` of a set, with a literal."""

    op: str
    of: Node
    word: str


def fits(value: int, kind: FactType) -> bool:
    """Whether a computed number (or day) exists on every path."""
    if kind is FactType.DATE:
        return FIRST_DAY <= value <= LAST_DAY
    return LOW <= value <= HIGH


def rounded(top: int, bottom: int) -> int:
    """top / bottom as a whole number, ROUND_HALF_UP; *bottom* is not zero."""
    half_up = (2 * abs(top) + abs(bottom)) // (2 * abs(bottom))
    return half_up if (top < 0) == (bottom < 0) else -half_up
