"""强制结案: a case that cannot be settled ends with its evidence and a leader's approval.

Four eyes: who asks does not approve. It is a state and a stage of its own, so that figures never
count it as settled.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle.closing import not_the_handler
from yishi.systems.city_events.lifecycle.common import (
    LEADER,
    NOTE,
    REASON,
    iso,
    names,
    settle_timeliness,
    to_centre,
)
from yishi.systems.city_events.states import FORCED_REASONS

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

_FILED = names(
    "filed",
    "returned",
    "disputed",
    "assigned",
    "handling",
    "suspended",
    "on_site_done",
    "fed_back",
    "verifying",
    "verified",
)


def may_ask(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """One application at a time."""
    return "已有一份强制结案申请正在审批" if case.data.get("forced") else None


def pending(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """There is an application to decide."""
    return None if case.data.get("forced") else "没有待审批的强制结案申请"


def may_grant(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Four eyes, and nobody ends what they worked on."""
    if pending(case, actor, facts, now):
        return pending(case, actor, facts, now)
    if case.data["forced"]["by"] == actor.ref:
        return "申请人不能审批自己的申请"
    return not_the_handler(case, actor, facts, now)


def ask(draft: Draft, facts: Facts) -> None:
    """强制结案申请 with reason, note and photos; the case goes on meanwhile."""
    draft.case.data["forced"] = {
        "reason": facts["reason"],
        "at": iso(draft.now),
        "by": draft.actor.ref,
    }
    draft.tell(reason=facts["reason"], photos=len(facts["photos"]))
    to_centre(draft, roles.FORCE)


def grant(draft: Draft, facts: Facts) -> None:
    """批准: everything on the case ends. Whether its handling was late is kept as a fact."""
    case = draft.case
    case.data["handled_unit"] = case.unit_id or case.data.get("handled_unit")
    settle_timeliness(draft)
    notices.to_main(draft, "case.forced")
    draft.end_all()
    for name in ("supervision", "extension"):
        case.data.pop(name, None)
    case.outcome = "forced"
    draft.tell(reason=case.data["forced"]["reason"])
    notices.to_reporters(draft, "report.forced", {})


def refuse(draft: Draft, facts: Facts) -> None:
    """The case goes on as if nobody had asked."""
    asked = draft.case.data.pop("forced", None)
    draft.end(roles.FORCE)
    officer = re.fullmatch(r"user:(\d+)", str((asked or {}).get("by")))
    if officer:  # a key of the interface reads no inbox
        notices.to_person(draft, int(officer[1]), "case.forced_refused")


MOVES = (
    Move(
        "ask_forced_close",
        "申请强制结案",
        names("acceptor", "dispatcher"),
        _FILED,
        None,
        needs=(
            Need("reason", "强制结案原因", "choice", required=True, choices=FORCED_REASONS),
            REASON,
            Need("photos", "佐证照片（文件请拍照）", "photos", required=True),
        ),
        guard=may_ask,
        effect=ask,
        danger=True,
    ),
    Move(
        "grant_forced_close",
        "批准强制结案",
        LEADER,
        _FILED,
        "forced_closed",
        duty=roles.FORCE,
        needs=(NOTE,),
        guard=may_grant,
        effect=grant,
        clock="全部时钟停止",
        danger=True,
    ),
    Move(
        "refuse_forced_close",
        "不批准强制结案",
        LEADER,
        _FILED,
        None,
        duty=roles.FORCE,
        needs=(REASON,),
        guard=pending,
        effect=refuse,
        primary=True,
    ),
)
