"""What a data set has to say, in one shape for all of them."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Kind = tuple[str, ...]
"""A type of request by its levels, from the widest to the narrowest."""


class DataMissing(Exception):
    """The folder of the data is not there; the text says which file was looked for."""


@dataclass(frozen=True, slots=True)
class Item:
    """One request: ``areas`` are division codes from the county down; ``unit`` is who handled it
    according to the data (never read for routing the item itself), ``None`` where not recorded."""

    key: str
    at: str
    kind: Kind
    areas: tuple[str, ...]
    unit: str | None


@dataclass(frozen=True, slots=True)
class Area:
    """A division of the city to be made."""

    code: str
    name: str
    level: str
    parent: str | None


@dataclass(frozen=True, slots=True)
class Routes:
    """Who answers for a type where: type → area (the root for everywhere) → unit."""

    table: Mapping[Kind, Mapping[str, str]]


@dataclass(frozen=True)
class DataSet:
    """A city's requests, and what its folder is to be made of.

    ``first_held_out``: items from that time on were not looked at when ``routes`` were made.
    ``fields`` is the mapping of the import (see ``importing.mapping``); the type's own values are
    filled in when the catalogue is numbered.
    """

    name: str
    title: str
    file: Path
    zone: str
    items: Sequence[Item]
    areas: Sequence[Area]
    kinds: Sequence[Kind]
    routes: Routes
    first_held_out: str
    unit_names: Mapping[str, str]
    fields: Mapping[str, Any]
    type_columns: Sequence[str]
    cells: Sequence[tuple[str, str, float, float, float, float]] = field(default_factory=tuple)

    @property
    def root(self) -> str:
        """Code of the city."""
        return self.areas[0].code


JOIN = " / "


def joined(kind: Kind) -> str:
    """A type as the import's mapping joins its columns: empty levels are left out."""
    return JOIN.join(level.strip() for level in kind if level.strip())


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a file of the data.

    Raises:
        DataMissing: when it is not there.
    """
    if not path.is_file():
        raise DataMissing(str(path))
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
