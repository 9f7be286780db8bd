"""New York City, two days of June 2026: complaint types and descriptors, agencies, positions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

from benchmarks.real_input.grid import cells_of
from benchmarks.real_input.learning import Town, learn
from benchmarks.real_input.model import Area, DataSet, Item, read_csv

ROOT = "US36"
BOROUGHS = ("BRONX", "BROOKLYN", "MANHATTAN", "QUEENS", "STATEN ISLAND")
TYPE_COLUMNS = ("complaint_type", "descriptor")


def load(folder: Path) -> DataSet:
    """The data set from ``folder/us311``; raises DataMissing."""
    file = folder / "us311" / "nyc_2026_10k.csv"
    rows = read_csv(file)
    areas, by_zip = _areas(rows)
    items = [
        Item(
            key=row["unique_key"],
            at=row["created_date"],
            kind=tuple(row[column] for column in TYPE_COLUMNS),
            areas=by_zip.get(row["incident_zip"], ()),
            unit=row["agency"] or None,
        )
        for row in rows
    ]
    moments = sorted(item.at for item in items)
    first_held_out = moments[int(len(moments) * 0.6)]
    earlier = [item for item in items if item.at < first_held_out]
    kinds = sorted({item.kind for item in items})
    return DataSet(
        name="nyc",
        title="New York City (evaluation)",
        file=file,
        zone="America/New_York",
        items=items,
        areas=areas,
        kinds=kinds,
        routes=learn(earlier, kinds, Town(ROOT)),
        first_held_out=first_held_out,
        unit_names={item.unit: item.unit for item in items if item.unit},
        fields={
            "external_id": "unique_key",
            "received_at": {"column": "created_date"},
            "lon": {"column": "longitude"},
            "lat": {"column": "latitude"},
            "datum": {"constant": "EPSG:4326"},
            "division": {
                "column": "incident_zip",
                "values": {zip_code: path[-1] for zip_code, path in by_zip.items()},
                "otherwise": "empty",
            },
        },
        type_columns=TYPE_COLUMNS,
        cells=cells_of(_positions(rows, by_zip, first_held_out)),
    )


def _positions(
    rows: list[dict[str, str]], by_zip: Mapping[str, tuple[str, ...]], before: str
) -> list[tuple[float, float, str]]:
    """Where the earlier requests lie, with their postal areas."""
    return [
        (float(row["longitude"]), float(row["latitude"]), by_zip[row["incident_zip"]][-1])
        for row in rows
        if row["created_date"] < before and row["latitude"] and row["incident_zip"] in by_zip
    ]


def _areas(rows: list[dict[str, str]]) -> tuple[list[Area], dict[str, tuple[str, ...]]]:
    """City, boroughs and postal areas; a postal area belongs to the borough named most often."""
    areas = [Area(ROOT, "New York City (evaluation)", "city", None)]
    boroughs = {name: f"{ROOT}{number:02d}" for number, name in enumerate(BOROUGHS, 1)}
    areas += [Area(code, name.title(), "county", ROOT) for name, code in boroughs.items()]
    named: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row["incident_zip"] and row["borough"] in boroughs:
            named[row["incident_zip"]][row["borough"]] += 1
    by_zip: dict[str, tuple[str, ...]] = {}
    for zip_code, counts in sorted(named.items()):
        county = boroughs[counts.most_common(1)[0][0]]
        code = f"{ROOT}{zip_code}"
        areas.append(Area(code, f"ZIP {zip_code}", "township", county))
        by_zip[zip_code] = (county, code)
    return areas, by_zip
