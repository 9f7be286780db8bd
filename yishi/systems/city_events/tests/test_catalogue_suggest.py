"""The picker's search and the words that speak for a type."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from yishi.systems.city_events.catalogue import Catalogue, load_catalogue
from yishi.systems.city_events.catalogue.types import plain

CATALOGUE = load_catalogue(Path(settings.BASE_DIR) / "cities" / "xiangyang" / "events")


@pytest.fixture
def catalogue() -> Catalogue:
    return CATALOGUE


@pytest.mark.parametrize(
    ("text", "name", "word"),
    [
        ("我家楼下的路灯好几天不亮了", "路灯", "路灯"),
        ("水管爆了，水流到马路上", "供水管道破裂", "水管爆了"),
        ("工地半夜施工，吵得睡不着", "施工噪声扰民", "半夜施工"),
        ("消防通道停满了车", "占用消防通道", "消防通道"),
        ("饭店油烟太呛人", "餐饮油烟污染", "饭店油烟"),
        ("有人推进电梯一辆电瓶车", "电动车进电梯", "推进电梯"),
    ],
)
def test_residents_words_lead_to_the_type_and_are_named(
    catalogue: Catalogue, text: str, name: str, word: str
) -> None:
    best = catalogue.suggest(text, 3)[0]
    assert best.type.name == name
    assert word in best.words


def test_a_word_inside_a_longer_match_does_not_count_twice(catalogue: Catalogue) -> None:
    best = catalogue.suggest("电力井盖", 1)[0]
    assert best.type.key == "component/01/05"
    assert best.words == ("电力井盖",)


def test_s2_8_9_a_cover_whose_owner_nobody_names_is_an_unknown_cover(catalogue: Catalogue) -> None:
    assert catalogue.suggest("门口的井盖不见了", 1)[0].type.name == "不明井盖"
    assert catalogue.suggest("燃气井盖不见了", 1)[0].type.name == "燃气井盖"


def test_words_of_many_types_weigh_little(catalogue: Catalogue) -> None:
    covers = catalogue.suggest("井盖", 20)
    assert len(covers) >= 10
    assert covers[0].score < catalogue.suggest("路灯", 1)[0].score


def test_nothing_said_nothing_suggested(catalogue: Catalogue) -> None:
    assert catalogue.suggest("") == []
    assert catalogue.suggest("xyz", 0) == []


@given(st.text(max_size=60), st.integers(0, 5))
def test_every_suggested_word_stands_in_the_text(text: str, n: int) -> None:
    found = CATALOGUE.suggest(text, n)
    assert len(found) <= n
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    for hit in found:
        assert hit.words
        assert all(word in plain(text) for word in hit.words)


def test_a_public_picker_hides_what_is_not_public(catalogue: Catalogue) -> None:
    hidden = {found.key for found in catalogue.types if not found.public}
    assert hidden
    assert not hidden & {found.key for found in catalogue.search("", public_only=True)}
    assert not hidden & {hit.type.key for hit in catalogue.suggest("治超站", 5, public_only=True)}
    assert hidden & {hit.type.key for hit in catalogue.suggest("治超站", 5)}
    assert len(catalogue.search("", public_only=False)) == len(catalogue.types)


def test_search_needs_every_part_and_puts_names_first(catalogue: Catalogue) -> None:
    assert catalogue.search("路灯")[0].name.startswith("路灯")
    assert {found.name for found in catalogue.search("占道 广告")} >= {"占道广告牌"}
    assert catalogue.search("event/04/96")[0].name == "占用消防通道"
    assert catalogue.search("没有这种东西吧") == []


def test_the_report_s_words_choose_the_standard(catalogue: Catalogue) -> None:
    lamp = catalogue.by_key["component/01/37"]
    single, words = lamp.choose_standard("门口那盏路灯不亮")
    assert (single.limit, words) == ("2工作日", ("不亮",))
    daylight, _ = lamp.choose_standard("路灯大白天还开着")
    assert daylight.limit == "2工作时"
    doubt, no_words = lamp.choose_standard("路灯有点情况")
    assert doubt is lamp.standards[0]
    assert no_words == ()
