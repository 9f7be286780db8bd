"""The scenarios of §S10.11 that are about acceptance: rounds of it, single units early, areas."""

from __future__ import annotations

from datetime import date

import pytest

from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.rules.joint import Outcome
from yishi.systems.construction.rules.units import filing_due
from yishi.systems.construction.services.accepting import report_rectified
from yishi.systems.construction.tests.site import Site, at, day, state

pytestmark = pytest.mark.usefixtures("city")


def test_s10_10_only_what_failed_is_inspected_again_and_the_deadline_moves() -> None:
    site = Site()
    site.built()
    site.measured("1#", "2#", "3#")
    (item,) = site.apply("gc_joint_acceptance", when="2026-09-21 09:00")
    site.accept(item, "2026-09-21 10:00")
    due = state(item).clock("promise")
    assert due is not None and day(due.due_at) == date(2026, 10, 12)
    site.opinions(
        item, "2026-09-24 10:00", gc_fire_filing="rectify", gc_archives="pass_with_later_items"
    )
    assert (
        site.conclude(item, "2026-09-28 10:00", notice="襄建验整〔2026〕5号", planned_days="7")
        is Outcome.RECTIFY
    )
    assert state(item).state == "suspended"
    report_rectified(site.owner, site.number, item, at("2026-10-12 16:00"))
    due = state(item).clock("promise")
    assert due is not None and day(due.due_at) == date(2026, 10, 20)
    one = site.project.open_round()
    assert one is not None and one.number == 2
    still = [row.item_key for row in site.project.opinions_of(one) if not row.opinion]
    assert still == ["gc_fire_filing"]
    site.opinions(item, "2026-10-15 10:00")
    assert site.conclude(item, "2026-10-15 16:00") is Outcome.PASSED
    final = site.project
    assert state(item).outcome == "granted"
    assert {unit.accepted_on for unit in final.units} == {date(2026, 10, 15)}
    assert (final.case.state, final.case.timeliness) == ("accepted", "on_time")
    assert all(row.opinion and row.given_at for row in final.opinions_of(final.rounds[-1]))


def test_a_statutory_part_that_fails_ends_the_acceptance() -> None:
    site = Site()
    site.built()
    site.measured("1#", "2#", "3#")
    (item,) = site.apply("gc_joint_acceptance", when="2026-09-21 09:00")
    site.accept(item)
    site.opinions(item, "2026-09-24 10:00", gc_planning_check="fail")
    assert site.conclude(item, "2026-09-25 10:00", note="规划核实不通过") is Outcome.FAILED
    assert state(item).outcome == "refused" and site.case.state == "stage_4"
    assert not [unit for unit in site.project.units if unit.accepted_on]


def test_a_round_is_not_concluded_while_an_opinion_is_missing() -> None:
    site = Site()
    site.built()
    site.measured("1#", "2#", "3#")
    (item,) = site.apply("gc_joint_acceptance", when="2026-09-21 09:00")
    site.accept(item)
    with pytest.raises((FieldError, MoveRefused)):
        site.conclude(item)


def test_s10_11_one_unit_is_accepted_early_and_the_project_stays_open() -> None:
    site = Site()
    site.built()
    site.measured("2#", when="2026-09-01 10:00")
    declared = frozenset({"independent", "fire_separated", "utilities"})
    with pytest.raises(FieldError) as refused:
        site.apply("gc_unit_acceptance@2#", declared=declared)
    assert refused.value.code == "PLANNING_CHECK_MISSING"
    site.done("gc_planning_check@2#", when="2026-09-07 09:00")
    (item,) = site.apply("gc_unit_acceptance@2#", when="2026-09-10 09:00", declared=declared)
    site.accept(item)
    site.opinions(item, "2026-09-17 10:00")
    assert site.conclude(item, "2026-09-18 15:00") is Outcome.PASSED
    project = site.project
    standing = project.standing
    assert (project.case.state, standing.open, standing.total) == ("stage_4", 2, 3)
    assert (int(standing.accepted_area), int(standing.area)) == (8_000, 24_500)
    (unit,) = [unit for unit in project.units if unit.accepted_on]
    assert unit.code == "2#" and unit.early
    assert unit.accepted_on is not None
    due = filing_due(unit.accepted_on, project.book.policy.filing_days, active_calendar())
    assert due.day == date(2026, 10, 8)


def test_s10_11_a_residential_tower_is_not_accepted_early() -> None:
    site = Site(industrial=False, real_estate=True)
    site.built()
    with pytest.raises(FieldError) as refused:
        site.apply("gc_unit_acceptance@2#")
    assert refused.value.code == "NOT_INDUSTRIAL"


def test_areas_that_do_not_add_up_to_the_permit_stop_the_joint_acceptance() -> None:
    site = Site(floor_area="26000")
    site.built()
    site.measured("1#", "2#", "3#")
    with pytest.raises(FieldError) as refused:
        site.apply("gc_joint_acceptance")
    assert refused.value.code == "AREA_MISMATCH"


def test_a_unit_that_changed_is_measured_again_before_it_is_accepted() -> None:
    from yishi.systems.construction.services.surveying import report_change

    site = Site()
    site.built()
    site.measured("1#", "2#", "3#")
    again = report_change(site.owner, site.number, {"unit": "3#", "changes": ["use"]}, site.now)
    assert again == ["floor_area"]
    report_change(site.owner, site.number, {"unit": "3#", "changes": ["height"]}, site.now)
    with pytest.raises(FieldError) as refused:
        site.apply("gc_joint_acceptance")
    assert refused.value.code == "SURVEY_STALE"
