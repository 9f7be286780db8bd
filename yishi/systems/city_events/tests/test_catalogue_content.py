"""The demo city's catalogue: size, vocabulary, the published limits, and the files' form."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings

from yishi.foundation.calendars.limits import Unit
from yishi.systems.city_events.catalogue import (
    Catalogue,
    dump_folder,
    from_content,
    load_catalogue,
    read_vocabulary,
    to_content,
)
from yishi.systems.city_events.catalogue.types import CHINA, KINDS, plain

EVENTS = Path(settings.BASE_DIR) / "cities" / "xiangyang" / "events"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(EVENTS)


def test_38_scenarios_with_at_least_1383_distinct_types(catalogue: Catalogue) -> None:
    assert len(catalogue.groups) == 38
    assert len(catalogue.types) == len(catalogue.by_key) >= 1383
    assert {found.kind for found in catalogue.types} == set(KINDS)
    national = [group for group in catalogue.groups if group.main < "50"]
    assert Counter(group.kind for group in national) == {"component": 5, "event": 6}
    assert [group.main_name for group in national if group.kind == "event"] == [
        "市容环境",
        "宣传广告",
        "施工管理",
        "街面秩序",
        "突发事件",
        "其他事件",
    ]


def test_every_scenario_has_its_page_and_every_type_says_how_people_report_it(
    catalogue: Catalogue,
) -> None:
    for group in catalogue.groups:
        scenario = group.scenario
        assert scenario is not None, group.slug
        assert len(scenario.indicators) >= 3, group.slug
        assert len(scenario.plan) >= 5, group.slug
        assert scenario.sources, group.slug
        assert scenario.kpis, group.slug
    said: dict[str, str] = {}
    for found in catalogue.types:
        assert len(found.examples) >= 2, found.key
        assert found.handling, found.key
        for example in found.examples:
            assert said.setdefault(plain(example), found.key) == found.key, example


def test_levels_settle_raise_and_whistle(catalogue: Catalogue) -> None:
    assert sum(found.settles for found in catalogue.types) >= 50
    assert sum(bool(found.raised_to) for found in catalogue.types) >= 100
    assert sum(bool(found.whistle) for found in catalogue.types) >= 100


def test_every_function_is_in_the_vocabulary(catalogue: Catalogue) -> None:
    vocabulary = read_vocabulary(EVENTS.parent / "functions.yaml")
    assert vocabulary
    assert catalogue.functions <= vocabulary


def test_residents_and_dispatch_can_work_with_every_type(catalogue: Catalogue) -> None:
    for found in catalogue.types:
        assert 3 <= len(found.keywords) <= 8, found.key
        assert all(standard.filing and standard.closing for standard in found.standards), found.key
        assert found.owner_first is (found.kind == "component")
    assert sum(found.public for found in catalogue.types) >= 200
    assert sum(found.auto for found in catalogue.types) >= 200


@pytest.mark.parametrize(
    ("key", "wording", "unit", "amount"),
    [
        ("component/01/01", "2紧急工作时", Unit.EMERGENCY_HOUR, 2),
        ("component/01/01", "4工作时", Unit.WORKING_HOUR, 4),
        ("component/01/01", "2工作日", Unit.WORKING_DAY_FROM_MINUTE, 2),
        ("component/01/01", "5工作日", Unit.WORKING_DAY_FROM_MINUTE, 5),
        ("component/01/37", "2工作时", Unit.WORKING_HOUR, 2),
        ("component/01/37", "2工作日", Unit.WORKING_DAY_FROM_MINUTE, 2),
        ("component/04/02", "种植季节15工作日", Unit.WORKING_DAY_FROM_MINUTE, 15),
        ("event/01/01", "2紧急工作日", Unit.EMERGENCY_DAY, 2),
        ("event/01/01", "15天", Unit.WORKING_DAY_FROM_MINUTE, 15),
        ("event/01/10", "4小时", Unit.WORKING_HOUR, 4),
        ("event/01/29", "2紧急工作时", Unit.EMERGENCY_HOUR, 2),
        ("event/02/01", "1天", Unit.WORKING_DAY_FROM_MINUTE, 1),
        ("event/03/04", "2小时", Unit.WORKING_HOUR, 2),
        ("event/04/05", "2紧急工作时", Unit.EMERGENCY_HOUR, 2),
        ("event/04/06", "2紧急工作时", Unit.EMERGENCY_HOUR, 2),
        ("event/05/01", "1紧急工作时", Unit.EMERGENCY_HOUR, 1),
        ("event/05/01", "5天", Unit.WORKING_DAY_FROM_MINUTE, 5),
        ("event/05/06", "2紧急工作时", Unit.EMERGENCY_HOUR, 2),
    ],
)
def test_published_limits_stand_as_published(
    catalogue: Catalogue, key: str, wording: str, unit: Unit, amount: int
) -> None:
    found = [s for s in catalogue.by_key[key].standards if s.wording == wording]
    assert [
        (s.parsed.unit, s.parsed.amount, s.illustrative) for s in found if not s.illustrative
    ] == [(unit, amount, False)]


def test_every_other_limit_says_that_it_is_illustrative(catalogue: Catalogue) -> None:
    sourced = {f.key for f in catalogue.types for s in f.standards if not s.illustrative}
    assert "event/06/02" not in sourced
    assert all("示意" in group.notice for group in catalogue.groups)


def test_s2_8_9_an_unknown_cover_is_guarded_before_its_owner_is_sought(
    catalogue: Catalogue,
) -> None:
    cover = catalogue.by_key["component/01/23"]
    assert cover.name == "不明井盖"
    assert cover.function == "territory"
    first = cover.standards[0]
    assert first.limit == "2紧急工作时"
    assert first.urgent
    assert "围护" in first.closing


def test_s2_a11_an_e_bike_in_a_lift_files_itself_and_merges_by_lift(catalogue: Catalogue) -> None:
    found = catalogue.by_name["电动车进电梯"]
    assert (found.auto, found.confidence, found.function) == (True, 0.85, "community")
    assert found.merge is not None
    assert found.merge.by_object
    assert found.merge.window == timedelta(minutes=10)


def test_local_additions_are_numbered_downwards_from_99(catalogue: Catalogue) -> None:
    names = {key: catalogue.by_key[key].name for key in ("event/04/96", "event/05/96")}
    assert names == {"event/04/96": "占用消防通道", "event/05/96": "高空坠物"}


def test_the_files_are_exactly_what_an_export_writes(tmp_path: Path) -> None:
    content = to_content(load_catalogue(EVENTS))
    dump_folder(content, tmp_path)
    written = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert written == {path.name: path.read_bytes() for path in EVENTS.glob("*.yaml")}
    assert to_content(from_content(content)) == content


def test_a_season_opens_the_clock(catalogue: Catalogue) -> None:
    missing = next(s for s in catalogue.by_key["component/04/02"].standards if s.season)
    assert missing.limit == "15工作日"
    assert missing.season is not None
    summer = datetime(2026, 7, 1, 9, tzinfo=CHINA)
    winter = datetime(2026, 12, 24, 9, tzinfo=CHINA)
    spring = datetime(2026, 3, 31, 23, tzinfo=CHINA)
    assert missing.season.clock_start(summer) == datetime(2026, 11, 15, tzinfo=CHINA)
    assert missing.season.clock_start(winter) == winter
    assert missing.season.clock_start(spring) == spring
    assert (
        missing.season.clock_start(spring + timedelta(hours=1)).date().isoformat() == "2026-11-15"
    )
