"""Loads the places of a city folder. A folder that was loaded already changes nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import shapely
from django.db import connection, transaction
from django.db.models import Model

from yishi.foundation import revisions
from yishi.foundation.places import NAME, models
from yishi.foundation.places.cityfiles import CityFileError, CityFiles, read_city
from yishi.foundation.places.drawing import VERSION, Drawn, draw_city, simplified
from yishi.foundation.places.landmarks import PlannedMark, RowReader, made_up
from yishi.foundation.places.loading import load_tree
from yishi.foundation.places.locating import CellIndex
from yishi.foundation.places.tree import Tree
from yishi.foundation.places.unit_rules import (
    KINDS,
    PlannedUnit,
    check_functions,
    expand,
)
from yishi.foundation.places.values import PlaceError

SHANGHAI = ZoneInfo("Asia/Shanghai")
BATCH = 2000
ORDER = {"city": 0, "county": 1, "township": 2, "village": 3}
FROM_FILE, MADE_UP = "folder", "synthetic"


@dataclass(frozen=True, slots=True)
class LoadReport:
    """What a load did: *changed* is False when the folder was loaded before."""

    package: str
    changed: bool
    counts: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def __str__(self) -> str:
        if not self.changed:
            return f"{self.package}: unchanged"
        counts = ", ".join(f"{number:,} {what}" for what, number in self.counts.items())
        return f"{self.package}: {counts} ({self.seconds:.1f} s)"


def load_city(folder: Path, *, now: datetime) -> LoadReport:
    """Load divisions, zones, cells, landmarks and units; idempotent by content.

    What vanished from the folder is closed (``valid_to``), never deleted; units and landmarks made
    elsewhere and mergers made since are left alone. Raises CityFileError and then changes nothing.
    """
    begun = time.perf_counter()
    city = read_city(folder)
    digest = f"{VERSION}-{city.digest}"[:64]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('yishi places'))")
        loaded = models.LoadedCity.objects.first()
        if loaded is not None and loaded.code != city.code:
            message = f"数据库中已是 {loaded.name}（{loaded.code}）；一个城市一个数据库"
            raise CityFileError("city.yaml", message)
        if loaded is not None and loaded.digest == digest:
            return LoadReport(NAME, changed=False)
        counts = _write(city, now.astimezone(SHANGHAI).date())
        models.LoadedCity.objects.update_or_create(
            code=city.code,
            defaults={
                "name": city.name,
                "digest": digest,
                "loaded_at": now,
                "number_prefix": str(city.settings.get("number_prefix") or "")[:8],
                "notices": [str(text) for text in city.settings.get("notices") or ()],
            },
        )
        revisions.bump(NAME)
    return LoadReport(NAME, True, counts, time.perf_counter() - begun)


def _write(city: CityFiles, today: date) -> dict[str, int]:
    _functions(city)
    _divisions(city, today)
    _zones(city, today)
    try:
        tree = load_tree(city.code)
    except PlaceError as error:
        raise CityFileError("divisions.json", error.message) from error
    drawn = draw_city(tree, city.boundaries, city.settings)
    _positions(city, drawn)
    cells = _cells(city, tree, drawn)
    return {
        "divisions": sum(node.level != "zone" for node in city.nodes),
        "zones": sum(node.level == "zone" for node in city.nodes),
        "cells": len(cells),
        "landmarks": _landmarks(city, tree, drawn, cells),
        "units": _units(city, tree, today),
    }


def _upsert(
    model: type[Model], rows: Sequence[Model], key: Sequence[str], fields: Sequence[str]
) -> None:
    model._default_manager.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=list(key),
        update_fields=list(fields),
    )


def _functions(city: CityFiles) -> None:
    rows = [models.Function(code=code, name=name) for code, name in city.functions.items()]
    _upsert(models.Function, rows, ["code"], ["name"])


def _divisions(city: CityFiles, today: date) -> None:
    nodes = sorted((n for n in city.nodes if n.level in ORDER), key=lambda n: ORDER[n.level])
    rows = [
        models.Division(
            code=node.code,
            gb2260=city.gb2260.get(node.code, ""),
            name=node.name,
            level=node.level,
            kind=node.kind,
            parent_id=node.parent,
            public=node.public,
            lon=node.lon,
            lat=node.lat,
        )
        for node in nodes
    ]
    fields = ["gb2260", "name", "level", "kind", "parent", "public", "lon", "lat"]
    _upsert(models.Division, rows, ["code"], fields)
    gone = models.Division.objects.exclude(code__in=[node.code for node in nodes])
    gone.filter(valid_to=None).update(valid_to=today)


def _zones(city: CityFiles, today: date) -> None:
    zones = [node for node in city.nodes if node.level == "zone"]
    for row in city.managed:
        if row.valid_from > today:
            raise CityFileError("zones.yaml", f"{row.division} 的 from 在未来，请到期后再载入")
    rows = [
        models.Zone(
            code=zone.code,
            name=zone.name,
            city_id=city.code,
            valid_from=zone.valid_from,
        )
        for zone in zones
    ]
    _upsert(models.Zone, rows, ["code"], ["name", "city", "valid_from"])
    gone = models.Zone.objects.exclude(code__in=[zone.code for zone in zones])
    gone.filter(valid_to=None).update(valid_to=today)
    models.Management.objects.exclude(zone=None).delete()
    moved = set(
        models.Management.objects.filter(valid_to=None).values_list("division_id", flat=True)
    )
    models.Management.objects.bulk_create(
        models.Management(
            division_id=row.division,
            zone_id=row.manager,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
        )
        for row in city.managed
        if row.division not in moved or row.valid_to is not None
    )


def _positions(city: CityFiles, drawn: Drawn) -> None:
    """Label positions: counties from their feature, townships and villages from the drawing."""
    spots: dict[str, tuple[float, float]] = {}
    for code, feature in city.boundaries.items():
        point = feature.get("properties", {}).get("label_point")
        if point is None:
            inner = shapely.from_geojson(json.dumps(feature["geometry"])).representative_point()
            point = [inner.x, inner.y]
        spots[code] = (float(point[0]), float(point[1]))
    spots.update({code: (area.lon, area.lat) for code, area in drawn.townships.items()})
    spots.update({code: (areas[0].lon, areas[0].lat) for code, areas in drawn.villages.items()})
    if spots:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE places_division d SET lon = s.lon, lat = s.lat FROM unnest("
                "%s::text[], %s::float8[], %s::float8[]) AS s(code, lon, lat) "
                "WHERE d.code = s.code",
                [
                    list(spots),
                    [lon for lon, _ in spots.values()],
                    [lat for _, lat in spots.values()],
                ],
            )
    rows = [
        models.Boundary(
            division_id=code,
            geometry=feature["geometry"],
            area_km2=feature.get("properties", {}).get("area_km2"),
            synthetic=False,
        )
        for code, feature in city.boundaries.items()
    ]
    rows += [
        models.Boundary(division_id=code, geometry=simplified(area.shape), synthetic=True)
        for code, area in drawn.townships.items()
    ]
    models.Boundary.objects.all().delete()
    models.Boundary.objects.bulk_create(rows)


def _cells(city: CityFiles, tree: Tree, drawn: Drawn) -> list[tuple[str, str, str]]:
    """Replace all cells: those of grid.csv, or else the drawn ones."""
    cells = list(city.grid)
    if not cells:
        areas = [area for found in drawn.cells.values() for area in found]
        shapes = shapely.to_geojson([area.shape for area in areas]).tolist() if areas else []
        cells = [
            (area.code, area.code[:-3], shape) for area, shape in zip(areas, shapes, strict=True)
        ]
    models.Cell.objects.all().delete()
    with (
        connection.cursor() as cursor,
        cursor.copy(
            "COPY places_cell (code, division_id, managed_path, polygon, synthetic) FROM STDIN"
        ) as copy,
    ):
        for code, division, shape in cells:
            copy.write_row((code, division, tree.path(division), shape, not city.grid))
    return cells


def _landmarks(
    city: CityFiles, tree: Tree, drawn: Drawn, cells: Sequence[tuple[str, str, str]]
) -> int:
    of_cell = {code: division for code, division, _ in cells}
    index = CellIndex([cell[0] for cell in cells], [cell[2] for cell in cells])
    drawn_here = drawn if not city.grid else None
    reader = RowReader(tree, index, of_cell, drawn_here)
    read: dict[str, PlannedMark] = {}
    for number, row in city.landmarks:
        try:
            mark = reader.read(row)
        except PlaceError as error:
            raise CityFileError("landmarks.csv", error.message, number) from error
        if mark.key in read:
            raise CityFileError("landmarks.csv", f"key {mark.key} 重复", number)
        read[mark.key] = mark
    made: list[PlannedMark] = []
    if drawn_here is not None and (city.settings.get("synthetic") or {}).get("landmarks"):
        made = made_up(tree, drawn_here, of_cell)
    store_landmarks(FROM_FILE, list(read.values()), tree)
    store_landmarks(MADE_UP, made, tree)
    return len(read) + len(made)


def store_landmarks(source: str, marks: Sequence[PlannedMark], tree: Tree) -> None:
    """Make the landmarks of a source exactly these; a key keeps its id."""
    rows = [
        models.Landmark(
            source=source,
            key=mark.key,
            name=mark.name,
            kind=mark.kind,
            address=mark.address,
            lon=mark.lon,
            lat=mark.lat,
            cell_id=mark.cell,
            division_id=mark.division,
            managed_path=tree.path(mark.division),
            synthetic=mark.synthetic,
        )
        for mark in marks
    ]
    fields = ["name", "kind", "address", "lon", "lat", "cell", "division"]
    _upsert(models.Landmark, rows, ["source", "key"], [*fields, "managed_path", "synthetic"])
    stale = models.Landmark.objects.filter(source=source).exclude(key__in=[m.key for m in marks])
    stale.delete()


def _units(city: CityFiles, tree: Tree, today: date) -> int:
    try:
        planned = planned_units(city, tree)
    except PlaceError as error:
        raise CityFileError("units.yaml", error.message) from error
    codes = [unit.code for unit in planned]
    if len(codes) != len(set(codes)):
        twice = sorted({code for code in codes if codes.count(code) > 1})[:5]
        raise CityFileError("units.yaml", f"单位编码重复：{'、'.join(twice)}")
    rows = [_unit_row(unit, tree) for unit in planned]
    fields = [
        "name",
        "level",
        "kind",
        "functions",
        "division",
        "managed_path",
        "public",
    ]
    _upsert(models.Unit, rows, ["code"], fields)
    parents = {unit.code: unit.parent for unit in planned if unit.parent}
    unknown = set(parents.values()) - set(codes)
    if unknown:
        raise CityFileError("units.yaml", f"上级单位不存在：{'、'.join(sorted(unknown)[:5])}")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE places_unit u SET parent_id = p.id FROM "
            "unnest(%s::text[], %s::text[]) AS s(code, parent) "
            "JOIN places_unit p ON p.code = s.parent WHERE u.code = s.code",
            [list(parents), list(parents.values())],
        )
    gone = models.Unit.objects.filter(seeded=True, valid_to=None).exclude(code__in=codes)
    gone.update(valid_to=today)
    return len(planned)


def planned_units(city: CityFiles, tree: Tree) -> list[PlannedUnit]:
    """The units that a folder asks for: by rule, and one by one. Raises PlaceError."""
    return expand(city.rules, tree, city.functions) + _listed(city, tree)


def _unit_row(unit: PlannedUnit, tree: Tree) -> models.Unit:
    node = tree.nodes[unit.division]
    return models.Unit(
        code=unit.code,
        name=unit.name,
        level=unit.level,
        kind=unit.kind,
        functions=list(unit.functions),
        division_id=unit.division if node.level != "zone" else tree.root,
        managed_path=tree.path(unit.division),
        public=unit.public,
    )


def _listed(city: CityFiles, tree: Tree) -> list[PlannedUnit]:
    """The units that units.yaml names one by one."""
    units: list[PlannedUnit] = []
    for row in city.units:
        code, name = str(row.get("code", "")), str(row.get("name", ""))
        division = str(row.get("division", city.code))
        if not code or not name:
            raise PlaceError("units", f"单位缺少 code 或 name：{dict(row)}")
        if division not in tree.nodes:
            raise PlaceError("units", f"{name}：没有区划 {division}")
        check_functions(row.get("functions") or [], city.functions, name)
        level, kind = str(row.get("level", "city")), str(row.get("kind", "office"))
        if level not in models.Unit.Level.values or kind not in KINDS:
            raise PlaceError("units", f"{name}：level 或 kind 有误")
        functions = tuple(str(function) for function in row.get("functions") or ())
        parent = str(row["parent"]) if row.get("parent") else None
        public = bool(row.get("public", True))
        units.append(PlannedUnit(code, name, level, division, functions, kind, parent, public))
    return units
