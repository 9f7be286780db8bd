"""A district of Shenzhen, 2018: three levels of types, streets and communities, handling units."""

from __future__ import annotations

from pathlib import Path

from benchmarks.real_input.learning import learn
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
    for row in rows:  # one id may go by several names; the shortest is shown
        unit, name = same.get(row["dispose_unit"], row["dispose_unit"]), row["dispose_unit"]
        names[unit] = min(names.get(unit, name), name, key=lambda text: (len(text), text))
    areas, codes = _areas(rows)
    items = [
        Item(
            key=row["rec_id"],
            at=row["create_time"],
            kind=tuple(row[column] for column in TYPE_COLUMNS),
            areas=codes.get(_spot(row), ()),
            unit=None
            if row["dispose_unit"] == NOWHERE
            else same.get(row["dispose_unit"], row["dispose_unit"]),
        )
        for row in rows
    ]
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
        routes=learn(earlier, kinds, ROOT, place_level=1),
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
