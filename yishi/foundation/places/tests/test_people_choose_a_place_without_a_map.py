"""Lists, search and nearby places; pseudo-units are never offered."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError, in_scope


def test_the_first_list_has_counties_and_zones(xiangyang: Register) -> None:
    assert len(xiangyang.picker_children()) == 12
    names = [node.name for node in xiangyang.picker_children("420606")]
    assert "米公街道" in names
    assert not any(name.startswith("高新区") for name in names)
    assert len(xiangyang.picker_children("GX")) == 8


def test_prisons_and_virtual_communities_are_hidden(xiangyang: Register) -> None:
    assert {"420684400", "420684401"} <= {node.code for node in xiangyang.children("420684")}
    shown = ["4206"]
    for code in shown:
        shown.extend(node.code for node in xiangyang.picker_children(code))
    names = [xiangyang.node(code).name for code in shown]
    for word in ("监狱", "劳教", "虚拟"):
        assert not any(word in name for name in names)
        assert not any(word in mark.name for mark in xiangyang.landmarks)
        assert not any(word in unit.name for unit in xiangyang.units())


def test_a_landmark_is_found_by_any_part_of_its_name(xiangyang: Register) -> None:
    assert xiangyang.search("古隆中")[0].landmark.name == "古隆中景区"
    assert xiangyang.search("隆中景")[0].landmark.name == "古隆中景区"
    assert xiangyang.search("樊城区米公街道第一小学") == []
    assert xiangyang.search("樊城 米公 小学")[0].landmark.name == "米公第一小学"
    assert xiangyang.search("  ") == []
    assert xiangyang.search("没有这样的地方") == []


def test_rare_characters_and_width_do_not_matter(xiangyang: Register) -> None:
    for name in ("酂阳", "鄢城", "琚湾", "薤山"):
        assert xiangyang.search(name), name
    assert xiangyang.search("襄阳　站")[0].landmark.name == "襄阳站"


def test_same_names_are_told_apart(xiangyang: Register) -> None:
    labels = [hit.label for hit in xiangyang.search("城关镇人民政府", 5)]
    assert len(set(labels)) == len(labels) == 3


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_every_landmark_is_found_by_its_name_and_is_a_place(
    xiangyang: Register, data: st.DataObject
) -> None:
    mark = data.draw(st.sampled_from(list(xiangyang.landmarks)))
    hits = xiangyang.search(mark.name, 60, within="/".join(mark.managed_path.split("/")[:2]))
    assert mark.id in {hit.landmark.id for hit in hits}
    assert all(in_scope(hit.landmark.managed_path, "4206") for hit in hits)
    place = xiangyang.place_of_landmark(mark.id)
    assert place.certain
    assert xiangyang.locate(mark.lon, mark.lat).managed_path == place.managed_path


@settings(max_examples=50, deadline=None)
@given(st.floats(111, 113), st.floats(31.3, 32.6), st.integers(1, 20))
def test_nearby_is_nearest_first(xiangyang: Register, lon: float, lat: float, n: int) -> None:
    hits = xiangyang.nearby(lon, lat, n)
    metres = [hit.metres for hit in hits if hit.metres is not None]
    assert len(metres) == n
    assert metres == sorted(metres)


def test_unknown_ids_are_refused(xiangyang: Register) -> None:
    for ask in (xiangyang.place_of_landmark, xiangyang.unit, xiangyang.landmark):
        with pytest.raises(PlaceError):
            ask(-1)
    with pytest.raises(PlaceError):
        xiangyang.place_of_cell("x")
    with pytest.raises(PlaceError):
        xiangyang.unit_by_code("x")
    with pytest.raises(PlaceError):
        xiangyang.node("x")
