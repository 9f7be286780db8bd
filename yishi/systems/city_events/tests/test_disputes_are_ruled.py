"""When nobody wants a case: reasons for returns, first-taker rule, arbitration, other levels."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import moves
from yishi.systems.city_events.context import city
from yishi.systems.city_events.tests.conftest import Town

pytestmark = pytest.mark.django_db
BACK: dict[str, Any] = {"reason": "duty", "note": "不属于本部门职责"}


def test_a_return_names_the_lack_of_duty(town: Town) -> None:
    number = town.report().number
    with pytest.raises(FieldError) as wrong:
        town.act("unit_officer", number, "give_back", note="人手不够")
    assert wrong.value.field == "reason"
    with pytest.raises(FieldError):
        town.act("unit_officer", number, "give_back", reason="busy", note="人手不够")
    assert town.act("unit_officer", number, "give_back", **BACK).data["return_reason"] == "duty"


def _returned_twice(town: Town) -> tuple[str, int, int]:
    number = town.report().number
    first = town.state(number).unit_id
    other = town.officer_unit_other_than(first)
    assert first is not None
    town.act("unit_officer", number, "give_back", timedelta(minutes=5), **BACK)
    town.act("dispatcher", number, "dispatch", timedelta(minutes=5), unit=other)
    town.act("unit_officer", number, "give_back", timedelta(minutes=5), **BACK)
    return number, first, other


def test_after_two_returns_the_case_goes_to_arbitration_by_itself(town: Town) -> None:
    number, first, _ = _returned_twice(town)
    state = town.state(number)
    assert state.state == "disputed" and state.duty("rule") is not None
    assert state.clock("ruling") is not None and state.clock("dispatch") is None
    with pytest.raises(MoveRefused):
        town.act("dispatcher", number, "dispatch", unit=first)
    with pytest.raises(MoveRefused):
        town.act("dispatcher", number, "ruling", unit=first, note="职责清单")


def test_the_designated_unit_may_not_return_it(town: Town) -> None:
    number, first, _ = _returned_twice(town)
    state = town.act("duty_leader", number, "ruling", unit=first, note="按职责清单第三条")
    assert (state.state, state.unit_id) == ("assigned", first)
    with pytest.raises(MoveRefused, match="不得退单"):
        town.act("unit_officer", number, "give_back", **BACK)
    town.act("unit_officer", number, "sign")
    with pytest.raises(MoveRefused, match="不得退单"):
        town.act("unit_officer", number, "give_back", **BACK)


def test_a_reopened_case_goes_to_the_designated_unit_again(town: Town) -> None:
    number, _, other = _returned_twice(town)
    town.act("duty_leader", number, "ruling", unit=other, note="按职责清单第三条")
    town.handled(number)
    town.move(number, "close")
    state = town.act("acceptor", number, "reopen", note="又出现了")
    assert (state.state, state.unit_id) == ("assigned", other)


def test_a_dispatcher_may_ask_for_a_ruling_before_so_many_returns(town: Town) -> None:
    number = town.report().number
    unit = town.state(number).unit_id
    town.act("unit_officer", number, "give_back", "2026-03-10 10:00", **BACK)
    town.act("dispatcher", number, "ask_ruling", "2026-03-10 10:10", note="两家都说不是")
    state = town.act("duty_leader", number, "ruling", "2026-03-10 11:00", unit=unit, note="按清单")
    clock = state.clock("handling")
    # four working hours from 09:00; one hour of the dispute is not counted for the same unit
    assert clock is not None and clock.due_at.isoformat() == "2026-03-10T16:00:00+08:00"


def _community_case(town: Town) -> str:
    """A case that the community itself handles."""
    register = city().register
    number = town.report().number
    town.act("unit_officer", number, "give_back", timedelta(minutes=1), **BACK)
    path = town.state(number).managed_path
    unit = next(u for u in register.units(path, "community") if u.level == "community")
    town.act("dispatcher", number, "dispatch", timedelta(minutes=1), unit=unit.id)
    town.act("unit_officer", number, "sign", timedelta(minutes=1))
    return number


def test_a_community_reports_up_and_the_county_passes_on_to_the_city(town: Town) -> None:
    number = _community_case(town)
    state = town.act("unit_officer", number, "report_up", timedelta(hours=30), note="需要专业队伍")
    assert (state.state, state.data["level"]) == ("returned", "township")
    assert state.data["returns"] == 1, "passing up is no return"
    handling, dispatch = state.clock("handling"), state.clock("dispatch")
    assert handling is not None and handling.paused_at == town.now
    assert dispatch is not None and dispatch.due_at == town.now + timedelta(minutes=15)
    township = "/".join(state.managed_path.split("/")[:3])
    town.act("dispatcher", number, "pass_up", note="乡镇无力处置", scope=township)
    state = town.act("dispatcher", number, "pass_up", note="跨区", scope="4206/420606")
    assert state.data["level"] == "city"
    duty = state.duty("dispatch")
    assert duty is not None and duty.managed_path == "4206"
    register = city().register
    assert register.unit(duty.unit_id).level == "city"
    other = town.officer_unit_other_than(None)
    with pytest.raises(MoveRefused) as refused:
        town.act("dispatcher", number, "dispatch", scope="4206/420606", unit=other)
    assert refused.value.code == "role"
    with pytest.raises(MoveRefused, match="没有上一级"):
        town.act("dispatcher", number, "pass_up", note="再上")
    state = town.act("dispatcher", number, "send_down", note="由区里办理")
    assert state.data["level"] == "county"
    assert town.act("dispatcher", number, "dispatch", scope="4206/420606", unit=other).unit_id


def test_only_communities_and_townships_report_up(town: Town) -> None:
    number = town.report().number
    with pytest.raises(MoveRefused, match="社区和乡镇街道"):
        town.act("unit_officer", number, "report_up", note="太难")


def test_a_community_whistles_and_the_department_reports(town: Town) -> None:
    number = _community_case(town)
    main = town.state(number).unit_id
    called = town.officer_unit_other_than(main)
    state = town.act("unit_officer", number, "whistle", unit=called, note="请城管到场")
    report = state.clock("report")
    assert report is not None and report.running
    with pytest.raises(MoveRefused, match="尚未报到"):
        town.act("unit_officer", number, "whistle", unit=called, note="请城管到场")
    state = town.act("unit_officer", number, "co_sign", timedelta(minutes=20), by=called)
    stopped = state.last_clock("report")
    assert stopped is not None and stopped.late is False
    town.act("unit_officer", number, "co_answer", by=called, note="已劝离")
    town.act("unit_officer", number, "finish", note="完成")
    assert town.act("unit_officer", number, "confirm").state == "fed_back"


def test_the_main_unit_waits_for_every_co_unit_that_was_not_released(town: Town) -> None:
    number = town.report().number
    main = town.state(number).unit_id
    helpers = [u.id for u in city().register.units("4206/420606") if u.id != main][:2]
    for unit in helpers:
        town.act("dispatcher", number, "add_co_unit", unit=unit, note="请配合断电")
    with pytest.raises(FieldError):
        town.act("dispatcher", number, "add_co_unit", unit=main, note="主办")
    town.act("unit_officer", number, "sign")
    town.act("unit_officer", number, "finish", note="完成")
    with pytest.raises(MoveRefused, match="协办单位"):
        town.act("unit_officer", number, "confirm")
    with pytest.raises(MoveRefused, match="先签收"):
        town.act("unit_officer", number, "co_answer", by=helpers[0], note="已断电")
    town.act("unit_officer", number, "co_sign", by=helpers[0])
    with pytest.raises(MoveRefused, match="已签收"):
        town.act("unit_officer", number, "co_sign", by=helpers[0])
    town.act("unit_officer", number, "co_answer", by=helpers[0], note="已断电")
    with pytest.raises(MoveRefused, match="协办单位"):
        town.act("unit_officer", number, "confirm")
    state = town.act("dispatcher", number, "release_co_unit", unit=helpers[1], note="已不需要")
    assert {state.data["co"][str(u)]["state"] for u in helpers} == {"answered", "released"}
    assert town.act("unit_officer", number, "confirm").state == "fed_back"
    helper = town.with_grant(town.officer("collector", unit=helpers[0]), "handler", None)
    town.act("dispatcher", number, "forward")
    verify = town.state(number).duty("verify")
    assert verify is not None
    both = town.with_grant(helper, "collector", verify.unit_id)
    with pytest.raises(MoveRefused, match="核实单位不能是处置单位"):
        moves.advance(both, number, "report_verification", {"result": "pass"}, town.now)
