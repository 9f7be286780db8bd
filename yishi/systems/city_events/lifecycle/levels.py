"""上报与下派: a case goes up to the next level's centre, or down, with its clock in plain view."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor, within
from yishi.foundation.cases.lifecycle import Facts, Move
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle import supervision
from yishi.systems.city_events.lifecycle.common import (
    CENTRE,
    CONTINUOUS,
    DEPTH,
    QUARTER,
    REASON,
    UNIT,
    names,
    no_handling,
    to_centre,
    unit_for,
)
from yishi.systems.city_events.lifecycle.handling import leave_unit

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

#: Levels that have an operations centre, from the top.
CENTRES = ("city", "county", "township")
_ABOVE = {"community": "township", "township": "county", "county": "city"}
_BELOW = {"city": "county", "county": "township"}


def level_of(case: CaseState, actor: Actor) -> str:
    """The level whose centre has the case: the one it was sent to, else that of the dispatcher's
    own area, a county unless it is a township."""
    named = case.data.get("level")
    if named:
        return str(named)
    depths = [
        grant.scope.count("/") + 1
        for grant in actor.grants
        if grant.role == "dispatcher" and within(case.managed_path, grant.scope)
    ]
    return "township" if depths and min(depths) >= DEPTH["township"] else "county"


def may_pass_up(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is a level above."""
    return "已在市级中心，没有上一级" if level_of(case, actor) == "city" else None


def may_send_down(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is a centre below."""
    return "已在乡镇街道，没有下一级中心" if level_of(case, actor) == "township" else None


def may_report_up(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """A community or township that cannot settle it alone, and was not designated for it."""
    if case.data.get("unit_level") not in ("community", "township"):
        return "只有社区和乡镇街道可以上报上级"
    if case.data.get("designated") == case.unit_id:
        return "本单位经争议裁定指定承办，不得上报移交"
    main = case.duty(roles.MAIN)
    if main is not None and main.person_id is not None:
        return "请先撤销部门内部的人员指派"
    return no_handling(case)


def pass_up(draft: Draft, facts: Facts) -> None:
    """上报: the upper centre has the case and 15 minutes of its own."""
    _to_level(draft, _ABOVE[level_of(draft.case, draft.actor)])


def send_down(draft: Draft, facts: Facts) -> None:
    """下派: the lower centre has the case.

    Raises:
        FieldError: where there is no centre below.
    """
    here = draft.case.data.get("centre")
    level = _BELOW[level_of(draft.case, draft.actor)]
    _to_level(draft, level)
    if draft.case.data["centre"] == here:
        raise FieldError("note", "该地点没有下一级运行中心", "no_unit")


def _to_level(draft: Draft, level: str) -> None:
    case = draft.case
    case.data["level"] = level
    case.data["centre"] = unit_for(draft, "operations", level)
    draft.stop_clock("dispatch")
    draft.start_clock("dispatch", QUARTER, CONTINUOUS)
    to_centre(draft, roles.DISPATCH)
    draft.tell(level=level, centre=case.data["centre"])
    notices.to_unit(draft, case.data["centre"], "case.level")


def report_up(draft: Draft, facts: Facts) -> None:
    """上报: the case leaves the unit for the next centre. It is no return: the unit tried."""
    case = draft.case
    level = _ABOVE[case.data["unit_level"]]
    draft.pause_clock("handling")
    draft.end(roles.MAIN)
    supervision.end(draft, "passed_up")
    case.data["returned_by"] = case.unit_id
    case.data["reported_up"] = case.data.get("reported_up", 0) + 1
    leave_unit(draft)
    _to_level(draft, level)


MOVES = (
    Move(
        "pass_up",
        "上报上级中心",
        CENTRE,
        names("filed", "returned"),
        None,
        duty=roles.DISPATCH,
        needs=(REASON,),
        guard=may_pass_up,
        effect=pass_up,
        clock="派遣时钟15分钟重新开始；处置时钟不变",
    ),
    Move(
        "send_down",
        "下派下级中心",
        CENTRE,
        names("filed", "returned"),
        None,
        duty=roles.DISPATCH,
        needs=(REASON,),
        guard=may_send_down,
        effect=send_down,
        clock="派遣时钟15分钟重新开始；处置时钟不变",
    ),
    Move(
        "report_up",
        "上报上级处理",
        UNIT,
        names("assigned", "handling"),
        "returned",
        duty=roles.MAIN,
        needs=(REASON,),
        guard=may_report_up,
        effect=report_up,
        clock="处置时钟暂停，派遣时钟15分钟开始",
    ),
)
