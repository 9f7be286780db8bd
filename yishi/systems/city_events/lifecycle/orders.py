"""领导批示: a leader's written order is an assignment with its own clock, which is answered.

It may make the handling deadline earlier and never later; whoever has the case has the order too.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle.common import LEADER, UNIT, iso, names, no_handling

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

_WITH_UNIT = names("assigned", "handling", "on_site_done")
#: Longest name of an office, in characters.
MOST_OFFICE = 40


def may_order(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """One open order at a time; an application that waits is decided first."""
    if (case.data.get("order") or {}).get("state") == "open":
        return "上一份领导批示尚未答复"
    return no_handling(case)


def may_answer(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is an order that waits for its answer."""
    held = case.data.get("order") or {}
    return None if held.get("state") == "open" else "没有待答复的领导批示"


def order(draft: Draft, facts: Facts) -> None:
    """登记批示: the order's text is the trace's note, its deadline caps the handling clock.

    Raises:
        FieldError: on ``due`` when it is not to come, on ``office`` when it is too long.
    """
    case, due = draft.case, facts["due"]
    if due <= draft.now:
        raise FieldError("due", "批示要求的完成时间应晚于现在", "past")
    if len(facts["office"]) > MOST_OFFICE:
        raise FieldError("office", f"最多{MOST_OFFICE}个字", "too_long")
    main = case.duty(roles.MAIN)
    assert main is not None  # the states guarantee it
    count = case.data.get("orders", 0) + 1
    case.data["orders"] = count
    case.data["order"] = {
        "number": f"{case.number}-P{count}",
        "office": facts["office"],
        "due": iso(due),
        "at": iso(draft.now),
        "state": "open",
    }
    draft.start_clock_until("order", due, "批示限定")
    draft.assign(roles.ORDER, main.unit_id)
    draft.cap_clock("handling", due)
    draft.tell(order=case.data["order"]["number"], office=facts["office"])
    draft.topics.add(f"unit:{main.unit_id}")
    notices.to_unit(draft, main.unit_id, "case.order")


def answer(draft: Draft, facts: Facts) -> None:
    """答复批示: its clock stops; the centre is told. The earlier deadline stays."""
    draft.stop_clock("order")
    draft.end(roles.ORDER)
    draft.case.data["order"] = draft.case.data["order"] | {
        "state": "answered",
        "answered_at": iso(draft.now),
    }
    notices.to_unit(draft, draft.case.data["centre"], "case.order_answered")


MOVES = (
    Move(
        "order",
        "登记领导批示",
        LEADER,
        _WITH_UNIT,
        None,
        needs=(
            Need(
                "office",
                "批示单位或职务",
                "line",
                required=True,
                hint="例如：市政府值班室；不写姓名",
            ),
            Need("note", "批示内容", required=True),
            Need("due", "要求完成时间", "moment", required=True),
        ),
        guard=may_order,
        effect=order,
        clock="批示时钟开始；处置期限晚于批示期限的，提前到批示期限，不会延后",
        danger=True,
    ),
    Move(
        "answer_order",
        "答复批示",
        UNIT,
        _WITH_UNIT,
        None,
        duty=roles.ORDER,
        needs=(Need("note", "办理情况", required=True),),
        guard=may_answer,
        effect=answer,
        clock="批示时钟停止",
        primary=True,
    ),
)
