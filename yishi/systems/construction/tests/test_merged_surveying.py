"""One survey for all: half the days for industry, twenty days less for real estate."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.calendars.tests.support import CALENDAR
from yishi.systems.construction.catalogue.types import Discipline
from yishi.systems.construction.rules.surveying import Result, not_qualified, saved, stale, target
from yishi.systems.construction.tests.folders import book


def one(days: int) -> Discipline:
    return Discipline("x", "x", 4, days, "乙")


def test_industry_takes_half_rounded_up() -> None:
    found = target([one(12), one(13)], industrial=True, real_estate=False)
    assert (found.baseline, found.merged, found.saving) == (25, 13, 12)


def test_real_estate_saves_twenty_days() -> None:
    found = target([one(30), one(15)], industrial=False, real_estate=True)
    assert (found.baseline, found.merged, found.unsatisfiable) == (45, 25, False)


def test_where_twenty_days_cannot_be_saved_it_is_said_and_half_holds() -> None:
    found = target([one(12), one(5)], industrial=False, real_estate=True)
    assert (found.merged, found.unsatisfiable) == (9, True)


@given(st.lists(st.integers(1, 60), min_size=1, max_size=9), st.booleans(), st.booleans())
def test_a_merged_order_never_takes_longer_and_always_some_time(
    days: list[int], industrial: bool, real_estate: bool
) -> None:
    found = target([one(n) for n in days], industrial=industrial, real_estate=real_estate)
    assert 1 <= found.merged <= found.baseline == sum(days)
    if industrial:
        assert found.merged <= -(-found.baseline // 2)
    if real_estate and not found.unsatisfiable:
        assert found.merged <= found.baseline - 20


def test_one_discipline_without_the_grade_is_enough_to_lose_the_order() -> None:
    found = book()
    wanted = [found.discipline["setting_out"], found.discipline["pipelines"]]
    assert not not_qualified(found.surveyor["city_institute"], wanted)
    assert [d.key for d in not_qualified(found.surveyor["hanjiang"], wanted)] == ["pipelines"]
    assert [d.key for d in not_qualified(found.surveyor["longzhong"], wanted)] == ["pipelines"]


def test_a_change_makes_only_the_touched_disciplines_of_its_unit_stale() -> None:
    results = [
        Result("planning_completion", "2#", 1),
        Result("floor_area", "2#", 1),
        Result("floor_area", "1#", 1),
        Result("green_area", "", 1),
        Result("floor_area", "2#", 2, state="stale"),
    ]
    found, again = stale(results, ["use"], "2#")
    assert found == [results[1]] and again == ["floor_area"]
    assert stale(results, ["outdoor"], "2#")[1] == ["green_area"]


def test_the_same_word_under_two_rules_is_two_quantities() -> None:
    built = Result("floor_area", "1#", 1, area=Decimal("12034.50"), rule="GB/T 17986 房产测量规范")
    planned = Result("planning_completion", "1#", 1, area=Decimal("11980.00"), rule="计容建筑面积")
    assert stale([built, planned], [], "1#") == ([], [])
    assert built.rule != planned.rule


def test_days_saved_are_counted_in_working_days() -> None:
    # 2026-09-18 to 10-12: 09-20 works, the national holiday does not.
    assert saved(20, date(2026, 9, 18), date(2026, 10, 12), CALENDAR) == 20 - 12
