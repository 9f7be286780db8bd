"""Merged townships and ended units: the past stays, the present moves, the mapping is complete."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from yishi.foundation import places
from yishi.foundation.places import models
from yishi.foundation.places.seed import load_city
from yishi.foundation.places.services import merge_divisions, retire_unit
from yishi.foundation.places.tests.conftest import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("no_city")]
TODAY = date(2026, 11, 23)
ON = date(2026, 11, 1)


@pytest.fixture(autouse=True)
def loaded(no_city: None, small_city: Path) -> Path:
    load_city(small_city, now=NOW)
    return small_city


def _id(code: str) -> int:
    return models.Unit.objects.get(code=code).pk


def test_a_merged_township_is_run_by_its_successor() -> None:
    merger = merge_divisions(["99E1"], "99E2", on=ON, today=TODAY)
    assert merger.paths == {"99/99E/99E1": "99/99E/99E2"}
    assert merger.units == {_id("E1-T"): _id("E2-T")}
    register = places.register()
    place = register.locate(10.05, 50.05)
    assert place.managed_path == "99/99E/99E2/99E1A"
    assert models.Cell.objects.get(code="c1").managed_path == place.managed_path
    found = register.responsible("territory", place, at=TODAY)
    assert found is not None
    assert found.unit_code == "E2-T"
    old = register.place_of_division("99E1")
    assert (old.division, old.certain) == ("99E2", True)
    assert "现为" in old.note
    assert [node.code for node in register.children("99E")] == ["99E2"]
    assert register.managed_path("99E1A", date(2026, 10, 31)) == "99/99E/99E1/99E1A"
    assert register.managed_path("99E1A", ON) == "99/99E/99E2/99E1A"


def test_a_reload_does_not_undo_a_merger(loaded: Path) -> None:
    merge_divisions(["99E1"], "99E2", on=ON, today=TODAY)
    (loaded / "city.yaml").write_text('code: "99"\nname: 示例市\nnotices: [x]\n', "utf-8")
    assert load_city(loaded, now=NOW).changed
    assert places.register().locate(10.05, 50.05).managed_path == "99/99E/99E2/99E1A"
    assert models.Division.objects.get(code="99E1").successor_id == "99E2"
    assert models.Unit.objects.get(code="E1-T").valid_to == ON


def test_merged_communities_hand_over_their_cells() -> None:
    models.Unit.objects.create(
        code="E1A", name="河口居委会", level="community", functions=["community"],
        division_id="99E1A", managed_path="99/99E/99E1/99E1A",
    )  # fmt: skip
    merger = merge_divisions(["99E1A"], "99E2A", on=ON, today=TODAY)
    assert merger.paths == {"99/99E/99E1/99E1A": "99/99E/99E2/99E2A"}
    assert merger.units == {}  # the target has no unit of its own: a person decides
    place = places.register().locate(10.05, 50.05)
    assert (place.cell, place.managed_path) == ("c1", "99/99E/99E2/99E2A")


@pytest.mark.parametrize(
    ("sources", "target", "on"),
    [
        (["99E1"], "99E2", date(2026, 12, 1)),
        (["99E1"], "99E1", ON),
        ([], "99E2", ON),
        (["99E1"], "99E2A", ON),
        (["99E"], "99W", ON),
        (["nowhere"], "99E2", ON),
    ],
)
def test_impossible_mergers_are_refused(sources: list[str], target: str, on: date) -> None:
    with pytest.raises(places.PlaceError):
        merge_divisions(sources, target, on=on, today=TODAY)
    assert not models.Division.objects.exclude(valid_to=None).exists()


def test_an_owner_that_was_merged_answers_through_its_successor() -> None:
    mapping = retire_unit(_id("W-R"), successor_id=_id("E-R"), on=ON, today=TODAY)
    assert mapping.units == {_id("W-R"): _id("E-R")}
    register = places.register()
    place = register.locate(9.95, 50.05)
    found = register.responsible("roads", place, order="owner", owner="W-R", at=TODAY)
    assert found is not None
    assert found.unit_code == "E-R"
    assert "西区市政处的职责已由东区市政处承接。" in found.reason
    before = register.responsible("roads", place, order="owner", owner="W-R", at=date(2026, 10, 1))
    assert before is not None
    assert before.unit_code == "W-R"


def test_a_unit_ends_only_once_and_not_in_the_future() -> None:
    with pytest.raises(places.PlaceError):
        retire_unit(_id("W-R"), successor_id=None, on=date(2027, 1, 1), today=TODAY)
    with pytest.raises(places.PlaceError):
        retire_unit(_id("W-R"), successor_id=_id("W-R"), on=ON, today=TODAY)
    assert retire_unit(_id("W-R"), successor_id=None, on=ON, today=TODAY).units == {}
    with pytest.raises(places.PlaceError):
        retire_unit(_id("W-R"), successor_id=None, on=ON, today=TODAY)
