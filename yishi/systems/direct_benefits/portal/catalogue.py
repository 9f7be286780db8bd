"""The published items as 政策通 shows them: one immutable copy per process, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from yishi.foundation import revisions
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.places import register_at
from yishi.foundation.rulebook.engine import Item
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.policies.model import BenefitItem, PolicyText
from yishi.systems.direct_benefits.policies.models import ItemVersion
from yishi.systems.direct_benefits.portal import labels, words

SOON_DAYS = 30
IN_FORCE, SOON, UPCOMING, ENDED = "in_force", "soon", "upcoming", "ended"
_TONES = {"direct": "good", "quick": "active", "promise": "warn"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One version of an item with its policy."""

    item: BenefitItem
    engine: Item
    version_id: int
    number: int
    policy: PolicyText
    department: str
    first: date
    last: date | None
    published_at: datetime | None
    text: str = field(repr=False, default="")

    @property
    def key(self) -> str:
        return self.item.key

    def standing(self, today: date) -> str:
        """In force, about to end, to come, or ended on a day."""
        last = self.ends_on
        if last is not None and last < today:
            return ENDED
        if self.first > today:
            return UPCOMING
        return SOON if last is not None and (last - today).days <= SOON_DAYS else IN_FORCE

    @property
    def ends_on(self) -> date | None:
        """The last day on which the item is in force."""
        ends = [
            d for d in (self.last, self.policy.valid_to, self.policy.repealed_on) if d is not None
        ]
        return min(ends) if ends else None


@dataclass(frozen=True, slots=True)
class Card:
    """An item as a list shows it, in the reader's language."""

    entry: Entry
    amount: str

    @property
    def key(self) -> str:
        return self.entry.key

    @property
    def name(self) -> str:
        return self.entry.item.name

    @property
    def plain(self) -> str:
        return self.entry.policy.plain

    @property
    def department(self) -> str:
        return self.entry.department

    @property
    def mode_label(self) -> str:
        return str(labels.MODES.get(self.entry.item.mode, self.entry.item.mode))

    @property
    def mode_tone(self) -> str:
        return _TONES.get(self.entry.item.mode, "neutral")

    @property
    def kind_label(self) -> str:
        return str(labels.KINDS.get(self.entry.item.kind, self.entry.item.kind))

    @property
    def audience(self) -> Sequence[str]:
        return self.entry.item.audience

    @property
    def how(self) -> str:
        return self.entry.item.how

    @property
    def valid_to(self) -> date | None:
        return self.entry.ends_on

    @property
    def illustrative(self) -> bool:
        return self.entry.item.illustrative or self.entry.policy.illustrative


@dataclass(frozen=True, slots=True)
class Shelf:
    """All items: the version of each that is in force or was last, by key; policies by key."""

    entries: Mapping[str, Entry]
    versions: Mapping[int, Entry]
    policies: Mapping[str, PolicyText]

    def of_policy(self, key: str) -> list[Entry]:
        """The items of a document, as the document orders them."""
        return [one for one in self.entries.values() if one.policy.key == key]


def language() -> str:
    """``zh`` or ``en``, as the reader chose."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def today_of(now: datetime) -> date:
    """The city's day."""
    return now.astimezone(SHANGHAI).date()


#: The copy in use: made from which book of policies, with which register of places.
_made: tuple[Any, int, Shelf] | None = None


def shelf(numbers: Mapping[str, int] | None = None) -> Shelf:
    """The items for revision numbers (1 statement more without them)."""
    global _made  # noqa: PLW0603
    numbers = revisions.numbers() if numbers is None else numbers
    # Not a loader of `revisions`: one that asks for another's copy would wait for itself.
    kept, places = book.shelf(), numbers.get("places", 0)
    held = _made
    if held is None or held[0] is not kept or held[1] != places:
        held = _made = (kept, places, load(kept, register_at(places).functions))
    return held[2]


def load(kept: book.Shelf, departments: Mapping[str, str]) -> Shelf:
    """Everything that was ever published (1 statement)."""
    published = dict(ItemVersion.objects.values_list("pk", "published_at"))
    versions: dict[int, Entry] = {}
    entries: dict[str, Entry] = {}
    today = today_of(timezone.now())
    for item in kept.items:
        if item.version_id is None or item.policy_text is None:
            continue
        entry = _entry(item, published.get(item.version_id), departments)
        versions[item.version_id] = entry
        held = entries.get(item.key)
        # Of versions to come the one in force stays, until its successor's day.
        if held is None or entry.first <= today or held.standing(today) == ENDED:
            entries[item.key] = entry
    return Shelf(entries, versions, dict(kept.policies))


def _entry(
    item: BenefitItem, published_at: datetime | None, departments: Mapping[str, str]
) -> Entry:
    policy = item.policy_text
    assert policy is not None and item.version_id is not None
    department = departments.get(item.department) or policy.issuer
    text = " ".join(
        [
            *(item.name, item.clause, item.evidence, item.right, department),
            *(policy.number, policy.title, policy.issuer, policy.plain),
            *item.audience,
            str(labels.MODES.get(item.mode, "")),
            str(labels.KINDS.get(item.kind, "")),
        ]
    )
    return Entry(
        item=item,
        engine=item.engine_item(),
        version_id=item.version_id,
        number=item.version,
        policy=policy,
        department=department,
        first=item.effective_from or policy.valid_from,
        last=item.effective_to,
        published_at=published_at,
        text=text.lower(),
    )


def card(entry: Entry, params: Mapping[str, Any]) -> Card:
    """An item for a list, its amount in the reader's language."""
    item = entry.item
    if item.amount is None:
        return Card(entry, item.right or words.amount_words(None, params, language()))
    return Card(entry, words.amount_words(item.amount, params, language()))


def matches(entry: Entry, text: str) -> bool:
    """Whether every word of *text* stands in the item or its document: two characters suffice."""
    return all(word in entry.text for word in text.lower().split())


def rank(entry: Entry, text: str) -> tuple[int, str, str]:
    """Items whose name has the words come first."""
    first = text.lower().split()
    named = all(word in entry.item.name.lower() for word in first)
    return (0 if named else 1, entry.department, entry.key)
