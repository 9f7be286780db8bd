"""Grid cells for cities whose requests have positions: each belongs to the nearest known area."""

from __future__ import annotations

from collections.abc import Sequence

import shapely

WIDE, HIGH = 0.005, 0.004  # degrees, some 420 by 440 metres at 40° north
RING = 2  # cells around every known position

Cell = tuple[str, str, float, float, float, float]


def cells_of(positions: Sequence[tuple[float, float, str]]) -> list[Cell]:
    """Cells (code, area, west, south, east, north) around *positions* (degrees, area code)."""
    if not positions:
        return []
    west = min(lon for lon, _, _ in positions) - WIDE / 3
    south = min(lat for _, lat, _ in positions) - HIGH / 3
    wanted = {
        (int((lon - west) / WIDE) + dx, int((lat - south) / HIGH) + dy)
        for lon, lat, _ in positions
        for dx in range(-RING, RING + 1)
        for dy in range(-RING, RING + 1)
    }
    tree = shapely.STRtree(shapely.points([(lon, lat) for lon, lat, _ in positions]))
    spots = sorted(wanted)
    centres = [(west + (x + 0.5) * WIDE, south + (y + 0.5) * HIGH) for x, y in spots]
    nearest = tree.nearest(shapely.points(centres))
    cells: list[Cell] = []
    for (x, y), index in zip(spots, nearest.tolist(), strict=True):
        left, low = west + x * WIDE, south + y * HIGH
        # Neighbours share their edges to the digit.
        right, high = west + (x + 1) * WIDE, south + (y + 1) * HIGH
        code = f"C{x + RING:04d}{y + RING:04d}"
        cells.append((code, positions[index][2], left, low, right, high))
    return cells
