"""Where things are and who is responsible there.

``register()`` gives the immutable snapshot; everything else is reached through it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yishi.foundation import revisions
from yishi.foundation.places.values import Place, PlaceError, Responsibility, in_scope

if TYPE_CHECKING:
    from yishi.foundation.places.snapshot import Register

__all__ = [
    "NAME",
    "Place",
    "PlaceError",
    "Responsibility",
    "area_of_unit",
    "in_scope",
    "label_at_hand",
    "label_of",
    "register",
    "register_at",
    "register_at_hand",
]

NAME = "places"


def register() -> Register:
    """The snapshot of the newest revision (1 statement, the rest once per revision)."""
    from yishi.foundation.places.loading import load_register

    return revisions.current(NAME, load_register)


def register_at(number: int) -> Register:
    """The snapshot for a revision number that is already known (no statement)."""
    from yishi.foundation.places.loading import load_register

    return revisions.at(NAME, number, load_register)


def register_at_hand() -> Register:
    """The process's copy of the snapshot whatever its revision, for names on pages (no statement
    once loaded). Raises PlaceError where no city is loaded."""
    from yishi.foundation.places.loading import load_register

    return revisions.kept(NAME, load_register)


def label_of(path: str) -> str:
    """A managed path in words (樊城区米公街道); the path itself where no city knows it."""
    try:
        return register_at_hand().label(path) or path
    except PlaceError:
        return path


def label_at_hand(path: str) -> str:
    """As `label_of`, and the path itself where this process has no copy: rules are read and tried
    without a database too."""
    from yishi.foundation.places.loading import load_register

    register = revisions.at_hand(NAME, load_register)
    return (register.label(path) if register else "") or path


def area_of_unit(unit_id: int) -> str:
    """The managed path of a unit; "" where there is no such unit."""
    try:
        return register_at_hand().unit(unit_id).managed_path
    except PlaceError:
        return ""
