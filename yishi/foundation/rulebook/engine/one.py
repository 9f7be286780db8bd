"""One enterprise against all items, with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yishi.foundation.rulebook.engine.book import Book
from yishi.foundation.rulebook.outcome import BY_RANK, RANK, Outcome, Truth


@dataclass(frozen=True, slots=True)
class ItemOutcome:
    """One item's answer. ``truth`` is UNKNOWN where the rule holds but the amount (None then) is
    not known; ``outcome`` has the state of every condition, and says it in words."""

    key: str
    truth: Truth
    amount: int | None
    outcome: Outcome


def with_derived(
    book: Book, facts: Mapping[str, Any], params: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """*facts* and the derived ones."""
    found = dict(facts)
    for one in book.derived:
        found[one.fact.name] = one.formula.one(found, params, at)
    return found


def match_one(
    book: Book, facts: Mapping[str, Any], params: Mapping[str, Any], at: datetime
) -> list[ItemOutcome]:
    """Every item for one row of *facts* at *at*; no condition is skipped.

    Raises:
        FactError: when a fact has another type than declared.
    """
    facts = with_derived(book, facts, params, at)
    states = [test(facts, params, at) for test in book.tests()]
    ranks = [RANK[state] for state in states]
    found = []
    for item, numbers, plan in zip(book.items, book.flat, book.plans, strict=True):
        if len(plan) == len(numbers):  # no groups
            rank = min([ranks[n] for n in numbers])
        else:
            rank = min([max([ranks[n] for n in group]) for group in plan])
        own = [states[n] for n in numbers]
        truth, fen = BY_RANK[rank], None
        outcome = Outcome(item.rule, truth, own, facts, params, at)
        if item.amount is not None and truth is Truth.TRUE:
            fen = item.amount.one(facts, params, at)
            truth = Truth.UNKNOWN if fen is None else truth
        found.append(ItemOutcome(item.key, truth, fen, outcome))
    return found
