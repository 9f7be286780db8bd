"""After the licence: received by the regulator, checked, rectified, revoked, cancelled."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import LATE, ON_TIME, Draft
from yishi.foundation.cases.lifecycle import Effect, Facts, Move, Need
from yishi.foundation.cases.state import CaseState
from yishi.systems.pledge_licences import notices
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue.model import Limits

CITY_TIME = ZoneInfo("Asia/Shanghai")
_CHECKABLE = frozenset({"pushed", "pending_check"})
_REGULATOR = frozenset({s.REGULATOR, s.HEAD})
NOTE = Need("note", "说明")
REASON = Need("note", "事实、理由和依据", required=True)


def _limits(draft: Draft) -> Limits:
    limits: Limits = draft.context.catalogue.limits
    return limits


def end_of(day: date) -> datetime:
    """24:00 of a day in the city."""
    return datetime.combine(day + timedelta(days=1), time.min, CITY_TIME) - timedelta(
        microseconds=1
    )


def receipt(draft: Draft, facts: Facts) -> None:
    """签收推送: from the officer, or from the platform that took the message."""
    draft.case.data["receipt_at"] = draft.now.isoformat()
    draft.tell(receipt=facts.get("by", draft.actor.ref))


def _checked(draft: Draft, facts: Facts) -> None:
    """The check's clock stops; lateness is the regulator's, never the holder's."""
    clock = draft.stop_clock(s.CHECK_CLOCK)
    if clock is not None:
        draft.case.timeliness = LATE if clock.late else ON_TIME
    draft.case.data["last_finding"] = facts["finding"]
    draft.tell(finding=facts["finding"], check=facts["check"], officers=list(facts["officers"]))


def met(draft: Draft, facts: Facts) -> None:
    """核查合格: archived, unless papers are still to come."""
    _checked(draft, facts)
    draft.stop_clock(s.RECTIFY_CLOCK)
    draft.end(s.CHECK)
    draft.case.data["checks_met"] = int(draft.case.data.get("checks_met", 0)) + 1
    draft.case.data["level"] = facts["level"]
    draft.tell(level=facts["level"])
    notices.to_holder(draft, "pledge.met")


def not_met(draft: Draft, facts: Facts) -> None:
    """责令限期整改 until a day; the second look has its own time after it."""
    _checked(draft, facts)
    until: date = facts["rectify_by"]
    draft.case.data["rectify_by"] = until.isoformat()
    draft.start_clock_until(s.RECTIFY_CLOCK, end_of(until), "整改期限")
    draft.start_clock(s.CHECK_CLOCK, _limits(draft).recheck, "licence", begin=end_of(until))
    draft.tell(rectify_by=until.isoformat())
    notices.to_holder(draft, "pledge.rectify", due=until.isoformat())


def rectified(draft: Draft, facts: Facts) -> None:
    """The holder says that it was put right: the regulator is told."""
    draft.case.data["rectified_at"] = draft.now.isoformat()
    notices.to_regulator(draft, "pledge.rectified")


def review(draft: Draft, facts: Facts) -> None:
    """Revoking might do great harm to the public interest: the head of the agency decides."""
    _checked(draft, facts)
    draft.stop_clock(s.RECTIFY_CLOCK)
    draft.case.data["ground"] = facts["ground"]
    draft.assign(s.EXCEPTION, draft.case.data["regulator"])
    draft.start_clock(s.EXCEPTION_CLOCK, _limits(draft).exception, "licence")
    draft.tell(ground=facts["ground"])


def keep(draft: Draft, facts: Facts) -> None:
    """不予撤销: the licence stands, the holder is supervised closely."""
    draft.end_all()
    draft.case.outcome = s.KEPT
    draft.case.data["level"] = facts["level"]
    draft.tell(result=s.KEPT)


