"""Names of the governments whose books these are."""

from __future__ import annotations

from yishi.foundation.places import label_of

_ABOVE = {"nation": "中央", "province": "省级"}


def area_name(area: str) -> str:
    """The name of a managed path, as people say it; the path itself where no city knows it."""
    return _ABOVE.get(area) or label_of(area)
