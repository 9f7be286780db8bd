"""The states of a theme's case (§S1.4), its stages, duties and roles."""

from __future__ import annotations

from yishi.foundation.access.actors import Reach, Role
from yishi.foundation.cases.lifecycle import State

SYSTEM = "life_events"

STAGES = {
    "apply": "申请",
    "review": "预审",
    "correct": "补正",
    "handle": "办理",
    "finish": "办结",
    "void": "终止",
}

STATES = {
    state.name: state
    for state in (
        State("submitted", "已提交", "apply"),
        State("reviewing", "预审", "review"),
        State("correcting", "待补正", "correct"),
        State("accepted", "已受理", "handle"),
        State("handling", "办理中", "handle"),
        State("done", "全部办结", "finish", final=True),
        State("partial", "部分办结", "finish", final=True),
        State("not_granted", "均未准予", "finish", final=True),
        State("not_accepted", "不予受理", "void", final=True),
        State("withdrawn", "已撤回", "void", final=True),
    )
}
#: Before acceptance, and while the items are handled.
EARLY = frozenset({"submitted", "reviewing"})
RUNNING = frozenset({"accepted", "handling"})

#: Duties are the roles of assignments: who checks an application, who takes up a stuck one, who
#: leads the theme, and the bodies of its items, which may look at it.
CHECK, STUCK, LEAD, BODY = "theme_check", "stuck", "theme_lead", "theme_body"
DUTY_LABELS = {CHECK: "一件事预审", STUCK: "办不成事", LEAD: "一件事牵头", BODY: "一件事协办"}

#: 综合窗口, government head and the office of approvals are the items' roles too.
WINDOW, HEAD, OFFICE, EDITOR, APPROVER = (
    "window_clerk",
    "government_head",
    "approvals_office",
    "theme_editor",
    "theme_approver",
)
ROLES = (
    Role(WINDOW, "综合窗口", Reach.SCOPE, frozenset({CHECK, STUCK})),
    Role(HEAD, "政府负责人", Reach.SCOPE),
    Role(OFFICE, "审批监督", Reach.SCOPE, frozenset({STUCK})),
    Role("approver", "审批人", Reach.UNIT, frozenset({LEAD})),
    Role(EDITOR, "一件事编制", Reach.SCOPE),
    Role(APPROVER, "一件事复核", Reach.SCOPE),
)

#: The applicant, and whoever acts at the counter for him.
APPLICANT = frozenset({"reporter", WINDOW})

#: Clocks: online applications are looked at within a working day (AY 42); what is missing is told
#: once within five (许可法 art. 32(4)); joint handling takes 45 at most (art. 42(2)), 15 more with
#: the consent of the head of government.
PREREVIEW, TELLING, CORRECTION, JOINT, THEME = (
    "prereview",
    "telling",
    "correction",
    "joint",
    "theme",
)
PREREVIEW_LIMIT, TELLING_LIMIT, JOINT_LIMIT = ("1工作日", "5工作日", "45工作日")
#: Working days by which the head of the government extends joint handling at most (art. 42).
JOINT_EXTENSION = 15
#: How long an applicant has to correct, unless the city says otherwise.
CORRECTION_LIMIT = "15工作日"
PROFILE = "licence"
