"""Draws the synthetic map (示意) of a city from its county polygons and its divisions."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from yishi.foundation.places.synthetic import Area, Seed, cells, rng, townships
from yishi.foundation.places.tree import Tree
from yishi.foundation.places.values import Node

VERSION = 1  # part of the loaded digest: a changed drawing is loaded anew


@dataclass(slots=True)
class Drawn:
    """The drawn areas: townships by code, the cells of each township, the towns of each county."""

    townships: dict[str, Area] = field(default_factory=dict)
    cells: dict[str, list[Area]] = field(default_factory=dict)
    urban: dict[str, list[str]] = field(default_factory=dict)
    villages: dict[str, list[Area]] = field(default_factory=dict)

    def pick(self, division: str, key: str) -> Area | None:
        """A cell of a county (in its urban part), township or village, the same for a key."""
        choice: Sequence[Area] = self.cells.get(division) or self.villages.get(division) or []
        towns = self.urban.get(division)
        if towns:
            town = towns[int(rng(f"{division} {key}").integers(len(towns)))]
            choice = self.cells[town]
        return choice[int(rng(key).integers(len(choice)))] if choice else None


def draw_city(
    tree: Tree, boundaries: Mapping[str, Mapping[str, Any]], settings: Mapping[str, Any]
) -> Drawn:
    """Townships and cells for every county with a polygon; empty when the folder asks for none."""
    wanted = settings.get("synthetic") or {}
    drawn = Drawn()
    if not wanted.get("cells"):
        return drawn
    centres: Mapping[str, Sequence[float]] = wanted.get("centres") or {}
    skipped = {str(code) for code in settings.get("without_area") or ()}
    below: dict[str, list[Node]] = {}
    for node in sorted(tree.nodes.values(), key=lambda n: n.code):
        if node.parent is not None and node.level in ("township", "village"):
            below.setdefault(node.parent, []).append(node)
    for county, feature in sorted(boundaries.items()):
        shape = shapely.from_geojson(json.dumps(feature["geometry"]))
        towns = [node for node in below.get(county, []) if node.code not in skipped]
        seeds = [_township_seed(tree, county, node, centres) for node in towns]
        drawn.urban[county] = [
            seed.code for seed in seeds if seed.urban and tree.manager(seed.code) == county
        ]
        for area in townships(county, shape, seeds):
            _draw_township(drawn, area, below.get(area.code, []), wanted["cells"])
    return drawn


def _draw_township(
    drawn: Drawn, area: Area, villages: Sequence[Node], pieces: Mapping[str, int]
) -> None:
    shown = [node for node in villages if node.public] or list(villages)
    seeds = [
        Seed(
            node.code,
            pieces=int(pieces.get("residents" if "residents" in node.kind else "villagers", 1)),
        )
        for node in shown
    ]
    drawn.townships[area.code] = area
    found = cells(area, seeds)
    if found:
        drawn.cells[area.code] = found
    for cell in found:
        drawn.villages.setdefault(cell.code[:-3], []).append(cell)


def _township_seed(
    tree: Tree, county: str, node: Node, centres: Mapping[str, Sequence[float]]
) -> Seed:
    centre = centres.get(tree.manager(node.code) or county) or centres.get(county)
    urban = node.kind == "street" or node.name == "城关镇"
    return Seed(node.code, urban, centre=(centre[0], centre[1]) if centre else None)


def simplified(shape: BaseGeometry) -> dict[str, Any]:
    """A township's outline for overview maps, to about ten metres."""
    outline: dict[str, Any] = json.loads(shapely.to_geojson(shapely.simplify(shape, 1e-4)))
    return outline
