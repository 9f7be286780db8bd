"""Decision, document, delivery; renewal by silence; revocation; rating."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.lifecycle import states as s
from yishi.foundation.approvals.lifecycle.acceptance import item_of, resume_clocks
from yishi.foundation.approvals.models import Card
from yishi.foundation.approvals.roles import (
    APPROVER,
    CERTIFY,
    CLERK,
    EXAMINE,
    HANDOUT,
    HEAD,
    OFFICE,
)
from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.calendars.dates import add_months
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.draft import LATE, ON_TIME, Draft
from yishi.foundation.cases.lifecycle import Facts, Move, Need
from yishi.foundation.cases.models import Evaluation
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError

RESULTS = (("granted", "准予"), ("refused", "不予"))
WAYS = (("window", "窗口领取"), ("post", "邮寄"), ("electronic", "电子送达"))
#: 满意度 (GB/T 39046 annex A): 1 is the best. Stars are 6 − code.
SATISFACTION = (
    ("1", "非常满意"),
    ("2", "满意"),
    ("3", "基本满意"),
    ("4", "不满意"),
    ("5", "非常不满意"),
)
BAD = frozenset({4, 5})


def decision_moment(draft: Draft) -> datetime:
    """The moment as which a decision made now counts: on a rest day the end of the last working
    day before it (§S10 hard case 11), but never before acceptance."""
    accepted = datetime.fromisoformat(draft.case.data["accepted_at"])
    return max(accepted, effective_moment(draft.context.calendar, draft.now))


def may_decide(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """Nothing is granted while a deferred paper is missing, and what the law has granted by itself
    (art. 50) is not decided once more."""
    expiry = case.clock(s.EXPIRY)
    if expiry is not None and now > expiry.due_at:
        return "原证有效期届满前未作决定，依法视为准予延续，不能再作决定"
    if facts.get("result") == "granted" and case.data.get("deferred"):
        return "尚有容缺材料未补交，不能准予"
    return None


def decide(draft: Draft, facts: Facts) -> None:
    """准予或者不予: overdue is judged on this day, not on that of the delivery."""
    granted = facts["result"] == "granted"
    if not granted and not str(facts.get("note") or "").strip():
        raise FieldError("note", "不予许可须说明理由", "required")
    _stop_examination(draft, decision_moment(draft))
    case = draft.case
    case.state = "granted" if granted else "refused"
    case.outcome = case.state
    case.data["decided_at"] = draft.now.isoformat()
    if not granted:
        case.data["remedy"] = str(s.parameter(draft, "approvals_remedy"))
    _start_delivery(draft, made=not granted or item_of(draft).result.kind not in s.MADE)
    draft.tell(result=facts["result"])


def _stop_examination(draft: Draft, at: datetime) -> None:
    promise = draft.stop_clock(s.PROMISE, at)
    draft.stop_clock(s.STATUTORY, at)
    draft.stop_clock(s.DEFERRED)
    draft.stop_clock(s.EXPIRY)
    draft.end(EXAMINE)
    draft.case.timeliness = LATE if promise is not None and promise.late else ON_TIME


def _start_delivery(draft: Draft, *, made: bool) -> None:
    case = draft.case
    draft.start_clock(s.DELIVERY, s.parameter(draft, "approvals_delivery_limit"), s.PROFILE)
    unit = case.unit_id or 0
    draft.assign(*(_window(case) if made else (CERTIFY, unit)))


def _window(case: CaseState) -> tuple[str, int]:
    return HANDOUT, int(case.data.get("window_unit") or case.unit_id or 0)


def issue(draft: Draft, facts: Facts) -> None:
    """制证: number and validity of the document; a renewal is the next version of the old one."""
    case, item = draft.case, item_of(draft)
    renews = case.data.get("renews") or {}
    begin = facts.get("valid_from") or draft.now.astimezone(SHANGHAI).date()
    _document(draft, facts.get("licence_no") or _number(case), begin, item.result.months)
    case.data["licence_version"] = int(renews.get("version") or 0) + 1
    draft.end(CERTIFY)
    draft.assign(*_window(case))


def _number(case: CaseState) -> str:
    """The document's number where the body gives none: that of the case, or of the old licence."""
    return str((case.data.get("renews") or {}).get("licence_no") or case.number)


def _document(draft: Draft, number: str, begin: date, months: int | None) -> None:
    data = draft.case.data
    data["licence_no"] = number
    data["valid_from"] = begin.isoformat()
    if months:
        data["valid_to"] = (add_months(begin, months) - timedelta(days=1)).isoformat()
    draft.tell(licence_no=number, valid_from=data["valid_from"], valid_to=data.get("valid_to"))


def made_first(case: CaseState, actor: Actor, facts: Facts, now: datetime) -> str | None:
    """What has to be made is handed out after it was made."""
    if case.state == "granted" and case.duty(CERTIFY) is not None:
        return "请先制证"
    return None


def deliver(draft: Draft, facts: Facts) -> None:
    """送达: within ten working days of the decision; ends the case."""
    clock = draft.stop_clock(s.DELIVERY)
    draft.case.data["delivered_at"] = draft.now.isoformat()
    draft.case.data["delivery"] = facts["way"]
    draft.end_all()
    draft.tell(way=facts["way"], late=bool(clock and clock.late))


