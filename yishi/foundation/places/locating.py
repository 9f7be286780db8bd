"""From a point to a cell: an STRtree over the cells' polygons.

Border rule: a point that touches several cells belongs to the one with the smallest code. If the
cells belong to different divisions the place is not certain and a person confirms it. A point
within TOLERANCE of a cell but in none (rounding between neighbours) belongs to the nearest cell,
the smallest code first. The same rule holds for one point and for arrays of points.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import shapely

TOLERANCE = 1e-8  # degrees, about a millimetre

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


class CellIndex:
    """Polygons sorted by code; answers give positions in that order."""

    def __init__(self, codes: Sequence[str], geojson: Sequence[str]) -> None:
        order = sorted(range(len(codes)), key=codes.__getitem__)
        self.codes = [codes[i] for i in order]
        self._shapes = shapely.from_geojson([geojson[i] for i in order])
        self._tree = shapely.STRtree(self._shapes)

    def touching(self, lon: float, lat: float) -> list[int]:
        """The cells that the point touches, smallest code first; empty when there is none."""
        point = shapely.Point(lon, lat)
        found = self._tree.query(point, predicate="intersects")
        if len(found) == 1:
            return [int(found[0])]
        if len(found) == 0:
            found = self._tree.query(point, predicate="dwithin", distance=TOLERANCE)
        return sorted(int(i) for i in found)

    def first_many(self, lons: Floats, lats: Floats) -> tuple[Ints, Ints]:
        """For each point how many cells it touches and one of them (undefined where not one)."""
        points = shapely.points(lons, lats)
        which, cells = self._tree.query(points, predicate="intersects")
        count = np.bincount(which, minlength=len(lons)).astype(np.int64)
        one = np.zeros(len(lons), dtype=np.int64)
        one[which] = cells
        return count, one

    def nearest(self, lon: float, lat: float) -> tuple[int, float, float] | None:
        """The nearest polygon and the nearest position on it (degrees), None without polygons."""
        if not self.codes:
            return None
        point = shapely.Point(lon, lat)
        index = int(np.min(self._tree.query_nearest(point)))
        line = shapely.shortest_line(point, self._shapes[index])
        x, y = shapely.get_coordinates(line)[-1]
        return index, float(x), float(y)
