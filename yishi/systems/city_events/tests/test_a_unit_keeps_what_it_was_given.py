"""What a unit may not win by a rework, and what a changed limit does not touch (§S2.4, §S2.5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.cases import catalogue as versions
from yishi.foundation.cases.draft import MoveRefused
from yishi.systems.city_events import moves
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.tests.conftest import Town
from yishi.systems.city_events.tests.office import Office

pytestmark = pytest.mark.django_db
BACK: dict[str, Any] = {"reason": "duty", "note": "不属于本单位职责"}


def _extended(town: Town, number: str, times: int) -> None:
    for _ in range(times):
        town.act("unit_officer", number, "ask_extension", note="需要机械")
        town.act("dispatcher", number, "grant_extension")


def _reworked(town: Town, number: str) -> None:
    town.act("unit_officer", number, "finish", note="已清运")
    town.act("unit_officer", number, "confirm")
    town.act("dispatcher", number, "rework", timedelta(minutes=5), note="现场仍有垃圾")


def test_a_rework_gives_no_third_extension(town: Town) -> None:
    number = town.report().number
    town.act("unit_officer", number, "sign")
    _extended(town, number, 1)
    _reworked(town, number)
    town.act("unit_officer", number, "sign")
    _extended(town, number, 1)
    with pytest.raises(MoveRefused, match="延期已满两次"):
        town.act("unit_officer", number, "ask_extension", note="还需要")


def test_another_unit_has_extensions_of_its_own(town: Town) -> None:
    number = town.report().number
    town.act("unit_officer", number, "sign")
    _extended(town, number, 2)
    first = town.state(number).unit_id
    town.act("unit_officer", number, "give_back", **BACK)
    other = town.officer_unit_other_than(first)
    town.act("dispatcher", number, "dispatch", unit=other)
    town.act("unit_officer", number, "sign")
    _extended(town, number, 2)
    clock = town.state(number).clock("handling")
    assert clock is not None and clock.extensions == 2


def test_the_unit_that_gets_a_returned_case_back_has_no_new_extensions(town: Town) -> None:
    number = town.report().number
    town.act("unit_officer", number, "sign")
    _extended(town, number, 2)
    unit = town.state(number).unit_id
    town.act("unit_officer", number, "give_back", **BACK)
    town.act("dispatcher", number, "dispatch", unit=unit)
    town.act("unit_officer", number, "sign")
    with pytest.raises(MoveRefused, match="延期已满两次"):
        town.act("unit_officer", number, "ask_extension", note="还需要")


def test_who_asks_for_an_extension_does_not_grant_it(town: Town) -> None:
    number = town.report().number
    town.act("unit_officer", number, "sign")
    unit = town.state(number).unit_id
    both = (ActorGrant("unit_officer", unit, ""), ActorGrant("dispatcher", None, "4206"))
    actor = Actor("user", "user:7", "测试", both, 7)
    moves.advance(actor, number, "ask_extension", {"note": "需要机械"}, town.now)
    with pytest.raises(MoveRefused, match="不能审批自己"):
        moves.advance(actor, number, "grant_extension", {}, town.now)
    town.act("dispatcher", number, "grant_extension")


def test_what_was_handled_once_is_not_returned_for_lack_of_duty(town: Town) -> None:
    number = town.report().number
    town.act("unit_officer", number, "sign")
    _reworked(town, number)
    with pytest.raises(MoveRefused, match="返工的案件不能退单"):
        town.act("unit_officer", number, "give_back", **BACK)


def test_a_return_at_the_24th_hour_is_taken_and_a_second_later_not(town: Town) -> None:
    first, second = town.report().number, town.report(lon=112.13, lat=32.06).number
    town.act("unit_officer", first, "give_back", "2026-03-11 09:00", **BACK)
    with pytest.raises(MoveRefused, match="24小时"):
        town.act("unit_officer", second, "give_back", timedelta(seconds=1), **BACK)


def _limit_changes(limit: str, since: datetime) -> None:
    """A version of the catalogue with another limit for the rubbish, in force from *since*."""
    stored = versions.effective(SYSTEM, since)
    assert stored is not None
    groups = [dict(group) for group in stored.content["groups"]]
    group = next(g for g in groups if (g["kind"], g["main"]) == ("event", "01"))
    kinds = [dict(kind) for kind in group["types"]]
    kind = next(k for k in kinds if k["small"] == "10")
    kind["standards"] = [{**one, "limit": limit} for one in kind["standards"]]
    group["types"] = kinds
    content = {**stored.content, "groups": groups}
    versions.load(
        SYSTEM, content, effective_from=since, origin="browser", actor_ref="user:1", now=since
    )


def test_a_changed_limit_holds_for_later_dispatches_and_for_them_only(town: Town) -> None:
    town.now = timezone.now().replace(microsecond=0)
    places = [{"lon": 112.11 + n * 0.01, "lat": 32.05} for n in range(4)]
    sent, moved, kept = (town.report(**places[n]).number for n in range(3))
    unit = town.state(kept).unit_id
    for number in (moved, kept):
        town.act("unit_officer", number, "give_back", **BACK)
    town.now += timedelta(minutes=2)
    _limit_changes("9工作日", town.now - timedelta(minutes=1))
    town.act("dispatcher", moved, "dispatch", unit=town.officer_unit_other_than(unit))
    town.act("dispatcher", kept, "dispatch", unit=unit)
    town.act("unit_officer", sent, "sign")
    _extended(town, sent, 1)
    limits = {n: town.state(n).clock("handling") for n in (sent, moved, kept)}
    assert [clock.limit_text for clock in limits.values() if clock] == ["4小时", "9工作日", "4小时"]
    new = town.state(town.report(**places[3]).number).clock("handling")
    assert new is not None and new.limit_text == "9工作日"
    page = Office().client("dispatcher").get(f"/desk/cases/{moved}/").content.decode()
    assert "9工作日" in page
