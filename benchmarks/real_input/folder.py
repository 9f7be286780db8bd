"""Writes the small city folder of a data set, and the mapping of its file."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import yaml

from benchmarks.real_input.model import JOIN, DataSet, Kind, joined
from benchmarks.real_input.names import alike, short_names

NOTICE = "示意：为评测在运行时由数据自身的分类生成，时限为示意值，不得进入产品。"
PER_GROUP = 99
CENTRE = "CENTRE"
OFFICIAL_YEAR = "2000"
RULES_FROM, RULES_SINCE = "2020-01-01", "2000-01-01"


def write_city(data: DataSet, folder: Path, model_city: Path) -> Path:
    """Write the folder of *data*'s city and return the path of the mapping file in it.

    Rules come from *model_city*, valid from 2000; the calendar knows no holidays, so that every
    deadline in working days is provisional and says so.
    """
    folder.mkdir(parents=True)
    functions = _functions(data)
    keys = _events(data, functions, folder / "events")
    _places(data, folder)
    _units(data, functions, folder)
    (folder / "rules").mkdir()
    for path in sorted((model_city / "rules").glob("*.yaml")):
        text = path.read_text("utf-8").replace(RULES_FROM, RULES_SINCE)
        (folder / "rules" / path.name).write_text(text, "utf-8")
    # One official year that the data do not touch: holidays of all others are unknown.
    calendar = {
        "source": NOTICE,
        "periods": ["08:00-12:00", "14:00-18:00"],
        "years": {OFFICIAL_YEAR: {"holidays": {}, "makeup_workdays": {}}},
    }
    _json(folder / "calendar.json", calendar)
    mapping = folder / "mapping.yaml"
    fields = dict(data.fields)
    fields["type"] = {
        "columns": list(data.type_columns),
        "join": JOIN,
        "values": {joined(kind): key for kind, key in keys.items()},
        "otherwise": "keep",
    }
    _yaml(mapping, {"timezone": data.zone, "fields": fields})
    return mapping


Signature = tuple[tuple[str, str], ...]


def _signature(data: DataSet, kind: Kind) -> Signature:
    return tuple(sorted(data.routes.table.get(kind, {}).items()))


def _functions(data: DataSet) -> dict[Signature, str]:
    """A function for each different list of responsibilities, shared by the types that share it."""
    found = sorted({_signature(data, kind) for kind in data.kinds} - {()})
    return {signature: f"f{number:03d}" for number, signature in enumerate(found, 1)}


def _events(data: DataSet, functions: dict[Signature, str], folder: Path) -> dict[Kind, str]:
    folder.mkdir()
    names = short_names([kind[-1] or joined(kind) for kind in data.kinds])
    distinct = alike(names)
    keys: dict[Kind, str] = {}
    for group in range(0, len(data.kinds), PER_GROUP):
        main = f"{group // PER_GROUP + 1:02d}"
        types: list[dict[str, Any]] = []
        for offset, kind in enumerate(data.kinds[group : group + PER_GROUP]):
            small = f"{offset + 1:02d}"
            keys[kind] = f"event/{main}/{small}"
            function = functions.get(_signature(data, kind))
            found = _type(small, names[group + offset], kind, function)
            if distinct[group + offset]:
                found["distinct_from"] = distinct[group + offset]
            types.append(found)
        document = {
            "format": 1,
            "kind": "event",
            "main": main,
            "main_name": f"第{main}组",
            "slug": f"group-{main}",
            "notice": NOTICE,
            "illustrative": True,
            "types": types,
        }
        _yaml(folder / f"event-{main}.yaml", document)
    return keys


def _type(small: str, name: str, kind: Kind, function: str | None) -> dict[str, Any]:
    standard = {"code": "1", "filing": name, "limit": "5工作日", "closing": "已处置"}
    return {
        "small": small,
        "name": name,
        "summary": joined(kind)[:300],
        "function": function or "operations",
        "level": "community",
        "public": True,
        # Nobody is known to answer for it: a person decides.
        "auto": function is not None,
        "keywords": [name[:20].strip()],
        "basis": NOTICE,
        "standards": [standard],
    }


def _places(data: DataSet, folder: Path) -> None:
    root = data.areas[0]
    _yaml(folder / "city.yaml", {"code": root.code, "name": root.name, "notices": [NOTICE]})
    rows = [
        {"code": area.code, "name": area.name, "level": area.level, "parent": area.parent}
        for area in data.areas
    ]
    _json(folder / "divisions.json", rows)
    if data.cells:
        with (folder / "grid.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("code", "division", "west", "south", "east", "north"))
            writer.writerows((*cell[:2], *map(repr, cell[2:])) for cell in data.cells)


def unit_code(unit: str, area: str) -> str:
    """Code of the entry of *unit* for *area*; see ``unit_of``."""
    return f"{unit}@{area}"


def unit_of(code: str) -> str:
    """The unit of the data that an entry stands for."""
    return code.rpartition("@")[0]


def _units(data: DataSet, functions: dict[Signature, str], folder: Path) -> None:
    """One entry for every area in which a unit answers for something: a unit has one division."""
    levels = {area.code: area.level for area in data.areas}
    answers: dict[tuple[str, str], list[str]] = {}
    for signature, function in functions.items():
        for area, unit in signature:
            answers.setdefault((unit, area), []).append(function)
    unit_level = {"city": "city", "county": "county", "township": "township"}
    units: list[dict[str, Any]] = [
        {
            "code": unit_code(CENTRE, data.root),
            "name": "运行中心（示意）",
            "level": "city",
            "division": data.root,
            "functions": ["operations", "collection"],
        }
    ]
    for (unit, area), codes in sorted(answers.items()):
        units.append(
            {
                "code": unit_code(unit, area),
                "name": data.unit_names[unit],
                "level": unit_level.get(levels[area], "community"),
                "division": area,
                "functions": sorted(codes),
            }
        )
    _yaml(folder / "units.yaml", {"units": units})
    names = {"operations": "运行中心", "collection": "信息采集"}
    names |= {code: f"职能 {code}" for code in functions.values()}
    _yaml(folder / "functions.yaml", names)


def _yaml(path: Path, document: Any) -> None:
    text = yaml.dump(document, allow_unicode=True, sort_keys=False, width=1000)
    path.write_text(text, "utf-8")


def _json(path: Path, document: Any) -> None:
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), "utf-8")
