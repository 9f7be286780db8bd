"""The made cities of the evaluation: learnt from the earlier part, complete, and loadable."""

from __future__ import annotations

import csv
from hashlib import sha256
from pathlib import Path

import pytest

from benchmarks.real_input import nyc, pingshan, sf
from benchmarks.real_input.folder import unit_of, write_city
from benchmarks.real_input.grid import cells_of
from benchmarks.real_input.learning import Office, Town, learn
from benchmarks.real_input.model import Area, DataMissing, DataSet, Item
from benchmarks.real_input.names import LONGEST, short_names
from yishi.foundation.places.cityfiles import read_city
from yishi.systems.city_events.catalogue import load_catalogue

XIANGYANG = Path(__file__).resolve().parents[1] / "cities" / "xiangyang"
TOWN = Town(
    "T",
    1,
    {"north team": Office("team", "T1N"), "south team": Office("team", "T1S")},
    {"T1N": ("T1", "T"), "T1S": ("T1", "T")},
)
LAMP, HOLE = ("works", "lamp"), ("works", "hole")


def item(kind: tuple[str, ...], area: str, unit: str | None, key: str = "1") -> Item:
    """A made-up request."""
    return Item(key, "2020-01-01", kind, ("T1", area), unit)


def test_a_role_learnt_in_one_area_is_the_office_of_every_other() -> None:
    routes = learn([item(LAMP, "T1N", "north team")], [LAMP], TOWN)
    assert routes.table[LAMP] == {"T1N": "north team", "T1S": "south team"}


def test_an_exception_needs_enough_requests() -> None:
    items = [item(LAMP, "T1N", "bureau")] * 9 + [item(LAMP, "T1S", "south team")] * 2
    assert learn(items, [LAMP], TOWN).table[LAMP] == {"T": "bureau"}
    more = [*items, item(LAMP, "T1S", "south team")]
    assert learn(more, [LAMP], TOWN).table[LAMP] == {"T": "bureau", "T1S": "south team"}


def test_an_unseen_type_follows_its_class_if_that_is_clear() -> None:
    clear = [item(LAMP, "T1N", "bureau")] * 3
    assert learn(clear, [HOLE], TOWN).table[HOLE] == {"T": "bureau"}
    assert HOLE not in learn(clear[:2], [HOLE], TOWN).table


def test_undecided_types_have_no_route() -> None:
    units = ["a", "b", "c"]
    assert not learn([item(LAMP, "T1N", unit) for unit in units], [LAMP], TOWN).table
    assert not learn([item(LAMP, "T1N", None)], [LAMP], TOWN).table


def test_names_are_short_and_different() -> None:
    names = short_names(["x" * 40, "x" * 41, "", "？", "A b", "ab"])
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name) <= LONGEST for name in names)


def test_neighbouring_cells_share_their_edges() -> None:
    cells = cells_of([(10.0, 50.0, "a"), (10.02, 50.0, "b")])
    assert {cell[1] for cell in cells} == {"a", "b"}
    lefts = {cell[2] for cell in cells}
    assert all(cell[4] in lefts or cell[4] == max(c[4] for c in cells) for cell in cells)


def test_the_folder_that_is_written_can_be_loaded(tmp_path: Path) -> None:
    kinds = sorted(("works", sha256(bytes([n])).hexdigest()[:20]) for n in range(120))
    items = [item(kind, "T1N", "bureau", str(n)) for n, kind in enumerate(kinds[:100])]
    data = DataSet(
        name="made",
        title="made",
        file=tmp_path / "none.csv",
        zone="UTC",
        items=items,
        areas=[
            Area("T", "Town", "city", None),
            Area("T1", "County", "county", "T"),
            Area("T1N", "North", "township", "T1"),
            Area("T1S", "South", "township", "T1"),
        ],
        kinds=kinds,
        routes=learn(items[:1], kinds, TOWN),
        first_held_out="",
        unit_names={"bureau": "Bureau", "north team": "N", "south team": "S"},
        fields={"external_id": "id"},
        type_columns=("a", "b"),
    )
    mapping = write_city(data, tmp_path / "city", XIANGYANG)
    read = read_city(tmp_path / "city")
    catalogue = load_catalogue(tmp_path / "city" / "events")
    assert mapping.is_file()
    assert len(catalogue.types) == 120
    assert {unit_of(str(unit["code"])) for unit in read.units} == {"CENTRE", "bureau"}
    assert [kind.auto for kind in catalogue.types].count(True) == 1


def test_missing_data_are_said_by_name(tmp_path: Path) -> None:
    for load in (pingshan.load, nyc.load, sf.load):
        with pytest.raises(DataMissing, match="csv"):
            load(tmp_path)


def test_routes_never_see_the_later_part(tmp_path: Path) -> None:
    folder = tmp_path / "us311"
    folder.mkdir()
    header = (
        "unique_key", "created_date", "agency", "complaint_type", "descriptor", "incident_zip",
        "borough", "latitude", "longitude",
    )  # fmt: skip
    with (folder / "nyc_2026_10k.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        for day in range(1, 11):
            kind, agency = ("early", "A") if day <= 6 else ("late", "B")
            row = (day, f"2020-01-{day:02d}", agency, kind, "x", "10001", "BRONX", "40.7", "-73.9")
            writer.writerow(row)
    data = nyc.load(tmp_path)
    assert data.first_held_out == "2020-01-07"
    assert set(data.routes.table) == {("early", "x")}
