"""Point → cell → path over the whole of Xiangyang, one by one and in bulk."""

from __future__ import annotations

import json

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.places.datum import to_bd09, to_gcj02
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.tests.conftest import XIANGYANG
from yishi.foundation.places.values import PlaceError, in_scope

COUNTIES = {
    feature["properties"]["code"]: shapely.from_geojson(json.dumps(feature["geometry"]))
    for feature in json.loads((XIANGYANG / "counties.geojson").read_text("utf-8"))["features"]
}
ZONES = {"GX": "420606", "YLZ": "420606", "DJ": "420607"}
FRACTION = st.floats(0, 1)


def _inside(county: str, x: float, y: float) -> tuple[float, float] | None:
    west, south, east, north = COUNTIES[county].bounds
    lon, lat = west + x * (east - west), south + y * (north - south)
    return (lon, lat) if COUNTIES[county].contains(shapely.Point(lon, lat)) else None


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(sorted(COUNTIES)), FRACTION, FRACTION)
def test_a_point_inside_a_county_has_one_cell_of_that_county(
    xiangyang: Register, county: str, x: float, y: float
) -> None:
    point = _inside(county, x, y)
    if point is None:
        return
    place = xiangyang.locate(*point)
    assert place.cell is not None
    assert place.cell.startswith(place.division)
    assert place.division.startswith(county)
    assert len(place.cell) == 15
    step = place.managed_path.split("/")[1]
    assert ZONES.get(step, step) == county
    assert place.certain or "交界" in place.note


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(110.7, 113.5), st.floats(31.2, 32.8)), max_size=60))
def test_bulk_gives_the_same_answers(
    xiangyang: Register, points: list[tuple[float, float]]
) -> None:
    many = xiangyang.locate_many([p[0] for p in points], [p[1] for p in points])
    assert many == [xiangyang.locate(*point) for point in points]


def test_bulk_gives_the_same_answers_on_borders(xiangyang: Register) -> None:
    corners = shapely.get_coordinates(list(COUNTIES.values()))
    many = xiangyang.locate_many(corners[:, 0].tolist(), corners[:, 1].tolist())
    assert many == [xiangyang.locate(x, y) for x, y in corners.tolist()]
    assert any(not place.certain for place in many)
    assert all(place.cell is not None for place in many)


def test_the_zones_run_their_townships(xiangyang: Register) -> None:
    node = xiangyang.node("420606070")
    assert node.lon is not None
    assert node.lat is not None
    place = xiangyang.locate(node.lon, node.lat)
    assert place.managed_path.startswith("4206/GX/420606070/")
    assert in_scope(place.managed_path, "4206/GX")
    assert not in_scope(place.managed_path, "4206/420606")
    assert xiangyang.label("4206/GX/420606070") == "高新区紫贞街道"


def test_a_phone_in_gcj02_or_bd09_reports_the_same_cell(xiangyang: Register) -> None:
    place = xiangyang.locate(112.135, 32.047)
    for datum, shifted in (("GCJ-02", to_gcj02), ("BD-09", to_bd09)):
        assert xiangyang.locate(*shifted(112.135, 32.047), datum).cell == place.cell


def test_outside_goes_to_a_person(xiangyang: Register) -> None:
    place = xiangyang.locate(114.3, 30.6)
    assert not place.certain
    assert (place.cell, place.division, place.managed_path) == (None, "4206", "4206")
    assert "不在本市范围内" in place.note
    assert "公里" in place.note


@pytest.mark.parametrize("bad", [float("nan"), 200.0])
def test_no_position_is_refused(xiangyang: Register, bad: float) -> None:
    with pytest.raises(PlaceError):
        xiangyang.locate(bad, 32.0)
    with pytest.raises(PlaceError):
        xiangyang.locate_many([112.0, bad], [32.0, 32.0])
