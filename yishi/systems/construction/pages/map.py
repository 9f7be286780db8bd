"""Projects on a map that needs no network: outlines of the counties and a mark for each project."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians, sin, sqrt
from typing import Any

from yishi.foundation.places.models import Boundary
from yishi.foundation.places.snapshot import Register
from yishi.systems.construction.pages.listing import Line

WIDTH, HEIGHT, MARGIN = 1000.0, 760.0, 16.0
#: Pins nearer than this are drawn beside each other.
SPREAD = 17.0


@dataclass(frozen=True, slots=True)
class Pin:
    """A project at its place on the picture."""

    line: Line
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Outlines as paths with names and where to write them, and pins."""

    shapes: tuple[tuple[str, str, float, float], ...]
    pins: tuple[Pin, ...]
    missing: int
    synthetic: bool


def picture(
    register: Register, lines: Sequence[Line], spots: dict[str, tuple[float, float]]
) -> Picture:
    """The map of *lines* (1 statement). *spots*: where a project without a position is drawn, by
    its number: the middle of its division."""
    nodes = {node.code: node.name for node in register.children(register.root)}
    rows = list(Boundary.objects.filter(division_id__in=nodes).order_by("division_id"))
    rings = {row.division_id: _rings(row.geometry) for row in rows}
    points = [point for found in rings.values() for ring in found for point in ring]
    if not points:
        return Picture((), (), len(lines), False)
    scale = _Scale(points)
    shapes = []
    for code, found in rings.items():
        path = " ".join(
            "M" + "L".join(f"{x},{y}" for x, y in map(scale, ring)) + "Z" for ring in found
        )
        largest = max(found, key=len)
        x, y = scale(
            (sum(p[0] for p in largest) / len(largest), sum(p[1] for p in largest) / len(largest))
        )
        shapes.append((nodes[code], path, x, y))
    pins, missing = [], 0
    taken: Counter[tuple[int, int]] = Counter()
    for line in lines:
        at = (line.lon, line.lat) if line.lon is not None and line.lat is not None else None
        at = at or spots.get(line.number)
        if at is None:
            missing += 1
            continue
        x, y = scale(at)
        pins.append(Pin(line, *_beside(x, y, taken)))
    return Picture(tuple(shapes), tuple(pins), missing, any(row.synthetic for row in rows))


def _beside(x: float, y: float, taken: Counter[tuple[int, int]]) -> tuple[float, float]:
    """Where a pin is drawn that would lie upon others: around them in a spiral."""
    spot = (round(x / SPREAD), round(y / SPREAD))
    turn, taken[spot] = taken[spot], taken[spot] + 1
    angle, far = turn * 2.399963, SPREAD * sqrt(turn)  # the golden angle
    return round(x + far * cos(angle), 1), round(y + far * sin(angle), 1)


class _Scale:
    """Degrees to picture: equirectangular at the middle latitude, which is enough for a city."""

    def __init__(self, points: Iterable[tuple[float, float]]) -> None:
        xs, ys = zip(*points, strict=True)
        self.left, self.top = min(xs), max(ys)
        self.flat = cos(radians((min(ys) + max(ys)) / 2))
        wide, high = (max(xs) - self.left) * self.flat, self.top - min(ys)
        self.factor = min((WIDTH - 2 * MARGIN) / wide, (HEIGHT - 2 * MARGIN) / high)

    def __call__(self, point: tuple[float, float]) -> tuple[float, float]:
        x = MARGIN + (point[0] - self.left) * self.flat * self.factor
        y = MARGIN + (self.top - point[1]) * self.factor
        return round(x, 1), round(y, 1)


def _rings(geometry: dict[str, Any]) -> list[list[tuple[float, float]]]:
    polygons = geometry["coordinates"]
    if geometry["type"] == "Polygon":
        polygons = [polygons]
    return [[(p[0], p[1]) for p in polygon[0]] for polygon in polygons]
