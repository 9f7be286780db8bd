"""Responsibilities learnt from the earlier part of the data: who handled which type where.

A unit may be the office of one area with a role that other areas' offices have too (the sanitation
team of a street). What is learnt for everywhere is then the role: each area goes to its own office.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.real_input.model import Item, Kind, Routes

#: An exception for one area: so many requests there, and this share of them by one unit.
LEAST_HERE, SHARE_HERE = 3, 0.5
#: Everywhere: this share of a type's requests by one unit or role.
LEAST_EVERYWHERE, SHARE_EVERYWHERE = 1, 0.5
#: A type that was never seen is handled like its wider class, if that is clear enough.
LEAST_CLASS = 3


@dataclass(frozen=True, slots=True)
class Office:
    """A unit that serves one area, and what it is there."""

    role: str
    area: str


@dataclass(frozen=True, slots=True)
class Town:
    """What is known about places and offices before any request is looked at.

    ``inside``: area → the areas above it. ``place_level``: the index in ``Item.areas`` at which
    exceptions are learnt; -1 when places make no difference.
    """

    root: str
    place_level: int = -1
    offices: Mapping[str, Office] = field(default_factory=dict)
    inside: Mapping[str, Sequence[str]] = field(default_factory=dict)


def learn(items: Iterable[Item], kinds: Sequence[Kind], town: Town) -> Routes:
    """The routes of *kinds* as the majority of *items* shows them."""
    roles: dict[Kind, Counter[str]] = defaultdict(Counter)
    here: dict[Kind, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for item in items:
        if item.unit is None:
            continue
        office = town.offices.get(item.unit)
        role = _role(office) if office else item.unit
        roles[item.kind][role] += 1
        roles[item.kind[:-1]][role] += 1
        if 0 <= town.place_level < len(item.areas):
            here[item.kind][item.areas[town.place_level]][item.unit] += 1
    table = {}
    for kind in kinds:
        everywhere = (
            _clear(roles[kind], LEAST_EVERYWHERE, SHARE_EVERYWHERE)
            if kind in roles
            else _clear(roles.get(kind[:-1]), LEAST_CLASS, SHARE_EVERYWHERE)
        )
        found = _routes(everywhere, here.get(kind, {}), town)
        if found:
            table[kind] = found
    return Routes(table)


def _role(office: Office) -> str:
    return f"role:{office.role}"


def _routes(everywhere: str | None, here: Mapping[str, Counter[str]], town: Town) -> dict[str, str]:
    """Area → unit: the exceptions, and everything else by the unit or role of everywhere."""
    found: dict[str, str] = {}
    for area, units in sorted(here.items()):
        unit = _clear(units, LEAST_HERE, SHARE_HERE)
        if unit is not None:
            found[area] = unit
    exceptions = set(found)
    if everywhere is None:
        return found
    if not everywhere.startswith("role:"):
        found[town.root] = everywhere
        return {
            area: unit for area, unit in found.items() if area == town.root or unit != everywhere
        }
    for unit, office in sorted(town.offices.items()):
        # The most local entry wins, so none may stand below an exception.
        if _role(office) == everywhere and not exceptions & set(town.inside.get(office.area, ())):
            found.setdefault(office.area, unit)
    return found


def _clear(units: Counter[str] | None, least: int, share: float) -> str | None:
    """The unit with most requests if it has enough of them; of two the smaller code."""
    if not units:
        return None
    total = units.total()
    unit, most = min(units.items(), key=lambda pair: (-pair[1], pair[0]))
    return unit if total >= least and most / total >= share else None
