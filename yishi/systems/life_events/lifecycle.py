"""The loop of a theme's case: handed in, looked at, accepted for all items, done when they are.

The items are cases of their own (`approvals`), started with the acceptance; whenever one moves, the
parent hears of it by ``member_changed`` in the same commit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yishi.foundation.cases.lifecycle import Lifecycle, Move, Need
from yishi.systems.life_events import states as s

if TYPE_CHECKING:
    pass

from yishi.systems.life_events.effects import (
    CITY_TIME,
    accept,
    answer_stuck,
    being_called,
    call_stuck,
    correct,
    correction_missed,
    day_of,
    extend_joint,
    in_time,
    may_call,
    may_extend,
    may_tell,
    member_changed,
    move_version,
    not_deemed,
    nothing_told,
    recalculate,
    refuse_acceptance,
    submit,
    supply,
    tell_gaps,
    withdraw,
)

_NOTE = Need("note", "说明", required=True)
_REASON = Need("note", "理由", required=True, hint="写明事实和依据，将书面告知申请人。")
_RESULTS = (
    ("solved", "已协调解决"),
    ("explained", "依法不能办理，已说明理由"),
    ("transferred", "已转交有权机关"),
)
_ANY = frozenset(s.EARLY | s.RUNNING | {"correcting"})

_MOVES = (
    Move(
        "submit",
        "提交申请",
        s.APPLICANT,
        frozenset({""}),
        "submitted",
        effect=submit,
        clock="预审 1 工作日、一次性告知 5 工作日起算",
    ),
    Move(
        "review",
        "开始预审",
        frozenset({s.WINDOW}),
        frozenset({"submitted"}),
        "reviewing",
        duty=s.CHECK,
    ),
    Move(
        "accept",
        "统一受理",
        frozenset({s.WINDOW}),
        s.EARLY,
        "accepted",
        duty=s.CHECK,
        needs=(
            Need(
                "deferred_until",
                "容缺材料补交期限",
                "date",
                hint="有容缺材料时填写，不填为十个工作日。",
            ),
        ),
        effect=accept,
        primary=True,
        clock="各事项同时受理，承诺与法定时限起算；含许可事项的联合办理 45 工作日",
        basis="行政许可法第二十六条、第四十二条",
    ),
    Move(
        "tell_gaps",
        "一次性告知补正",
        frozenset({s.WINDOW}),
        s.EARLY,
        "correcting",
        duty=s.CHECK,
        guard=may_tell,
        effect=tell_gaps,
        clock="告知时钟停止，补正期限起算",
        basis="行政许可法第三十二条",
    ),
    Move(
        "correct",
        "补正",
        s.APPLICANT,
        frozenset({"correcting"}),
        "reviewing",
        guard=in_time,
        effect=correct,
        clock="补正期限停止",
    ),
    Move(
        "refuse_acceptance",
        "不予受理",
        frozenset({s.WINDOW}),
        s.EARLY,
        "not_accepted",
        duty=s.CHECK,
        needs=(_REASON,),
        guard=not_deemed,
        effect=refuse_acceptance,
        danger=True,
        basis="行政许可法第三十二条",
    ),
    Move(
        "deem_accepted",
        "逾期未告知视为受理",
        frozenset(),
        s.EARLY,
        "accepted",
        guard=nothing_told,
        effect=accept,
        automatic=True,
        clock="自收到之日起计算",
        basis="行政许可法第三十二条第四项",
    ),
    Move(
        "deem_withdrawn",
        "逾期未补正视为撤回",
        frozenset(),
        frozenset({"correcting"}),
        "withdrawn",
        guard=correction_missed,
        effect=withdraw,
        automatic=True,
    ),
    Move(
        "member_changed",
        "事项有进展",
        frozenset(),
        s.RUNNING,
        None,
        effect=member_changed,
        automatic=True,
        clock="预计办结日期随最长路径重新计算",
    ),
    Move(
        "supply",
        "补交容缺材料",
        s.APPLICANT,
        s.RUNNING,
        None,
        effect=supply,
    ),
    Move(
        "extend_joint",
        "延长联合办理时限",
        frozenset({s.HEAD}),
        s.RUNNING,
        None,
        needs=(
            Need("days", "延长天数", "line", hint="工作日，最多 15"),
            _REASON,
        ),
        guard=may_extend,
        effect=extend_joint,
        clock="联合办理时限延长 15 工作日，只一次",
        basis="行政许可法第四十二条第二款",
    ),
    Move(
        "withdraw",
        "撤回申请",
        s.APPLICANT,
        _ANY,
        "withdrawn",
        needs=(Need("note", "撤回原因"),),
        effect=withdraw,
        danger=True,
    ),
    Move(
        "call_stuck",
        "反映办不成事",
        s.APPLICANT | {s.OFFICE},
        _ANY,
        None,
        needs=(_NOTE,),
        guard=may_call,
        effect=call_stuck,
    ),
    Move(
        "answer_stuck",
        "答复办不成事",
        frozenset({s.WINDOW, s.OFFICE}),
        _ANY,
        None,
        duty=s.STUCK,
        needs=(
            Need("result", "结果", "choice", required=True, choices=_RESULTS),
            Need("note", "答复", required=True),
        ),
        guard=being_called,
        effect=answer_stuck,
    ),
    Move(
        "recalculate",
        "按新日历重算期限",
        frozenset(),
        _ANY,
        None,
        effect=recalculate,
        clock="未停止的时限按新公布的日历重算",
        automatic=True,
    ),
    Move(
        "move_version",
        "改用新版主题",
        frozenset({s.APPROVER}),
        _ANY,
        None,
        effect=move_version,
        automatic=True,
    ),
)

MOVES = {move.name: move for move in _MOVES}

LIFECYCLE = Lifecycle(
    system=s.SYSTEM,
    version=1,
    states=s.STATES,
    moves=MOVES,
    duty_clocks={s.CHECK: s.PREREVIEW, s.LEAD: s.THEME, s.BODY: s.THEME},
    stage_labels=s.STAGES,
    duty_labels=s.DUTY_LABELS,
    by_working_day=True,
)

__all__ = ["CITY_TIME", "LIFECYCLE", "MOVES", "day_of"]
