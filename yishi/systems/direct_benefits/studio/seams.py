"""What the studio asks of policies and places, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.utils import timezone

from yishi.foundation.access.actors import Actor
from yishi.foundation.places import register_at
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.policies import book, facts, publishing
from yishi.systems.direct_benefits.policies.facts import Declared
from yishi.systems.direct_benefits.policies.models import ItemVersion
from yishi.systems.direct_benefits.studio import composing
from yishi.systems.direct_benefits.studio.models import Ending, ItemDraft
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary, vocabulary_of

Choices = list[tuple[str, Any]]


def vocabulary() -> Vocabulary:
    """Everything that an item may name."""
    return _vocabulary_of(_Same(facts.declared()))


class _Same:
    """A vocabulary as a key of the cache: what was loaded once is the same."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared
        self.key = (id(declared.facts), id(declared.derived), id(declared.parameters))

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.key == other.key


@lru_cache(maxsize=4)
def _vocabulary_of(kept: _Same) -> Vocabulary:
    return vocabulary_of(kept.declared)


def newest(key: str) -> ItemVersion | None:
    """The newest version of an item, in force or about to be (1 statement)."""
    return ItemVersion.objects.filter(key=key).order_by("-version").first()


def version(pk: int | None) -> ItemVersion | None:
    """A version by id (1 statement)."""
    return ItemVersion.objects.filter(pk=pk).first() if pk else None


def versions(key: str) -> list[ItemVersion]:
    """All versions of an item with their documents, newest first (1 statement)."""
    return list(ItemVersion.objects.filter(key=key).select_related("policy").order_by("-version"))


def plain(content: Mapping[str, Any]) -> dict[str, Any]:
    """A published content as a draft begins with it: without the declarations it carries."""
    return {k: v for k, v in content.items() if k not in ("declared", "policy_number")}


def refused(content: Mapping[str, Any], day: date | None) -> dict[str, str]:
    """What `policies` has against a content that the form could read, by name of the input; its
    examples are run. Without a day the form says so itself, so today stands in."""
    try:
        publishing.checked(content, day or timezone.localdate())
    except FieldError as error:
        return {composing.input_of(error.field): error.message}
    return {}


def publish(row: ItemDraft, day: date, actor: Actor, now: datetime) -> ItemVersion:
    """Publish a draft. Raises FieldError, named by input."""
    try:
        return publishing.publish(row.content, day, row.author, actor.ref, now)
    except FieldError as error:
        name = composing.input_of(error.field)
        raise FieldError(name, error.message, error.code) from error


def end(row: Ending, now: datetime) -> None:
    """End the version, or repeal the document that it belongs to. Raises FieldError."""
    if row.kind == Ending.REPEAL:
        current = ItemVersion.objects.select_related("policy").get(pk=row.item_version)
        publishing.repeal(current.policy.key, row.last_day, now)
        return
    publishing.end(row.key, row.last_day, now)


# --- what is chosen from ---


def policy_choices() -> Choices:
    """Documents that hold today or later, by title."""
    today = timezone.localdate()
    found = [
        one
        for one in book.policies()
        if all(day is None or day >= today for day in (one.valid_to, one.repealed_on))
    ]
    named = [(one.key, f"{one.title}（{one.number}）") for one in found]
    return sorted(named, key=lambda pair: pair[1])


def item_choices() -> list[tuple[str, Choices]]:
    """The items in force today by document, for choosing one as a model."""
    groups: dict[str, Choices] = {}
    for one in book.items_on(timezone.localdate()):
        head = one.policy_text.title if one.policy_text else one.policy
        groups.setdefault(head, []).append((one.key, one.name))
    return list(groups.items())


def places(numbers: Mapping[str, int]) -> Register:
    """The register of places as of the request."""
    return register_at(numbers.get("places", 0))


def region_choices(register: Register) -> Choices:
    """The whole city and its counties by managed path."""
    found: Choices = []
    for node in register.picker_children():
        found.append((register.managed_path(node.code), node.name))
    root = found[0][0].partition("/")[0] if found else "4206"
    return [(root, register.label(root)), *found]


def department_choices(register: Register) -> Choices:
    """Who answers for items: the departments that items name, by the unit that has the function."""
    keys = sorted({one.department for one in book.shelf().items})
    found: Choices = []
    for key in keys:
        units = register.units(function=key)
        found.append((key, units[0].name if units else key))
    return found


def budget_lines() -> list[str]:
    """The budget lines that items in force name."""
    items = book.items_on(timezone.localdate())
    return sorted({one.budget.line for one in items if one.budget is not None})
