"""The rules of S10.5–8 and the hard cases of S10.10 in other orders than those of the scenarios."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from yishi.foundation.approvals import services as approvals
from yishi.foundation.calendars import SHANGHAI
from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.calendars.tests.support import CALENDAR
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.due import card_due
from yishi.systems.construction.lifecycle.counting import used_of
from yishi.systems.construction.rules.joint import Opinion, Outcome, Part, outcome
from yishi.systems.construction.rules.units import UnitFacts, area_fits, gates, start_by
from yishi.systems.construction.services.accepting import report_rectified
from yishi.systems.construction.services.moving import advance
from yishi.systems.construction.services.surveying import report_change
from yishi.systems.construction.tests.site import Site, at, officer, state

city = pytest.mark.usefixtures("city")
DECLARED = frozenset({"independent", "fire_separated", "utilities"})
READY = UnitFacts(
    "2#",
    Decimal(8_000),
    planning_checked=True,
    survey="current",
    declared=DECLARED,
)


def used(site: Site, when: str) -> int:
    return used_of(site.case, active_calendar(), at(when))[0]


def due(site: Site, kind: str = "project") -> date:
    clock = site.case.clock(kind)
    assert clock is not None
    return clock.due_at.astimezone(SHANGHAI).date()


# --- pure rules ---


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"in_permit": False}, "NOT_IN_PLANNING_PERMIT"),
        ({"accepted_on": date(2026, 9, 1)}, "ALREADY_ACCEPTED"),
        ({"planning_checked": False}, "PLANNING_CHECK_MISSING"),
        ({"declared": DECLARED - {"independent"}}, "NOT_INDEPENDENT"),
        ({"declared": DECLARED - {"fire_separated"}}, "FIRE_NOT_SEPARATED"),
        ({"declared": DECLARED - {"utilities"}}, "UTILITIES_MISSING"),
        ({"survey": ""}, "SURVEY_MISSING"),
        ({"survey": "stale"}, "SURVEY_STALE"),
    ],
)
def test_s10_11_each_gate_of_an_early_acceptance_alone(
    change: dict[str, object], code: str
) -> None:
    assert gates(replace(READY, **change), industrial=True) == [code]  # type: ignore[arg-type]
    assert gates(replace(READY, **change), industrial=False) == ["NOT_INDUSTRIAL", code]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("area", "fits"), [("24745", True), ("24745.01", False), ("24255", True), ("24254.99", False)]
)
def test_units_add_up_to_the_permit_within_one_percent_and_not_a_hair_more(
    area: str, fits: bool
) -> None:
    unit = replace(READY, area=Decimal(area))
    assert area_fits([unit], Decimal(24_500), Decimal("1.0")) is fits


@pytest.mark.parametrize(
    ("said", "stands"),
    [
        ([Opinion.FAIL, Opinion.NONE], Outcome.OPEN),
        ([Opinion.RECTIFY, Opinion.NONE], Outcome.OPEN),
        ([Opinion.FAIL, Opinion.RECTIFY], Outcome.FAILED),
        ([Opinion.RECTIFY, Opinion.PASS], Outcome.RECTIFY),
        ([Opinion.PASS, Opinion.PASS], Outcome.PASSED),
    ],
)
def test_a_round_is_told_in_one_document_when_all_opinions_are_in(
    said: list[Opinion], stands: Outcome
) -> None:
    parts = [Part(str(place), statutory=True, opinion=one) for place, one in enumerate(said)]
    assert outcome(parts) is stands


@pytest.mark.parametrize(
    ("issued", "extensions", "last"),
    [
        ("2026-03-31", [], "2026-06-30"),  # there is no 31 June
        ("2026-03-31", [1], "2026-07-31"),  # but a 31 July: months count from the day of issue
        ("2026-06-20", [], "2026-09-20"),  # a Sunday that works
        ("2026-06-27", [], "2026-09-28"),  # 25 to 27 September rest
        ("2026-07-01", [], "2026-10-08"),  # into the National Day holiday
        ("2026-01-05", [2, 3], "2026-09-07"),  # 5 September is a Saturday
    ],
)
def test_s10_14_the_start_of_works_on_other_days(
    issued: str, extensions: list[int], last: str
) -> None:
    found = start_by(date.fromisoformat(issued), extensions, CALENDAR)
    assert found == (date.fromisoformat(last), False)


# --- the project's days ---


@city
def test_an_item_withdrawn_while_suspended_leaves_its_suspended_days_out() -> None:
    site = Site("2026-03-02 09:00")
    site.done("gc_filing", "gc_land_use_permit")
    (number,) = site.apply("gc_scheme_review", when="2026-03-02 09:00")
    site.accept(number)
    approvals.pause(
        site.approver(number),
        number,
        at("2026-03-06 10:00"),
        kind="expert_review",
        notice="1号",
        planned_days=20,
    )
    assert used(site, "2026-03-20 10:00") == 4
    approvals.withdraw(site.clerk(), number, at("2026-03-20 11:00"))
    assert used(site, "2026-03-20 18:00") == used(site, "2026-04-20 10:00") == 4
    (again,) = site.apply("gc_scheme_review", when="2026-04-20 09:00")
    site.accept(again, "2026-04-20 09:00")
    assert used(site, "2026-04-22 10:00") == 6


@city
def test_s10_hard_case_6_the_limit_of_the_start_stays_while_days_run_on() -> None:
    site = Site("2026-03-02 09:00")
    site.done("gc_filing")
    (number,) = site.apply("gc_land_use_permit")
    site.accept(number)
    before = due(site)
    facts = {"kind": "LAND_WITH_PLAN", "document": "襄发改〔2026〕3号"}
    changed = advance(officer("project_office"), site.number, "change_kind", facts, site.now)
    assert changed.type_key == "LAND_WITH_PLAN" and changed.data["limit"] == 50
    assert changed.data["kinds"] == [["PRIVATE", "2026-03-02", "襄发改〔2026〕3号"]]
    approvals.withdraw(site.clerk(), number, at("2026-03-04 10:00"))
    (again,) = site.apply("gc_land_use_permit", when="2026-03-10 09:00")
    site.accept(again, "2026-03-10 09:00")
    assert used_of(site.case, active_calendar(), at("2026-03-11 10:00")) == (3, 50)
    assert due(site) > before


@city
def test_on_a_rest_day_no_project_becomes_overdue() -> None:
    calendar, begun = active_calendar(), date(2026, 3, 2)
    while calendar.is_workday(calendar.add_wd(begun, 30).day + timedelta(1)):
        begun += timedelta(1)
    site = Site(f"{begun} 09:00", kind="LAND_WITH_PLAN")
    site.done("gc_filing")
    (number,) = site.apply("gc_land_use_permit")
    site.accept(number)
    last = calendar.add_wd(begun, 30).day
    assert due(site) == last
    card_due(at(f"{last} 23:59"))
    card_due(at(f"{last + timedelta(1)} 10:00"))
    assert [card.level for card in site.project.cards] == ["yellow"]
    card_due(at(f"{calendar.add_wd(last, 1).day} 00:01"))
    assert [card.level for card in site.project.cards] == ["yellow", "red"]


# --- acceptance ---


def accepting(site: Site) -> str:
    site.built()
    site.measured("1#", "2#", "3#")
    (item,) = site.apply("gc_joint_acceptance", when="2026-09-21 09:00")
    site.accept(item, "2026-09-21 10:00")
    return item


@city
def test_a_building_that_changes_while_it_is_accepted_is_measured_anew_first() -> None:
    site = Site()
    item = accepting(site)
    site.opinions(item, "2026-09-24 10:00")
    change = {"unit": "3#", "changes": ["height"]}
    report_change(site.owner, site.number, change, at("2026-09-24 11:00"))
    with pytest.raises(FieldError) as refused:
        site.conclude(item, "2026-09-24 16:00")
    assert refused.value.code == "SURVEY_STALE"
    assert not [unit for unit in site.project.units if unit.accepted_on]
    site.measured("3#", when="2026-09-25 10:00")
    assert site.conclude(item, "2026-09-28 16:00") is Outcome.PASSED


@city
def test_one_building_is_in_one_acceptance_at_a_time() -> None:
    site = Site()
    site.built()
    site.measured("1#", "2#", "3#")
    site.done("gc_planning_check@2#", when="2026-09-07 09:00")
    (early,) = site.apply("gc_unit_acceptance@2#", when="2026-09-10 09:00", declared=DECLARED)
    with pytest.raises(FieldError) as refused:
        site.apply("gc_joint_acceptance", when="2026-09-10 10:00")
    assert refused.value.code == "UNIT_ACCEPTANCE_OPEN"
    approvals.withdraw(site.clerk(), early, site.now)
    site.apply("gc_joint_acceptance", when="2026-09-11 10:00")
    with pytest.raises(FieldError) as refused:
        site.apply("gc_unit_acceptance@2#", when="2026-09-11 11:00", declared=DECLARED)
    assert refused.value.code == "JOINT_ACCEPTANCE_OPEN"


@city
def test_s10_10_a_second_rectification_of_the_same_part_and_nothing_else() -> None:
    site = Site()
    item = accepting(site)
    site.opinions(
        item, "2026-09-22 10:00", gc_fire_filing="rectify", gc_quality_supervision="rectify"
    )
    site.conclude(item, "2026-09-22 16:00", notice="1号", planned_days="5")
    report_rectified(site.owner, site.number, item, at("2026-09-24 10:00"))
    site.opinions(item, "2026-09-28 10:00", gc_fire_filing="rectify")
    site.conclude(item, "2026-09-28 16:00", notice="2号", planned_days="5")
    report_rectified(site.owner, site.number, item, at("2026-10-09 10:00"))
    one = site.project.open_round()
    assert one is not None and one.number == 3
    rows = site.project.opinions_of(one)
    assert [row.item_key for row in rows if not row.opinion] == ["gc_fire_filing"]
    # counted: 09-22, 09-28, then from 10-10 (a Saturday that works): eight days are left
    clock = state(item).clock("promise")
    assert clock is not None
    assert clock.due_at.astimezone(SHANGHAI).date() == date(2026, 10, 20)
    site.opinions(item, "2026-10-10 10:00")
    assert site.conclude(item, "2026-10-10 11:00") is Outcome.PASSED


@city
def test_s10_14_a_permit_given_on_a_rest_day_and_an_extension_asked_for_too_late() -> None:
    site = Site("2026-01-05 09:00")
    site.done("gc_filing", "gc_land_use_permit", when="2026-04-30 10:00")
    site.done("gc_scheme_review")
    site.done("gc_planning_permit", "gc_civil_defence", "gc_greening")
    site.done("gc_drawing_review", "gc_quality_safety")
    (permit,) = site.apply("gc_construction_permit")
    site.accept(permit)
    site.grant(permit, "2026-05-05 10:00")  # 1 to 5 May rest
    assert site.case.data["works"]["issued"] == "2026-05-05"
    assert due(site, "start") == date(2026, 8, 5)
    window = officer("window_clerk")
    facts = {"months": "1", "note": "设备到货推迟"}
    with pytest.raises(MoveRefused, match="自行废止"):
        advance(window, site.number, "extend_start", facts, at("2026-08-06 09:00"))
    advance(window, site.number, "extend_start", facts, at("2026-08-05 23:00"))
    assert due(site, "start") == date(2026, 9, 7)


@city
def test_a_project_given_up_later_keeps_the_days_that_were_counted() -> None:
    site = Site("2026-03-02 09:00")
    site.done("gc_filing")
    (number,) = site.apply("gc_land_use_permit")
    site.accept(number)
    site.grant(number, "2026-03-04 10:00")
    facts = {"note": "建设单位放弃"}
    advance(officer("project_office"), site.number, "terminate", facts, at("2026-06-01 10:00"))
    assert used(site, "2026-06-01 18:00") == used(site, "2026-09-01 10:00") == 2
    clock = site.case.last_clock("project")
    assert clock is not None and clock.late is False
