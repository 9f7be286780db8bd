"""Responsibilities learnt from the earlier part of the data: who handled which type where."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from benchmarks.real_input.model import Item, Kind, Routes

#: A place of its own: this many requests and this share of them by one unit.
LEAST_HERE, SHARE_HERE = 2, 0.5
#: Everywhere: this share of a type's requests by one unit.
SHARE_EVERYWHERE = 0.4
#: A type that was not seen is handled like its wider class, if that is clear enough.
LEAST_CLASS, SHARE_CLASS = 3, 0.5

Counts = dict[tuple[Kind, str], Counter[str]]


def learn(items: Iterable[Item], kinds: Sequence[Kind], root: str, *, place_level: int) -> Routes:
    """The routes of *kinds* as the majority of *items* shows them.

    ``place_level``: the index in ``Item.areas`` that may have a unit of its own (streets), below
    the whole city; -1 when places make no difference.
    """
    counts: Counts = defaultdict(Counter)
    for item in items:
        if item.unit is None:
            continue
        spots = [root]
        if 0 <= place_level < len(item.areas):
            spots.append(item.areas[place_level])
        for spot in spots:
            counts[item.kind, spot][item.unit] += 1
            counts[item.kind[:-1], spot][item.unit] += 1
    spots_seen = sorted({spot for _, spot in counts if spot != root})
    table: dict[Kind, dict[str, str]] = {}
    for kind in kinds:
        found = _of(counts, kind, spots_seen, root)
        if (kind, root) not in counts:  # never seen: what its class shows
            found = _of_class(counts, kind[:-1], spots_seen, root)
        if found:
            table[kind] = found
    return Routes(table)


def _of(counts: Counts, kind: Kind, spots: Sequence[str], root: str) -> dict[str, str]:
    found: dict[str, str] = {}
    everywhere = _clear(counts.get((kind, root)), 1, SHARE_EVERYWHERE)
    if everywhere:
        found[root] = everywhere
    for spot in spots:
        here = _clear(counts.get((kind, spot)), LEAST_HERE, SHARE_HERE)
        if here and here != everywhere:
            found[spot] = here
    return found


def _of_class(counts: Counts, kind: Kind, spots: Sequence[str], root: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for spot in (root, *spots):
        unit = _clear(counts.get((kind, spot)), LEAST_CLASS, SHARE_CLASS)
        if unit and unit != found.get(root):
            found[spot] = unit
    return found


def _clear(units: Counter[str] | None, least: int, share: float) -> str | None:
    """The unit with most requests if it has enough of them; of two the smaller code."""
    if not units:
        return None
    total = units.total()
    unit, most = min(units.items(), key=lambda pair: (-pair[1], pair[0]))
    return unit if total >= least and most / total >= share else None
