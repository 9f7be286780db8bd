"""The published items as one immutable copy per process, by day and area without a statement."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from yishi.foundation import revisions
from yishi.foundation.rulebook.engine import Book
from yishi.systems.direct_benefits.policies.facts import declared, load_words
from yishi.systems.direct_benefits.policies.folder import book_of
from yishi.systems.direct_benefits.policies.model import BenefitItem, PolicyText
from yishi.systems.direct_benefits.policies.models import ItemVersion, Policy
from yishi.systems.direct_benefits.policies.parsing import from_stored

REGISTER = "benefit_items"


class Shelf:
    """Every policy and every item version. Thread-safe: filled when made."""

    def __init__(self, policies: dict[str, PolicyText], items: list[BenefitItem]) -> None:
        self.policies = policies
        self.items = items
        self.by_id = {item.version_id: item for item in items if item.version_id is not None}
        self._books: dict[tuple[int | None, ...], Book] = {}

    def items_on(self, day: date, area: str = "") -> list[BenefitItem]:
        return [item for item in self.items if item.holds(day) and item.concerns(area)]

    def book(self, items: list[BenefitItem]) -> Book:
        """The compiled items; few sets differ, so they are kept."""
        key = tuple(item.version_id for item in items)
        found = self._books.get(key)
        if found is None:
            if len(self._books) > 8:
                self._books.clear()
            found = self._books[key] = book_of(items)
        return found


def policy_text(row: Policy) -> PolicyText:
    """A policy row as a value."""
    return PolicyText(
        row.key,
        row.number,
        row.title,
        row.issuer,
        row.level,
        tuple((clause, says) for clause, says in row.text),
        row.plain,
        row.valid_from,
        row.valid_to,
        row.repealed_on,
        row.illustrative,
    )


def _load() -> Shelf:
    policies = {row.pk: policy_text(row) for row in Policy.objects.all()}
    words = load_words()  # not `declared`: copies are not made one inside the other
    items = [
        from_stored(row.content, words).dated(
            policy_text=policies[row.policy_id],
            version=row.version,
            version_id=row.pk,
            effective_from=row.effective_from,
            effective_to=row.effective_to,
        )
        for row in ItemVersion.objects.order_by("key", "version")
    ]
    return Shelf({policy.key: policy for policy in policies.values()}, items)


def shelf() -> Shelf:
    """The copy in use (1 statement to look whether it changed)."""
    return revisions.current(REGISTER, _load)


def shelf_at(numbers: Mapping[str, int]) -> Shelf:
    """The same for whoever knows the registers' *numbers* already (no statement)."""
    return revisions.at(REGISTER, numbers.get(REGISTER, 0), _load)


def policies() -> list[PolicyText]:
    """Every policy document, in the order of keys."""
    return [policy for _, policy in sorted(shelf().policies.items())]


def policies_on(day: date) -> list[PolicyText]:
    """The policy documents in force."""
    return [policy for policy in policies() if policy.holds(day)]


def items_on(day: date, area: str = "") -> list[BenefitItem]:
    """The items in force on *day* that concern enterprises of the managed path *area*."""
    return shelf().items_on(day, area)


def item_on(key: str, day: date) -> BenefitItem | None:
    """The version of an item in force on *day*."""
    return next((item for item in shelf().items if item.key == key and item.holds(day)), None)


def item_version(version_id: int) -> BenefitItem:
    """The item of a stored version, whatever day it is.

    Raises:
        KeyError: when there is no such version.
    """
    return shelf().by_id[version_id]


def versions(key: str) -> list[BenefitItem]:
    """All versions of an item, oldest first."""
    return [item for item in shelf().items if item.key == key]


def book_on(day: date, area: str = "") -> Book:
    """The items of that day as the engine takes them, compiled once."""
    kept = shelf()
    return kept.book(kept.items_on(day, area))


def params_on(day: date, area: str = "") -> dict[str, Any]:
    """The parameter values in force on *day*."""
    return declared().params_on(day, area)


def ended(today: date, within: int = 30) -> list[BenefitItem]:
    """Items in force whose version or policy ends within so many days."""
    last = today + timedelta(days=within)
    return [item for item in items_on(today) if not item.holds(last)]
