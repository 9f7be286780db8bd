"""A district of Shenzhen, 2018: three levels of types, streets and communities, handling units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.real_input.learning import Office, Town, learn
from benchmarks.real_input.model import JOIN, Area, DataSet, Item, joined, read_csv

ROOT, DISTRICT = "9944", "994410"
NOWHERE = "-"
TYPE_COLUMNS = ("type", "main_type", "sub_type")


def load(folder: Path) -> DataSet:
    """The data set from ``folder/pingshan2018``; raises DataMissing."""
    here = folder / "pingshan2018"
    rows = read_csv(here / "events.csv")
    same = {row["name"]: row["aID"] for row in read_csv(here / "dispose_units.csv")}
    names: dict[str, str] = {}
    for name in sorted({*same, *(row["dispose_unit"] for row in rows)}):
        unit = same.get(name, name)  # one id may go by several names; the fullest is shown
        names[unit] = max(names.get(unit, ""), name, key=len)
    areas, codes = _areas(rows)
    items = [_item(row, codes, same) for row in rows]
    days = sorted({item.at for item in items})
    first_held_out = days[int(len(days) * 0.6)]
    kinds = sorted(
        {tuple(row[column] for column in TYPE_COLUMNS) for row in read_csv(here / "taxonomy.csv")}
        | {item.kind for item in items}
    )
    earlier = [item for item in items if item.at < first_held_out]
    return DataSet(
        name="pingshan",
        title="坪山（评测用，示意）",
        file=here / "events.csv",
        zone="Asia/Shanghai",
        items=items,
        areas=areas,
        kinds=kinds,
        routes=learn(earlier, kinds, _town(areas, same, names)),
        first_held_out=first_held_out,
        unit_names=names,
        fields={
            "external_id": "rec_id",
            "received_at": {"column": "create_time"},
            "division": {
                "columns": ["street", "community"],
                "join": JOIN,
                "values": {spot: path[-1] for spot, path in codes.items()},
                "otherwise": "empty",
            },
        },
        type_columns=TYPE_COLUMNS,
    )


def _item(
    row: dict[str, str], codes: Mapping[str, tuple[str, ...]], same: Mapping[str, str]
) -> Item:
    name = row["dispose_unit"]
    return Item(
        key=row["rec_id"],
        at=row["create_time"],
        kind=tuple(row[column] for column in TYPE_COLUMNS),
        areas=codes.get(_spot(row), ()),
        unit=None if name == NOWHERE else same.get(name, name),
    )


def _spot(row: dict[str, str]) -> str:
    return joined((row["street"], row["community"]))


def _areas(rows: list[dict[str, str]]) -> tuple[list[Area], dict[str, tuple[str, ...]]]:
    """The divisions, and for each street and community its codes from the district down."""
    areas = [
        Area(ROOT, "深圳市（评测用）", "city", None),
        Area(DISTRICT, "坪山区（评测用）", "county", ROOT),
    ]
    codes: dict[str, tuple[str, ...]] = {}
    pairs = sorted({(row["street"], row["community"]) for row in rows if row["street"] != NOWHERE})
    streets = sorted({street for street, _ in pairs})
    for number, street in enumerate(streets, 1):
        code = f"{DISTRICT}{number:03d}"
        areas.append(Area(code, street, "township", DISTRICT))
        communities = [name for of, name in pairs if of == street]
        for serial, community in enumerate(communities, 1):
            village = f"{code}{serial:03d}"
            areas.append(Area(village, community, "village", code))
            codes[joined((street, community))] = (DISTRICT, code, village)
    return areas, codes


#: What the same office is called in different streets.
SAME_ROLE = {"城管办": "综合执法队"}
_IN_BRACKETS = re.compile("（.*?）")


def _town(areas: list[Area], same: Mapping[str, str], names: Mapping[str, str]) -> Town:
    """Which units are the office of a street or community, told by the names of all units."""
    called: dict[str, set[str]] = {unit: {name} for unit, name in names.items()}
    for name, unit in same.items():
        called.setdefault(unit, set()).add(name)
    parents = {area.code: area.parent for area in areas}
    inside: dict[str, tuple[str, ...]] = {}
    for area in areas:
        above = parents[area.code]
        inside[area.code] = (above, *inside[above]) if above else ()
    offices = {unit: office for unit in called if (office := _office(called[unit], areas))}
    return Town(ROOT, 1, offices, inside)


def _office(names: Iterable[str], areas: list[Area]) -> Office | None:
    ordered = sorted(names, key=lambda name: (-len(name), name))
    for area in areas:
        if area.level == "village" and any(name.startswith(area.name) for name in ordered):
            return Office("社区", area.code)
    for area in areas:
        if area.level != "township":
            continue
        short = area.name.removesuffix("街道")
        marks = (area.name, f"{short}办", f"{short}街道", f"（{short}", f"{short}自来水")
        for name in ordered:
            if any(mark in name for mark in marks):
                role = _IN_BRACKETS.sub("", name)
                for part in (area.name, f"{short}办事处", short):
                    role = role.replace(part, "")
                return Office(SAME_ROLE.get(role, role), area.code)
    return None
