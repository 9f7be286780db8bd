"""Loading: idempotent, complete, refused with file and row; another city is another folder."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.db.models import Model

from yishi.foundation import places
from yishi.foundation.places import models
from yishi.foundation.places.cityfiles import CityFileError
from yishi.foundation.places.seed import load_city
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.tests.conftest import NOW, XIANGYANG

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_city")]
TABLES: list[type[Model]] = [
    models.Division,
    models.Zone,
    models.Management,
    models.Cell,
    models.Landmark,
    models.Unit,
    models.Boundary,
    models.Function,
]


def _content() -> list[list[dict[str, object]]]:
    return [list(table._default_manager.order_by("pk").values()) for table in TABLES]


def test_the_demo_city_is_complete_and_a_second_load_changes_nothing() -> None:
    report = load_city(XIANGYANG, now=NOW)
    counts = report.counts
    assert (counts["divisions"], counts["zones"]) == (2957, 3)
    assert 3000 <= counts["cells"] <= 6000
    assert counts["landmarks"] >= 600
    before, number = _content(), places.register()
    again = load_city(XIANGYANG, now=NOW)
    assert not again.changed
    assert _content() == before
    assert places.register() is number


def test_two_databases_get_the_same_map(xiangyang: Register) -> None:
    load_city(XIANGYANG, now=NOW)
    here = places.register()
    assert list(here.cells) == list(xiangyang.cells)
    for lon, lat in ((112.13, 32.04), (111.3, 31.9), (112.8, 32.1)):
        assert here.locate(lon, lat) == xiangyang.locate(lon, lat)


def test_another_city_is_another_folder(small_city: Path) -> None:
    report = load_city(small_city, now=NOW)
    assert dict(report.counts) == {
        "divisions": 8, "zones": 0, "cells": 4, "landmarks": 0, "units": 6,
    }  # fmt: skip
    register = places.register()
    place = register.locate(10.15, 50.05)
    assert (place.cell, place.managed_path, place.certain) == ("c2", "99/99E/99E2/99E2A", True)
    found = register.responsible("roads", place, at=date(2026, 1, 1))
    assert found is not None
    assert found.unit_name == "东区市政处"
    assert register.responsible("community", register.locate(9.95, 50.05), at=NOW.date()) is None


def test_borders_are_settled_by_code(small_city: Path) -> None:
    load_city(small_city, now=NOW)
    register = places.register()
    same_division = register.locate(10.2, 50.05)
    assert (same_division.cell, same_division.certain) == ("c2", True)
    between = register.locate(10.1, 50.05)
    assert (between.cell, between.certain) == ("c1", False)
    assert "河口" in between.note
    assert "山前" in between.note
    outside = register.locate(10.4, 50.05)
    assert (outside.cell, outside.certain, outside.managed_path) == (None, False, "99")


def test_what_left_the_folder_is_closed_not_deleted(small_city: Path) -> None:
    load_city(small_city, now=NOW)
    ids = dict(models.Unit.objects.values_list("code", "id"))
    models.Unit.objects.create(
        code="OWN", name="自建", level="city", functions=["roads"], division_id="99",
        managed_path="99", seeded=False,
    )  # fmt: skip
    units = small_city / "units.yaml"
    text = units.read_text("utf-8").replace("东区市政处", "东区道桥处")
    units.write_text("\n".join(x for x in text.splitlines() if "code: W-R" not in x), "utf-8")
    assert load_city(small_city, now=NOW).changed
    now_there = {unit.code: unit for unit in models.Unit.objects.all()}
    assert now_there["E-R"].name == "东区道桥处"
    assert now_there["E-R"].pk == ids["E-R"]
    assert now_there["W-R"].valid_to == date(2026, 11, 23)
    assert now_there["OWN"].valid_to is None
    west = places.register().locate(9.95, 50.05)
    found = places.register().responsible("roads", west, at=date(2026, 11, 24))
    assert found is not None
    assert found.unit_code == "OWN"


def test_one_database_is_one_city(small_city: Path) -> None:
    load_city(XIANGYANG, now=NOW)
    with pytest.raises(CityFileError, match="一个城市一个数据库"):
        load_city(small_city, now=NOW)


def _edit(file: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        text = (folder / file).read_text("utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new, 1), "utf-8")

    return edit


@pytest.mark.parametrize(
    ("file", "row", "edit"),
    [
        ("units.yaml", None, lambda folder: (folder / "units.yaml").unlink()),
        ("city.yaml", None, _edit("city.yaml", "name:", "title:")),
        ("city.yaml", None, _edit("city.yaml", "name:", "na\tme: [")),
        ("divisions.json", None, _edit("divisions.json", "[", "")),
        ("divisions.json", 2, _edit("divisions.json", "county", "shire")),
        ("divisions.json", 3, _edit("divisions.json", "99W", "99E")),
        ("divisions.json", None, _edit("divisions.json", '"parent": "99E1"', '"parent": "no"')),
        ("divisions.json", None, _edit("divisions.json", '"parent": "99E"', '"parent": "99E1"')),
        ("units.yaml", None, _edit("units.yaml", "[roads]", "[magic]")),
        ("units.yaml", None, _edit("units.yaml", "code: W-R", "code: E-R")),
        ("units.yaml", None, _edit("units.yaml", "division: 99W", "division: 98")),
        ("grid.csv", 1, _edit("grid.csv", "division", "area")),
        ("grid.csv", 3, _edit("grid.csv", "99E2A", "99E9A")),
        ("grid.csv", 2, _edit("grid.csv", "10.1,", "9.1,")),
        ("grid.csv", 4, _edit("grid.csv", "c3", "c1")),
        ("grid.csv", 5, _edit("grid.csv", "9.9,", "west,")),
    ],
)
def test_a_bad_folder_is_refused_and_changes_nothing(
    small_city: Path, file: str, row: int | None, edit: Callable[[Path], None]
) -> None:
    edit(small_city)
    with pytest.raises(CityFileError) as caught:
        load_city(small_city, now=NOW)
    assert (caught.value.file, caught.value.row) == (file, row)
    assert file in str(caught.value)
    assert not models.Division.objects.exists()
    assert not models.LoadedCity.objects.exists()


def test_without_a_city_the_register_says_so() -> None:
    with pytest.raises(places.PlaceError):
        places.register()
