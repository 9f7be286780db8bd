"""What the studio asks of policies, places and the ledger, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.places import register_at
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.policies import book, facts, publishing
from yishi.systems.direct_benefits.policies.models import ItemVersion, Policy
from yishi.systems.direct_benefits.policies.reading import parse_item
from yishi.systems.direct_benefits.studio.vocabulary import Vocabulary

if TYPE_CHECKING:
    from yishi.systems.direct_benefits.policies.facts import Declared
    from yishi.systems.direct_benefits.studio.models import Ending, ItemDraft
    from yishi.systems.direct_benefits.studio.shape import Tree


def vocabulary(numbers: Mapping[str, int] | None = None) -> Vocabulary:
    """Everything that an item may name."""
    declared = facts.declared()
    return _vocabulary_of(_Kept(declared))


class _Kept:
    """A vocabulary as a key of the cache: the same object is the same vocabulary."""

    def __init__(self, declared: Declared) -> None:
        self.declared = declared

    def __hash__(self) -> int:
        return hash((id(self.declared.facts), id(self.declared.parameters)))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, _Kept)
            and self.declared.facts is other.declared.facts
            and self.declared.parameters is other.declared.parameters
        )


@lru_cache(maxsize=4)
def _vocabulary_of(kept: _Kept) -> Vocabulary:
    declared = kept.declared
    inputs: dict[str, frozenset[str]] = {}
    for name, one in declared.derived.items():
        found: frozenset[str] = frozenset()
        for inner in one.formula.names:
            if inner in declared.parameters:
                continue
            found |= inputs.get(inner) or frozenset({inner})
        inputs[name] = found
    sources = {key: one.name for key, one in declared.sources.items()}
    return Vocabulary(declared.every, declared.parameters, sources, inputs)


def newest(key: str) -> ItemVersion | None:
    """The newest version of an item, in force or about to be (1 statement)."""
    return ItemVersion.objects.filter(key=key).order_by("-version").first()


def version(pk: int | None) -> ItemVersion | None:
    """A version by id (1 statement)."""
    return ItemVersion.objects.filter(pk=pk).select_related("policy").first() if pk else None


def versions(key: str) -> list[ItemVersion]:
    """All versions of an item, newest first (1 statement)."""
    return list(ItemVersion.objects.filter(key=key).order_by("-version"))