def revoke(draft: Draft, facts: Facts) -> None:
    """撤销: bars and credit record are rows of the same commit; cancellation follows."""
    if facts.get("finding"):
        _checked(draft, facts)
    case = draft.case
    draft.end_all()
    case.outcome = s.REVOKED
    case.closed_at = None
    case.data["ground"] = facts["ground"]
    case.data["revoked_at"] = draft.now.isoformat()
    draft.assign(s.CANCEL, case.data.get("body") or case.data["regulator"])
    draft.start_clock(s.CANCEL_CLOCK, _limits(draft).cancel, "licence")
    draft.tell(
        result=s.REVOKED,
        ground=facts["ground"],
        bar_until=facts.get("bar_until"),
        record=facts.get("record"),
    )
    notices.to_holder(draft, "pledge.revoked")
    notices.to_regulator(draft, "pledge.revoked")


def end_with(outcome: str) -> Effect:
    """The licence counts no longer, for another reason than revocation."""

    def effect(draft: Draft, facts: Facts) -> None:
        draft.end_all()
        if draft.case.outcome != s.REVOKED:
            draft.case.outcome = outcome
        draft.tell(result=draft.case.outcome)

    return effect


def again(draft: Draft, facts: Facts) -> None:
    """A check after the first one: drawn by lot, by level of supervision, or on a complaint."""
    draft.case.closed_at = None
    draft.assign(s.CHECK, draft.case.data["regulator"])
    draft.start_clock(s.CHECK_CLOCK, facts["limit"], "licence")
    draft.tell(check=facts["check"], why=facts["why"])


def alarm(draft: Draft, facts: Facts) -> None:
    """The check is overdue: the regulator hears of it; nothing changes for the holder."""
    draft.case.data["check_overdue"] = True
    draft.tell(overdue=s.CHECK_CLOCK)
    notices.to_regulator(draft, "pledge.check_overdue")


def paper_overdue(draft: Draft, facts: Facts) -> None:
    """A paper that was to come later did not: holder and regulator hear of it, once for each."""
    late = [*draft.case.data.get("late_papers", ()), facts["clock"]]
    draft.case.data["late_papers"] = late
    draft.tell(overdue=facts["clock"])
    notices.to_regulator(draft, "pledge.paper_overdue")
    notices.to_holder(draft, "pledge.paper_overdue")


def supply(draft: Draft, facts: Facts) -> None:
    """A paper that was to come later."""
    place = facts["place"]
    draft.stop_clock(f"{s.LATER_CLOCK}{place}")
    draft.case.data["supplied"] = [*draft.case.data.get("supplied", ()), facts["material"]]
    draft.tell(material=facts["material"], file=facts["file"])


def supervise(draft: Draft, facts: Facts) -> None:
    """Another level of supervision, by rule."""
    draft.case.data["level"] = facts["level"]
    draft.case.data["level_rule"] = facts["rule"]
    draft.tell(level=facts["level"], rule=facts["rule"], why=facts.get("why", ""))


def deliver(draft: Draft, facts: Facts) -> None:
    """送达: the holder has the certificate."""
    draft.case.data["delivered_at"] = draft.now.isoformat()
    draft.tell(way=facts["way"])


