"""The register of places: an immutable snapshot that answers without the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np

from yishi.foundation.places import datum as datums
from yishi.foundation.places.locating import CellIndex
from yishi.foundation.places.routing import NOBODY_AWAY, Router
from yishi.foundation.places.searching import LandmarkIndex
from yishi.foundation.places.tree import Tree
from yishi.foundation.places.values import (
    Away,
    Hit,
    LandmarkInfo,
    Managed,
    Node,
    Place,
    PlaceError,
    Responsibility,
    UnitInfo,
)

PRECISE = (
    "village",
    "township",
)  # levels at which a division alone says who is responsible


@dataclass(frozen=True, slots=True)
class Contents:
    """What a snapshot is built from. Polygons are GeoJSON texts in EPSG:4490."""

    root: str
    nodes: Sequence[Node]
    managed: Sequence[Managed] = ()
    functions: Mapping[str, str] = field(default_factory=dict)
    units: Sequence[UnitInfo] = ()
    cells: Sequence[tuple[str, str, str]] = ()  # code, division, polygon
    boundaries: Sequence[tuple[str, str]] = ()  # division (county), polygon
    landmarks: Sequence[LandmarkInfo] = ()
    number_prefix: str = ""


class Register:
    """Divisions, zones, cells, landmarks and units of the city, as of one revision."""

    def __init__(self, contents: Contents) -> None:
        self.root = contents.root
        self.number_prefix = contents.number_prefix
        self.functions = dict(contents.functions)
        self.tree = Tree(contents.root, contents.nodes, contents.managed)
        self._divisions = {code: division for code, division, _ in contents.cells}
        self._index = CellIndex([c[0] for c in contents.cells], [c[2] for c in contents.cells])
        self._spots = [self._spot(code) for code in self._index.codes]
        self._counties = CellIndex(
            [code for code, _ in contents.boundaries],
            [shape for _, shape in contents.boundaries],
        )
        self._marks = LandmarkIndex(self.tree, contents.landmarks)
        self._mark_by_id = {mark.id: mark for mark in contents.landmarks}
        self._units = {unit.id: unit for unit in contents.units}
        self._unit_codes = {unit.code: unit for unit in contents.units}
        living = sorted((u for u in contents.units if u.valid_to is None), key=lambda u: u.code)
        self._living: dict[str | None, list[UnitInfo]] = {None: living}
        for unit in living:
            for function in set(unit.functions):
                self._living.setdefault(function, []).append(unit)
        self._router = Router(self.tree, contents.units, self.functions)

    def _spot(self, cell: str) -> tuple[str, str, str]:
        division = self._divisions[cell]
        return cell, division, self.tree.path(division)

    # --- where ---------------------------------------------------------------------------------

    def locate(self, lon: float, lat: float, datum: str = datums.CGCS2000) -> Place:
        """The place of a point given in degrees of *datum*.

        Borders: the smallest cell code (see ``locating``); between two divisions, outside every
        cell or outside the city the place is not certain. Raises PlaceError (``lon``, ``lat``,
        ``datum``) when the input is no position at all.
        """
        x, y = datums.to_cgcs2000(*datums.check(lon, lat), datum)
        found = self._index.touching(x, y)
        if not found:
            return self._outside(x, y)
        cell, division, path = self._spots[found[0]]
        others = {self._spots[i][1] for i in found} if len(found) > 1 else {division}
        if len(others) == 1:
            return Place(x, y, cell, division, path, True)
        names = "、".join(self.tree.label(self.tree.path(code)) for code in sorted(others))
        note = f"位于{names}的交界，暂按编码最小的网格归属，请人工确认。"
        return Place(x, y, cell, division, path, False, note)

    def locate_many(
        self, lons: Sequence[float], lats: Sequence[float], datum: str = datums.CGCS2000
    ) -> list[Place]:
        """``locate`` for arrays, with the same answers. Raises PlaceError on the first bad row."""
        if len(lons) != len(lats):
            raise PlaceError("lats", "经度与纬度的个数不同")
        pairs = [
            datums.to_cgcs2000(*datums.check(lon, lat), datum)
            for lon, lat in zip(_floats(lons), _floats(lats), strict=True)
        ]
        array = np.array(pairs, dtype=np.float64).reshape(-1, 2)
        count, one = self._index.first_many(array[:, 0], array[:, 1])
        places: list[Place] = []
        for (x, y), hits, index in zip(pairs, count.tolist(), one.tolist(), strict=True):
            if hits == 1:
                cell, division, path = self._spots[index]
                places.append(Place(x, y, cell, division, path, True))
            else:
                places.append(self.locate(x, y))
        return places

    def _outside(self, lon: float, lat: float) -> Place:
        county = self._counties.touching(lon, lat)
        if county:
            code = self._counties.codes[county[0]]
            name = self.tree.nodes[code].name
            note = f"位置在{name}内，但不在任何单元网格中，请人工确认。"
            return Place(lon, lat, None, code, self.tree.path(code), False, note)
        nearest = self._counties.nearest(lon, lat) or self._index.nearest(lon, lat)
        note = "位置不在本市范围内，请人工确认。"
        if nearest is not None and self._counties.codes:
            km = datums.metres(lon, lat, nearest[1], nearest[2]) / 1000
            name = self.tree.nodes[self._counties.codes[nearest[0]]].name
            note = f"位置不在本市范围内，距{name}约 {km:.1f} 公里，请人工确认。"
        return Place(lon, lat, None, self.root, self.root, False, note)

    def place_of_landmark(self, landmark_id: int) -> Place:
        """The place of a landmark; raises PlaceError when there is none with that id."""
        mark = self.landmark(landmark_id)
        return Place(mark.lon, mark.lat, mark.cell, mark.division, mark.managed_path, True)

    def place_of_cell(self, code: str) -> Place:
        """The place of a unit grid cell without a point; raises PlaceError for an unknown code."""
        if code not in self._divisions:
            raise PlaceError("cell", f"没有编码为 {code} 的单元网格")
        division = self._divisions[code]
        return Place(None, None, code, division, self.tree.path(division), True)

    def place_of_division(self, code: str, at: date | None = None) -> Place:
        """The place known only by its division; certain from the township down.

        A zone's code is accepted. A division that no longer exists stands for its successor
        unless *at* names a day. An unknown code gives an uncertain place in the whole city.
        """
        node = self.tree.nodes.get(code)
        if node is None:
            note = f"没有编码为 {code[:24]} 的区划，请人工确认。"
            return Place(None, None, None, self.root, self.root, False, note)
        living = self.tree.living(code) if at is None else code
        path = self.tree.path(living, at)
        note = "" if living == code else f"{node.name}现为{self.tree.label(path)}。"
        reached = self.tree.nodes[living]
        division = living if reached.level != "zone" else self.root
        if reached.level in PRECISE:
            return Place(None, None, None, division, path, True, note)
        note += f"只知道在{reached.name}，缺少乡镇街道或社区，请人工确认。"
        return Place(None, None, None, division, path, False, note)

    def managed_path(self, code: str, at: date | None = None) -> str:
        """The managed path of a division or zone, today's or that of a day."""
        return self.tree.path(code, at)

    def label(self, path: str) -> str:
        """A managed path in words, without the city: ``樊城区米公街道``."""
        return self.tree.label(path)

    def path_names(self, path: str) -> list[str]:
        """The names of the steps of a managed path, city first."""
        return self.tree.names(path)

    # --- who -----------------------------------------------------------------------------------

    def responsible(
        self,
        function: str,
        place: Place,
        *,
        order: str = "territory",
        owner: str | None = None,
        at: date,
        away: Mapping[int, Away] = NOBODY_AWAY,
    ) -> Responsibility | None:
        """The unit that is responsible for *function* at *place* on day *at*, with the reason.

        ``territory``: the most local unit with the function, up the managed path (community,
        township, county or zone, city), then the named *owner* (a unit code). ``owner``: the named
        owner, then the most local owner (权属单位) with the function, then as ``territory``. Of two
        equally local units the smaller code. Who is *away* (by id) is passed over, for its deputy
        if it has one. None when nobody has it. Raises PlaceError for a function or order that does
        not exist.
        """
        return self._router.responsible(function, place, order, owner, at, away)

    def named(
        self, code: str, *, at: date, away: Mapping[int, Away] = NOBODY_AWAY
    ) -> tuple[Responsibility | None, list[str]]:
        """The unit *code* or whoever stands for it on day *at*, and the steps of the reason."""
        return self._router.named(code, at, away)

    @cached_property
    def turns(self) -> frozenset[date]:
        """The days on which a unit begins or ends: between them the answers are the same."""
        units = self._units.values()
        days = {day for unit in units for day in (unit.valid_from, unit.valid_to)}
        return frozenset(day for day in days if day is not None)

    def unit(self, unit_id: int) -> UnitInfo:
        """A unit by id; raises PlaceError when there is none."""
        try:
            return self._units[unit_id]
        except KeyError:
            raise PlaceError("unit", f"没有编号为 {unit_id} 的单位") from None

    def unit_name(self, unit_id: int | None) -> str:
        """The name of a unit; empty for none and for one that is not known."""
        found = None if unit_id is None else self._units.get(unit_id)
        return "" if found is None else found.name

    def unit_by_code(self, code: str) -> UnitInfo:
        """A unit by code; raises PlaceError when there is none."""
        try:
            return self._unit_codes[code]
        except KeyError:
            raise PlaceError("unit", f"没有编码为 {code[:60]} 的单位") from None

    def units(self, scope: str = "", function: str | None = None) -> list[UnitInfo]:
        """Living units below a managed path, by code, optionally with one function."""
        prefix = scope + "/" if scope else ""
        return [
            unit
            for unit in self._living.get(function, ())
            if not scope or unit.managed_path == scope or unit.managed_path.startswith(prefix)
        ]

    # --- choosing a place ----------------------------------------------------------------------

    def node(self, code: str) -> Node:
        """A division or zone by code; raises PlaceError when there is none."""
        try:
            return self.tree.nodes[code]
        except KeyError:
            raise PlaceError("division", f"没有编码为 {code[:24]} 的区划") from None

    def children(self, code: str) -> list[Node]:
        """What a division or zone runs directly (zones beside the counties)."""
        return self.tree.children(code)

    def picker_children(self, code: str | None = None) -> list[Node]:
        """``children`` for the public: without pseudo-units such as prisons."""
        return [node for node in self.tree.children(code or self.root) if node.public]

    def landmark(self, landmark_id: int) -> LandmarkInfo:
        """A landmark by id; raises PlaceError when there is none."""
        try:
            return self._mark_by_id[landmark_id]
        except KeyError:
            raise PlaceError("landmark", f"没有编号为 {landmark_id} 的地标") from None

    def search(
        self,
        text: str,
        n: int = 10,
        *,
        near: tuple[float, float] | None = None,
        within: str = "",
    ) -> list[Hit]:
        """Landmarks by a part of their name, with or without the names of their divisions.

        *near* (degrees, EPSG:4490) puts the nearer first among equally good ones, *within* is a
        managed path.
        """
        return self._marks.search(text, n, near, within)

    search_landmarks = search

    def nearby(
        self,
        lon: float,
        lat: float,
        n: int = 8,
        *,
        datum: str = datums.CGCS2000,
        within: str = "",
    ) -> list[Hit]:
        """The *n* landmarks nearest to a position, nearest first, distances in metres."""
        x, y = datums.to_cgcs2000(*datums.check(lon, lat), datum)
        return self._marks.nearby(x, y, n, within)

    @property
    def landmarks(self) -> Sequence[LandmarkInfo]:
        """All landmarks, by name."""
        return self._marks.landmarks

    @property
    def cells(self) -> Sequence[str]:
        """All cell codes, ascending."""
        return self._index.codes


def _floats(values: Iterable[float]) -> list[float]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)
