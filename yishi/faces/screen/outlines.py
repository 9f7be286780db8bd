"""Outlines for the map: of divisions where there are any, else of the cells that make them up."""

from __future__ import annotations

from typing import Any

from yishi.foundation.places.models import Boundary, Cell
from yishi.foundation.places.snapshot import Register


def outlines(register: Register, path: str) -> list[dict[str, Any]]:
    """What lies right below *path*, as GeoJSON features (1 statement).

    Below a township these are communities, each the cells of its own; below a community its cells,
    named by the last four digits of their codes.
    """
    code = path.rpartition("/")[2]
    nodes = register.children(code)
    if not nodes:
        cells = Cell.objects.filter(division_id=code).order_by("code")
        return [_feature(one.code[-4:], one.synthetic, one.polygon) for one in cells]
    names = {node.code: node.name for node in nodes}
    if any(node.level == "village" for node in nodes):
        return _of_cells(names)
    rows = Boundary.objects.filter(division_id__in=names).order_by("division_id")
    return [_feature(names[row.division_id], row.synthetic, row.geometry) for row in rows]


def _of_cells(names: dict[str, str]) -> list[dict[str, Any]]:
    shapes: dict[str, list[Any]] = {}
    synthetic: dict[str, bool] = {}
    for cell in Cell.objects.filter(division_id__in=names).order_by("code"):
        polygon = cell.polygon
        parts = polygon["coordinates"]
        shapes.setdefault(cell.division_id, []).extend(
            parts if polygon["type"] == "MultiPolygon" else [parts]
        )
        synthetic[cell.division_id] = synthetic.get(cell.division_id, False) or cell.synthetic
    return [
        _feature(
            names[code], synthetic[code], {"type": "MultiPolygon", "coordinates": shapes[code]}
        )
        for code in sorted(shapes)
    ]


def _feature(name: str, synthetic: bool, geometry: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"name": name, "synthetic": synthetic},
        "geometry": geometry,
    }
