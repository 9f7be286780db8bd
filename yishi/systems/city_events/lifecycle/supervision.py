"""督办: a leader or a rule presses for a case with a card; the unit receives and answers it.

It runs beside the handling of the case with a clock of its own, and ends when the case is handled,
when the leader lifts it, or goes on one level higher.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events import notices, roles
from yishi.systems.city_events.lifecycle.common import (
    LEADER,
    REASON,
    UNIT,
    iso,
    names,
    parameter,
    to_centre,
)
from yishi.systems.city_events.models import Card
from yishi.systems.city_events.states import LEVELS, SUPERVISE_REASONS

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

#: A unit has the case and works on it.
_WITH_UNIT = names("assigned", "handling", "on_site_done")


def may_supervise(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """One 督办 at a time; more pressure is an escalation."""
    return "案件已在督办中，可以升级督办" if case.data.get("supervision") else None


def supervised(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """A 督办 is open."""
    return None if case.data.get("supervision") else "案件不在督办中"


def may_escalate(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """A 督办 is open, there is a higher level, and the unit had its time with this card."""
    held = case.data.get("supervision")
    if not held:
        return "案件不在督办中"
    if held["level"] >= max(LEVELS):
        return "已是最高级别的督办"
    clock = case.clock("supervision")
    fresh = held["state"] == "issued" and clock is not None and now <= clock.due_at
    return "督办单刚发出，请等待部门签收或逾期后再升级" if fresh else None


def may_receive(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The card waits for the unit's receipt."""
    held = case.data.get("supervision") or {}
    return None if held.get("state") == "issued" else "没有待签收的督办单"


def may_answer(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """The card was received and is not answered yet."""
    held = case.data.get("supervision") or {}
    return None if held.get("state") == "received" else "督办单须先签收，且只答复一次"


def supervise(draft: Draft, facts: Facts) -> None:
    """启动督办: a numbered card to the unit that has the case."""
    _card(draft, int(facts["level"]), facts["reason"])


def escalate(draft: Draft, facts: Facts) -> None:
    """升级督办: the next level's card with a fresh clock; what was answered counts no longer."""
    held = draft.case.data["supervision"]
    draft.stop_clock("supervision")
    draft.end(roles.REVIEW)
    _card(draft, held["level"] + 1, facts.get("reason") or held["reason"])


def _card(draft: Draft, level: int, reason: str) -> None:
    case = draft.case
    main = case.duty(roles.MAIN)
    assert main is not None  # the states guarantee it
    count = case.data.get("cards", 0) + 1
    number = f"{case.number}-D{count}"
    clock = draft.start_clock("supervision", parameter(draft, f"supervision_limit_{level}"))
    draft.assign(roles.SUPERVISED, main.unit_id)
    case.data["cards"] = count
    case.data["supervision"] = {
        "number": number,
        "level": level,
        "reason": reason,
        "state": "issued",
        "at": iso(draft.now),
    }
    row = {
        "case_id": case.id,
        "number": number,
        "level": level,
        "unit_id": main.unit_id,
        "reason": reason,
        "automatic": draft.actor.kind == "system",
        "actor_ref": draft.actor.ref,
        "at": draft.now,
        "due_at": clock.due_at,
        "managed_path": case.managed_path,
    }
    draft.rows.append((Card, row))
    draft.tell(card=number, level=level, reason=reason)
    draft.topics.add(f"unit:{main.unit_id}")
    notices.to_unit(draft, main.unit_id, "case.supervised", level=LEVELS[level])


def receive(draft: Draft, facts: Facts) -> None:
    """督办签收: the clock runs on until the answer."""
    draft.case.data["supervision"] = draft.case.data["supervision"] | {"state": "received"}


def answer(draft: Draft, facts: Facts) -> None:
    """督办答复: its clock stops, and the leader sees whether it is enough."""
    draft.stop_clock("supervision")
    draft.end(roles.SUPERVISED)
    draft.case.data["supervision"] = draft.case.data["supervision"] | {"state": "answered"}
    to_centre(draft, roles.REVIEW)


def lift(draft: Draft, facts: Facts) -> None:
    """解除督办; the card stays counted."""
    end(draft, "lifted")


def end(draft: Draft, how: str) -> None:
    """End an open 督办: lifted, or settled because the unit has handled the case."""
    held = draft.case.data.pop("supervision", None)
    if held is None:
        return
    draft.stop_clock("supervision")
    draft.end(roles.SUPERVISED)
    draft.end(roles.REVIEW)
    draft.tell(card=held["number"], supervision=how)


MOVES = (
    Move(
        "supervise",
        "启动督办",
        LEADER,
        _WITH_UNIT,
        None,
        needs=(
            Need(
                "level",
                "督办级别",
                "choice",
                required=True,
                choices=tuple((str(level), label) for level, label in LEVELS.items()),
            ),
            Need("reason", "督办事由", "choice", required=True, choices=SUPERVISE_REASONS),
            Need("note", "督办要求", "text", required=True, hint="写入督办单，处置部门可见"),
        ),
        guard=may_supervise,
        effect=supervise,
        clock="督办时钟开始，处置时钟照常计时",
        automatic=True,
        danger=True,
    ),
    Move(
        "receive_supervision",
        "签收督办单",
        UNIT,
        _WITH_UNIT,
        None,
        duty=roles.SUPERVISED,
        guard=may_receive,
        effect=receive,
        primary=True,
    ),
    Move(
        "answer_supervision",
        "答复督办",
        UNIT,
        _WITH_UNIT,
        None,
        duty=roles.SUPERVISED,
        needs=(Need("note", "办理情况和措施", "text", required=True),),
        guard=may_answer,
        effect=answer,
        clock="督办时钟停止",
        primary=True,
    ),
    Move(
        "lift_supervision",
        "解除督办",
        LEADER,
        _WITH_UNIT,
        None,
        needs=(REASON,),
        guard=supervised,
        effect=lift,
        clock="督办时钟停止",
    ),
    Move(
        "escalate_supervision",
        "升级督办",
        LEADER,
        _WITH_UNIT,
        None,
        needs=(REASON,),
        guard=may_escalate,
        effect=escalate,
        clock="督办时钟按上一级别重新开始",
        automatic=True,
        danger=True,
    ),
)
