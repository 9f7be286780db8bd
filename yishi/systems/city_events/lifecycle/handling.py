"""Steps four and five: the unit works and answers (任务处理、处理反馈)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle import joint, supervision
from yishi.systems.city_events.lifecycle.common import (
    CONTINUOUS,
    NOTE,
    QUARTER,
    REASON,
    UNIT,
    iso,
    names,
    no_handling,
    note_handler,
    note_presence,
    parameter,
    settle_timeliness,
    to_centre,
)
from yishi.systems.city_events.states import RETURN_REASONS

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft


#: A wrong ticket is returned within 24 hours of dispatch (§S2.4, AY art. 50).
RETURN_WITHIN = timedelta(hours=24)


def may_return(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """首接负责制: within the window and only for lack of duty (see the reasons), never by a unit
    that was designated after a dispute (WF art. 22) or that has handled it already and is to do it
    again; the unit's own assignment is revoked first.
    """
    if case.data.get("designated") == case.unit_id:
        return "本单位经争议裁定指定承办，不得退单"
    main = case.duty(roles.MAIN)
    if main is not None and main.person_id is not None:
        return "请先撤销部门内部的人员指派，再退单"
    if no_handling(case):
        return no_handling(case)
    if case.data.get("supervision"):
        return "督办中的案件不能退单"
    if case.data.get("reworked"):
        return "本单位已经处置并反馈，返工的案件不能退单"
    dispatched = datetime.fromisoformat(case.data["dispatched_at"])
    if now > dispatched + RETURN_WITHIN:
        return "已超过派遣后24小时的退单时限"
    return None


def person_assigned(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is somebody to take the work back from."""
    main = case.duty(roles.MAIN)
    return None if main is not None and main.person_id is not None else "尚未指派处置人员"


def may_finish(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Who asked for a suspension waits for the answer; an extension is no reason to wait."""
    waiting = case.data.get("suspension") or {}
    return no_handling(case) if waiting.get("state") == "asked" else None


def has_result(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The unit confirms back only what was done."""
    if no_handling(case):
        return no_handling(case)
    if case.duty(roles.CO) is not None:
        return "协办单位尚未全部反馈，请等待反馈或由派遣员解除协办"
    if (case.data.get("order") or {}).get("state") == "open":
        return "领导批示尚未答复，请先答复"
    return None if case.data.get("result") else "请先填报现场处置结果"


def sign(draft: Draft, facts: Facts) -> None:
    """签收 by the department."""
    draft.case.data["signed_at"] = iso(draft.now)


def assign_person(draft: Draft, facts: Facts) -> None:
    """The department gives the work to one of its people."""
    main = draft.case.duty(roles.MAIN)
    assert main is not None  # the state guarantees it
    draft.assign(roles.MAIN, main.unit_id, facts["person"])
    notices.to_person(draft, facts["person"], "case.assigned")
    handlers = set(draft.case.data.get("handlers", ())) | {facts["person"]}
    draft.case.data["handlers"] = sorted(handlers)


def revoke_person(draft: Draft, facts: Facts) -> None:
    """The department takes the work back from its person."""
    main = draft.case.duty(roles.MAIN)
    assert main is not None
    draft.assign(roles.MAIN, main.unit_id)


def leave_unit(draft: Draft) -> None:
    """The unit loses the case: who helped it is released, an order waits for the next unit."""
    joint.release_all(draft)
    draft.end(roles.ORDER)
    draft.case.unit_id = None


def give_back(draft: Draft, facts: Facts) -> None:
    """退单: the handling clock waits, the dispatcher has 15 minutes anew."""
    case = draft.case
    draft.pause_clock("handling")
    draft.end(roles.MAIN)
    case.data["returned_by"] = case.unit_id
    case.data["returns"] = case.data.get("returns", 0) + 1
    case.data["return_reason"] = facts["reason"]
    if case.data["returns"] >= parameter(draft, "dispute_after_returns"):
        case.data["must_rule"] = True
    leave_unit(draft)
    draft.tell(reason=facts["reason"])
    draft.start_clock("dispatch", QUARTER, CONTINUOUS)
    to_centre(draft, roles.DISPATCH)


def finish(draft: Draft, facts: Facts) -> None:
    """现场完成: the result on site. The handling clock runs on until the unit confirms."""
    case = draft.case
    if not facts.get("photos") and not facts.get("note"):
        raise FieldError("photos", "请上传处置后照片，或在说明中写明无法拍照的原因", "required")
    case.data["result"] = {"at": iso(draft.now), "photos": len(facts.get("photos") or ())}
    note_handler(draft)
    note_presence(draft, facts)


def redo(draft: Draft, facts: Facts) -> None:
    """The department is not content with its own result."""
    draft.case.data.pop("result", None)


def confirm(draft: Draft, facts: Facts) -> None:
    """处理反馈: the handling clock stops here, and lateness becomes a fact."""
    case = draft.case
    settle_timeliness(draft)
    supervision.end(draft, "handled")
    draft.end(roles.MAIN)
    case.data["handled_unit"] = case.unit_id
    draft.start_clock("dispatch", QUARTER, CONTINUOUS)
    to_centre(draft, roles.DISPATCH)


MOVES = (
    Move(
        "sign",
        "签收",
        UNIT,
        names("assigned"),
        "handling",
        duty=roles.MAIN,
        effect=sign,
        primary=True,
    ),
    Move(
        "assign_person",
        "指派人员",
        UNIT,
        names("handling"),
        None,
        duty=roles.MAIN,
        needs=(Need("person", "处置人员", "person", required=True), NOTE),
        effect=assign_person,
    ),
    Move(
        "revoke_person",
        "撤销指派",
        UNIT,
        names("handling"),
        None,
        duty=roles.MAIN,
        guard=person_assigned,
        effect=revoke_person,
    ),
    Move(
        "give_back",
        "退单",
        UNIT,
        names("assigned", "handling"),
        "returned",
        duty=roles.MAIN,
        needs=(
            Need("reason", "退单原因", "choice", required=True, choices=RETURN_REASONS),
            REASON,
        ),
        guard=may_return,
        effect=give_back,
        clock="处置时钟暂停，派遣时钟15分钟开始",
        danger=True,
        basis="安阳市政务服务条例第五十条",
    ),
    Move(
        "finish",
        "填报处置结果",
        names("unit_officer", "handler"),
        names("handling"),
        "on_site_done",
        duty=roles.MAIN,
        needs=(
            Need("note", "处置说明", "text", hint="没有处置后照片时，请写明无法拍照的原因"),
            Need("photos_before", "处置前照片", "photos"),
            Need("photos", "处置后照片", "photos"),
        ),
        guard=may_finish,
        effect=finish,
        primary=True,
    ),
    Move(
        "redo",
        "内部重办",
        UNIT,
        names("on_site_done"),
        "handling",
        duty=roles.MAIN,
        needs=(REASON,),
        effect=redo,
    ),
    Move(
        "confirm",
        "确认反馈",
        UNIT,
        names("on_site_done"),
        "fed_back",
        duty=roles.MAIN,
        needs=(NOTE,),
        guard=has_result,
        effect=confirm,
        clock="处置时钟停止，派遣时钟15分钟开始",
        primary=True,
    ),
)