def open_rectification(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Revoking for want of rectification needs that its day is over or a second look failed."""
    if case.data.get("last_finding") == "still_not_met":
        return None
    clock = case.clock(s.RECTIFY_CLOCK)
    if clock is not None and now <= clock.due_at:
        return "整改期限未到，不能撤销"
    return None


_HELD = s.HOLDING
MOVES = (
    Move(
        "receipt",
        "签收",
        _REGULATOR,
        frozenset({"pushed"}),
        "pending_check",
        duty=s.CHECK,
        effect=receipt,
        primary=True,
    ),
    Move("deliver", "送达", frozenset({"applicant", s.CLERK}), _HELD, None, effect=deliver),
    Move(
        "find_met",
        "核查合格",
        _REGULATOR,
        _CHECKABLE | {"rectifying"},
        "qualified",
        duty=s.CHECK,
        effect=met,
        clock="核查期限停止",
    ),
    Move(
        "find_not_met",
        "责令限期整改",
        _REGULATOR,
        _CHECKABLE,
        "rectifying",
        duty=s.CHECK,
        effect=not_met,
        clock="整改期限开始",
    ),
    Move(
        "find_false",
        "承诺虚假，当场撤销",
        _REGULATOR,
        _CHECKABLE | {"rectifying"},
        "revoked",
        duty=s.CHECK,
        effect=revoke,
        danger=True,
        basis="《北京市优化营商环境条例》第三十三条；《行政许可法》第六十九条",
    ),
    Move(
        "find_still_not_met",
        "复查仍不合格，撤销",
        _REGULATOR,
        frozenset({"rectifying"}),
        "revoked",
        duty=s.CHECK,
        effect=revoke,
        danger=True,
        basis="《行政许可法》第六十九条",
    ),
    Move(
        "report_rectified",
        "报告已整改",
        frozenset({"applicant", s.CLERK}),
        frozenset({"rectifying"}),
        None,
        needs=(NOTE,),
        effect=rectified,
    ),
    Move(
        "ask_exception",
        "提请例外审查",
        _REGULATOR,
        _CHECKABLE | {"rectifying"},
        "exception_review",
        duty=s.CHECK,
        needs=(REASON,),
        effect=review,
        basis="《行政许可法》第六十九条第三款",
    ),
    Move(
        "keep",
        "不予撤销",
        frozenset({s.HEAD}),
        frozenset({"exception_review"}),
        "kept",
        duty=s.EXCEPTION,
        needs=(REASON,),
        effect=keep,
        basis="《行政许可法》第六十九条第三款",
    ),
    Move(
        "revoke",
        "撤销许可",
        frozenset({s.REGULATOR, s.HEAD}),
        frozenset({"rectifying"}),
        "revoked",
        duty=s.CHECK,
        needs=(REASON,),
        guard=open_rectification,
        effect=revoke,
        danger=True,
        basis="《行政许可法》第六十九条",
    ),
    Move(
        "revoke_after_review",
        "例外不成立，撤销许可",
        frozenset({s.HEAD}),
        frozenset({"exception_review"}),
        "revoked",
        duty=s.EXCEPTION,
        needs=(REASON,),
        effect=revoke,
        danger=True,
        basis="《行政许可法》第六十九条",
    ),
    Move(
        "cancel",
        "注销",
        frozenset({s.APPROVER, s.HEAD}),
        frozenset({"revoked"}),
        "cancelled",
        duty=s.CANCEL,
        needs=(NOTE,),
        effect=end_with(s.REVOKED),
        clock="注销期限停止",
        primary=True,
        basis="《行政许可法》第七十条",
    ),
    Move(
        "give_up",
        "申请注销",
        frozenset({"applicant", s.CLERK}),
        _HELD - {"exception_review"},
        "cancelled",
        needs=(NOTE,),
        effect=end_with(s.GIVEN_UP),
        danger=True,
        basis="《行政许可法》第七十条",
    ),
    Move(
        "expire",
        "有效期届满",
        frozenset(),
        _HELD,
        "expired",
        effect=end_with(s.EXPIRED),
        automatic=True,
        basis="《行政许可法》第七十条",
    ),
    Move(
        "check_again",
        "再次核查",
        _REGULATOR,
        frozenset({"qualified", "kept"}),
        "pending_check",
        effect=again,
        automatic=True,
    ),
    Move(
        "alarm",
        "核查逾期报警",
        frozenset(),
        _CHECKABLE | {"rectifying"},
        None,
        effect=alarm,
        automatic=True,
    ),
    Move(
        "supply",
        "补交材料",
        frozenset({"applicant", s.CLERK}),
        _HELD,
        None,
        effect=supply,
    ),
    Move(
        "paper_overdue",
        "后补材料逾期",
        frozenset(),
        _HELD,
        None,
        effect=paper_overdue,
        automatic=True,
    ),
    Move("supervise", "调整监管强度", frozenset(), _HELD, None, effect=supervise, automatic=True),
)
