"""Examination: pre-review, special procedures that stop the clocks, extension (art. 42, 45)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals import messages
from yishi.foundation.approvals.lifecycle import states as s
from yishi.foundation.approvals.lifecycle.acceptance import item_of, resume_clocks
from yishi.foundation.approvals.roles import APPROVER, EXAMINE, GOVERNMENT, HEAD
from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError

NOT_STATUTORY = "SUSPENSION_KIND_NOT_STATUTORY"
NOTICE_MISSING = "SUSPENSION_NOTICE_MISSING"
OPINIONS = (("ready", "具备准予条件"), ("not_ready", "暂不具备准予条件"))
MOST_PLANNED_DAYS = 400


def pre_review(draft: Draft, facts: Facts) -> None:
    """预审: also while the result of an earlier item is waited for, so that this one can be decided
    on the day it arrives (Binzhou art. 16). Decides nothing."""
    draft.stop_clock(s.PREREVIEW)
    draft.case.data["pre_review"] = {"opinion": facts["opinion"], "at": draft.now.isoformat()}
    draft.tell(opinion=facts["opinion"])


def pause(draft: Draft, facts: Facts) -> None:
    """特别程序: a step of the closed list, told in writing with the time it needs; else the clock
    runs on. The day of the notice still counts."""
    kind = _step(draft, str(facts.get("kind") or "").strip())
    if not str(facts.get("notice") or "").strip():
        raise FieldError("notice", "没有书面告知文书，不得中止计时", NOTICE_MISSING)
    days = facts.get("planned_days")
    if type(days) is not int or not 1 <= days <= MOST_PLANNED_DAYS:
        raise FieldError("planned_days", "须书面告知所需时间（天数）", NOTICE_MISSING)
    stopped = [
        kind_of_clock
        for kind_of_clock in s.BOTH
        if (clock := draft.case.clock(kind_of_clock)) is not None and s.pausable(clock)
    ]
    if not stopped:
        raise FieldError("kind", "该事项的时限按自然日或者月计算，依法不中止", "not_pausable")
    for kind_of_clock in stopped:
        draft.pause_clock(kind_of_clock)
    notice = str(facts["notice"]).strip()
    if any(one["notice"] == notice for one in _running(draft.case)):
        raise FieldError("notice", "这份告知文书的特别程序正在进行", "double")
    entry = {
        "kind": kind,
        "notice": notice,
        "planned_days": days,
        "from": draft.now.isoformat(),
    }
    draft.case.data["pauses"] = [*draft.case.data.get("pauses", []), entry]
    draft.tell(kind=kind, notice=entry["notice"], planned_days=days)


def _step(draft: Draft, said: str) -> str:
    """The step that was said, by its key or by its name. Art. 45 binds licences; of other items
    only the steps that their own law gives them (S1 hard case 15)."""
    kind = next((key for key, name in s.STEPS.items() if said == name), said)
    item = item_of(draft)
    if kind in s.STATUTORY_STEPS and (item.licence or kind in item.special):
        return kind
    if kind in str(s.parameter(draft, "approvals_local_steps")).split():
        return kind
    if kind in s.STATUTORY_STEPS:
        text = f"“{item.name}”不是行政许可，其事项清单没有{s.STEPS[kind]}，时限不中止"
        raise FieldError("kind", text, NOT_STATUTORY)
    raise FieldError("kind", "只有法定的特别程序才不计入时限", NOT_STATUTORY)


def _running(case: CaseState) -> list[dict[str, Any]]:
    return [one for one in case.data.get("pauses", []) if "to" not in one]


def resume(draft: Draft, facts: Facts) -> None:
    """The special step ended: counting goes on the next working day with what was left, once the
    last of several has ended (they are merged, never added)."""
    running = _running(draft.case)
    named = str(facts.get("notice") or "").strip()
    if len(running) > 1 and not named:
        raise FieldError("notice", "有多项特别程序在进行，请写明结束的是哪一份告知文书", "required")
    ended = next((one for one in running if named in ("", one["notice"])), None)
    if running and ended is None:
        raise FieldError("notice", "没有正在进行的这份告知文书", "unknown")
    if ended is not None:
        draft.case.data["pauses"] = [
            {**one, "to": draft.now.isoformat()} if one is ended else one
            for one in draft.case.data["pauses"]
        ]
        draft.tell(kind=ended["kind"])
    if len(running) > 1:
        draft.case.state = "suspended"
        return
    resume_clocks(draft)


def not_extended(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Extension is granted once."""
    return "已延期过一次，不能再次延期" if case.data.get("extended") else None


