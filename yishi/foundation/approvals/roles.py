"""Who works on items, and the duties whose work lists they see."""

from __future__ import annotations

from yishi.foundation.access.actors import Reach, Role

#: Duties are the roles of assignments: receive and accept, decide, make the document, hand it out.
WINDOW, EXAMINE, CERTIFY, HANDOUT = "window", "examine", "certify", "handout"
#: Of a bad rating: contact the rater, put it right, ask again.
REDRESS, FOLLOW_UP = "redress", "follow_up"
DUTY_LABELS = {
    WINDOW: "收件受理",
    EXAMINE: "审查决定",
    CERTIFY: "制证",
    HANDOUT: "送达",
    REDRESS: "差评整改",
    FOLLOW_UP: "差评回访",
}

CLERK, APPROVER, HEAD, GOVERNMENT, OFFICE = (
    "window_clerk",
    "approver",
    "agency_head",
    "government_head",
    "approvals_office",
)
#: Who works on items and so reads what was submitted; others in scope see the case without it.
READERS = frozenset({CLERK, APPROVER, HEAD, GOVERNMENT, OFFICE})
ROLES = (
    Role(CLERK, "综合窗口", Reach.SCOPE, frozenset({WINDOW, HANDOUT})),
    Role(APPROVER, "审批人", Reach.UNIT, frozenset({EXAMINE, CERTIFY, REDRESS}), leads=True),
    Role(HEAD, "部门负责人", Reach.UNIT, frozenset({EXAMINE, CERTIFY, REDRESS})),
    Role(GOVERNMENT, "政府负责人", Reach.SCOPE),
    Role(OFFICE, "审批监督", Reach.SCOPE, frozenset({FOLLOW_UP})),
)
