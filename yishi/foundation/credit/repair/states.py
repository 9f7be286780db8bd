"""States, stages, clocks, duties and roles of credit repair (信用修复管理办法, NDRC Order 36)."""

from __future__ import annotations

from yishi.foundation.access.actors import Reach, Role
from yishi.foundation.cases.lifecycle import State

#: The application as a whole at the one window (信用中国), and each record decided by its body.
SYSTEM, RECORD = "credit_repair", "credit_repair_record"
#: Types of the application: an ordinary repair, or the temporary shield of a reorganised bankrupt.
REPAIR, SHIELD = "credit_repair", "credit_shield"

STAGES = {"handle": "办理", "answer": "答复", "void": "终止"}
STATES = {
    state.name: state
    for state in (
        State("submitted", "已收到，待转送", "handle"),
        State("forwarded", "已转认定单位", "handle"),
        State("answered", "已答复", "answer", final=True),
        State("withdrawn", "已撤回", "void", final=True),
    )
}
OPEN = frozenset({"submitted", "forwarded"})

RECORD_STAGES = {
    "forward": "转送",
    "receive": "受理",
    "correct": "补正",
    "check": "审查",
    "object": "异议",
    "shield": "屏蔽",
    "flag": "认定",
    "done": "办结",
}
RECORD_STATES = {
    state.name: state
    for state in (
        State("forwarding", "待转送", "forward"),
        State("received", "待受理", "receive"),
        State("correcting", "待补正", "correct"),
        State("checking", "审查中", "check"),
        State("objecting", "异议复核中", "object"),
        State("shielded", "临时屏蔽中", "shield"),
        State("revoked", "修复已撤销，待认定严重失信", "flag"),
        State("repaired", "已修复", "done", final=True),
        State("refused", "不予修复", "done", final=True),
        State("not_accepted", "不予受理", "done", final=True),
        State("withdrawn", "已撤回", "done", final=True),
        State("shield_ended", "屏蔽已终止", "done", final=True),
        State("flagged", "已认定严重失信", "done", final=True),
        State("not_flagged", "修复已撤销", "done", final=True),
    )
}
#: Where a record still waits for its body's answer.
UNDECIDED = frozenset({"forwarding", "received", "correcting", "checking"})
OUTCOMES = {
    "repaired": "已修复",
    "refused": "不予修复",
    "not_accepted": "不予受理",
    "withdrawn": "已撤回",
    "shielded": "临时屏蔽",
    "shield_ended": "屏蔽终止",
    "revoked": "修复已撤销",
}

#: Clocks. The window answers, the body accepts, decides and answers objections; the applicant
#: corrects; the body looks into a false pledge.
ANSWER, ACCEPT, DECIDE, CORRECTION, OBJECTION, FLAGGING = (
    "answer",
    "accept",
    "decide",
    "correction",
    "objection",
    "flagging",
)
CLOCK_LABELS = {
    ANSWER: "答复申请人",
    ACCEPT: "受理",
    DECIDE: "审查决定",
    CORRECTION: "补正期限",
    OBJECTION: "异议复核",
    FLAGGING: "认定严重失信",
}
#: 工作日 are counted from the day after receipt (民法典 201).
PROFILE = "licence"

WINDOW_DUTY, EXAMINE, FLAG = "repair_window", "repair_examine", "repair_flag"
DUTY_LABELS = {
    WINDOW_DUTY: "信用修复窗口",
    EXAMINE: "信用修复审查",
    FLAG: "失信行为认定",
}
WINDOW, BODY = "credit_officer", "credit_examiner"
ROLES = (
    Role(WINDOW, "信用管理人员", Reach.SCOPE, frozenset({WINDOW_DUTY})),
    Role(BODY, "信用认定单位", Reach.UNIT, frozenset({EXAMINE, FLAG})),
)
#: The applicant, and the window for whoever comes there.
APPLICANT = frozenset({"applicant", WINDOW})
#: What a mandate must reach to act for somebody here.
MATTER = REPAIR
