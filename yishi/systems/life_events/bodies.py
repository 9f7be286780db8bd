"""Which unit handles an item."""
from __future__ import annotations
from dataclasses import replace
from datetime import date
from yishi.foundation.approvals.catalogue.model import Item
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import Place, PlaceError, Responsibility


def body_for(item: Item, place: Place, register: Register, at: date) -> Responsibility | None:
    """By level and function."""
    path = place.managed_path.split("/")
    depth = {"province": 1, "city": 1, "county": 2, "town": 3, "village": 4}[item.level]
    where = replace(place, managed_path="/".join(path[:depth]))
    try:
        return register.responsible(item.function, where, at=at)
    except PlaceError:
        return None
