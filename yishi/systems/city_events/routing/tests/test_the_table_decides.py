"""Rows decide and are named on the case; who is away is passed over; returns suggest rows."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.cases.models import Trace
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.routing import absence
from yishi.systems.city_events.routing.load import loads
from yishi.systems.city_events.routing.reading import read_routing
from yishi.systems.city_events.routing.returns import grouped, returns, suggested_row
from yishi.systems.city_events.routing.tests.conftest import Town, at

pytestmark = pytest.mark.django_db


def test_the_reason_on_the_case_names_the_row(town: Town) -> None:
    town.now = at("2026-03-10 23:30")
    number = town.report(type="event/04/10", description="").number
    if town.state(number).state == "reported":
        town.move(number, "file", type="event/04/10", standard="1")
    state = town.state(number)
    assert state.state == "assigned"
    assert state.data["dispatch_reason"][0].startswith("派单规则 XY-002：")
    assert state.data["routed"]["row"] == "XY-002"
    unit = city_registers().register.unit(state.unit_id or 0)
    assert "public_security" in unit.functions
    body = bytes(Trace.objects.unscoped("test").get(case_id=state.id, move="dispatch").body)
    assert b'"row":"XY-002"' in body


def test_a_unit_that_is_away_is_passed_over_with_the_reason(town: Town) -> None:
    first = town.state(town.report().number)
    register = city_registers().register
    deputy = next(iter(register.units("4206/420606", "urban_enforcement")))
    end = town.now + timedelta(days=2)
    leader = town.officer("dispatcher")
    unit = first.unit_id or 0
    absence.mark_away(leader, register, unit, town.now, end, deputy.id, "全员培训", town.now)
    other = town.state(town.report(lon=112.146).number)
    assert other.unit_id == deputy.id
    reasons = other.data["dispatch_reason"]
    assert any("全员培训" in line and deputy.name in line for line in reasons)
    with pytest.raises(FieldError, match="已登记离岗"):
        absence.mark_away(leader, register, unit, town.now, end, None, "再次登记", town.now)
    town.now = end  # the end itself is no longer away
    assert town.state(town.report(lon=112.150).number).unit_id == unit


def test_without_a_deputy_the_search_goes_further_up(town: Town) -> None:
    first = town.state(town.report().number)
    register, leader = city_registers().register, town.officer("dispatcher")
    unit, end = first.unit_id or 0, town.now + timedelta(days=2)
    absence.mark_away(leader, register, unit, town.now, end, None, "全员培训", town.now)
    other = town.state(town.report(lon=112.146).number)
    assert other.unit_id != unit
    assert any("跳过" in line for line in other.data["dispatch_reason"])


def test_only_who_may_marks_a_unit_as_away(town: Town) -> None:
    register = city_registers().register
    unit = next(iter(register.units("4206/420606", "sanitation")))
    grants = (ActorGrant("dispatcher", None, "4206/420602"),)
    stranger = Actor("user", "user:9", "测试", grants, None)
    end = town.now + timedelta(days=1)
    with pytest.raises(PermissionDenied):
        absence.mark_away(stranger, register, unit.id, town.now, end, None, "培训", town.now)


def test_the_load_of_a_unit_is_its_open_and_late_cases(town: Town) -> None:
    unit = town.state(town.report().number).unit_id or 0
    assert (loads([unit], town.now)[unit].open, loads([unit], town.now)[unit].late) == (1, 0)
    later = loads([unit], town.now + timedelta(days=3))[unit]
    assert (later.open, later.late, later.on_duty) == (1, 1, None)


def test_returns_show_where_they_went_and_the_row_that_would_have_helped(town: Town) -> None:
    other = 0
    for n in range(3):
        number = town.report(lon=112.142 + n * 0.004).number
        unit = town.state(number).unit_id
        town.move(number, "give_back", timedelta(minutes=5), reason="duty", note="不属于本单位")
        other = other or town.officer_unit_other_than(unit)
        town.move(number, "dispatch", timedelta(minutes=5), unit=other)
    found = returns(town.officer("dispatcher"), town.now - timedelta(days=1))
    (group,) = grouped(found)
    assert len(group.returns) == 3
    assert group.finals == [(other, 3)]
    registers = city_registers()
    _version, catalogue = registers.catalogue(town.now)
    text = suggested_row(group, registers.register, catalogue, 90, town.now)
    suggested = read_routing(b"format: 1\nrows:\n" + text.encode()).rows[0]
    assert (suggested.type_key, suggested.area) == (Town.RUBBISH, "4206/420606")
    outside = town.officer("dispatcher", scope="4206/420602")
    assert returns(outside, datetime.min.replace(tzinfo=town.now.tzinfo)) == []
