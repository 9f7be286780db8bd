"""Changes to places and units: mergers, successors, a city's own addresses."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from yishi.foundation import revisions
from yishi.foundation.places import NAME, models
from yishi.foundation.places.cityfiles import LANDMARK_HEADER, csv_rows
from yishi.foundation.places.landmarks import PlannedMark, RowReader
from yishi.foundation.places.loading import load_tree
from yishi.foundation.places.locating import CellIndex
from yishi.foundation.places.seed import FROM_FILE, MADE_UP, store_landmarks
from yishi.foundation.places.values import PlaceError

_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{1,59}")


@dataclass(frozen=True, slots=True)
class Merger:
    """What moved: old managed path → new one, closed unit → its successor (ids).

    Whoever holds open work moves what lies at or below an old path, or with an old unit.
    """

    paths: dict[str, str] = field(default_factory=dict)
    units: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """An import of landmarks: how many were stored, and each refused row with its reason."""

    stored: int
    rejected: list[tuple[int, str, str]]  # row (header = 1), column, message


@transaction.atomic
def merge_divisions(sources: Sequence[str], target: str, *, on: date, today: date) -> Merger:
    """Merge townships (or villages) into another of the same level, with effect from *on*.

    What the sources ran is run by the target from that day; their units end and are succeeded by
    the target's unit with most functions in common. Raises PlaceError for unknown, closed or
    unequal divisions, and for a day after *today*: a merger is recorded when it has happened.
    """
    if on > today:
        raise PlaceError("on", "合并日期不能在未来")
    wanted = sorted({*sources, target})
    rows = {
        row.code: row
        for row in models.Division.objects.select_for_update()
        .filter(code__in=wanted)
        .order_by("code")
    }
    for code in wanted:
        if code not in rows or rows[code].valid_to is not None:
            raise PlaceError("division", f"没有编码为 {code} 的现行区划")
        if rows[code].level != rows[target].level or rows[code].level in (
            "city",
            "county",
        ):
            raise PlaceError("division", "只能合并同级的乡镇街道或村社区")
    if target in sources or not sources:
        raise PlaceError("target", "被合并的区划不能为空，也不能包含合并后的区划")
    before = load_tree(_root())
    into = before.path(target)
    merger = Merger(paths={before.path(code): into for code in sorted(set(sources))})
    for code in sorted(set(sources)):
        for child in before.children(code):
            models.Management.objects.filter(division_id=child.code, valid_to=None).update(
                valid_to=on
            )
            models.Management.objects.create(
                division_id=child.code, manager_id=target, valid_from=on
            )
        models.Division.objects.filter(code=code).update(valid_to=on, successor_id=target)
    merger.units.update(_end_units(list(merger.paths), into, on))
    for old, new in merger.paths.items():
        _move_paths(old, new)
    if rows[target].level == "village":
        models.Cell.objects.filter(division_id__in=sources).update(division_id=target)
        models.Landmark.objects.filter(division_id__in=sources).update(division_id=target)
    revisions.bump(NAME)
    return merger


def _root() -> str:
    root = models.LoadedCity.objects.values_list("code", flat=True).first()
    if root is None:
        raise PlaceError("city", "还没有载入城市")
    return root


def _end_units(paths: Sequence[str], into: str, on: date) -> dict[int, int]:
    """Close the units that sit exactly at *paths*; each gets the most similar unit at *into*."""
    stay = list(models.Unit.objects.filter(managed_path=into, valid_to=None).order_by("code"))
    ended: dict[int, int] = {}
    for unit in models.Unit.objects.filter(managed_path__in=paths, valid_to=None):
        after = max(
            stay,
            key=lambda u: len(set(u.functions) & set(unit.functions)),
            default=None,
        )
        if after is not None:
            ended[unit.pk] = after.pk
            unit.successor_id = after.pk
        unit.valid_to = on
        unit.save(update_fields=["valid_to", "successor"])
    return ended


def _move_paths(old: str, new: str) -> None:
    """Rewrite stored paths at and below *old*; ended units keep theirs for the record."""
    moved = Concat(Value(new), Substr("managed_path", len(old) + 1))
    for model in (models.Cell, models.Landmark):
        model.objects.filter(managed_path=old).update(managed_path=new)
        model.objects.filter(managed_path__startswith=old + "/").update(managed_path=moved)
    models.Unit.objects.filter(managed_path__startswith=old + "/").update(managed_path=moved)


@transaction.atomic
def retire_unit(unit_id: int, *, successor_id: int | None, on: date, today: date) -> Merger:
    """End a unit, with a successor or without. Raises PlaceError (``unit``, ``successor``, ``on``).

    Returns the mapping of units for whoever moves the open work; it is empty without successor.
    """
    if on > today:
        raise PlaceError("on", "撤销日期不能在未来")
    ids = sorted({unit_id, *([successor_id] if successor_id is not None else [])})
    rows = {
        row.pk: row
        for row in models.Unit.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    }
    unit = rows.get(unit_id)
    if unit is None or unit.valid_to is not None:
        raise PlaceError("unit", f"没有编号为 {unit_id} 的现行单位")
    if successor_id is not None:
        after = rows.get(successor_id)
        if after is None or after.valid_to is not None or successor_id == unit_id:
            raise PlaceError("successor", "承接单位应为另一个现行单位")
    unit.valid_to, unit.successor_id = on, successor_id
    unit.save(update_fields=["valid_to", "successor"])
    revisions.bump(NAME)
    return Merger(units={} if successor_id is None else {unit_id: successor_id})


@transaction.atomic
def store_unit(
    unit: models.Unit | None,
    *,
    code: str,
    name: str,
    level: str,
    kind: str,
    division: str,
    managed_path: str,
    functions: Sequence[str],
    parent_id: int | None,
) -> list[str]:
    """Make a unit, or change *unit*; a reload of the city folder leaves it alone from then on.

    Returns the names of the fields that changed. Raises PlaceError (``code``, ``name``,
    ``parent``).
    """
    if not _CODE.fullmatch(code):
        raise PlaceError("code", "单位编码为 2 至 60 个字母、数字或 - _")
    if not 0 < len(name) <= 100 or not name.isprintable():
        raise PlaceError("name", "请填写单位名称，最多 100 个字")
    if unit is not None and parent_id == unit.pk:
        raise PlaceError("parent", "上级单位不能是它自己")
    wanted = {
        "name": name,
        "level": level,
        "kind": kind,
        "division_id": division,
        "managed_path": managed_path,
        "functions": list(functions),
        "parent_id": parent_id,
    }
    if unit is None:
        models.Unit.objects.create(code=code, seeded=False, **wanted)
        revisions.bump(NAME)
        return ["code", *wanted]
    changed = [
        field
        for field, value in wanted.items()
        if (sorted(unit.functions) if field == "functions" else getattr(unit, field)) != value
    ]
    if changed:
        for field in changed:
            setattr(unit, field, wanted[field])
        unit.seeded = False
        unit.save(update_fields=[*changed, "seeded"])
        revisions.bump(NAME)
    return [field.removesuffix("_id") for field in changed]


@transaction.atomic
def import_landmarks(text: str, *, source: str, file: str = "landmarks.csv") -> ImportReport:
    """Make the landmarks of *source* those of a CSV text; refused rows are reported, not stored.

    Columns: key, name, kind, division, lon, lat, address, datum, synthetic (see
    docs/bring-a-city.md). Raises CityFileError when the header is wrong, PlaceError (``source``)
    for a name that the city folder uses itself.
    """
    if source in (FROM_FILE, MADE_UP) or not 0 < len(source) <= 40:
        raise PlaceError("source", f"来源名 {source!r} 不能使用")
    tree = load_tree(_root())
    cells = list(models.Cell.objects.values_list("code", "division_id", "polygon"))
    index = CellIndex([code for code, _, _ in cells], [json.dumps(shape) for _, _, shape in cells])
    reader = RowReader(tree, index, {code: division for code, division, _ in cells})
    marks: dict[str, PlannedMark] = {}
    rejected: list[tuple[int, str, str]] = []
    for number, row in csv_rows(file, text, LANDMARK_HEADER):
        try:
            mark = reader.read(row)
        except PlaceError as error:
            rejected.append((number, error.field, error.message))
            continue
        if mark.key in marks:
            rejected.append((number, "key", f"key {mark.key} 重复"))
            continue
        marks[mark.key] = mark
    store_landmarks(source, list(marks.values()), tree)
    revisions.bump(NAME)
    return ImportReport(len(marks), rejected)
