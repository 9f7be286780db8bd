"""What a policy and its items are: immutable values, made by `parsing` and `reading`.

An item (惠企事项) is one benefit for one audience with one amount. Its rule, amount and derived
facts are the rulebook's; the rest says how it is paid: mode, period, stacking, caps, budget,
notice, limit, clawback. Money is whole fen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from yishi.foundation.rulebook.amounts import Amount
from yishi.foundation.rulebook.engine import Item
from yishi.foundation.rulebook.formulas import Derived
from yishi.foundation.rulebook.outcome import Truth
from yishi.foundation.rulebook.rules import Rule


@dataclass(frozen=True, slots=True)
class PolicyText:
    """A policy document: number, issuer, level, its clauses, what it says in plain words."""

    key: str
    number: str
    title: str
    issuer: str
    level: str
    text: tuple[tuple[str, str], ...]
    plain: str
    valid_from: date
    valid_to: date | None
    repealed_on: date | None = None
    illustrative: bool = True
    file: str = ""
    line: int = 0

    def holds(self, day: date) -> bool:
        """Whether it is in force on *day*; the day of a repeal is the last one."""
        ends = [day_ for day_ in (self.valid_to, self.repealed_on) if day_ is not None]
        return self.valid_from <= day and all(day <= end for end in ends)


@dataclass(frozen=True, slots=True)
class Stack:
    """Items of one ``group`` for one party and period: ``highest_less_paid`` 从高不重复,
    ``exclusive`` only the one with the lowest ``priority``, ``sum`` together up to ``cap``."""

    group: str
    rule: str
    priority: int
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Caps:
    """Most that one party gets of the item in its period, and most that the item pays in all."""

    per_party: int | None = None
    per_item: int | None = None


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget line that pays: codes of the government's accounts, and who bears how much (in
    per cent). ``yearly`` is the amount provided for a year."""

    line: str
    name: str
    functional: str
    economic: str
    shares: tuple[tuple[str, int], ...]
    yearly: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Public notice: so many days, in working (``wd``) or calendar days, with the day of posting
    counted (INCLUSIVE) or not."""

    days: int
    unit: str = "wd"
    mode: str = "INCLUSIVE"


@dataclass(frozen=True, slots=True)
class PayWithin:
    """The limit for the money to be on the account."""

    days: int
    unit: str
    start: str


@dataclass(frozen=True, slots=True)
class Clawback:
    """On what grounds money is taken back, for how many years, and whether the law lets it be set
    off against later payments."""

    grounds: tuple[str, ...]
    years: int
    set_off: bool = False
    law: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """Facts of one made-up party and what must come out of them; ``facts`` in stored form."""

    facts: Mapping[str, Any]
    on: date
    expect: Truth
    amount: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class BenefitItem:
    """One item as it is in force; equal when their contents are."""

    key: str
    name: str
    policy: str
    policy_number: str
    clause: str
    level: str
    department: str
    mode: str
    kind: str
    fiscal: bool
    audience: tuple[str, ...]
    region: str
    evidence: str
    rule: Rule
    derived: tuple[Derived, ...]
    amount: Amount | None
    right: str
    asks: tuple[str, ...]
    pledge: str
    valid_date: str
    recognised_on: str
    period: str
    once: str
    stack: Stack | None
    caps: Caps
    budget: Budget | None
    notice: Notice | None
    pay_within: PayWithin | None
    clawback: Clawback | None
    payer: str
    how: str
    examples: tuple[Example, ...]
    illustrative: bool
    content: Mapping[str, Any]
    hash: str
    policy_text: PolicyText | None = None
    version: int = 0
    version_id: int | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    _engine: list[Item] = field(default_factory=list, repr=False)

    def engine_item(self) -> Item:
        """The item as the engine takes it (made once)."""
        if not self._engine:
            self._engine.append(Item(self.key, self.rule, self.amount))
        return self._engine[0]

    def dated(self, **changes: Any) -> BenefitItem:
        """The same content with its version and days."""
        return replace(self, **changes)

    def holds(self, day: date) -> bool:
        """Whether it may be matched on *day*: version and policy are both in force."""
        return (
            (self.effective_from is None or self.effective_from <= day)
            and (self.effective_to is None or day <= self.effective_to)
            and (self.policy_text is None or self.policy_text.holds(day))
        )

    def concerns(self, area: str) -> bool:
        """Whether it is for enterprises of the managed path *area* or of a part of it."""
        if not area:
            return True
        return within(area, self.region) or within(self.region, area)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BenefitItem) and other.hash == self.hash

    def __hash__(self) -> int:
        return hash(self.hash)


def within(path: str, whole: str) -> bool:
    """Whether the managed path *path* lies in *whole*."""
    return path == whole or path.startswith(whole + "/")
