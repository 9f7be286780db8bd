"""Who is responsible for what at which place, and why."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError, in_scope

DAY = date(2026, 11, 23)


def test_every_function_has_a_unit_in_every_cell(xiangyang: Register) -> None:
    paths = {xiangyang.place_of_cell(code).managed_path: code for code in xiangyang.cells}
    for code in paths.values():
        place = xiangyang.place_of_cell(code)
        for function in xiangyang.functions:
            assert xiangyang.responsible(function, place, at=DAY) is not None, (function, code)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_unit_has_the_function_and_the_place_in_its_area(
    xiangyang: Register, data: st.DataObject
) -> None:
    place = xiangyang.place_of_cell(data.draw(st.sampled_from(xiangyang.cells)))
    function = data.draw(st.sampled_from(sorted(xiangyang.functions)))
    order = data.draw(st.sampled_from(["territory", "owner"]))
    found = xiangyang.responsible(function, place, order=order, at=DAY)
    assert found is not None
    unit = xiangyang.unit(found.unit_id)
    assert function in unit.functions
    assert in_scope(place.managed_path, unit.managed_path)
    assert unit.name in found.reason[-1]
    more_local = [
        other
        for other in xiangyang.units(function=function)
        if in_scope(place.managed_path, other.managed_path)
        and len(other.managed_path) > len(unit.managed_path)
    ]
    if order == "owner" and unit.kind == "owner":
        more_local = [other for other in more_local if other.kind == "owner"]
    assert more_local == []


def test_an_event_stays_with_the_area(xiangyang: Register) -> None:
    place = xiangyang.place_of_division("420606007")
    found = xiangyang.responsible("urban_enforcement", place, at=DAY)
    assert found is not None
    assert found.unit_name == "米公街道综合行政执法中心"
    found = xiangyang.responsible("greening", place, at=DAY)
    assert found is not None
    assert found.unit_name == "樊城区园林绿化服务中心"
    assert found.reason == [
        "位置：樊城区米公街道。",
        "需要的职能：园林绿化。",
        "事件先属地、后属主。",
        "米公街道没有承担这项职能的单位。",
        "樊城区承担这项职能的单位是樊城区园林绿化服务中心。",
    ]


def test_a_component_goes_to_its_owner_first(xiangyang: Register) -> None:
    town = xiangyang.place_of_division("420624100")
    found = xiangyang.responsible("water_supply", town, order="owner", at=DAY)
    assert found is not None
    assert found.unit_name == "南漳县供水公司"
    found = xiangyang.responsible("roads", town, order="owner", owner="4206-RQ", at=DAY)
    assert found is not None
    assert found.unit_name == "襄阳市燃气公司"
    found = xiangyang.responsible("roads", town, order="owner", owner="gone", at=DAY)
    assert found is not None
    assert found.unit_name == "南漳县市政工程管理处"
    assert "登记的权属单位 gone 不在单位库中。" in found.reason


def test_a_zone_has_its_own_bureaus(xiangyang: Register) -> None:
    found = xiangyang.responsible("roads", xiangyang.place_of_division("420606170"), at=DAY)
    assert found is not None
    assert found.unit_code == "GX-SZ"


def test_nobody_is_none_and_an_unknown_function_is_refused(xiangyang: Register) -> None:
    assert (
        xiangyang.responsible("property_management", xiangyang.place_of_division("4206"), at=DAY)
        is None
    )
    with pytest.raises(PlaceError):
        xiangyang.responsible("magic", xiangyang.place_of_division("4206"), at=DAY)
    with pytest.raises(PlaceError):
        xiangyang.responsible("roads", xiangyang.place_of_division("4206"), order="x", at=DAY)


def test_how_much_of_a_place_is_known(xiangyang: Register) -> None:
    assert xiangyang.place_of_division("420606007").certain
    county = xiangyang.place_of_division("420606")
    assert (county.certain, county.managed_path) == (False, "4206/420606")
    zone = xiangyang.place_of_division("GX")
    assert (zone.certain, zone.managed_path) == (False, "4206/GX")
    unknown = xiangyang.place_of_division("999")
    assert (unknown.certain, unknown.managed_path) == (False, "4206")
