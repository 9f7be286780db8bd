"""Items, departments and parameters by name, as pages of today show them."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone

from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.policies.model import BenefitItem


def items() -> dict[str, BenefitItem]:
    """The items in force today, by key (cached by revision)."""
    return {one.key: one for one in book.items_on(timezone.localdate())}


def of(found: Mapping[str, BenefitItem], key: str) -> str:
    """The name of an item, or its key where it is no more."""
    one = found.get(key)
    return one.name if one is not None else key
