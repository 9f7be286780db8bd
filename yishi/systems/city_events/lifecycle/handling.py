"""Steps four and five: the unit works and answers (任务处理、处理反馈)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.plan import LATE, ON_TIME
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle.common import (
    CONTINUOUS,
    NOTE,
    QUARTER,
    REASON,
    UNIT,
    iso,
    names,
    to_centre,
)

if TYPE_CHECKING:
    from yishi.foundation.cases.plan import Draft


#: A wrong ticket is returned within 24 hours of dispatch (§S2.4, AY art. 50).
RETURN_WITHIN = timedelta(hours=24)


def may_return(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The unit's own assignment is revoked first, and the window is still open."""
    main = case.duty(roles.MAIN)
    if main is not None and main.person_id is not None:
        return "请先撤销部门内部的人员指派，再退单"
    if case.data.get("extension"):
        return "延期申请审批中，不能退单"
    dispatched = datetime.fromisoformat(case.data["dispatched_at"])
    if now > dispatched + RETURN_WITHIN:
        return "已超过派遣后24小时的退单时限"
    return None


def person_assigned(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is somebody to take the work back from."""
    main = case.duty(roles.MAIN)
    return None if main is not None and main.person_id is not None else "尚未指派处置人员"


def has_result(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The unit confirms back only what was done."""
    if case.data.get("extension"):
        return "延期申请审批中，请先等待审批结果"
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


def give_back(draft: Draft, facts: Facts) -> None:
    """退单: the handling clock waits, the dispatcher has 15 minutes anew."""
    case = draft.case
    draft.pause_clock("handling")
    draft.end(roles.MAIN)
    case.data["returned_by"] = case.unit_id
    case.data["returns"] = case.data.get("returns", 0) + 1
    case.unit_id = None
    draft.start_clock("dispatch", QUARTER, CONTINUOUS)
    to_centre(draft, roles.DISPATCH)


def finish(draft: Draft, facts: Facts) -> None:
    """现场完成: the result on site. The handling clock runs on until the unit confirms."""
    case = draft.case
    if not facts.get("photos") and not facts.get("note"):
        raise FieldError("photos", "请上传处置后照片，或在说明中写明无法拍照的原因", "required")
    case.data["result"] = {"at": iso(draft.now), "photos": len(facts.get("photos") or ())}
    if draft.actor.user_id is not None:
        handlers = set(case.data.get("handlers", ())) | {draft.actor.user_id}
        case.data["handlers"] = sorted(handlers)


def redo(draft: Draft, facts: Facts) -> None:
    """The department is not content with its own result."""
    draft.case.data.pop("result", None)


def confirm(draft: Draft, facts: Facts) -> None:
    """处理反馈: the handling clock stops here, and lateness becomes a fact."""
    case = draft.case
    clock = draft.stop_clock("handling")
    if clock is not None:
        late = clock.late or case.timeliness == LATE
        case.timeliness = LATE if late else ON_TIME
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
        needs=(REASON,),
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
