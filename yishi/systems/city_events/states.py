"""The states of a city event, its stages (the seven steps), and why a report may be refused."""

from __future__ import annotations

from yishi.foundation.cases.lifecycle import State

SYSTEM = "city_events"

STAGES = {
    "collect": "信息收集",
    "file": "案卷建立",
    "dispatch": "任务派遣",
    "handle": "任务处理",
    "suspend": "挂账",
    "feedback": "处理反馈",
    "verify": "核实结案",
    "evaluate": "综合评价",
    "forced": "强制结案",
    "void": "作废",
}

STATES = {
    state.name: state
    for state in (
        State("reported", "待受理", "collect"),
        State("checking", "核查中", "collect"),
        State("filed", "待派遣", "file"),
        State("returned", "退单待派遣", "dispatch"),
        State("disputed", "争议待裁定", "dispatch"),
        State("assigned", "待签收", "dispatch"),
        State("handling", "处置中", "handle"),
        State("suspended", "挂账中", "suspend"),
        State("on_site_done", "现场已完成", "handle"),
        State("fed_back", "已反馈待批转", "feedback"),
        State("verifying", "核实中", "verify"),
        State("verified", "待结案", "verify"),
        State("closed", "已结案", "evaluate", final=True),
        State("forced_closed", "强制结案", "forced", final=True),
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

#: Why a unit returns a case: only for lack of duty (首接负责制); other difficulties have moves of
#: their own (延期, 挂账, 联合处置).
RETURN_REASONS = (
    ("duty", "不属于本单位法定职责"),
    ("area", "不在本单位管辖区域"),
    ("owner", "设施不归本单位权属或管养"),
)

SUPERVISE_REASONS = (
    ("late", "处置超过时限"),
    ("hot", "群众反映强烈、多人上报"),
    ("order", "领导批示逾期或专门交办"),
    ("other", "其他"),
)
#: Levels of 督办 with their cards, from the mildest. The names are a profile's choice (示意).
LEVELS = {1: "一般督办（黄牌）", 2: "重点督办（红牌）", 3: "挂牌督办"}

FORCED_REASONS = (
    ("impossible", "客观条件不具备，长期无法处置"),
    ("owner_unknown", "权属经查无法确定，已采取安全防护"),
    ("legal", "已进入司法、征收拆迁等程序"),
    ("planned", "已列入改造或年度计划，另行办理"),
)

APPEAL_REASONS = (
    ("nature", "恶劣天气等不可抗力"),
    ("other_party", "须由第三方配合，已及时催办"),
    ("limit", "类别、时限或派遣有误"),
    ("fault", "系统或通信故障"),
)
