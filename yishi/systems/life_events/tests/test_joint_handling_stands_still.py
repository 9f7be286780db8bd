"""The 45 days of joint handling stand still while every licence that is handled does (行政许可法
art. 42, 45), and on a rest day nothing turns red."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from yishi.foundation.approvals import services
from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.calendars.timeline import last_moment
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.ui.parts import light
from yishi.systems.life_events import handling, standing
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.tests import making
from yishi.systems.life_events.tests.making import officer
from yishi.systems.life_events.versions import book_of_case, registers

THEME = "open_restaurant"
ANSWERS = {
    "registered": "yes",
    "scale": "hall",
    "tobacco": "no",
    "health_ok": "yes",
    "signboard": "no",
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}+08:00").astimezone(UTC)


def root(case: CaseState) -> CaseState:
    return load_states([case.id])[0]


def day(case: CaseState, kind: str) -> date:
    clock = root(case).last_clock(kind)
    assert clock is not None
    return day_of(clock.due_at)


def begun(case: CaseState) -> tuple[list[CaseState], list[CaseState]]:
    """Licences and other items that are handled."""
    book = book_of_case(case)
    running = [one for one in handling.members_of(case.id) if one.state == "reviewing"]
    licences = [one for one in running if book.items[one.type_key].licence]
    return licences, [one for one in running if one not in licences]


def move(one: CaseState, name: str, when: datetime, **facts: object) -> CaseState:
    actor = officer("approver", one.unit_id, one.managed_path)
    return services.advance(actor, one.number, name, facts, when)


def suspend(one: CaseState, when: datetime, days: int = 20) -> CaseState:
    notice = f"告〔2026〕{one.id}号"
    return move(one, "pause", when, kind="inspection", notice=notice, planned_days=days)


@pytest.fixture
def case(city: None) -> CaseState:
    case = making.accepted(THEME, ANSWERS, at("03-02T10:00"))
    for one in begun(case)[1]:  # what is no licence is decided at once
        making.decide(one, now=at("03-02T11:00"))
    return root(case)


def test_the_joint_limit_stands_still_once_the_last_running_licence_does(case: CaseState) -> None:
    licences, _others = begun(case)
    assert len(licences) >= 2
    first_due = day(case, "joint")
    for one in licences[:-1]:
        suspend(one, at("03-09T10:00"))
    clock = root(case).clock("joint")
    assert clock is not None
    assert clock.running
    suspend(licences[-1], at("03-11T10:00"))
    clock = root(case).clock("joint")
    assert clock is not None
    assert day_of(clock.paused_at or at("01-01T00:00")) == date(2026, 3, 11)
    move(licences[0], "resume", at("03-18T10:00"))
    # 12 to 18 March are five working days on which no licence counted
    calendar = registers().calendar
    assert calendar.working_days_between(first_due, day(case, "joint")) == 5
    for one in licences[1:]:
        move(one, "resume", at("03-20T10:00"))
    assert calendar.working_days_between(first_due, day(case, "joint")) == 5


def test_the_joint_limit_ends_with_the_last_licence(case: CaseState) -> None:
    while begun(case)[0]:
        for one in begun(case)[0]:
            making.decide(one, now=at("03-14T10:00"))  # a Saturday: counts as Friday
    clock = root(case).last_clock("joint")
    assert clock is not None
    assert clock.late is False
    if root(case).clock("joint") is None:
        assert clock.stopped_at is not None
        assert day_of(clock.stopped_at) == date(2026, 3, 13)


def test_the_whole_stands_still_with_its_items_and_expects_what_the_notices_planned(
    case: CaseState,
) -> None:
    before = day(case, "theme")
    for one in begun(case)[0]:
        suspend(one, at("03-04T10:00"), days=60)
    clock = root(case).clock("theme")
    assert clock is not None
    assert clock.paused_at is not None
    assert day(case, "theme") > before
    members = handling.members_of(case.id)
    long_after = at("06-20T10:00")
    shown = standing.whole(root(case), members, registers(), long_after)
    assert shown.still
    assert not any(one.late for one in shown.items)
    assert shown.end is not None
    assert shown.end > long_after
    move(begun_suspended(case), "resume", at("06-22T10:00"))
    clock = root(case).clock("theme")
    assert clock is not None
    assert clock.running


def begun_suspended(case: CaseState) -> CaseState:
    return next(one for one in handling.members_of(case.id) if one.state == "suspended")


@pytest.mark.parametrize(
    ("when", "level"),
    [
        ("03-13T23:59", "yellow"),  # the last day
        ("03-14T09:00", "yellow"),  # Saturday: a decision made now counts as Friday
        ("03-15T23:00", "yellow"),
        ("03-16T00:01", "red"),
    ],
)
def test_s10_hard_case_11_on_a_rest_day_no_light_is_red(city: None, when: str, level: str) -> None:
    due = at("03-13T23:59:59.999999")
    now = at(when)
    judged = effective_moment(registers().calendar, now)
    assert light(due, now, warn_at=at("03-12T23:59"), judged=judged).level == level


def test_no_item_is_late_on_the_saturday_after_its_last_day(case: CaseState) -> None:
    (one, *_rest) = begun(case)[0]
    clock = one.clock("promise")
    assert clock is not None
    friday = day_of(clock.due_at)
    friday += timedelta(days=(4 - friday.weekday()) % 7)
    # let it end on that Friday
    one.clocks = [c for c in one.clocks if c.kind != "promise"] + [clock]
    clock.due_at = last_moment(friday)
    later = {
        n: standing.whole(root(case), [one], registers(), clock.due_at + timedelta(days=n)).items[0]
        for n in (0, 1, 2, 3)
    }
    assert {n: shown.late for n, shown in later.items()} == {0: False, 1: False, 2: False, 3: True}
