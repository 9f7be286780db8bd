"""挂账: once, to a named day, with consent; what was left of the limit runs on afterwards."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.state import ClockState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.due import resume_due
from yishi.systems.city_events.tests.conftest import Town, at

pytestmark = pytest.mark.django_db
WHY = "需待汛期结束后施工"


def _dispatched(town: Town, when: str, standard: str) -> str:
    """A manhole of standard 3 (two) or 4 (five working days), signed when it was dispatched."""
    town.now = at(when)
    number = town.report(type="component/01/01", standard=standard, description="井盖").number
    town.move(number, "sign")
    return number


def _handling(town: Town, number: str) -> ClockState:
    clock = town.state(number).clock("handling")
    assert clock is not None
    return clock


def _suspended(town: Town, number: str, when: str, until: str) -> None:
    town.act("unit_officer", number, "ask_suspension", when, until=until, note=WHY)
    town.act("dispatcher", number, "grant_suspension")


def test_s2_a5_seventeen_hours_were_used_and_the_rest_runs_after_the_last_day(town: Town) -> None:
    number = _dispatched(town, "2026-03-02 09:00", "4")
    assert town.state(number).data["limit"] == "5工作日"
    assert _handling(town, number).due_at == at("2026-03-09 09:00")
    _suspended(town, number, "2026-03-04 10:00", "2026-03-18")
    state = town.state(number)
    assert state.state == "suspended"
    assert resume_due(at("2026-03-19 07:59")) == 0
    # a worker that comes late changes nothing about the deadline
    assert resume_due(at("2026-03-19 08:20")) == 1
    state = town.state(number)
    clock = _handling(town, number)
    assert (state.state, clock.paused_at) == ("handling", None)
    assert [datetime.fromisoformat(t) for t in clock.pauses[0]] == [
        at("2026-03-04 10:00"),
        at("2026-03-19 08:00"),
    ]
    assert clock.due_at == at("2026-03-23 17:00")
    waited = next(c for c in state.clocks if c.kind == "suspension")
    assert (waited.late, waited.stopped_at) == (False, at("2026-03-19 08:00")), "as it was to be"
    assert resume_due(at("2026-03-19 08:21")) == 0


def test_the_dispatcher_decides_and_a_refusal_does_not_use_up_the_one_suspension(
    town: Town,
) -> None:
    number = _dispatched(town, "2026-03-02 09:00", "4")
    with pytest.raises(MoveRefused) as refused:
        town.act("unit_officer", number, "grant_suspension")
    assert refused.value.code == "role"
    for _ in range(3):
        town.act("unit_officer", number, "ask_suspension", until="2026-03-18", note=WHY)
        town.act("dispatcher", number, "refuse_suspension", note="可以先行围挡")
    _suspended(town, number, "2026-03-02 11:00", "2026-03-18")
    town.act("unit_officer", number, "resume", "2026-03-05 09:00")
    with pytest.raises(MoveRefused, match="只能挂账一次"):
        town.act("unit_officer", number, "ask_suspension", until="2026-03-20", note=WHY)


def test_an_early_return_to_work_runs_from_that_minute(town: Town) -> None:
    number = _dispatched(town, "2026-03-02 09:00", "3")
    _suspended(town, number, "2026-03-02 11:00", "2026-03-18")
    town.act("unit_officer", number, "resume", "2026-03-05 09:00")
    # two hours of sixteen were used; fourteen remain from Thursday 09:00
    assert _handling(town, number).due_at == at("2026-03-06 17:00")


@pytest.mark.parametrize(
    ("until", "code"),
    [("2026-03-02", "past"), ("2027-03-03", "too_late"), ("", "required"), ("明天", "format")],
)
def test_the_last_day_is_to_come_and_within_a_year(town: Town, until: str, code: str) -> None:
    number = _dispatched(town, "2026-03-02 09:00", "4")
    with pytest.raises(FieldError) as wrong:
        town.act("unit_officer", number, "ask_suspension", until=until, note=WHY)
    assert (wrong.value.field, wrong.value.code) == ("until", code)
    state = town.act("unit_officer", number, "ask_suspension", until="2027-03-02", note=WHY)
    assert state.data["suspension"]["until"] == "2027-03-02"


def test_nothing_is_handled_while_suspended_or_while_the_application_waits(town: Town) -> None:
    number = _dispatched(town, "2026-03-02 09:00", "4")
    town.act("unit_officer", number, "ask_suspension", until="2026-03-18", note=WHY)
    refused: dict[str, dict[str, Any]] = {
        "finish": {"note": "完成"},
        "ask_extension": {"note": "材料"},
        "give_back": {"reason": "duty", "note": "职责"},
    }
    for name, raw in refused.items():
        with pytest.raises(MoveRefused, match="挂账申请审批中"):
            town.act("unit_officer", number, name, **raw)
    town.act("dispatcher", number, "grant_suspension")
    for name in ("finish", "ask_extension"):
        with pytest.raises(MoveRefused, match="挂账中"):
            town.act("unit_officer", number, name, note="完成")


def test_an_extension_before_and_a_suspension_in_the_added_time_both_count(town: Town) -> None:
    number = _dispatched(town, "2026-03-10 09:00", "3")
    town.act("unit_officer", number, "ask_extension", note="配件")
    town.act("dispatcher", number, "grant_extension")
    assert _handling(town, number).due_at == at("2026-03-16 09:00")
    _suspended(town, number, "2026-03-13 09:00", "2026-03-18")
    resume_due(at("2026-03-19 08:00"))
    # from Friday 09:00 eight working hours were left: Thursday 08:00 to 18:00
    assert _handling(town, number).due_at == at("2026-03-19 18:00")
    town.now = at("2026-03-19 09:00")
    town.act("unit_officer", number, "ask_extension", note="配件")
    town.act("dispatcher", number, "grant_extension")
    assert _handling(town, number).due_at == at("2026-03-23 18:00")


def test_pauses_of_a_return_and_of_a_suspension_lie_side_by_side(town: Town) -> None:
    number = _dispatched(town, "2026-03-10 09:00", "3")
    unit = town.state(number).unit_id
    town.act("unit_officer", number, "give_back", "2026-03-10 10:00", reason="area", note="界外")
    town.act("dispatcher", number, "dispatch", "2026-03-10 10:30", unit=unit)
    town.move(number, "sign")
    _suspended(town, number, "2026-03-10 11:00", "2026-03-12")
    resume_due(at("2026-03-13 08:00"))
    clock = _handling(town, number)
    times = [datetime.fromisoformat(t) for pause in clock.pauses for t in pause]
    assert times == sorted(times) and len(clock.pauses) == 2
    # one and a half of sixteen hours were used
    assert clock.due_at == at("2026-03-16 16:30")


def test_a_deadline_that_had_passed_stays_passed(town: Town) -> None:
    number = _dispatched(town, "2026-03-10 09:00", "3")
    due = _handling(town, number).due_at
    _suspended(town, number, "2026-03-13 09:00", "2026-03-18")
    resume_due(at("2026-03-19 08:00"))
    assert _handling(town, number).due_at == due
    town.now = at("2026-03-19 09:00")
    town.act("unit_officer", number, "finish", note="完成")
    assert town.act("unit_officer", number, "confirm", timedelta(minutes=1)).timeliness == "late"


def test_an_application_whose_day_has_come_is_not_granted_any_more(town: Town) -> None:
    number = _dispatched(town, "2026-03-02 09:00", "4")
    town.act("unit_officer", number, "ask_suspension", until="2026-03-03", note=WHY)
    with pytest.raises(MoveRefused, match="截止日期已到"):
        town.act("dispatcher", number, "grant_suspension", "2026-03-03 08:00")
    assert town.act("dispatcher", number, "refuse_suspension", note="已到期").state == "handling"
