"""States, stages, clocks and parameters of an item case (办件)."""

from __future__ import annotations

from typing import Any

from yishi.foundation.calendars.limits import Unit
from yishi.foundation.cases.draft import Draft
from yishi.foundation.cases.lifecycle import State
from yishi.foundation.cases.state import ClockState

SYSTEM = "approvals"
STAGES = {
    "wait": "等待前置",
    "receive": "收件",
    "correct": "补正",
    "examine": "审查",
    "suspend": "特别程序",
    "decide": "决定",
    "done": "办结",
}
STATES = {
    state.name: state
    for state in (
        State("waiting", "等待前置", "wait"),
        State("received", "已收件", "receive"),
        State("correcting", "待补正", "correct"),
        State("reviewing", "审查中", "examine"),
        State("suspended", "特别程序中", "suspend"),
        State("granted", "已准予", "decide"),
        State("issued", "已制证", "decide"),
        State("refused", "不予许可（待送达）", "decide"),
        State("delivered", "已送达", "done", final=True),
        State("exempted", "免办", "done", final=True),
        State("not_accepted", "不予受理", "done", final=True),
        State("withdrawn", "已撤回", "done", final=True),
        State("acceptance_revoked", "受理已撤销", "done", final=True),
        State("revoked", "决定已撤销", "done", final=True),
        State("not_started", "未启动", "done", final=True),
    )
}
#: Before the decision.
UNDECIDED = frozenset({"waiting", "received", "correcting", "reviewing", "suspended"})
DECIDED = frozenset({"granted", "issued", "refused"})
#: Where a deferred paper may be handed in: also while an earlier item is waited for.
SUPPLYING = frozenset({"waiting", "reviewing", "suspended"})
OPEN = UNDECIDED | DECIDED
#: Clock kinds.
PREREVIEW, TELL, CORRECTION, DEFERRED, PROMISE, STATUTORY, DELIVERY, EXPIRY = (
    "prereview",
    "tell",
    "correction",
    "deferred",
    "promise",
    "statutory",
    "delivery",
    "expiry",
)
CLOCK_LABELS = {
    PREREVIEW: "网上预审",
    TELL: "补正告知",
    CORRECTION: "补正期限",
    DEFERRED: "容缺补交",
    PROMISE: "承诺时限",
    STATUTORY: "法定时限",
    DELIVERY: "送达时限",
    EXPIRY: "原证有效期",
}
#: The two clocks of the examination: both are kept (§S10.6).
BOTH = (PROMISE, STATUTORY)
#: Outcomes that give later items what they wait for.
GRANTED, EXEMPT, DEEMED = "granted", "exempt", "deemed_granted"
GRANTING = frozenset({GRANTED, EXEMPT, DEEMED})
OUTCOMES = {
    GRANTED: "准予",
    EXEMPT: "免办",
    DEEMED: "视为准予延续",
    "refused": "不予",
    "withdrawn": "撤回",
    "not_accepted": "不予受理",
    "acceptance_revoked": "撤销受理",
    "revoked": "撤销",
    "not_started": "未启动",
}
#: Law of all clocks of an item: days of the licensing law are working days (行政许可法 art. 82).
PROFILE = "licence"
#: Results that are made (制证) before they are handed out.
MADE = frozenset({"licence", "certificate", "approval"})

#: Steps whose time does not count by law (行政许可法 art. 45), and by local rules (§S10.6).
STATUTORY_STEPS = {
    "hearing": "听证",
    "bidding": "招标",
    "auction": "拍卖",
    "inspection": "检验",
    "testing": "检测",
    "quarantine": "检疫",
    "appraisal": "鉴定",
    "expert_review": "专家评审",
}
LOCAL_STEPS = {"public_notice": "公示", "announcement": "公告", "rectification": "整改"}
STEPS = STATUTORY_STEPS | LOCAL_STEPS

#: A deferred paper that is not handed in (容缺): sources differ, so the city says (§S1-A11).
REVOKE_ACCEPTANCE, DEEMED_WITHDRAWN = "REVOKE_ACCEPTANCE", "DEEMED_WITHDRAWN"
#: Parameters of the rulebook with what holds where a city says nothing.
DEFAULTS: dict[str, Any] = {
    "approvals_tell_limit": "5工作日",
    "approvals_prereview_limit": "1工作日",
    "approvals_correction_limit": "10工作日",
    "approvals_delivery_limit": "10工作日",
    "approvals_deferred_mode": REVOKE_ACCEPTANCE,
    "approvals_local_steps": "public_notice announcement rectification",
    "approvals_extension_agency": 10,
    "approvals_extension_joint": 15,
    "approvals_renewal_days": 30,
    "approvals_contact_limit": "1工作日",
    "approvals_rectify_limit": "15工作日",
    "approvals_remedy": (
        "如不服本决定，可以自收到本决定书之日起六十日内依法申请行政复议，"
        "或者六个月内依法向人民法院提起行政诉讼。"
    ),
}


def parameter(draft: Draft, name: str) -> Any:
    """A dated parameter in force where the case is."""
    book = draft.context.rulebook
    default = DEFAULTS[name]
    if book is None:
        return default
    return book.value(name, draft.now, draft.case.managed_path, default=default)


def pausable(clock: ClockState) -> bool:
    """Whether a clock may stand still: limits in calendar days and months never do."""
    from yishi.foundation.calendars.limits import parse_limit

    return parse_limit(clock.limit_text, clock.profile).unit is Unit.WORKING_DAY
