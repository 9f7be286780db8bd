"""The register that a city's folder would make, without a database: tables are checked with it."""

from __future__ import annotations

from pathlib import Path

from yishi.foundation.places.cityfiles import REQUIRED, read_city
from yishi.foundation.places.seed import planned_units
from yishi.foundation.places.snapshot import Contents, Register
from yishi.foundation.places.tree import Tree
from yishi.foundation.places.values import UnitInfo


def register_of(folder: Path) -> Register | None:
    """Divisions and units of *folder*, or None where it has no such files.

    Raises:
        PlaceError: when its files are wrong.
    """
    if not all((folder / name).is_file() for name in REQUIRED):
        return None
    city = read_city(folder)
    tree = Tree(city.code, city.nodes, city.managed)
    units = [
        UnitInfo(
            number,
            planned.code,
            planned.name,
            planned.level,
            planned.kind,
            planned.functions,
            planned.division,
            tree.path(planned.division),
        )
        for number, planned in enumerate(planned_units(city, tree), start=1)
    ]
    return Register(Contents(city.code, city.nodes, city.managed, city.functions, units))
