"""Names of the governments whose books these are."""

from __future__ import annotations

from yishi.foundation import places, revisions
from yishi.foundation.places.values import PlaceError

_ABOVE = {"nation": "中央", "province": "省级"}


def area_name(area: str) -> str:
    """The name of a managed path, as people say it; the path itself where no city knows it."""
    if area in _ABOVE:
        return _ABOVE[area]
    from yishi.foundation.places.loading import load_register

    try:
        register = revisions.kept(places.NAME, load_register)
    except PlaceError:
        return area
    return register.label(area) or area
