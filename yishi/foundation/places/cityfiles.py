"""Reads the places of a city folder. Every error names the file and, if there is one, the row."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import shapely
import yaml

from yishi.foundation.places.values import Managed, Node, PlaceError

REQUIRED = ("city.yaml", "functions.yaml", "divisions.json", "units.yaml")
OPTIONAL = ("zones.yaml", "counties.geojson", "grid.csv", "landmarks.csv")
LEVELS = ("city", "county", "township", "village")
LANDMARK_HEADER = (
    "key", "name", "kind", "division", "lon", "lat", "address", "datum", "synthetic",
)  # fmt: skip


class CityFileError(PlaceError):
    """A file of a city folder cannot be used.

    *file* and *row* (from 1, a CSV header included) say where.
    """

    def __init__(self, file: str, message: str, row: int | None = None) -> None:
        where = file if row is None else f"{file} 第 {row} 行"
        super().__init__(file, f"{where}：{message}")
        self.file = file
        self.row = row

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class CityFiles:
    """The places of a city folder, checked for themselves (not yet against the database)."""

    code: str
    name: str
    digest: str
    settings: Mapping[str, Any]
    functions: Mapping[str, str]
    nodes: Sequence[Node]
    gb2260: Mapping[str, str]
    managed: Sequence[Managed]
    rules: Mapping[str, Any]
    units: Sequence[Mapping[str, Any]]
    boundaries: Mapping[str, Mapping[str, Any]]
    grid: Sequence[tuple[str, str, str]]  # code, division, GeoJSON geometry
    landmarks: Sequence[tuple[int, Mapping[str, str]]] = field(default_factory=tuple)


def digest_of(folder: Path) -> str:
    """SHA-256 over names and contents of the files that the places depend on."""
    total = hashlib.sha256()
    for name in (*REQUIRED, *OPTIONAL):
        path = folder / name
        content = path.read_bytes() if path.exists() else b""
        total.update(f"{name}:{len(content)}:".encode() + content)
    return total.hexdigest()


def read_city(folder: Path) -> CityFiles:
    """Read and check a folder. Raises CityFileError; nothing is written."""
    for name in REQUIRED:
        if not (folder / name).is_file():
            raise CityFileError(name, f"{folder} 中没有这个文件")
    settings = _mapping(folder, "city.yaml")
    code, name = str(settings.get("code", "")), str(settings.get("name", ""))
    if not code or not name:
        raise CityFileError("city.yaml", "缺少 code 或 name")
    hidden = [str(word) for word in settings.get("hidden_names", [])]
    nodes, gb2260 = _divisions(folder, code, hidden)
    zones, managed = _zones(folder, code, {node.code for node in nodes})
    known = {node.code for node in nodes} | {zone.code for zone in zones}
    units = _mapping(folder, "units.yaml")
    return CityFiles(
        code=code,
        name=name,
        digest=digest_of(folder),
        settings=settings,
        functions={str(k): str(v) for k, v in _mapping(folder, "functions.yaml").items()},
        nodes=[*nodes, *zones],
        gb2260=gb2260,
        managed=managed,
        rules=units.get("rules") or {},
        units=units.get("units") or [],
        boundaries=_boundaries(folder, known),
        grid=_grid(folder, known),
        landmarks=list(_landmark_rows(folder)),
    )


def _mapping(folder: Path, name: str) -> dict[str, Any]:
    try:
        loaded = yaml.load((folder / name).read_text("utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CityFileError(name, f"不是有效的 YAML：{error}") from error
    if not isinstance(loaded, dict):
        raise CityFileError(name, "最外层应为键值表")
    return loaded


def _json(folder: Path, name: str) -> Any:
    try:
        return json.loads((folder / name).read_text("utf-8"))
    except ValueError as error:
        raise CityFileError(name, f"不是有效的 JSON：{error}") from error


def _divisions(folder: Path, root: str, hidden: list[str]) -> tuple[list[Node], dict[str, str]]:
    file = "divisions.json"
    rows = _json(folder, file)
    if not isinstance(rows, list):
        raise CityFileError(file, "最外层应为数组")
    nodes: dict[str, Node] = {}
    gb2260: dict[str, str] = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict) or not row.get("code") or not row.get("name"):
            raise CityFileError(file, "缺少 code 或 name", number)
        code, name, level = (
            str(row["code"]),
            str(row["name"]),
            str(row.get("level", "")),
        )
        if level not in LEVELS:
            raise CityFileError(file, f"{code} 的 level 应为 {'、'.join(LEVELS)}", number)
        if code in nodes:
            raise CityFileError(file, f"编码 {code} 重复", number)
        parent = None if code == root else str(row.get("parent") or root)
        public = bool(row.get("public", True)) and not any(word in name for word in hidden)
        lon, lat = row.get("lon"), row.get("lat")
        nodes[code] = Node(code, name, level, parent, str(row.get("kind", "")), public, lon, lat)
        gb2260[code] = str(row.get("gb2260", ""))
    if root not in nodes:
        raise CityFileError(file, f"没有城市 {root} 本身")
    for node in nodes.values():
        if node.parent is not None and node.parent not in nodes:
            raise CityFileError(file, f"{node.code} 的上级 {node.parent} 不存在")
    return list(nodes.values()), gb2260


def _zones(folder: Path, root: str, known: set[str]) -> tuple[list[Node], list[Managed]]:
    file = "zones.yaml"
    if not (folder / file).exists():
        return [], []
    zones: list[Node] = []
    managed: list[Managed] = []
    for row in _mapping(folder, file).get("zones") or []:
        code, start = str(row.get("code", "")), row.get("from")
        if not code or not row.get("name") or not isinstance(start, date):
            raise CityFileError(file, f"功能区缺少 code、name 或 from：{row}")
        if code in known or code in {zone.code for zone in zones}:
            raise CityFileError(file, f"编码 {code} 已被使用")
        zones.append(Node(code, str(row["name"]), "zone", root, valid_from=start))
        for member in row.get("members") or []:
            division = str(member.get("code", ""))
            if division not in known:
                raise CityFileError(file, f"{code} 的成员 {division} 不在 divisions.json 中")
            managed.append(Managed(division, code, member.get("from", start), member.get("to")))
    still = [row.division for row in managed if row.valid_to is None]
    if len(still) != len(set(still)):
        raise CityFileError(file, "同一区划同时属于两个功能区")
    return zones, managed


def _boundaries(folder: Path, known: set[str]) -> dict[str, Mapping[str, Any]]:
    file = "counties.geojson"
    if not (folder / file).exists():
        return {}
    found: dict[str, Mapping[str, Any]] = {}
    for number, feature in enumerate(_json(folder, file).get("features", []), 1):
        code = str(feature.get("properties", {}).get("code", ""))
        if code not in known:
            raise CityFileError(file, f"第 {number} 个面的 code {code!r} 不在 divisions.json 中")
        shape = shapely.from_geojson(json.dumps(feature["geometry"]), on_invalid="ignore")
        if shape is None or shape.is_empty or not shape.is_valid:
            raise CityFileError(file, f"{code} 的面无效")
        found[code] = feature
    return found


def _grid(folder: Path, known: set[str]) -> list[tuple[str, str, str]]:
    file = "grid.csv"
    if not (folder / file).exists():
        return []
    cells: list[tuple[str, str, str]] = []
    seen: set[str] = set()
    for number, row in _csv(folder, file, ("code", "division")):
        code, division = row["code"], row["division"]
        if not code or code in seen:
            raise CityFileError(file, f"编码 {code!r} 为空或重复", number)
        if division not in known:
            raise CityFileError(file, f"区划 {division!r} 不在 divisions.json 中", number)
        seen.add(code)
        cells.append((code, division, shapely.to_geojson(_shape(file, number, row))))
    return cells


def _shape(file: str, number: int, row: Mapping[str, str]) -> Any:
    if row.get("polygon"):
        shape = shapely.from_wkt(row["polygon"], on_invalid="ignore")
        if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon"):
            raise CityFileError(file, "polygon 应为 WKT 的 POLYGON 或 MULTIPOLYGON", number)
        if not shape.is_valid:
            raise CityFileError(file, "polygon 自相交或无效", number)
        return shape
    try:
        west, south, east, north = (float(row[k]) for k in ("west", "south", "east", "north"))
    except (KeyError, ValueError) as error:
        raise CityFileError(file, "需要 polygon 或 west、south、east、north", number) from error
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise CityFileError(file, "范围应为 west < east、south < north（度）", number)
    return shapely.box(west, south, east, north)


def _landmark_rows(folder: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    if (folder / "landmarks.csv").exists():
        yield from _csv(folder, "landmarks.csv", LANDMARK_HEADER)


def _csv(folder: Path, file: str, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = (folder / file).read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CityFileError(file, "不是 UTF-8 编码") from error
    yield from csv_rows(file, text, needed)


def csv_rows(file: str, text: str, needed: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a CSV text with their line numbers; raises CityFileError for a missing column."""
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise CityFileError(file, f"表头缺少 {'、'.join(missing)}", 1)
        for row in reader:
            yield (
                reader.line_num,
                {k: (v or "").strip() for k, v in row.items() if k is not None},
            )
    except csv.Error as error:
        raise CityFileError(file, f"CSV 有误：{error}", reader.line_num) from error
