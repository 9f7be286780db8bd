"""From receipt to acceptance: told once what is missing, accepted, or not (行政许可法 art. 32)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals import messages
from yishi.foundation.approvals.lifecycle import states as s
from yishi.foundation.approvals.lifecycle.acceptance import (
    BOTH_ROLES,
    accept_as_of,
    in_time,
    item_of,
    resume_clocks,
    still_deferrable,
)
from yishi.foundation.approvals.roles import CLERK, EXAMINE, WINDOW
from yishi.foundation.calendars.timeline import SHANGHAI, last_moment
from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError

NOT_ACCEPTED_REASONS = (
    ("no_licence_needed", "依法不需要取得行政许可"),
    ("other_body", "不属于本机关职权范围"),
    ("still_incomplete", "补正后仍不符合要求"),
    ("not_correctable", "申请材料不符合法定形式且不能补正"),
)
#: What the first move may say about the file; everything else of the applicant is kept elsewhere.
KEPT = ("channel", "unified", "joint", "mode", "licence", "dispatch_reason", "window_unit")


def _begin(draft: Draft, facts: Facts) -> None:
    case = draft.case
    case.unit_id = facts["unit"]
    for name in KEPT:
        if facts.get(name) not in (None, "", False):
            case.data[name] = facts[name]
    case.data["licence"] = item_of(draft).licence
    if facts.get("deferred"):
        case.data["deferred"] = {key: str(until) for key, until in facts["deferred"].items()}
    if facts.get("renews"):
        _renewal(draft, facts["renews"])
    draft.tell(item=case.type_key, channel=facts.get("channel"))


def _renewal(draft: Draft, licence: dict[str, Any]) -> None:
    """A renewal applied for in time is deemed granted when the old licence ends (art. 50)."""
    expires = date.fromisoformat(str(licence["expires_on"]))
    days = int(s.parameter(draft, "approvals_renewal_days"))
    in_time = (expires - draft.now.astimezone(SHANGHAI).date()).days >= days
    draft.case.data["renews"] = {
        "licence_no": str(licence["licence_no"]),
        "version": int(licence.get("version") or 1),
        "expires_on": expires.isoformat(),
        "in_time": in_time,
    }
    if in_time:
        draft.start_clock_until(s.EXPIRY, last_moment(expires), "原证有效期届满")


def receive(draft: Draft, facts: Facts) -> None:
    """收件: the five days of art. 32 run; online applications are looked at within one day. Under
    unified acceptance (一窗受理) every body has accepted with the parent (ZJ 5)."""
    _begin(draft, facts)
    if facts.get("exempt"):
        exempt(draft, {"note": "", "reason": facts["exempt"]})
        return
    _received(draft, facts.get("accepted_at") or draft.now)


def receive_waiting(draft: Draft, facts: Facts) -> None:
    """The papers are there; the body receives them when what comes before is decided."""
    _begin(draft, facts)
    draft.assign(EXAMINE, draft.case.unit_id or 0)


def release(draft: Draft, facts: Facts) -> None:
    """The later body's receipt is the moment of the earlier decision (ZJ 5)."""
    draft.case.data["after"] = facts["before"]
    draft.tell(before=facts["before"], outcome=facts["outcome"])
    _received(draft, draft.now)
    messages.to_body(draft, "item.released")


def _received(draft: Draft, at: datetime) -> None:
    case = draft.case
    case.data["receipt_at"] = at.isoformat()
    if case.data.get("unified"):
        accept_as_of(draft, at)
        return
    case.state = "received"
    draft.start_clock(s.TELL, s.parameter(draft, "approvals_tell_limit"), s.PROFILE, begin=at)
    if case.data.get("channel") in ("web", "mobile"):
        limit = s.parameter(draft, "approvals_prereview_limit")
        draft.start_clock(s.PREREVIEW, limit, s.PROFILE, begin=at)
    draft.assign(WINDOW, int(case.data.get("window_unit") or case.unit_id or 0))
    draft.assign(EXAMINE, case.unit_id or 0)


