"""One enterprise against all items, with every reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yishi.foundation.rulebook.engine.book import Book
from yishi.foundation.rulebook.outcome import BY_RANK, RANK, Outcome, Truth


@dataclass(slots=True)
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
    for item, pick, groups in book.walk():
        rank = min(pick(ranks) if groups is None else [max(group(ranks)) for group in groups])
        truth, fen = BY_RANK[rank], None
        outcome = Outcome(item.rule, truth, pick(states), facts, params, at)
        if rank == 2 and item.amount is not None:
            fen = item.amount.one(facts, params, at)
            truth = Truth.UNKNOWN if fen is None else truth
        found.append(ItemOutcome(item.key, truth, fen, outcome))
    return found