def joint(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Only joint handling (统一、联合、集中办理) has the government's fifteen days."""
    if not case.data.get("joint"):
        return "不是联合办理的事项，由部门负责人批准延期"
    return not_extended(case, actor, facts, now)


def extend(draft: Draft, facts: Facts) -> None:
    """延期: ten working days more at most, by the head of the agency, with reasons told. Items that
    are no licences follow their own law: at most the limit once more (registration: 3 and 3)."""
    most = int(s.parameter(draft, "approvals_extension_agency"))
    item = item_of(draft)
    _extend(draft, facts, most if item.licence else min(most, item.legal_limit.amount))


def extend_joint(draft: Draft, facts: Facts) -> None:
    """联合办理延期: fifteen working days more at most, by the head of the government."""
    _extend(draft, facts, int(s.parameter(draft, "approvals_extension_joint")))


def _extend(draft: Draft, facts: Facts, most: int) -> None:
    days = facts["days"]
    if not 1 <= days <= most:
        raise FieldError("days", f"最多延长{most}个工作日", "EXTENSION_TOO_LONG")
    if not any(s.pausable(clock) for clock in draft.case.clocks if clock.kind in s.BOTH):
        text = "该事项的时限按自然日或者月计算，不适用行政许可法第四十二条的延期"
        raise FieldError("days", text, "not_extendable")
    longer = []
    for kind in s.BOTH:
        clock = draft.case.clock(kind)
        if clock is None or not s.pausable(clock) or draft.now > clock.due_at:
            continue  # what is overdue already stays overdue
        amount = parse_limit(clock.limit_text, clock.profile).amount
        draft.limit_clock(kind, f"{amount + days}工作日")
        longer.append(kind)
    draft.case.data["extended"] = {"days": days, "clocks": longer, "at": draft.now.isoformat()}
    draft.tell(days=days, extended=longer)


def recalculate(draft: Draft, facts: Facts) -> None:
    """A calendar was published: open deadlines are computed under it, decided ones never. What
    binds the applicant may only move later (§S10 hard case 14)."""
    draft.recalculate(never_earlier=frozenset({s.CORRECTION}))
    if draft.body.get("due_before"):
        messages.to_body(draft, "item.recalculated")


MOVES = (
    Move(
        "pre_review",
        "预审",
        frozenset({APPROVER}),
        frozenset({"waiting", "received", "reviewing"}),
        None,
        duty=EXAMINE,
        needs=(
            Need("opinion", "预审意见", "choice", required=True, choices=OPINIONS),
            Need("note", "说明"),
        ),
        effect=pre_review,
        clock="网上预审时限停止",
        while_waiting=True,
        basis="等待前置期间可先行审查",
    ),
    Move(
        "pause",
        "进入特别程序",
        frozenset({APPROVER}),
        frozenset({"reviewing", "suspended"}),
        "suspended",
        duty=EXAMINE,
        needs=(
            Need("kind", "特别程序", "type"),
            Need("notice", "告知文书文号", "line", hint="特别程序告知书的文号"),
            Need("planned_days", "所需天数", "number"),
            Need("note", "说明"),
        ),
        effect=pause,
        clock="承诺与法定时限自告知次日起不计",
        basis="行政许可法第四十五条",
    ),
    Move(
        "resume",
        "特别程序结束",
        frozenset({APPROVER}),
        frozenset({"suspended"}),
        "reviewing",
        duty=EXAMINE,
        needs=(
            Need("notice", "告知文书文号", "line", hint="有几项特别程序时，写明结束的是哪一项"),
            Need("note", "结果"),
        ),
        effect=resume,
        clock="承诺与法定时限自次一工作日起继续",
        primary=True,
        basis="行政许可法第四十五条",
    ),
    Move(
        "extend",
        "批准延期",
        frozenset({HEAD}),
        frozenset({"reviewing"}),
        None,
        duty=EXAMINE,
        needs=(
            Need("days", "延长的工作日", "number", required=True),
            Need("note", "延期理由", required=True),
        ),
        guard=not_extended,
        effect=extend,
        clock="未逾期的时限延长；已逾期的仍为逾期",
        basis="行政许可法第四十二条第一款",
    ),
    Move(
        "extend_joint",
        "批准联合办理延期",
        frozenset({GOVERNMENT}),
        frozenset({"reviewing"}),
        None,
        needs=(
            Need("days", "延长的工作日", "number", required=True),
            Need("note", "延期理由", required=True),
        ),
        guard=joint,
        effect=extend_joint,
        clock="未逾期的时限延长；已逾期的仍为逾期",
        basis="行政许可法第四十二条第二款",
    ),
    Move(
        "recalculate",
        "按新日历重算期限",
        frozenset(),
        s.OPEN,
        None,
        effect=recalculate,
        clock="未停止的时限按新公布的日历重算",
        automatic=True,
        while_waiting=True,
    ),
)
