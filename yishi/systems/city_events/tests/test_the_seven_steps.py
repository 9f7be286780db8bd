"""The loop from a report to its evaluation, with the clocks of §S2.5 (scenarios S2-A…)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.models import Evaluation
from yishi.foundation.cases.verify import verify_traces
from yishi.foundation.messages.models import Message
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import moves
from yishi.systems.city_events.context import city
from yishi.systems.city_events.tests.conftest import Town, at
from yishi.systems.city_events.tracking_view import track

pytestmark = pytest.mark.django_db


def test_a_certain_report_is_filed_and_dispatched_at_once_with_its_reasons(town: Town) -> None:
    receipt = town.report()
    assert receipt.state == "assigned"
    assert receipt.unit and receipt.due_at and receipt.reasons
    state = town.state(receipt.number)
    assert [clock.kind for clock in state.clocks] == ["acceptance", "dispatch", "handling"]
    assert [clock.running for clock in state.clocks] == [False, False, True]
    assert state.trace_length == 3


def test_the_whole_loop_ends_closed_and_evaluated(town: Town) -> None:
    receipt = town.report(phone="13800138000")
    town.handled(receipt.number)
    state = town.move(receipt.number, "close", timedelta(minutes=3))
    assert (state.state, state.stage, state.timeliness) == ("closed", "evaluate", "on_time")
    assert state.outcome == "solved" and state.next_due_at is None
    assert not [a for a in state.assignments if a.open]
    progress = track(receipt.tracking_code)
    assert progress is not None and progress.may_rate
    moves.evaluate(progress.actor, progress.case.pk, "1", "yes", "很快", town.now)
    with pytest.raises(FieldError):
        moves.evaluate(progress.actor, progress.case.pk, "2", "yes", "", town.now)
    assert Evaluation.objects.unscoped("test").filter(case_id=state.id).count() == 1
    assert Message.objects.filter(about_id=str(state.id), contact_id__isnull=False).exists()
    assert all(not faults for _, faults in verify_traces())


def test_s2_a2_four_working_hours_across_the_spring_festival(town: Town) -> None:
    town.now = at("2026-02-14 16:00")
    receipt = town.report()
    assert receipt.due_at is not None
    assert at("2026-02-24 10:00").isoformat() == receipt.due_at


def test_s2_a1_a_missing_cover_runs_on_emergency_hours(town: Town) -> None:
    town.now = at("2026-02-14 17:30")
    receipt = town.report(type="component/01/01", standard="1", description="井盖不见了")
    state = town.state(receipt.number)
    clock = state.clock("handling")
    assert clock is not None and clock.limit_text == "2紧急工作时"
    assert clock.due_at == at("2026-02-14 19:30")


def test_s2_a8_finishing_at_the_deadline_is_on_time_and_a_second_later_is_late(town: Town) -> None:
    for seconds, expected in ((0, "on_time"), (1, "late")):
        town.now = at("2026-03-10 09:00")
        number = town.report(lon=112.1420 + seconds * 0.01).number
        town.move(number, "sign")
        town.move(number, "finish", note="夜间无法拍照")
        clock = town.state(number).clock("handling")
        assert clock is not None
        town.now = clock.due_at + timedelta(seconds=seconds)
        assert town.move(number, "confirm").timeliness == expected


def test_s2_a7_two_extensions_from_the_current_deadline_and_no_third(town: Town) -> None:
    """2工作日 dispatched 2026-03-10 09:00 → 03-12, 03-16 and 03-18, each 09:00."""
    number = _two_working_days(town)
    for due in ("2026-03-16 09:00", "2026-03-18 09:00"):
        town.move(number, "ask_extension", timedelta(minutes=1), note="需要配件")
        state = town.move(number, "grant_extension", timedelta(minutes=1))
        clock = state.clock("handling")
        assert clock is not None and clock.due_at == at(due)
    with pytest.raises(MoveRefused, match="延期已满两次"):
        town.move(number, "ask_extension", timedelta(minutes=1), note="还要")


def test_s2_a7_an_application_after_the_deadline_is_refused_as_late(town: Town) -> None:
    number = _two_working_days(town)
    with pytest.raises(MoveRefused, match="已超时"):
        town.move(number, "ask_extension", "2026-03-12 09:01", note="需要配件")


def test_a_refused_extension_does_not_count(town: Town) -> None:
    number = _two_working_days(town)
    for _ in range(3):
        town.move(number, "ask_extension", timedelta(minutes=1), note="需要配件")
        town.move(number, "refuse_extension", timedelta(minutes=1), note="可以按期完成")
    state = town.move(number, "ask_extension", timedelta(minutes=1), note="需要配件")
    assert state.data["extension"]


def _two_working_days(town: Town) -> str:
    town.now = at("2026-03-10 09:00")
    number = town.report(type="component/01/01", standard="3", description="井盖异响").number
    state = town.move(number, "sign")
    assert state.data["limit"] == "2工作日"
    return number


def test_s2_a20_after_a_return_the_dispatcher_may_not_forward_to_closing(town: Town) -> None:
    number = town.report().number
    town.move(number, "give_back", timedelta(minutes=10), reason="duty", note="不属于本部门职责")
    with pytest.raises(MoveRefused) as refused:
        town.move(number, "forward")
    assert refused.value.code == "state"
    assert town.move(number, "back_to_acceptor", note="请重新核定类别").state == "reported"


def test_a_return_pauses_the_clock_and_the_same_unit_resumes_with_what_was_left(
    town: Town,
) -> None:
    number = town.report().number
    unit = town.state(number).unit_id
    town.move(number, "give_back", "2026-03-10 10:00", reason="duty", note="地点不清")
    paused = town.state(number).clock("handling")
    assert paused is not None and paused.paused_at is not None
    state = town.move(number, "dispatch", "2026-03-10 10:30", unit=unit)
    clock = state.clock("handling")
    # four working hours from 09:00 would end at 15:00; half an hour of return is not counted
    assert clock is not None and clock.due_at == at("2026-03-10 15:30")


def test_another_unit_starts_anew(town: Town) -> None:
    number = town.report().number
    first = town.state(number).unit_id
    town.move(number, "give_back", "2026-03-10 10:00", reason="duty", note="不属于本部门职责")
    other = town.officer_unit_other_than(first)
    state = town.move(number, "dispatch", "2026-03-10 10:30", unit=other)
    clock = state.clock("handling")
    assert clock is not None and clock.due_at == at("2026-03-10 16:30")
    assert state.unit_id == other


def test_a_unit_revokes_its_person_before_it_returns_a_case(
    town: Town, django_user_model: type
) -> None:
    number = town.report().number
    unit = town.state(number).unit_id
    handler = town.account("h1", "handler", unit)
    town.move(number, "sign")
    town.move(number, "assign_person", person=handler.pk)
    with pytest.raises(MoveRefused, match="撤销"):
        town.move(number, "give_back", reason="duty", note="不属于本部门职责")
    town.move(number, "revoke_person")
    state = town.move(number, "give_back", reason="duty", note="不属于本部门职责")
    assert state.state == "returned"


def test_a_return_after_24_hours_is_refused(town: Town) -> None:
    number = town.report().number
    with pytest.raises(MoveRefused, match="24小时"):
        town.move(number, "give_back", "2026-03-11 09:01", reason="duty", note="不属于本部门职责")


def test_the_verifier_is_never_the_handler(town: Town) -> None:
    number = town.report().number
    unit = town.state(number).unit_id
    for name, raw in (("sign", {}), ("finish", {"note": "完成"}), ("confirm", {}), ("forward", {})):
        town.move(number, name, timedelta(minutes=1), **raw)
    duty = town.state(number).duty("verify")
    assert duty is not None and duty.unit_id != unit
    both = town.officer("collector", unit=duty.unit_id)
    handler = town.with_grant(both, "handler", unit)
    with pytest.raises(MoveRefused, match="核实单位不能是处置单位"):
        moves.advance(handler, number, "report_verification", {"result": "pass"}, town.now)


def test_a_failed_verification_cannot_be_closed_but_is_reworked_by_the_same_unit(
    town: Town,
) -> None:
    number = town.report().number
    unit = town.state(number).unit_id
    for name, raw in (
        ("sign", {}),
        ("finish", {"note": "完成"}),
        ("confirm", {}),
        ("forward", {}),
        ("report_verification", {"result": "fail"}),
    ):
        town.move(number, name, timedelta(minutes=1), **raw)
    with pytest.raises(MoveRefused, match="核实未通过"):
        town.move(number, "close")
    state = town.move(number, "rework", note="仍有残留")
    assert (state.state, state.unit_id, state.data["rework"]) == ("assigned", unit, 1)


def test_a_reopened_case_is_dispatched_anew_with_a_fresh_clock_and_stays_late(town: Town) -> None:
    receipt = town.report()
    number = receipt.number
    town.move(number, "sign")
    town.move(number, "finish", "2026-03-11 17:00", note="完成")
    for name, raw in (
        ("confirm", {}),
        ("forward", {}),
        ("report_verification", {"result": "pass"}),
        ("close", {}),
    ):
        state = town.move(number, name, timedelta(minutes=1), **raw)
    assert state.timeliness == "late"
    progress = track(receipt.tracking_code)
    assert progress is not None
    town.now = at("2026-03-12 08:00")
    state = moves.advance(progress.actor, number, "reopen", {"note": "又有垃圾"}, town.now)
    clock = state.clock("handling")
    assert state.state == "assigned" and state.timeliness == "late"
    assert clock is not None and clock.due_at == at("2026-03-12 12:00")


def test_a_check_pauses_the_acceptance_clock(town: Town) -> None:
    number = town.report(type=None, description="这里有点不对劲").number
    town.move(number, "request_check", "2026-03-10 09:05")
    acceptance = town.state(number).clock("acceptance")
    assert acceptance is not None and acceptance.paused_at is not None
    state = town.move(number, "report_check", "2026-03-10 09:25", result="true")
    acceptance = state.clock("acceptance")
    assert acceptance is not None and acceptance.due_at == at("2026-03-10 09:35")


def test_s2_a13_a_complaint_in_court_is_not_dispatched_and_the_caller_is_told(town: Town) -> None:
    receipt = town.report(
        type=None, channel="hotline", description="案件已在法院", phone="13800138000"
    )
    state = town.move(receipt.number, "reject", reason="2", note="已进入诉讼程序，请向受理法院反映")
    assert (state.state, state.data["reason_code"]) == ("voided", "2")
    message = Message.objects.get(about_id=str(state.id), contact_id__isnull=False)
    assert message.params["reason"]


def test_s2_a11_a_sure_camera_is_dispatched_at_once_and_the_same_lift_is_merged(
    town: Town,
) -> None:
    lift = {
        "type": "event/05/89",
        "channel": "camera",
        "object_ref": "lift-0001",
        "description": "",
    }
    key = town.key_of("电动车进电梯")
    lift["type"] = key
    first = town.report(**lift, confidence=0.93)
    assert first.state == "assigned" and not first.merged
    town.now += timedelta(minutes=9)
    second = town.report(**lift, confidence=0.97)
    assert second.merged and second.number == first.number
    town.now += timedelta(minutes=20)
    assert not town.report(**lift, confidence=0.97).merged


def test_an_unsure_camera_goes_to_a_person(town: Town) -> None:
    receipt = town.report(
        type=town.key_of("电动车进电梯"), channel="camera", confidence=0.84, description=""
    )
    assert receipt.state == "reported"
    assert any("0.84" in reason for reason in receipt.reasons)


def test_a_type_may_ask_for_more_confidence_than_the_city(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, catalogue = city().catalogue(town.now)
    key = town.key_of("电动车进电梯")
    stricter = replace(catalogue.by_key[key], confidence=0.95)
    monkeypatch.setitem(catalogue.by_key, key, stricter)
    for confidence, lift, state in ((0.93, "L1", "reported"), (0.95, "L2", "assigned")):
        found = town.report(
            channel="camera", type=key, description="", confidence=confidence, object_ref=lift
        )
        assert town.state(found.number).state == state
