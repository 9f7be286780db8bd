"""S10-11 and S10-14 as figures: gates of early acceptance, filing, start of works, areas."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.calendars.tests.support import CALENDAR
from yishi.systems.construction.rules.units import (
    DECLARED,
    GATES,
    UnitFacts,
    area_difference,
    area_fits,
    filing_due,
    gates,
    refuse_extension,
    standing,
    start_by,
)

ALL = frozenset(DECLARED)
READY = UnitFacts("2#", Decimal(8000), planning_checked=True, survey="current", declared=ALL)


def test_s10_11_a_unit_that_is_ready_passes_every_gate() -> None:
    assert gates(READY, industrial=True) == []


def test_s10_11_a_residential_tower_is_not_industrial() -> None:
    assert gates(READY, industrial=False) == ["NOT_INDUSTRIAL"]


def test_s10_11_before_the_planning_check_nobody_is_accepted() -> None:
    early = UnitFacts("2#", Decimal(8000), survey="current", declared=ALL)
    assert gates(early, industrial=True) == ["PLANNING_CHECK_MISSING"]


def test_everything_that_stands_against_it_is_told_at_once() -> None:
    found = gates(UnitFacts("9#", Decimal(1), in_permit=False), industrial=False)
    assert set(found) == set(GATES) - {"ALREADY_ACCEPTED", "SURVEY_STALE"}


def test_s10_11_one_of_three_units_is_accepted_and_the_project_stays_open() -> None:
    units = [
        UnitFacts("1#", Decimal(12_000)),
        UnitFacts("2#", Decimal(8_000), accepted_on=date(2026, 9, 18)),
        UnitFacts("3#", Decimal(4_500)),
    ]
    found = standing(units, ["greening"])
    assert (found.open, found.total) == (2, 3)
    assert (found.accepted_area, found.area) == (Decimal(8_000), Decimal(24_500))
    assert not found.closes


def test_s10_11_the_filing_is_due_fifteen_days_on_rolled_over_the_holiday() -> None:
    assert filing_due(date(2026, 9, 18), 15, CALENDAR).day == date(2026, 10, 8)


def test_s10_14_works_start_within_three_months_and_two_extensions() -> None:
    issued = date(2026, 11, 30)
    assert start_by(issued, [], CALENDAR) == (date(2027, 3, 1), True)
    assert start_by(issued, [3], CALENDAR).day == date(2027, 5, 31)
    assert start_by(issued, [3, 3], CALENDAR).day == date(2027, 8, 30)
    assert refuse_extension(0) is None and refuse_extension(1) is None
    assert "自行废止" in str(refuse_extension(2))


areas = st.lists(st.decimals(1, 100_000, places=2, allow_nan=False), min_size=1, max_size=20)


@given(areas, st.decimals(-3, 3, places=2))
def test_areas_fit_exactly_within_the_tolerance(found: list[Decimal], percent: Decimal) -> None:
    units = [UnitFacts(str(n), area) for n, area in enumerate(found)]
    total = sum(found, Decimal(0))
    permitted = total / (1 + percent / 100)
    assert area_fits(units, permitted, abs(percent) + Decimal("0.01"))
    if abs(percent) >= 1:
        assert not area_fits(units, permitted, abs(percent) - Decimal("0.5"))
    assert abs(area_difference(units, permitted) - percent) <= Decimal("0.01")


@given(areas, st.data())
def test_accepted_areas_are_a_part_of_all_and_all_of_them_close_the_project(
    found: list[Decimal], data: st.DataObject
) -> None:
    units = [
        UnitFacts(str(n), area, accepted_on=date(2026, 9, 18) if data.draw(st.booleans()) else None)
        for n, area in enumerate(found)
    ]
    now = standing(units)
    assert 0 <= now.accepted_area <= now.area
    assert now.closes is all(unit.accepted_on for unit in units)
