"""The roles of digital city management and the duties whose work lists they see."""

from __future__ import annotations

from yishi.foundation.access.actors import Reach, Role

#: Duties are the roles of assignments.
ACCEPT, CHECK, DISPATCH, MAIN, EXTEND, VERIFY, CLOSE = (
    "accept",
    "check",
    "dispatch",
    "main",
    "extend",
    "verify",
    "close",
)
#: Beside the main line: joint handling, suspension, supervision, disputes, orders, forced closes
#: and appeals.
CO, SUSPEND, SUPERVISED, REVIEW, RULE, ORDER, FORCE, APPEAL, APPEAL_FINAL = (
    "co",
    "suspend",
    "supervised",
    "review",
    "rule",
    "order",
    "force",
    "appeal",
    "appeal_final",
)
DUTY_LABELS = {
    ACCEPT: "受理",
    CHECK: "核查",
    DISPATCH: "派遣",
    MAIN: "处置",
    CO: "协办",
    SUPERVISED: "督办",
    ORDER: "领导批示",
    EXTEND: "延期审批",
    SUSPEND: "挂账审批",
    RULE: "争议裁定",
    VERIFY: "核实",
    CLOSE: "结案",
    REVIEW: "督办审核",
    FORCE: "强制结案审批",
    APPEAL: "申诉初审",
    APPEAL_FINAL: "申诉终审",
}

ROLES = (
    Role("acceptor", "受理员", Reach.SCOPE, frozenset({ACCEPT, CLOSE})),
    Role("dispatcher", "派遣员", Reach.SCOPE, frozenset({DISPATCH, EXTEND, SUSPEND, APPEAL})),
    Role(
        "unit_officer", "处置部门", Reach.UNIT, frozenset({MAIN, CO, SUPERVISED, ORDER}), leads=True
    ),
    Role("handler", "处置人员", Reach.PERSON, frozenset({MAIN})),
    Role("collector", "采集员", Reach.UNIT, frozenset({CHECK, VERIFY})),
    Role("hotline", "热线话务员", Reach.SCOPE),
    Role("duty_leader", "值班领导", Reach.SCOPE, frozenset({RULE, REVIEW, FORCE, APPEAL_FINAL})),
    Role("auditor", "审计员", Reach.SCOPE),
    Role("administrator", "系统管理员", Reach.SCOPE, administers=True),
)
