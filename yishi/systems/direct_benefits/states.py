"""States, stages, duties, clocks and roles of a payout that nobody applied for (无申请兑现)."""

from __future__ import annotations

from yishi.foundation.access.actors import Reach, Role
from yishi.foundation.cases.lifecycle import State

SYSTEM = "direct_benefits"
#: Duties: the department answers for the list, finance for the money, whoever claws back.
CONFIRM, FUND, CLAW_BACK = "confirm", "fund", "claw_back"
DUTIES = {CONFIRM: "名单确认", FUND: "资金拨付", CLAW_BACK: "追回"}
#: Clocks of one payout: an objection's, views on a clawback, the repayment. What the department and
#: finance owe for all alike (review, payment) is due on the batch: nobody is warned 10,000 times.
OBJECTION_CLOCK, VIEWS_CLOCK, REPAY_CLOCK = "objection", "views", "repay"
CLOCKS = {
    OBJECTION_CLOCK: "异议核实期限",
    VIEWS_CLOCK: "陈述申辩期限",
    REPAY_CLOCK: "退还期限",
}

POLICY = "benefit_policy"
REVIEWER = "benefit_reviewer"
OFFICER = "benefit_officer"
MAKER = "benefit_finance_maker"
CHECKER = "benefit_finance_checker"
ROLES = (
    Role(POLICY, "政策编制", Reach.UNIT),
    Role(REVIEWER, "政策复核", Reach.UNIT),
    Role(OFFICER, "兑现经办（主管部门）", Reach.UNIT, frozenset({CONFIRM, CLAW_BACK}), leads=True),
    Role(MAKER, "财政制单", Reach.UNIT, frozenset({FUND})),
    Role(CHECKER, "财政复核", Reach.UNIT, frozenset({FUND}), leads=True),
)

STAGES = {
    "list": "名单确认",
    "notice": "公示",
    "funds": "资金拨付",
    "paid": "到账公开",
    "recover": "追回",
    "left": "未兑现",
}
_STATES = (
    State("listed", "待部门确认", "list"),
    State("confirmed", "已确认", "list"),
    State("held", "账户或信用待核实", "list"),
    State("noticed", "公示中", "notice"),
    State("suspended", "异议核实中", "notice"),
    State("funds_asked", "已申请资金", "funds"),
    State("paying", "拨付中", "funds"),
    State("returned", "退票待重付", "funds"),
    State("paid", "已到账", "paid"),
    State("done", "办结公开", "paid", final=True),
    State("struck", "已剔除", "left", final=True),
    State("declined", "企业已放弃", "left", final=True),
    State("clawback_notice", "追回告知", "recover"),
    State("clawback_decided", "已决定追回", "recover"),
    State("repaid", "已退还", "recover", final=True),
)
STATES = {state.name: state for state in _STATES}
#: Not (or no longer) a claim: the same item, party and period may come again.
VOID = frozenset({"struck", "declined"})
LIVE = frozenset(STATES) - VOID
#: The money has left, or is on its way: nobody strikes or declines any more.
GONE = frozenset({"paying", "paid", "done", "clawback_notice", "clawback_decided", "repaid"})
#: Before the order: the list may still change.
OPEN = LIVE - GONE - {"returned"}
#: Outcomes of a case.
PAID, STRUCK, DECLINED, REPAID = "paid", "struck", "declined", "repaid"
#: What a batch has reached; single payouts may be behind it.
BATCH_STATES = {
    "listed": "待部门确认",
    "confirmed": "已确认",
    "noticed": "公示中",
    "funds_asked": "已申请资金",
    "paying": "拨付中",
    "published": "已公开",
}
#: The period of an item that a party gets once in its life.
LIFETIME = "lifetime"
