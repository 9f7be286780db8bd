"""超时申诉: the unit that handled a case in vain in time asks that the rates do not count it.

Only after closing, once per case, two reviews. The fact that it was late stays as it is; a granted
appeal adds a row that the statistics read.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import LATE
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.models import Exemption
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle.closing import not_the_handler
from yishi.systems.city_events.lifecycle.common import (
    CENTRE,
    LEADER,
    PHOTOS,
    REASON,
    UNIT,
    iso,
    names,
    to_centre,
)
from yishi.systems.city_events.states import APPEAL_REASONS

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

_CLOSED = names("closed", "forced_closed")


def may_appeal(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """A late case, by the unit that handled it, once."""
    if case.timeliness != LATE:
        return "案件没有超时，不需要申诉"
    if case.data.get("appeal"):
        return "每件案件只能申诉一次"
    held = {grant.unit_id for grant in actor.grants if grant.role == "unit_officer"}
    return None if case.data.get("handled_unit") in held else "只有处置部门可以申诉"


def may_review(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The first review is still to come."""
    if (case.data.get("appeal") or {}).get("state") != "asked":
        return "没有待初审的申诉"
    return not_the_handler(case, actor, facts, now)


def may_decide(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The first review passed it, and another person made it."""
    appeal = case.data.get("appeal") or {}
    if appeal.get("state") != "passed":
        return "没有待终审的申诉"
    if appeal["reviewer"] == actor.ref:
        return "初审人不能再作终审"
    return not_the_handler(case, actor, facts, now)


def appeal(draft: Draft, facts: Facts) -> None:
    """申诉: to the dispatcher first."""
    draft.case.data["appeal"] = {
        "state": "asked",
        "reason": facts["reason"],
        "at": iso(draft.now),
        "by": draft.actor.ref,
    }
    draft.tell(reason=facts["reason"])
    to_centre(draft, roles.APPEAL)


def review(draft: Draft, facts: Facts) -> None:
    """初审: passed on to the leader, or refused."""
    draft.end(roles.APPEAL)
    passed = facts["result"] == "pass"
    draft.case.data["appeal"] = draft.case.data["appeal"] | {
        "state": "passed" if passed else "refused",
        "reviewer": draft.actor.ref,
    }
    draft.tell(result=facts["result"])
    if passed:
        to_centre(draft, roles.APPEAL_FINAL)
    else:
        _answer(draft)


def decide(draft: Draft, facts: Facts) -> None:
    """终审: granted, a row exempts the case in statistics; its lateness stays a fact."""
    case = draft.case
    draft.end(roles.APPEAL_FINAL)
    granted = facts["result"] == "grant"
    held = case.data["appeal"]
    case.data["appeal"] = held | {"state": "granted" if granted else "refused"}
    draft.tell(result=facts["result"])
    if granted:
        case.data["exempt"] = case.data.get("round", 1)
        row = {
            "case_id": case.id,
            "round": case.data["exempt"],
            "reason": held["reason"],
            "actor_ref": draft.actor.ref,
            "at": draft.now,
        }
        draft.rows.append((Exemption, row))
    _answer(draft)


def _answer(draft: Draft) -> None:
    unit = draft.case.data.get("handled_unit")
    if unit is not None:
        notices.to_unit(draft, unit, "case.appeal")


MOVES = (
    Move(
        "appeal",
        "超时申诉",
        UNIT,
        _CLOSED,
        None,
        duty=roles.MAIN,
        past=True,
        needs=(
            Need("reason", "申诉原因", "choice", required=True, choices=APPEAL_REASONS),
            REASON,
            PHOTOS,
        ),
        guard=may_appeal,
        effect=appeal,
        clock="不改变时钟；超时事实保留",
    ),
    Move(
        "review_appeal",
        "申诉初审",
        CENTRE,
        _CLOSED,
        None,
        duty=roles.APPEAL,
        needs=(
            Need(
                "result",
                "初审意见",
                "choice",
                required=True,
                choices=(("pass", "情况属实，报终审"), ("reject", "理由不成立，不予免责")),
            ),
            REASON,
        ),
        guard=may_review,
        effect=review,
        primary=True,
    ),
    Move(
        "decide_appeal",
        "申诉终审",
        LEADER,
        _CLOSED,
        None,
        duty=roles.APPEAL_FINAL,
        needs=(
            Need(
                "result",
                "终审意见",
                "choice",
                required=True,
                choices=(("grant", "同意，考核中免责"), ("refuse", "不同意")),
            ),
            REASON,
        ),
        guard=may_decide,
        effect=decide,
        clock="不改变时钟；同意后统计免责，超时事实保留",
        primary=True,
    ),
)