def in_time_to_tell(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Once only, and within the limit: after it the application is accepted as of receipt."""
    if case.data.get("told"):
        return "补正要求只能一次性告知，已告知过，不能再次告知"
    clock = case.clock(s.TELL)
    if clock is not None and now > clock.due_at:
        return "已超过告知期限，自收到申请材料之日起即为受理，不能再告知补正"
    return None


def tell_gaps(draft: Draft, facts: Facts) -> None:
    """一次性告知补正: all gaps at once; the time of correction lies before acceptance."""
    draft.stop_clock(s.TELL)
    draft.stop_clock(s.PREREVIEW)
    limit = s.parameter(draft, "approvals_correction_limit")
    if facts.get("until"):
        if facts["until"] < draft.now.astimezone(SHANGHAI).date():
            raise FieldError("until", "补正期限不能早于今天", "past")
        draft.start_clock_until(s.CORRECTION, last_moment(facts["until"]), "补正期限")
    else:
        draft.start_clock(s.CORRECTION, limit, s.PROFILE)
    draft.case.data["told"] = {
        "at": draft.now.isoformat(),
        "materials": list(facts.get("materials") or ()),
    }
    draft.tell(materials=list(facts.get("materials") or ()))


def correct(draft: Draft, facts: Facts) -> None:
    """已补正: whoever handed in all that was asked for is to be accepted (art. 32(5)); a body that
    stays silent again has accepted as of the correction."""
    draft.stop_clock(s.CORRECTION)
    draft.case.data["corrected_at"] = draft.now.isoformat()
    draft.case.data["receipt_at"] = draft.now.isoformat()
    draft.start_clock(s.TELL, s.parameter(draft, "approvals_tell_limit"), s.PROFILE)


def lapse_correction(draft: Draft, facts: Facts) -> None:
    """逾期未补正，视为撤回 (ZJ 11)."""
    _end(draft, "withdrawn", "逾期未补正，视为撤回申请")


def deem_accepted(draft: Draft, facts: Facts) -> None:
    """逾期未告知，自收到之日起即为受理: retroactive to the receipt."""
    draft.case.data["deemed"] = True
    accept_as_of(draft, datetime.fromisoformat(draft.case.data["receipt_at"]))


def may_refuse(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """After five silent days incomplete papers are no reason any more; another body or no licence
    needed still are."""
    if facts.get("reason") not in ("still_incomplete", "not_correctable"):
        return None
    return still_deferrable(case, actor, facts, now)


def not_accept(draft: Draft, facts: Facts) -> None:
    """不予受理: with the reason, and the right body where it is another one."""
    if facts["reason"] == "other_body" and not facts.get("body"):
        raise FieldError("body", "请告知应当向哪个机关申请", "required")
    if facts["reason"] == "still_incomplete" and not draft.case.data.get("corrected_at"):
        raise FieldError("reason", "尚未告知补正，不能以补正后仍不符合要求为由", "not_corrected")
    draft.case.data["reason"] = dict(NOT_ACCEPTED_REASONS)[facts["reason"]]
    draft.tell(reason=facts["reason"], body=facts.get("body"))
    _end(draft, "not_accepted", draft.case.data["reason"])


def withdraw(draft: Draft, facts: Facts) -> None:
    """The applicant takes the application back; days counted so far stay counted."""
    _end(draft, "withdrawn", "申请人撤回申请")


def not_started(draft: Draft, facts: Facts) -> None:
    """What comes before was not granted: this item cannot begin; siblings go on."""
    outcome = s.OUTCOMES.get(facts["outcome"], facts["outcome"])
    draft.tell(before=facts["before"], outcome=facts["outcome"])
    draft.case.data["after"] = facts["before"]
    _end(draft, "not_started", f"前置事项“{facts['subject']}”{outcome}")


def predecessor_done(draft: Draft, facts: Facts) -> None:
    """One of several predecessors is decided; the others are still waited for."""
    draft.tell(before=facts["before"], outcome=facts["outcome"], left=facts["left"])


def exempt(draft: Draft, facts: Facts) -> None:
    """免办: the applicant holds the result already, or the item is not needed here."""
    draft.tell(reason=facts.get("reason"))
    _end(draft, "exempted", str(facts.get("reason") or "已持有有效证照或无需办理"), s.EXEMPT)


def _end(draft: Draft, state: str, reason: str, outcome: str = "") -> None:
    resume_clocks(draft)
    draft.end_all()
    draft.case.state = state
    draft.case.outcome = outcome or state
    draft.case.data["reason"] = reason


MOVES = (
    Move(
        "receive",
        "收件",
        frozenset({"reporter", CLERK}),
        frozenset({""}),
        "received",
        effect=receive,
        clock="5个工作日的补正告知期限开始；网上申请1个工作日内预审；一窗统一受理的直接受理",
        automatic=True,
        basis="行政许可法第三十二条",
    ),
    Move(
        "receive_waiting",
        "登记（等待前置）",
        frozenset(),
        frozenset({""}),
        "waiting",
        effect=receive_waiting,
        clock="不计时",
        automatic=True,
        while_waiting=True,
    ),
    Move(
        "release",
        "前置已办结，收件",
        frozenset(),
        frozenset({"waiting"}),
        "received",
        effect=release,
        clock="收到前置事项办结通知即为收件；统一受理的同时受理，承诺与法定时限开始",
        automatic=True,
        basis="浙江省保障“最多跑一次”改革规定第五条",
    ),
    Move(
        "predecessor_done",
        "一项前置已办结",
        frozenset(),
        frozenset({"waiting"}),
        None,
        effect=predecessor_done,
        automatic=True,
        while_waiting=True,
    ),
    Move(
        "not_started",
        "前置未准予，不启动",
        frozenset(),
        frozenset({"waiting"}),
        "not_started",
        effect=not_started,
        automatic=True,
        while_waiting=True,
    ),
    Move(
        "tell_gaps",
        "一次性告知补正",
        BOTH_ROLES,
        frozenset({"received"}),
        "correcting",
        duty=EXAMINE,
        needs=(
            Need("materials", "需补正的材料", "keys"),
            Need("note", "全部补正内容", required=True),
            Need("until", "补正期限", "date", hint="不填则按城市规定的期限"),
        ),
        guard=in_time_to_tell,
        effect=tell_gaps,
        clock="告知期限停止，补正期限开始（在受理之前，不属于中止）",
        basis="行政许可法第三十二条第一款第四项",
    ),
    Move(
        "correct",
        "补正完成",
        BOTH_ROLES | {"reporter"},
        frozenset({"correcting"}),
        "received",
        duty=EXAMINE,
        needs=(Need("note", "说明"),),
        guard=in_time(s.CORRECTION, "补正期限已过，视为撤回申请，可以重新申请"),
        effect=correct,
        clock="补正期限停止，告知期限重新开始",
        primary=True,
    ),
    Move(
        "lapse_correction",
        "逾期未补正，视为撤回",
        frozenset(),
        frozenset({"correcting"}),
        "withdrawn",
        effect=lapse_correction,
        clock="各时钟停止",
        automatic=True,
        basis="浙江省保障“最多跑一次”改革规定第十一条",
    ),
    Move(
        "deem_accepted",
        "逾期未告知，视为受理",
        frozenset(),
        frozenset({"received"}),
        "reviewing",
        effect=deem_accepted,
        clock="承诺与法定时限自收到申请材料之日起算（追溯）",
        automatic=True,
        basis="行政许可法第三十二条第一款第四项",
    ),
    Move(
        "not_accept",
        "不予受理",
        BOTH_ROLES,
        frozenset({"received"}),
        "not_accepted",
        duty=EXAMINE,
        needs=(
            Need("reason", "理由", "choice", required=True, choices=NOT_ACCEPTED_REASONS),
            Need("body", "应当向何机关申请", "line"),
            Need("note", "具体说明", required=True),
        ),
        guard=may_refuse,
        effect=not_accept,
        clock="各时钟停止",
        danger=True,
        basis="行政许可法第三十二条第一款第一、二项",
    ),
    Move(
        "withdraw",
        "撤回申请",
        frozenset({"reporter", CLERK}),
        s.UNDECIDED,
        "withdrawn",
        duty=EXAMINE,
        needs=(Need("note", "说明"),),
        effect=withdraw,
        clock="各时钟停止",
        danger=True,
        while_waiting=True,
    ),
    Move(
        "exempt",
        "免办",
        BOTH_ROLES,
        frozenset({"waiting", "received"}),
        "exempted",
        duty=EXAMINE,
        needs=(Need("reason", "免办理由", "line", required=True), Need("note", "说明")),
        effect=exempt,
        clock="各时钟停止",
        while_waiting=True,
    ),
)