def deem_renewed(draft: Draft, facts: Facts) -> None:
    """A renewal that was applied for in time and is undecided when the licence ends is granted by
    law (art. 50): a new version of the certificate, and the supervision is told of the body."""
    case = draft.case
    renews = case.data["renews"]
    begin = date.fromisoformat(renews["expires_on"]) + timedelta(days=1)
    resume_clocks(draft)
    _stop_examination(draft, draft.now)
    draft.stop_clock(s.TELL)
    draft.stop_clock(s.PREREVIEW)
    case.outcome = s.DEEMED
    case.data["decided_at"] = draft.now.isoformat()
    case.data["licence_version"] = int(renews["version"]) + 1
    _document(draft, renews["licence_no"], begin, item_of(draft).result.months)
    _start_delivery(draft, made=True)
    draft.rows.append((Card, card_row(case, "red", s.EXPIRY, "deemed_renewal", draft.now)))


def card_row(
    case: CaseState, colour: str, clock: str, reason: str, now: datetime
) -> dict[str, object]:
    """The row of a card (督办单) about a clock of *case*."""
    return {
        "case_id": case.id,
        "unit_id": case.unit_id,
        "colour": colour,
        "clock": clock,
        "reason": reason,
        "managed_path": case.managed_path,
        "at": now,
    }


def revoke(draft: Draft, facts: Facts) -> None:
    """撤销: the licence was got by a false promise or false papers."""
    draft.end_all()
    draft.case.data["revoked_at"] = draft.now.isoformat()
    draft.case.data["remedy"] = str(s.parameter(draft, "approvals_remedy"))
    draft.case.outcome = "revoked"


def rate(draft: Draft, facts: Facts) -> None:
    """好差评: once per case online, once per visit at the window; never asked of nobody."""
    code = int(facts["code"])
    visit = str(facts.get("visit") or "").strip()
    if facts["way"] == "visit" and not visit:
        raise FieldError("visit", "请填写到窗口的取号或者日期", "required")
    rater = f"visit:{visit}" if facts["way"] == "visit" else "online"
    row = {
        "case_id": draft.case.id,
        "rater_ref": rater[:64],
        "round": 1,
        "score": code,
        "solved": None,
        "text": str(facts.get("text") or ""),
        "at": draft.now,
    }
    draft.rows.append((Evaluation, row))
    draft.tell(code=code, way=facts["way"], named=bool(facts.get("named")))


MOVES = (
    Move(
        "decide",
        "作出决定",
        frozenset({APPROVER}),
        frozenset({"reviewing"}),
        "granted",
        duty=EXAMINE,
        needs=(
            Need("result", "决定", "choice", required=True, choices=RESULTS),
            Need("note", "理由", hint="不予许可的，须说明理由；复议与诉讼途径由系统写入决定书"),
        ),
        guard=may_decide,
        effect=decide,
        clock="承诺与法定时限停止（休息日作出的，计至前一工作日）；10个工作日的送达时限开始",
        primary=True,
        basis="行政许可法第三十八条、第四十二条",
    ),
    Move(
        "issue",
        "制证",
        frozenset({APPROVER, HEAD}),
        frozenset({"granted"}),
        "issued",
        duty=CERTIFY,
        needs=(
            Need("licence_no", "证照编号", "line", hint="不填则用办件编号"),
            Need("valid_from", "有效期自", "date"),
        ),
        effect=issue,
        primary=True,
        basis="行政许可法第三十九条",
    ),
    Move(
        "deliver",
        "送达",
        frozenset({CLERK}),
        s.DECIDED,
        "delivered",
        duty=HANDOUT,
        needs=(
            Need("way", "送达方式", "choice", required=True, choices=WAYS),
            Need("note", "说明"),
        ),
        guard=made_first,
        effect=deliver,
        clock="送达时限停止",
        primary=True,
        basis="行政许可法第四十四条",
    ),
    Move(
        "deem_renewed",
        "逾期未决定，视为准予延续",
        frozenset(),
        frozenset({"received", "reviewing", "suspended"}),
        "issued",
        effect=deem_renewed,
        clock="各审查时限停止；送达时限开始",
        automatic=True,
        basis="行政许可法第五十条",
    ),
    Move(
        "revoke",
        "撤销决定",
        frozenset({HEAD, OFFICE}),
        frozenset({"granted", "issued", "delivered"}),
        "revoked",
        duty=EXAMINE,
        needs=(Need("note", "理由", required=True),),
        effect=revoke,
        danger=True,
        past=True,
        basis="行政许可法第六十九条",
    ),
    Move(
        "rate",
        "好差评",
        frozenset({"reporter", CLERK}),
        frozenset(s.STATES),
        None,
        needs=(
            Need("code", "满意度", "choice", required=True, choices=SATISFACTION),
            Need(
                "way",
                "评价渠道",
                "choice",
                required=True,
                choices=(("online", "网上（一事一评）"), ("visit", "窗口（一次一评）")),
            ),
            Need("visit", "窗口取号", "line"),
            Need("named", "实名评价", "flag"),
            Need("text", "评价内容"),
        ),
        effect=rate,
        while_waiting=True,
        basis="GB/T 39046 表9",
    ),
)
