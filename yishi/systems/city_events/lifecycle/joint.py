"""联合处置 and 吹哨报到: several units work on one case, each with an assignment and a state.

The main unit answers for the whole and cannot confirm before the others answered or were released.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle.common import (
    CENTRE,
    PHOTOS,
    REASON,
    UNIT,
    iso,
    names,
    no_handling,
    note_handler,
    parameter,
)

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

_WITH_UNIT = names("assigned", "handling", "on_site_done")
#: States of a co-unit: asked or whistled for, on the case, answered or released.
ASKED, WHISTLED, SIGNED, ANSWERED, RELEASED = (
    "asked",
    "whistled",
    "signed",
    "answered",
    "released",
)
#: Who may whistle (社区吹哨、部门报到): the levels that have no departments of their own.
WHISTLERS = ("community", "township")


def acting(case: CaseState, actor: Actor) -> int | None:
    """The co-unit for which *actor* acts; the first one for the system itself."""
    held = {g.unit_id for g in actor.grants if g.role == "unit_officer"}
    for assignment in case.duties(roles.CO):
        if actor.kind == "system" or assignment.unit_id in held:
            return assignment.unit_id
    return None


def state_of(case: CaseState, unit_id: int | None) -> str:
    """How far a co-unit is, empty for a unit that is none."""
    return str((case.data.get("co") or {}).get(str(unit_id), {}).get("state", ""))


def may_whistle(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """A community or a township calls, one department after the other."""
    if case.data.get("unit_level") not in WHISTLERS:
        return "只有社区和乡镇街道可以吹哨"
    return "上一次吹哨的部门尚未报到" if case.clock("report") else no_handling(case)


def may_join(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """No application waits that would stop the work."""
    return no_handling(case)


def may_sign(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The co-unit has not signed yet."""
    waits = state_of(case, acting(case, actor)) in (ASKED, WHISTLED)
    return None if waits else "协办任务已签收"


def may_answer(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The co-unit has signed."""
    signed = state_of(case, acting(case, actor)) == SIGNED
    return None if signed else "请先签收协办任务"


def has_co_units(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Somebody works beside the main unit."""
    return None if case.duty(roles.CO) is not None else "没有协办单位"


def add(draft: Draft, facts: Facts) -> None:
    """增加协办单位, by the dispatcher."""
    _join(draft, facts["unit"], ASKED)
    notices.to_unit(draft, facts["unit"], "case.joint")


def whistle(draft: Draft, facts: Facts) -> None:
    """吹哨: the department must report within its own short time."""
    _join(draft, facts["unit"], WHISTLED)
    draft.start_clock("report", parameter(draft, "whistle_limit"))
    notices.to_unit(draft, facts["unit"], "case.whistle")


def _join(draft: Draft, unit_id: int, state: str) -> None:
    case = draft.case
    if unit_id == case.unit_id:
        raise FieldError("unit", "该单位是主办单位", "same")
    if any(a.unit_id == unit_id for a in case.duties(roles.CO)):
        raise FieldError("unit", "该单位已在协办", "same")
    draft.assign_also(roles.CO, unit_id)
    case.data["co_units"] = sorted({*case.data.get("co_units", ()), unit_id})
    _mark(draft, unit_id, state)
    draft.topics.add(f"unit:{unit_id}")


def _mark(draft: Draft, unit_id: int, state: str) -> None:
    held = draft.case.data.get("co") or {}
    entry = held.get(str(unit_id), {}) | {"state": state, "at": iso(draft.now)}
    draft.case.data["co"] = held | {str(unit_id): entry}
    draft.tell(co=unit_id, co_state=state)


def sign(draft: Draft, facts: Facts) -> None:
    """协办签收（报到）: after a whistle the clock for reporting stops here."""
    unit_id = acting(draft.case, draft.actor)
    assert unit_id is not None  # the guard asked for it
    if state_of(draft.case, unit_id) == WHISTLED:
        draft.stop_clock("report")
    _mark(draft, unit_id, SIGNED)


def answer(draft: Draft, facts: Facts) -> None:
    """协办反馈: this unit's part is done."""
    unit_id = acting(draft.case, draft.actor)
    assert unit_id is not None
    draft.end_of(roles.CO, unit_id)
    note_handler(draft)
    _mark(draft, unit_id, ANSWERED)
    if draft.case.unit_id is not None:
        notices.to_unit(draft, draft.case.unit_id, "case.co_answered")


def release(draft: Draft, facts: Facts) -> None:
    """解除协办, by the dispatcher.

    Raises:
        FieldError: on ``unit`` when it is no co-unit now.
    """
    if not any(a.unit_id == facts["unit"] for a in draft.case.duties(roles.CO)):
        raise FieldError("unit", "该单位没有未完成的协办任务", "unknown")
    _release(draft, facts["unit"])


def _release(draft: Draft, unit_id: int) -> None:
    if state_of(draft.case, unit_id) == WHISTLED:
        draft.stop_clock("report")
    draft.end_of(roles.CO, unit_id)
    _mark(draft, unit_id, RELEASED)


def release_all(draft: Draft) -> None:
    """The main unit leaves the case, and so do those who helped it."""
    for assignment in draft.case.duties(roles.CO):
        _release(draft, assignment.unit_id)


MOVES = (
    Move(
        "add_co_unit",
        "增加协办单位",
        CENTRE,
        names("assigned", "handling"),
        None,
        needs=(
            Need("unit", "协办单位", "unit", required=True),
            Need("note", "协办内容", required=True, hint="写清需要协办单位做什么"),
        ),
        guard=may_join,
        effect=add,
        clock="协办与主办同一处置期限",
    ),
    Move(
        "whistle",
        "吹哨",
        UNIT,
        names("handling"),
        None,
        duty=roles.MAIN,
        needs=(
            Need("unit", "请哪个部门报到", "unit", required=True),
            Need("note", "需要解决的问题", required=True),
        ),
        guard=may_whistle,
        effect=whistle,
        clock="报到时钟开始，处置时钟照常计时",
    ),
    Move(
        "co_sign",
        "协办签收（报到）",
        UNIT,
        _WITH_UNIT,
        None,
        duty=roles.CO,
        guard=may_sign,
        effect=sign,
        clock="报到时钟停止",
        primary=True,
    ),
    Move(
        "co_answer",
        "协办反馈",
        UNIT,
        _WITH_UNIT,
        None,
        duty=roles.CO,
        needs=(Need("note", "协办结果", required=True), PHOTOS),
        guard=may_answer,
        effect=answer,
        primary=True,
    ),
    Move(
        "release_co_unit",
        "解除协办",
        CENTRE,
        _WITH_UNIT,
        None,
        needs=(Need("unit", "协办单位", "member", required=True), REASON),
        guard=has_co_units,
        effect=release,
    ),
)
