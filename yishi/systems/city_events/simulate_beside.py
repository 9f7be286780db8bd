"""What simulated officers (模拟) do beside the main line: suspend, supervise, order, help, appeal.

Rarely, as in a city; each such step is planned and refused like a real one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import Any

from yishi.foundation.access.actors import SYSTEM, Actor, ActorGrant
from yishi.foundation.cases.draft import LATE
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events import roles
from yishi.systems.city_events.context import City
from yishi.systems.city_events.filing import responsible_unit
from yishi.systems.city_events.notices import CITY_TIME

Step = tuple[str, dict[str, Any], timedelta, Actor]


def officer(role: str, label: str) -> Actor:
    """A made-up officer of the centre; four eyes need two of them."""
    return Actor("user", f"simulator:{role}", f"模拟{label}")


ACCEPTOR = officer("acceptor", "受理员")
DISPATCHER = officer("dispatcher", "派遣员")
COLLECTOR = officer("collector", "采集员")
LEADER = officer("duty_leader", "值班领导")


def unit_officer(registers: City, unit_id: int | None) -> Actor:
    """A made-up officer of a unit."""
    if not unit_id:
        return officer("unit_officer", "部门")
    return _of_unit(unit_id, registers.register.unit(unit_id).name)


@lru_cache(maxsize=4096)
def _of_unit(unit_id: int, name: str) -> Actor:
    grants = (ActorGrant("unit_officer", unit_id, ""),)
    return Actor("user", f"simulator:unit-{unit_id}", f"模拟部门·{name}", grants)


def minutes(rng: Random, low: float, high: float) -> timedelta:
    """A random time."""
    return timedelta(seconds=round(60 * rng.uniform(low, high)))


def returned_step(case: CaseState, rng: Random) -> Step | None:
    """A case that came back: to arbitration, or to the centre above."""
    if case.data.get("must_rule") or rng.random() < 0.3:
        return "ask_ruling", {"note": "职责存在争议"}, minutes(rng, 3, 14), DISPATCHER
    if not case.data.get("level") and rng.random() < 0.15:
        return "pass_up", {"note": "涉及多个县区，需市级协调"}, minutes(rng, 3, 14), DISPATCHER
    if case.data.get("level") == "city" and rng.random() < 0.4:
        return "send_down", {"note": "由所在县区牵头办理"}, minutes(rng, 3, 14), DISPATCHER
    return None


def ruling(registers: City, case: CaseState, now: datetime, rng: Random) -> Step:
    """The arbitration body names the responsible unit."""
    unit, _ = responsible_unit(case, registers, now)
    facts = {"unit": unit or case.data["centre"], "note": "按权责清单确定"}
    return "ruling", facts, minutes(rng, 20, 200), LEADER


def waiting_step(registers: City, case: CaseState, rng: Random) -> Step | None:
    """What somebody waits for while the unit handles the case."""
    unit = unit_officer(registers, case.unit_id)
    if (case.data.get("suspension") or {}).get("state") == "asked":
        if rng.random() < 0.8:
            return "grant_suspension", {}, minutes(rng, 10, 60), DISPATCHER
        return "refuse_suspension", {"note": "可以先行处置"}, minutes(rng, 10, 60), DISPATCHER
    if case.data.get("forced"):
        return "grant_forced_close", {}, minutes(rng, 30, 200), LEADER
    card = case.data.get("supervision") or {}
    if card.get("state") == "issued":
        return "receive_supervision", {}, minutes(rng, 5, 40), unit
    if card.get("state") == "received":
        facts = {"note": "已增派人员，今日内完成"}
        return "answer_supervision", facts, minutes(rng, 10, 90), unit
    if card.get("state") == "answered" and rng.random() < 0.6:
        return "lift_supervision", {"note": "措施已到位"}, minutes(rng, 10, 60), LEADER
    if (case.data.get("order") or {}).get("state") == "open":
        facts = {"note": "已按批示要求安排，正在处置"}
        return "answer_order", facts, minutes(rng, 20, 120), unit
    return _helpers(registers, case, rng)


def _helpers(registers: City, case: CaseState, rng: Random) -> Step | None:
    for held in reversed(case.duties(roles.CO)):
        state = case.data["co"][str(held.unit_id)]["state"]
        helper = unit_officer(registers, held.unit_id)
        if state == "signed":
            return "co_answer", {"note": "已配合完成"}, minutes(rng, 20, 90), helper
        return "co_sign", {}, minutes(rng, 5, 60), helper
    return None


def new_step(
    registers: City, case: CaseState, now: datetime, rng: Random, photos: tuple[Any, ...]
) -> Step | None:
    """Something out of the ordinary that begins while the unit handles the case."""
    draw, unit = rng.random(), unit_officer(registers, case.unit_id)
    small = case.data.get("unit_level") in ("community", "township")
    if draw < 0.006:
        until = now.astimezone(CITY_TIME).date() + timedelta(days=rng.randrange(3, 21))
        facts: dict[str, Any] = {"until": until, "note": "需待施工条件具备（模拟）"}
        return "ask_suspension", facts, minutes(rng, 20, 200), unit
    if draw < 0.012 and not case.data.get("orders"):
        due = now + timedelta(hours=rng.randrange(6, 48))
        facts = {"office": "市政府值班室（模拟）", "note": "请尽快办理并反馈", "due": due}
        return "order", facts, minutes(rng, 10, 60), LEADER
    if draw < 0.022 and not case.data.get("co_units"):
        other = _other_unit(registers, case, rng)
        if other is not None:
            name, who = ("whistle", unit) if small else ("add_co_unit", DISPATCHER)
            facts = {"unit": other, "note": "请配合现场处置（模拟）"}
            return name, facts, minutes(rng, 5, 40), who
    if draw < 0.026 and photos:
        facts = {"reason": "planned", "note": "已列入年度改造计划（模拟）", "photos": photos[:1]}
        return "ask_forced_close", facts, minutes(rng, 30, 300), DISPATCHER
    if draw < 0.06 and small and not case.data.get("reported_up"):
        return "report_up", {"note": "超出本级处置能力（模拟）"}, minutes(rng, 20, 200), unit
    return None


def _other_unit(registers: City, case: CaseState, rng: Random) -> int | None:
    county = "/".join(case.managed_path.split("/")[:2])
    near = list(registers.register.units(county, "urban_enforcement"))
    near += registers.register.units(county, "greening")
    found = [unit.id for unit in near if unit.id != case.unit_id and unit.level == "county"]
    return rng.choice(found) if found else None


def late_step(case: CaseState, rng: Random) -> Step | None:
    """A leader presses for a case that is late."""
    if case.data.get("cards") or rng.random() < 0.5:
        return None
    level = "2" if rng.random() < 0.2 else "1"
    facts = {"level": level, "reason": "late", "note": "请立即处置并说明原因（模拟）"}
    return "supervise", facts, minutes(rng, 5, 60), LEADER


def suspended_step(registers: City, case: CaseState, now: datetime, rng: Random) -> Step:
    """The unit goes on early, or the last day passes."""
    clock = case.clock("suspension")
    assert clock is not None  # the state guarantees it
    if rng.random() < 0.3:
        early = (clock.due_at - now) * rng.uniform(0.2, 0.8)
        wait = timedelta(seconds=round(early.total_seconds()))
        return "resume", {}, wait, unit_officer(registers, case.unit_id)
    return "end_suspension", {}, max(clock.due_at - now, timedelta(0)), SYSTEM


def closed_step(registers: City, case: CaseState, rng: Random) -> Step | None:
    """Some late closings are appealed, with two reviews."""
    appeal = case.data.get("appeal")
    if appeal is None:
        if case.timeliness != LATE or rng.random() > 0.12:
            return None
        unit = unit_officer(registers, case.data.get("handled_unit"))
        facts = {
            "reason": rng.choice(["nature", "other_party"]),
            "note": "暴雨预警期间停工（模拟）",
        }
        return "appeal", facts, minutes(rng, 120, 2000), unit
    if appeal["state"] == "asked":
        result = "pass" if rng.random() < 0.7 else "reject"
        facts = {"result": result, "note": "已核对停工通知（模拟）"}
        return "review_appeal", facts, minutes(rng, 60, 900), DISPATCHER
    if appeal["state"] == "passed":
        result = "grant" if rng.random() < 0.7 else "refuse"
        return (
            "decide_appeal",
            {"result": result, "note": "同意初审意见"},
            minutes(rng, 60, 900),
            LEADER,
        )
    return None
