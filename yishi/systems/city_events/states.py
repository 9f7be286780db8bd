"""The states of a city event, its stages (the seven steps), and why a report may be refused."""

from __future__ import annotations

from yishi.foundation.cases.lifecycle import State

SYSTEM = "city_events"

STAGES = {
    "collect": "信息收集",
    "file": "案卷建立",
    "dispatch": "任务派遣",
    "handle": "任务处理",
    "feedback": "处理反馈",
    "verify": "核实结案",
    "evaluate": "综合评价",
    "void": "作废",
}

STATES = {
    state.name: state
    for state in (
        State("reported", "待受理", "collect"),
        State("checking", "核查中", "collect"),
        State("filed", "待派遣", "file"),
        State("returned", "退单待派遣", "dispatch"),
        State("assigned", "待签收", "dispatch"),
        State("handling", "处置中", "handle"),
        State("on_site_done", "现场已完成", "handle"),
        State("fed_back", "已反馈待批转", "feedback"),
        State("verifying", "核实中", "verify"),
        State("verified", "待结案", "verify"),
        State("closed", "已结案", "evaluate", final=True),
        State("voided", "不予立案", "void", final=True),
    )
}

REJECT_REASONS = (
    ("1", "属紧急求助，已立即转接110、119、120等"),
    ("2", "已进入诉讼、仲裁、复议、信访等法定渠道"),
    ("3", "重复反映且无新的事实"),
    ("4", "涉及国家秘密、商业秘密或个人隐私"),
    ("5", "不属于城市运行管理职责范围"),
    ("6", "违反法律法规或公序良俗"),
    ("7", "经核查情况不属实"),
    ("8", "测试或误报"),
)
