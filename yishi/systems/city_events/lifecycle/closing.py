"""Steps six and seven: verifying, closing, rework and reopening (核实结案)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle.common import (
    ACCEPTOR,
    CONTINUOUS,
    NOTE,
    PHOTOS,
    QUARTER,
    REASON,
    iso,
    names,
    note_presence,
    start_handling,
    to_centre,
)

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft


#: A reporter may ask for a reopening for this long after closing (design choice).
REOPEN_WITHIN = timedelta(days=15)
#: The unit reported as done what it did not do: not passed, and counted (虚假处置).
FAKE = "fake"
VERIFIED = (
    ("pass", "已解决，符合结案条件"),
    ("fail", "未解决或不符合结案条件"),
    (FAKE, "虚假处置：照片或说明与现场不符"),
)
#: What a reopened case does not keep from the round before.
_OF_ONE_ROUND = (
    "result",
    "verification",
    "extension",
    "supervision",
    "order",
    "forced",
    "co",
    "must_rule",
)


def not_the_handler(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Who handled a case, alone or jointly, neither verifies nor closes it, in person or through a
    deputy; nor does a deputy whose principal handled it."""
    if not actor.people.isdisjoint(case.data.get("handlers", ())):
        return "处置人员不能核实或结案自己办理的案件"
    handled = {case.data.get("handled_unit"), *case.data.get("co_units", ())}
    held = {grant.unit_id for grant in actor.grants if grant.role in ("collector", "handler")}
    return "核实单位不能是处置单位" if (handled & held) - {None} else None


def verified(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Closing needs a passed verification by somebody else than the handler."""
    if case.data.get("verification", {}).get("result") != "pass":
        return "核实未通过，不能结案，请返工"
    return not_the_handler(case, actor, facts, now)


def may_reopen(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Only what was closed as handled, and by a reporter only for some days."""
    if case.closed_at is None:
        return "案件未结案"
    if actor.kind == "reporter" and now > case.closed_at + REOPEN_WITHIN:
        return "已超过结案后15天的申请期限，请重新上报"
    return None


def report_verification(draft: Draft, facts: Facts) -> None:
    """核实反馈: passed or not; the acceptor closes or sends it back."""
    draft.stop_clock("verify")
    draft.end(roles.VERIFY)
    draft.case.data["verification"] = {
        "result": facts["result"],
        "at": iso(draft.now),
        "by": draft.actor.ref,
    }
    if facts["result"] == FAKE:
        draft.case.data["fake"] = draft.case.data.get("fake", 0) + 1
    draft.tell(result=facts["result"])
    note_presence(draft, facts)
    draft.start_clock("closing", QUARTER, CONTINUOUS)
    to_centre(draft, roles.CLOSE)


def rework(draft: Draft, facts: Facts) -> None:
    """返工: the same department again, data kept, with a fresh handling clock; it is counted."""
    case = draft.case
    for kind, role in (("dispatch", roles.DISPATCH), ("closing", roles.CLOSE)):
        draft.stop_clock(kind)
        draft.end(role)
    for name in ("result", "verification"):
        case.data.pop(name, None)
    case.data["rework"] = case.data.get("rework", 0) + 1
    case.data["reworked"] = True
    case.data["dispatched_at"] = iso(draft.now)
    start_handling(draft)
    draft.assign(roles.MAIN, case.unit_id or case.data["handled_unit"])
    notices.to_unit(draft, case.unit_id or case.data["handled_unit"], "case.rework")


def close(draft: Draft, facts: Facts) -> None:
    """结案: everybody who reported it is answered."""
    draft.end_all()
    draft.case.outcome = "solved"
    notices.to_reporters(draft, "report.closed", {})


def reopen(draft: Draft, facts: Facts) -> None:
    """重开: dispatched anew with a fresh clock. What was late stays late."""
    case = draft.case
    case.closed_at = None
    case.outcome = ""
    case.data["round"] = case.data.get("round", 1) + 1
    draft.end(roles.APPEAL)
    draft.end(roles.APPEAL_FINAL)
    appeal = case.data.get("appeal")
    if appeal and appeal["state"] in ("asked", "passed"):
        case.data["appeal"] = {**appeal, "state": "lapsed"}
    for name in _OF_ONE_ROUND:
        case.data.pop(name, None)
    case.data["filed_at"] = iso(draft.now)
    draft.start_clock("dispatch", QUARTER, CONTINUOUS)
    to_centre(draft, roles.DISPATCH)
    notices.to_reporters(draft, "report.reopened", {})


MOVES = (
    Move(
        "report_verification",
        "核实反馈",
        names("collector"),
        names("verifying"),
        "verified",
        duty=roles.VERIFY,
        needs=(
            Need(
                "result",
                "核实结论",
                "choice",
                required=True,
                choices=VERIFIED,
            ),
            NOTE,
            PHOTOS,
        ),
        guard=not_the_handler,
        effect=report_verification,
        clock="核实时钟停止，结案时钟15分钟开始",
        primary=True,
    ),
    Move(
        "close",
        "结案",
        ACCEPTOR,
        names("verified"),
        "closed",
        duty=roles.CLOSE,
        needs=(NOTE,),
        guard=verified,
        effect=close,
        clock="全部时钟停止",
        primary=True,
        basis="GB/T 30428.8 结案条件",
    ),
    Move(
        "rework",
        "返工",
        names("acceptor", "dispatcher"),
        names("fed_back", "verified"),
        "assigned",
        needs=(REASON,),
        effect=rework,
        clock="处置时钟重新开始",
        danger=True,
    ),
    Move(
        "reopen",
        "重新办理",
        names("reporter", "acceptor"),
        names("closed", "forced_closed"),
        "filed",
        needs=(REASON,),
        guard=may_reopen,
        effect=reopen,
        clock="派遣时钟15分钟开始，派遣后处置时钟重新计算",
    ),
)
