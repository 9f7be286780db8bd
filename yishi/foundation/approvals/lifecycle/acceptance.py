"""Acceptance: from it both limits run; papers that may come later (容缺)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.catalogue import Item
from yishi.foundation.approvals.lifecycle import states as s
from yishi.foundation.approvals.roles import APPROVER, CLERK, EXAMINE, WINDOW
from yishi.foundation.calendars.timeline import SHANGHAI, last_moment
from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError

BOTH_ROLES = frozenset({CLERK, APPROVER})
MODES = (("normal", "一般受理"), ("pledge", "告知承诺"))


def item_of(draft: Draft) -> Item:
    """The item of the case, in its own version of the catalogue."""
    item: Item = draft.context.catalogue.items[draft.case.type_key]
    return item


def resume_clocks(draft: Draft) -> None:
    """Before an item ends in a special procedure: what stood still until then was not used, and
    must not count in the days of a project afterwards."""
    for kind in s.BOTH:
        draft.resume_clock(kind)


def accept_as_of(draft: Draft, at: datetime) -> None:
    """Accepted as of *at*: promise and statutory clock run from there."""
    case, item = draft.case, item_of(draft)
    case.state = "reviewing"
    case.data["accepted_at"] = at.isoformat()
    draft.stop_clock(s.TELL)
    draft.stop_clock(s.PREREVIEW)
    draft.end(WINDOW)
    if case.duty(EXAMINE) is None:
        draft.assign(EXAMINE, case.unit_id or 0)
    draft.start_clock(s.PROMISE, item.promise, s.PROFILE, begin=at)
    draft.start_clock(s.STATUTORY, item.legal, s.PROFILE, begin=at)
    _start_deferral(draft)
    draft.tell(accepted_at=at)


def _start_deferral(draft: Draft) -> None:
    deferred = draft.case.data.get("deferred") or {}
    if deferred and draft.case.clock(s.DEFERRED) is None:
        last = min(date.fromisoformat(str(until)) for until in deferred.values())
        draft.start_clock_until(s.DEFERRED, last_moment(last), "容缺材料补交期限")


def _accepted_at(draft: Draft) -> datetime:
    """Now; the receipt where the five days went by in silence, whoever comes first afterwards."""
    clock = draft.case.clock(s.TELL)
    if clock is None or draft.now <= clock.due_at:
        return draft.now
    draft.case.data["deemed"] = True
    return datetime.fromisoformat(draft.case.data["receipt_at"])


def accept(draft: Draft, facts: Facts) -> None:
    """受理: now; on the same day as received it is the day of receipt."""
    draft.case.data["mode"] = facts.get("mode") or draft.case.data.get("mode") or "normal"
    accept_as_of(draft, _accepted_at(draft))


def defer(draft: Draft, facts: Facts) -> None:
    """容缺受理: the core papers are there; the others come until a day, and the clock runs."""
    allowed = {wanted.material for wanted in item_of(draft).materials if wanted.deferrable}
    asked = facts["materials"]
    for key in asked:
        if key not in allowed:
            raise FieldError("materials", f"材料 {key} 不能容缺", "not_deferrable")
    if facts["until"] <= draft.now.astimezone(SHANGHAI).date():
        raise FieldError("until", "补交期限应在今天之后", "past")
    draft.case.data["deferred"] = {key: facts["until"].isoformat() for key in asked}
    draft.tell(deferred=list(asked), until=facts["until"].isoformat())
    accept_as_of(draft, draft.now)


def still_deferrable(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """What was accepted by silence has nothing missing that could be asked for later."""
    clock = case.clock(s.TELL)
    if clock is not None and now > clock.due_at:
        return "已超过告知期限，自收到申请材料之日起即为受理，不能再要求补交材料"
    return None


def in_time(kind: str, message: str) -> Callable[[CaseState, Actor, Facts, datetime], str | None]:
    """A guard: what an applicant does until a deadline is refused after it, even in the minute
    before the law's own consequence is stored."""

    def guard(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
        clock = case.clock(kind)
        return message if clock is not None and now > clock.due_at else None

    return guard


def supply(draft: Draft, facts: Facts) -> None:
    """A deferred paper was handed in; with the last one the clock stops."""
    deferred = dict(draft.case.data.get("deferred") or {})
    key = facts["material"]
    if key not in deferred:
        raise FieldError("material", "没有待补交的这份材料", "unknown")
    del deferred[key]
    draft.case.data["deferred"] = deferred
    draft.case.data["supplied"] = {
        **draft.case.data.get("supplied", {}),
        key: draft.now.isoformat(),
    }
    draft.tell(supplied=key)
    if draft.stop_clock(s.DEFERRED) is not None:
        _start_deferral(draft)


def lapse_deferred(draft: Draft, facts: Facts) -> None:
    """容缺材料逾期未补: acceptance revoked in writing, or deemed withdrawn, as the city says."""
    mode = s.parameter(draft, "approvals_deferred_mode")
    revoked = mode != s.DEEMED_WITHDRAWN
    missing = sorted(draft.case.data.get("deferred") or {})
    resume_clocks(draft)
    draft.end_all()
    draft.case.state = "acceptance_revoked" if revoked else "withdrawn"
    draft.case.outcome = draft.case.state
    draft.case.data["reason"] = "容缺材料逾期未补交"
    draft.tell(missing=missing, mode=mode)


MOVES = (
    Move(
        "accept",
        "受理",
        BOTH_ROLES,
        frozenset({"received"}),
        "reviewing",
        duty=EXAMINE,
        needs=(
            Need("mode", "受理方式", "choice", choices=MODES),
            Need("note", "说明"),
        ),
        effect=accept,
        clock="告知期限停止；承诺与法定时限自受理起算",
        primary=True,
        basis="行政许可法第三十二条第一款第五项",
    ),
    Move(
        "defer",
        "容缺受理",
        BOTH_ROLES,
        frozenset({"received"}),
        "reviewing",
        duty=EXAMINE,
        needs=(
            Need("materials", "容缺材料", "keys", required=True),
            Need("until", "补交期限", "date", required=True),
            Need("note", "说明"),
        ),
        guard=still_deferrable,
        effect=defer,
        clock="容缺补交期限开始；承诺与法定时限自受理起算",
        basis="容缺受理",
    ),
    Move(
        "supply",
        "补交容缺材料",
        BOTH_ROLES | {"reporter"},
        s.SUPPLYING,
        None,
        duty=EXAMINE,
        needs=(Need("material", "补交的材料", "type", required=True),),
        guard=in_time(s.DEFERRED, "容缺材料补交期限已过"),
        effect=supply,
        clock="全部补齐后容缺补交期限停止",
        while_waiting=True,
    ),
    Move(
        "lapse_deferred",
        "容缺材料逾期",
        frozenset(),
        frozenset({"reviewing", "suspended"}),
        "acceptance_revoked",
        effect=lapse_deferred,
        clock="各时钟停止",
        automatic=True,
        basis="浙江第十一条（撤销受理）／安阳第二十四条（视为撤回），由城市参数决定",
    ),
)
