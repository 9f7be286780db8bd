"""Counties and zones as the pages of 政策通 name them."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from yishi.foundation.places import register_at
from yishi.foundation.places.snapshot import Register
from yishi.systems.direct_benefits.policies.model import within


def register_of(numbers: Mapping[str, int]) -> Register:
    """The register of places for revision numbers (no statement when fresh)."""
    return register_at(numbers.get("places", 0))


def counties(numbers: Mapping[str, int]) -> dict[str, str]:
    """Managed paths of counties and zones with their names."""
    register = register_of(numbers)
    return {
        f"{register.root}/{one.code}": one.name for one in register.picker_children(register.root)
    }


def reaches(region: object, county: str) -> bool:
    """Whether an item of *region* (a managed path, empty for the whole city) counts in *county*."""
    path = str(region or "")
    return not path or within(county, path) or within(path, county)


def region_text(region: object, numbers: Mapping[str, int]) -> str:
    """The region in words."""
    path = str(region or "")
    return _("全市") if "/" not in path else register_of(numbers).label(path)
