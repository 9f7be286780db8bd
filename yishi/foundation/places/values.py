"""Plain values of the register: no Django, no database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from yishi.foundation.revisions.errors import FieldError


class PlaceError(FieldError):
    """Bad input about a place or unit. *field* names what was wrong."""

    def __init__(self, field: str, message: str, code: str = "place") -> None:
        super().__init__(field, message, code)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is, as far as it is known.

    *lon*, *lat* in degrees, EPSG:4490 (CGCS2000). *division* is the statistical code of the most
    local division that is known, *managed_path* the path of whoever runs it. *certain* is False
    when a person has to look (outside, on a border, only a county known); *note* then says why.
    """

    lon: float | None
    lat: float | None
    cell: str | None
    division: str
    managed_path: str
    certain: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Responsibility:
    """The unit that is responsible, with the steps that led to it in plain Chinese."""

    unit_id: int
    unit_code: str
    unit_name: str
    reason: list[str]


@dataclass(frozen=True, slots=True)
class Node:
    """A division or a functional zone (level ``zone``) in the tree of who runs what."""

    code: str
    name: str
    level: str
    parent: str | None
    kind: str = ""
    public: bool = True
    lon: float | None = None
    lat: float | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Managed:
    """One dated row: *division* is run by *manager* (a division or zone code)."""

    division: str
    manager: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class UnitInfo:
    """A unit as the snapshot keeps it."""

    id: int
    code: str
    name: str
    level: str
    kind: str
    functions: Sequence[str]
    division: str
    managed_path: str
    parent_id: int | None = None
    public: bool = True
    valid_from: date | None = None
    valid_to: date | None = None
    successor_id: int | None = None

    def valid(self, at: date) -> bool:
        """Whether the unit answers for its functions on that day."""
        return (self.valid_from is None or self.valid_from <= at) and (
            self.valid_to is None or at < self.valid_to
        )


@dataclass(frozen=True, slots=True)
class Away:
    """A unit does not take work for a time; *text* says until when and why, without a subject.
    *deputy_id*: the unit that does meanwhile, if one was named."""

    text: str
    deputy_id: int | None = None


@dataclass(frozen=True, slots=True)
class LandmarkInfo:
    """A landmark as the snapshot keeps it; *lon*, *lat* in EPSG:4490."""

    id: int
    name: str
    kind: str
    address: str
    lon: float
    lat: float
    cell: str | None
    division: str
    managed_path: str
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """A landmark found; *metres* is the distance where a position was given."""

    landmark: LandmarkInfo
    label: str
    metres: float | None = None


def in_scope(managed_path: str, scope: str) -> bool:
    """Whether a managed path lies in a scope. Whole path steps count: 4206/42060 holds nothing."""
    return scope in ("", managed_path) or managed_path.startswith(scope + "/")
