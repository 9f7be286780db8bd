"""The states of a project, its stages and duties, and who plays which part."""

from __future__ import annotations

from yishi.foundation.access.actors import Reach, Role
from yishi.foundation.cases.lifecycle import State

SYSTEM = "construction"

STAGES = {
    "register": "项目登记",
    "stage_1": "立项用地规划许可",
    "stage_2": "工程建设许可",
    "stage_3": "施工许可",
    "stage_4": "竣工验收",
    "filing": "竣工备案",
    "done": "办结",
    "ended": "终止",
}
STATES = {
    state.name: state
    for state in (
        State("code_pending", "待核验项目代码", "register"),
        State("secret_pending", "涉密项目待审核", "register"),
        State("stage_1", "立项用地规划许可阶段", "stage_1"),
        State("stage_2", "工程建设许可阶段", "stage_2"),
        State("stage_3", "施工许可阶段", "stage_3"),
        State("stage_4", "竣工验收阶段", "stage_4"),
        State("accepted", "验收通过待备案", "filing"),
        State("completed", "已办结归档", "done", final=True),
        State("terminated", "已终止", "ended", final=True),
    )
}
#: States in which approvals run.
RUNNING = frozenset({"stage_1", "stage_2", "stage_3", "stage_4"})
OPEN = frozenset(name for name, state in STATES.items() if not state.final)

#: Duties: who has an open assignment of that role has something to do (but ``involved``: it sees).
LEAD, SURVEY, OPINION, CONCLUDE, CARD, INVOLVED = (
    "lead",
    "survey",
    "opinion",
    "conclude",
    "card",
    "involved",
)
DUTIES = {
    LEAD: "阶段牵头",
    SURVEY: "多测合一测绘",
    OPINION: "联合验收意见",
    CONCLUDE: "验收汇总",
    CARD: "督办答复",
    INVOLVED: "并联部门",
}
#: The clocks of a project. Limits of stages and of the whole stand still when no item counts.
PROJECT, START, CARD_CLOCK = "project", "start", "card"
#: Of each order for merged surveying: ``survey01`` and on, by the order's number.
SURVEY_CLOCK = "survey"
MOST_ORDERS = 99
CLOCKS = {
    PROJECT: "总时限",
    **{f"stage_{number}": f"第{number}阶段时限" for number in (1, 2, 3, 4)},
    START: "开工期限",
    CARD_CLOCK: "督办答复",
    **{f"{SURVEY_CLOCK}{n:02d}": "多测合一测绘" for n in range(1, MOST_ORDERS + 1)},
}

WINDOW, OFFICE, STAGE_LEAD, APPROVER, SURVEYOR = (
    "window_clerk",
    "project_office",
    "stage_lead",
    "approver",
    "surveyor",
)
ROLES = (
    Role(STAGE_LEAD, "阶段牵头部门", Reach.UNIT, frozenset({LEAD, CONCLUDE, CARD})),
    Role(APPROVER, "审批人", Reach.UNIT, frozenset({OPINION})),
    Role(SURVEYOR, "测绘单位", Reach.UNIT, frozenset({SURVEY})),
    Role(OFFICE, "工改办", Reach.SCOPE),
    Role(WINDOW, "综合窗口", Reach.SCOPE),
)

CODE_REASONS = (
    ("wrong", "赋码有误，更正"),
    ("void", "原代码已作废"),
    ("split", "可研分别论证，重新赋码"),
    ("merged", "项目合并"),
)
STATE_OF_STAGE = {1: "stage_1", 2: "stage_2", 3: "stage_3", 4: "stage_4"}


def stage_number(state: str) -> int:
    """The number of the stage that a state belongs to; 0 before the first."""
    if state in ("accepted", "completed"):
        return 4
    return int(state[-1]) if state in RUNNING else 0


#: Outcomes of an item that give what later items wait for.
GRANTING = frozenset({"granted", "exempt", "deemed_granted"})
