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
DUTY_LABELS = {
    ACCEPT: "受理",
    CHECK: "核查",
    DISPATCH: "派遣",
    MAIN: "处置",
    EXTEND: "延期审批",
    VERIFY: "核实",
    CLOSE: "结案",
}

ROLES = (
    Role("acceptor", "受理员", Reach.SCOPE, frozenset({ACCEPT, CLOSE})),
    Role("dispatcher", "派遣员", Reach.SCOPE, frozenset({DISPATCH, EXTEND})),
    Role("unit_officer", "处置部门", Reach.UNIT, frozenset({MAIN})),
    Role("handler", "处置人员", Reach.PERSON, frozenset({MAIN})),
    Role("collector", "采集员", Reach.UNIT, frozenset({CHECK, VERIFY})),
    Role("hotline", "热线话务员", Reach.SCOPE),
    Role("duty_leader", "值班领导", Reach.SCOPE),
    Role("auditor", "审计员", Reach.SCOPE),
    Role("administrator", "系统管理员", Reach.SCOPE),
)
