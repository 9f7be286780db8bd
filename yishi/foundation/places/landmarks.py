"""Landmarks from rows: a city's own addresses and the synthetic ones (示意)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yishi.foundation.places import datum as datums
from yishi.foundation.places import synthetic
from yishi.foundation.places.drawing import Drawn
from yishi.foundation.places.locating import CellIndex
from yishi.foundation.places.tree import Tree
from yishi.foundation.places.values import PlaceError, in_scope

FLAGS = {
    "": False,
    "false": False,
    "0": False,
    "否": False,
    "true": True,
    "1": True,
    "是": True,
}
LONGEST = {"key": 60, "name": 100, "kind": 20, "address": 200}


@dataclass(frozen=True, slots=True)
class PlannedMark:
    """A landmark to be stored; *lon*, *lat* in degrees, EPSG:4490."""

    key: str
    name: str
    kind: str
    address: str
    lon: float
    lat: float
    cell: str | None
    division: str
    synthetic: bool


class RowReader:
    """Turns rows with the columns of ``LANDMARK_HEADER`` into landmarks."""

    def __init__(
        self,
        tree: Tree,
        index: CellIndex,
        division_of_cell: Mapping[str, str],
        drawn: Drawn | None = None,
    ) -> None:
        self._tree = tree
        self._index = index
        self._division_of_cell = division_of_cell
        self._drawn = drawn

    def read(self, row: Mapping[str, str]) -> PlannedMark:
        """One landmark. Raises PlaceError naming the column.

        A stated division wins over the drawn cells, which may be synthetic: the cell is kept only
        where it lies in that division. Without a position a synthetic row gets one inside its
        division; any other row is refused.
        """
        for column, longest in LONGEST.items():
            if len(row.get(column, "")) > longest:
                raise PlaceError(column, f"{column} 超过 {longest} 个字符")
        key, name = row.get("key", ""), row.get("name", "")
        if not key or not name:
            raise PlaceError("key" if not key else "name", "key 和 name 不能为空")
        if "\x00" in "".join(row.values()):
            raise PlaceError("name", "含有不允许的字符")
        flag = row.get("synthetic", "").lower()
        if flag not in FLAGS:
            raise PlaceError("synthetic", "synthetic 只能是 true 或 false")
        stated = row.get("division", "")
        if stated and (stated not in self._tree.nodes or self._tree.nodes[stated].level == "zone"):
            raise PlaceError("division", f"没有编码为 {stated} 的区划")
        if row.get("lon") or row.get("lat"):
            lon, lat = self._position(row)
            cell, division = self._settle(lon, lat, stated)
        else:
            cell, division, lon, lat = self._somewhere(key, stated, FLAGS[flag])
        kind, address = row.get("kind", ""), row.get("address", "")
        return PlannedMark(key, name, kind, address, lon, lat, cell, division, FLAGS[flag])

    def _position(self, row: Mapping[str, str]) -> tuple[float, float]:
        degrees: list[float] = []
        for column in ("lon", "lat"):
            try:
                degrees.append(float(row.get(column, "")))
            except ValueError:
                raise PlaceError(column, f"{column} 不是数字") from None
        lon, lat = datums.check(*degrees)
        return datums.to_cgcs2000(lon, lat, row.get("datum") or datums.CGCS2000)

    def _settle(self, lon: float, lat: float, stated: str) -> tuple[str | None, str]:
        found = self._index.touching(lon, lat)
        cell = self._index.codes[found[0]] if found else None
        if not stated:
            if cell is None:
                raise PlaceError("lon", "位置不在任何单元网格中，请填写 division")
            return cell, self._division_of_cell[cell]
        if cell is not None:
            division = self._division_of_cell[cell]
            if in_scope(self._tree.path(division), self._tree.path(stated)):
                return cell, division
        return None, stated

    def _somewhere(
        self, key: str, stated: str, made_up: bool
    ) -> tuple[str | None, str, float, float]:
        if not made_up or not stated:
            raise PlaceError("lon", "缺少经纬度")
        if self._drawn is None:
            raise PlaceError("lon", "这里不能生成示意位置，请填写经纬度")
        area = self._drawn.pick(stated, key)
        if area is None:
            raise PlaceError("division", f"{stated} 没有示意网格，请填写经纬度")
        lon, lat = synthetic.draw(area.shape, 1, synthetic.rng(key))[0].tolist()
        return area.code, self._division_of_cell[area.code], lon, lat


def made_up(tree: Tree, drawn: Drawn, division_of_cell: Mapping[str, str]) -> list[PlannedMark]:
    """Plausible public places for every township and committee that has drawn cells."""
    marks: list[PlannedMark] = []
    for township, areas in sorted(drawn.cells.items()):
        node = tree.nodes[township]
        random = synthetic.rng(f"marks {township}")
        rows = synthetic.marks_of_township(township, node.name, node.kind) if node.public else []
        picked: Sequence[int] = random.integers(0, len(areas), len(rows)).tolist()
        for (key, name, kind), i in zip(rows, picked, strict=True):
            lon, lat = synthetic.draw(areas[i].shape, 1, random)[0].tolist()
            code = areas[i].code
            marks.append(
                PlannedMark(key, name, kind, "", lon, lat, code, division_of_cell[code], True)
            )
        marks.extend(_of_villages(tree, areas, division_of_cell))
    return marks


def _of_villages(
    tree: Tree, areas: Sequence[synthetic.Area], division_of_cell: Mapping[str, str]
) -> list[PlannedMark]:
    marks: list[PlannedMark] = []
    done: set[str] = set()
    for area in areas:
        division = division_of_cell[area.code]
        if division in done or not tree.nodes[division].public:
            continue
        done.add(division)
        name = synthetic.village_name(tree.nodes[division].name) + "党群服务中心"
        marks.append(
            PlannedMark(
                f"{division}-00",
                name,
                "社区服务",
                "",
                area.lon,
                area.lat,
                area.code,
                division,
                True,
            )
        )
    return marks
