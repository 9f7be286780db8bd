"""Every move beside the main line: what comes before it, who makes it, and with what."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from django.utils import timezone

from yishi.foundation.papers.uploads import save_upload
from yishi.systems.city_events.context import city
from yishi.systems.city_events.tests.conftest import Town
from yishi.systems.city_events.tests.office import photo

_places = itertools.count()
_BACK = ("give_back",)
_CLOSED = ("sign", "finish", "confirm", "forward", "report_verification", "close")
_SMALL = ("give_back", "to_community", "sign")
#: Move: the steps before it.
BEFORE: dict[str, tuple[str, ...]] = {
    "ask_suspension": ("sign",),
    "grant_suspension": ("sign", "ask_suspension"),
    "refuse_suspension": ("sign", "ask_suspension"),
    "resume": ("sign", "ask_suspension", "grant_suspension"),
    "supervise": (),
    "receive_supervision": ("supervise",),
    "answer_supervision": ("supervise", "receive_supervision"),
    "lift_supervision": ("supervise",),
    "escalate_supervision": ("supervise", "receive_supervision"),
    "order": (),
    "answer_order": ("order",),
    "ask_ruling": _BACK,
    "ruling": (*_BACK, "ask_ruling"),
    "pass_up": _BACK,
    "send_down": _BACK,
    "report_up": _SMALL,
    "whistle": _SMALL,
    "add_co_unit": (),
    "release_co_unit": ("add_co_unit",),
    "co_sign": ("add_co_unit",),
    "co_answer": ("add_co_unit", "co_sign"),
    "ask_forced_close": (),
    "grant_forced_close": ("ask_forced_close",),
    "refuse_forced_close": ("ask_forced_close",),
    "appeal": _CLOSED,
    "review_appeal": (*_CLOSED, "appeal"),
    "decide_appeal": (*_CLOSED, "appeal", "review_appeal"),
}
#: Who makes a step, where it is not the unit.
ROLES = {
    **dict.fromkeys(
        ("grant_suspension", "refuse_suspension", "ask_ruling", "pass_up", "send_down"),
        "dispatcher",
    ),
    **dict.fromkeys(
        ("add_co_unit", "release_co_unit", "ask_forced_close", "review_appeal"), "dispatcher"
    ),
    **dict.fromkeys(
        ("supervise", "lift_supervision", "escalate_supervision", "order", "ruling"),
        "duty_leader",
    ),
    **dict.fromkeys(("grant_forced_close", "refuse_forced_close", "decide_appeal"), "duty_leader"),
    **dict.fromkeys(("co_sign", "co_answer"), "helper"),
}
_RAW: dict[str, dict[str, Any]] = {
    "supervise": {"level": "1", "reason": "late", "note": "请今日内处置"},
    "give_back": {"reason": "duty", "note": "不属于本单位职责"},
    "finish": {"note": "已清运"},
    "report_verification": {"result": "pass"},
    "ask_forced_close": {"reason": "planned", "note": "已列入改造计划"},
    "appeal": {"reason": "nature", "note": "暴雨"},
    "review_appeal": {"result": "pass", "note": "属实"},
    "decide_appeal": {"result": "grant", "note": "同意"},
    **{name: {} for name in ("sign", "confirm", "forward", "close", "co_sign")},
    "receive_supervision": {},
}


def helper(town: Town, number: str) -> int:
    """The unit that is asked to help."""
    state = town.state(number)
    held = state.duty("co")
    if held is not None:
        return held.unit_id
    units = city().register.units("4206/420606", "urban_enforcement")
    taken = (state.unit_id, state.data.get("returned_by"))
    return next(unit.id for unit in units if unit.id not in taken)


def raw_for(town: Town, number: str, move: str) -> dict[str, Any]:
    """What *move* is given, without evidence."""
    raw = dict(_RAW.get(move, {"note": "按规定办理"}))
    if move in ("ruling", "add_co_unit", "release_co_unit", "whistle"):
        raw["unit"] = helper(town, number)
    if move == "ask_suspension":
        raw["until"] = (timezone.now() + timedelta(days=9)).date().isoformat()
    if move == "order":
        raw["due"] = (timezone.now() + timedelta(hours=30)).strftime("%Y-%m-%dT%H:%M")
        raw["office"] = "市政府值班室"
    return raw


def case_before(town: Town, move: str) -> str:
    """A new case on which *move* can be made now."""
    late = "close" in BEFORE[move]
    town.now = timezone.now() - (timedelta(days=9) if late else timedelta(hours=1))
    place = next(_places)
    spot = {"lon": 112.10 + place % 20 * 0.004, "lat": 32.04 + place // 20 % 10 * 0.004}
    number = town.report(**spot).number
    if late:
        town.now = timezone.now() - timedelta(minutes=30)
    for step in BEFORE[move]:
        town.now += timedelta(minutes=1)
        _step(town, number, step)
    town.now = timezone.now()
    return number


def _step(town: Town, number: str, step: str) -> None:
    if step == "to_community":
        path = town.state(number).managed_path
        units = city().register.units(path, "community")
        unit = next(one.id for one in units if one.level == "community")
        town.act("dispatcher", number, "dispatch", unit=unit)
    elif step in ("forward", "report_verification", "close"):
        town.move(number, step, **_RAW[step])
    else:
        make(town, number, step)


def make(town: Town, number: str, move: str, unit: int | None = None) -> Any:
    """Make *move* as its officer; *unit* is the one that has the case, where it may change."""
    raw, role = raw_for(town, number, move), ROLES.get(move, "unit_officer")
    if move == "ask_forced_close":
        paper = save_upload(photo(), actor_ref="user:dispatcher-", now=town.now, photos_only=True)
        raw["photos"] = [str(paper.id)]
    if role == "helper":
        return town.act("unit_officer", number, move, by=helper(town, number), **raw)
    return town.act(role, number, move, by=unit if role == "unit_officer" else None, **raw)
