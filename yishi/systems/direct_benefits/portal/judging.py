"""Facts of one enterprise against items, sorted by what comes of it. Nothing is stored here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from yishi.foundation.rulebook.engine import Book, ItemOutcome, match_one
from yishi.foundation.rulebook.facts import Fact, Seen
from yishi.foundation.rulebook.formulas import Derived
from yishi.foundation.rulebook.outcome import ConditionOutcome, Outcome, Truth
from yishi.foundation.rulebook.wording import pick
from yishi.systems.direct_benefits.portal import words
from yishi.systems.direct_benefits.portal.catalogue import Card, Entry


@dataclass(frozen=True, slots=True)
class Line:
    """One condition as it came out."""

    text: str
    truth: str
    gap: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """One item for one enterprise. ``near``: the only condition that is missed."""

    card: Card
    truth: str
    amount: str
    fen: int | None
    lines: tuple[Line, ...]
    near: Line | None = None
    unknown: tuple[str, ...] = ()


@dataclass(slots=True)
class Sorted:
    """Items by what one gets."""

    yes: list[Judged] = field(default_factory=list)
    near: list[Judged] = field(default_factory=list)
    unknown: list[Judged] = field(default_factory=list)
    no: list[Judged] = field(default_factory=list)

    @property
    def fen(self) -> int:
        """What the certain ones come to."""
        return sum(one.fen or 0 for one in self.yes)


def needed(entries: Iterable[Entry], derived: Mapping[str, Derived]) -> list[Fact]:
    """The facts that enterprises have for these items, what most items ask for first: a derived
    fact is asked for by what it is computed from."""
    uses: Counter[str] = Counter()
    known: dict[str, Fact] = {}
    for entry in entries:
        for fact in base_facts(entry, derived):
            uses[fact.name] += 1
            known[fact.name] = fact
    order = {name: n for n, name in enumerate(known)}
    return sorted(known.values(), key=lambda fact: (-uses[fact.name], order[fact.name]))


def named(entries: Iterable[Entry]) -> list[str]:
    """The facts, derived ones too, that items name."""
    found: dict[str, None] = {}
    for entry in entries:
        found |= dict.fromkeys(entry.engine.rule.facts)
        if entry.engine.amount is not None:
            found |= dict.fromkeys(entry.engine.amount.facts)
    return list(found)


def base_facts(entry: Entry, derived: Mapping[str, Derived]) -> list[Fact]:
    """The facts of one item, derived ones replaced by what they are made of."""
    amount = entry.engine.amount
    waiting = [*entry.engine.rule.facts.values()]
    if amount is not None:
        waiting += amount.facts.values()
    found: dict[str, Fact] = {}
    seen: set[str] = set()
    while waiting:
        fact = waiting.pop(0)
        if fact.name in seen:
            continue
        seen.add(fact.name)
        made = derived.get(fact.name)
        if made is None:
            found[fact.name] = fact
        else:
            waiting += made.formula.facts.values()
    return list(found.values())


def judge(
    cards: Sequence[Card],
    derived: Sequence[Derived],
    facts: Mapping[str, Any],
    params: Mapping[str, Any],
    at: datetime,
    language: str = "zh",
) -> Sorted:
    """Every item for these facts, as they are known at *at*."""
    by_key = {one.key: one for one in cards}
    book = Book(tuple(one.entry.engine for one in cards), tuple(derived))
    found = Sorted()
    for outcome in match_one(book, facts, params, at):
        one = judged(by_key[outcome.key], outcome, language)
        if one.truth == Truth.TRUE:
            found.yes.append(one)
        elif one.near is not None:
            found.near.append(one)
        elif one.truth == Truth.UNKNOWN:
            found.unknown.append(one)
        else:
            found.no.append(one)
    found.yes.sort(key=lambda one: -(one.fen or 0))
    return found


def judged(card: Card, outcome: ItemOutcome, language: str = "zh") -> Judged:
    """One item's outcome in words."""
    lines = tuple(line_of(one, language) for one in outcome.outcome)
    amount = words.yuan(outcome.amount, language) if outcome.amount is not None else ""
    return Judged(
        card,
        str(outcome.truth),
        amount,
        outcome.amount,
        lines,
        near_of(outcome.outcome, language),
        missing_of(card, outcome, language),
    )


def line_of(one: ConditionOutcome, language: str) -> Line:
    """A condition with its value and by how much it is missed."""
    return Line(one.reason(language), str(one.truth), words.gap(one, language))


def near_of(outcome: Outcome, language: str = "zh") -> Line | None:
    """The one condition that is missed while all others hold."""
    truths = outcome.item_truths()
    if truths.count(Truth.FALSE) != 1 or Truth.UNKNOWN in truths:
        return None
    place = truths.index(Truth.FALSE)
    missed = [one for one in outcome if one.item == place]
    return line_of(missed[0], language)


def missing_of(card: Card, found: ItemOutcome, language: str = "zh") -> tuple[str, ...]:
    """The facts for want of which an item is undecided; what the amount needs among them."""
    outcome = found.outcome
    truths = outcome.item_truths()
    facts = [
        one.condition.fact
        for one in outcome
        if one.truth == Truth.UNKNOWN and truths[one.item] == Truth.UNKNOWN
    ]
    amount = card.entry.engine.amount
    if outcome.truth == Truth.TRUE and found.truth == Truth.UNKNOWN and amount is not None:
        facts += amount.facts.values()
    labels = [pick(language, one.label, one.label_en) for one in facts]
    return tuple(dict.fromkeys(labels))


def seen_now(answers: Mapping[str, Any], now: datetime) -> dict[str, Seen]:
    """What somebody says of themselves now."""
    return {name: Seen(value, now) for name, value in answers.items()}


def values_in(entries: Iterable[Entry], fact: str) -> frozenset[str]:
    """The values of a set fact that items compare with, where its list is not closed."""
    found: set[str] = set()
    for entry in entries:
        for _place, condition in entry.engine.rule.flat:
            if condition.fact.name == fact and isinstance(condition.operand, frozenset):
                found |= condition.operand
    return frozenset(found)
