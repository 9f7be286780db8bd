"""Which body decides an item, and which window takes it in: by level of exercise and function."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from yishi.foundation.approvals.catalogue import Item
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import Place, PlaceError, Responsibility

#: How many segments of a managed path a level has: city, county or zone, township, village.
_DEPTH = {"province": 1, "city": 1, "county": 2, "town": 3, "village": 4}
#: The function of the windows (政务服务).
WINDOWS = "government_services"


def body_for(item: Item, place: Place, register: Register, at: date) -> Responsibility | None:
    """The unit that decides *item* for *place*: at the item's level, above it where that level has
    no unit with the function (a provincial item goes to the city's body, which forwards it).

    Raises:
        yishi.foundation.places.values.PlaceError: for a function that does not exist.
    """
    return register.responsible(item.function, _at_level(item, place), at=at)


def window_for(item: Item, place: Place, register: Register, at: date) -> int | None:
    """The unit of the window (综合窗口) at the item's level, if the city has any."""
    try:
        found = register.responsible(WINDOWS, _at_level(item, place), at=at)
    except PlaceError:
        return None
    return found.unit_id if found else None


def _at_level(item: Item, place: Place) -> Place:
    segments = place.managed_path.split("/")[: _DEPTH[item.level]]
    return replace(place, managed_path="/".join(segments))
