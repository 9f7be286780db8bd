"""States, stages, duties and clocks of a licence by pledge (承诺即入)."""

from __future__ import annotations

from yishi.foundation.access.actors import Reach, Role
from yishi.foundation.approvals import roles as approvals
from yishi.foundation.cases.lifecycle import State

SYSTEM = "pledge_licences"
#: Duties: decide the application, check what was promised, decide on an exception, cancel.
GRANT, CHECK, EXCEPTION, CANCEL = "grant", "check", "exception", "cancel"
DUTIES = {GRANT: "当场决定", CHECK: "承诺核查", EXCEPTION: "例外决定", CANCEL: "注销"}
#: The check's clock; the holder's time to rectify; time for the exception and the cancellation.
CHECK_CLOCK, RECTIFY_CLOCK = "check", "rectify"
EXCEPTION_CLOCK, CANCEL_CLOCK = "exception", "cancel"
#: Papers that come later: ``later:0`` is the first of the licence's list.
LATER_CLOCK = "later:"
CLOCKS = {
    CHECK_CLOCK: "核查期限",
    RECTIFY_CLOCK: "整改期限",
    EXCEPTION_CLOCK: "例外决定期限",
    CANCEL_CLOCK: "注销期限",
    **{f"{LATER_CLOCK}{n}": f"后补材料{n + 1}" for n in range(10)},
}

REGULATOR = "licence_regulator"
CLERK, APPROVER, HEAD, OFFICE = (
    approvals.CLERK,
    approvals.APPROVER,
    approvals.HEAD,
    approvals.OFFICE,
)
ROLES = (
    Role(REGULATOR, "行业监管人员", Reach.UNIT, frozenset({CHECK}), leads=True),
    Role(APPROVER, "审批人", Reach.UNIT, frozenset({GRANT, CANCEL}), leads=True),
    Role(HEAD, "部门负责人", Reach.UNIT, frozenset({EXCEPTION, CANCEL})),
)

STAGES = {
    "apply": "申请筛查",
    "promise": "告知承诺",
    "grant": "发证推送",
    "check": "核查",
    "rectify": "整改",
    "done": "归档",
    "revoke": "撤销",
    "ended": "注销失效",
    "left": "未发证",
}
_STATES = (
    State("screening", "筛查中", "apply"),
    State("not_eligible", "不适用告知承诺", "apply"),
    State("offered", "已告知待承诺", "promise"),
    State("signed", "已承诺待决定", "promise"),
    State("pushed", "已发证待签收", "grant"),
    State("pending_check", "待核查", "check"),
    State("rectifying", "整改中", "rectify"),
    State("exception_review", "例外审查中", "revoke"),
    State("qualified", "核查合格归档", "done", final=True),
    State("kept", "依法不予撤销", "done", final=True),
    State("revoked", "已撤销待注销", "revoke"),
    State("cancelled", "已注销", "ended", final=True),
    State("expired", "有效期届满", "ended", final=True),
    State("ordinary", "已转普通程序", "left", final=True),
    State("withdrawn", "已撤回", "left", final=True),
    State("refused", "不予许可", "left", final=True),
)
STATES = {state.name: state for state in _STATES}
#: Before the decision: the applicant may still withdraw or choose the ordinary route.
UNDECIDED = frozenset({"screening", "not_eligible", "offered", "signed"})
#: The licence counts in these.
HOLDING = frozenset(
    {"pushed", "pending_check", "rectifying", "exception_review", "qualified", "kept"}
)
#: Outcomes of the case.
GRANTED, REVOKED, KEPT, EXPIRED = "granted", "revoked", "kept", "expired"
TO_ORDINARY, WITHDRAWN, REFUSED, GIVEN_UP = "ordinary", "withdrawn", "refused", "given_up"
