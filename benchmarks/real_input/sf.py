"""San Francisco, two days of June 2011, in GeoReport v2 field names; no agency is recorded.

Who answers is therefore read from the service's name: the department that it names, else the one
that does such work by the city's charter. These rules are ours and are checked by hand only.
"""

from __future__ import annotations

from pathlib import Path

from benchmarks.real_input.grid import cells_of
from benchmarks.real_input.model import Area, DataSet, Item, Kind, Routes, read_csv

ROOT, COUNTY = "US06", "US06075"
TYPE_COLUMNS = ("service_name",)
DEPARTMENTS = {
    "housing": "Housing Authority",
    "works": "Public Works",
    "transport": "Municipal Transportation Agency",
    "utilities": "Public Utilities Commission",
    "health": "Public Health",
    "parks": "Recreation and Parks",
    "buildings": "Building Inspection",
    "planning": "City Planning",
    "treasurer": "Treasurer and Tax Collector",
    "mayor": "Mayor's Office of Neighborhood Services",
    "animals": "Animal Care and Control",
}
#: First match wins: names of departments, then words of the work.
SIGNS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("housing", ("sfha",)),
    ("works", ("dpw",)),
    ("transport", ("sfmta", "dpt")),
    ("utilities", ("puc",)),
    ("health", ("dph",)),
    ("buildings", ("dbi",)),
    ("parks", ("rpd", "park patrol")),
    ("planning", ("planning",)),
    ("treasurer", ("treasurer",)),
    ("mayor", ("mayor",)),
    ("animals", ("animal",)),
    ("utilities", ("sewage", "sewer", "flooding", "manhole")),
    ("transport", ("abandoned vehicle", "sign -", "signal")),
    (
        "works",
        ("clean", "dumping", "tree", "city can", "cans left", "graffiti", "pavement", "sidewalk",
         "landscap", "curb", "garbage", "sweeping", "receptacle", "construction plate"),
    ),
)  # fmt: skip


def load(folder: Path) -> DataSet:
    """The data set from ``folder/us311``; raises DataMissing."""
    file = folder / "us311" / "sf_open311_2011_500.csv"
    rows = read_csv(file)
    zips = sorted({_zip(row) for row in rows} - {""})
    areas = [
        Area(ROOT, "San Francisco (evaluation)", "city", None),
        Area(COUNTY, "San Francisco County", "county", ROOT),
        *(Area(f"{ROOT}{zip_code}", f"ZIP {zip_code}", "township", COUNTY) for zip_code in zips),
    ]
    kinds = sorted({(row["service_name"],) for row in rows})
    return DataSet(
        name="sf",
        title="San Francisco (evaluation)",
        file=file,
        zone="America/Los_Angeles",
        items=[_item(row) for row in rows],
        areas=areas,
        kinds=kinds,
        routes=Routes({kind: {ROOT: unit} for kind in kinds if (unit := department(kind))}),
        first_held_out="",
        unit_names=DEPARTMENTS,
        fields={
            "external_id": "service_request_id",
            "received_at": {"column": "requested_datetime"},
            "lon": {"column": "long", "empty": ["0.0"]},
            "lat": {"column": "lat", "empty": ["0.0"]},
            "datum": {"constant": "EPSG:4326"},
            "division": {
                "column": "zipcode",
                "values": {f"{zip_code}.0": f"{ROOT}{zip_code}" for zip_code in zips},
                "otherwise": "empty",
            },
            "address": {"column": "address"},
        },
        type_columns=TYPE_COLUMNS,
        cells=cells_of(
            [
                (float(row["long"]), float(row["lat"]), f"{ROOT}{_zip(row)}")
                for row in rows
                if _zip(row) and row["lat"] != "0.0"
            ]
        ),
    )


def department(kind: Kind) -> str | None:
    """The department that *kind* goes to, or None where its name says nothing."""
    name = kind[0].lower().replace("_", " ")
    return next((unit for unit, words in SIGNS if any(word in name for word in words)), None)


def _zip(row: dict[str, str]) -> str:
    text = row["zipcode"].partition(".")[0]
    return text if len(text) == 5 else ""


def _item(row: dict[str, str]) -> Item:
    zip_code = _zip(row)
    areas = (COUNTY, f"{ROOT}{zip_code}") if zip_code else ()
    at = row["requested_datetime"]
    return Item(row["service_request_id"], at, (row["service_name"],), areas, None)
