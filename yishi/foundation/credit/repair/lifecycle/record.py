"""One record of an application: received by the body that recorded it, accepted, decided.

谁认定、谁修复 (信用修复管理办法): accepted or not within three working days, decided within the
body's limit; then objection, revocation for a false pledge, and the shield of a bankrupt.
"""

from __future__ import annotations

from yishi.foundation.cases.lifecycle import Lifecycle, Move, Need
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.lifecycle import effects as e
from yishi.foundation.credit.repair.lifecycle import guards as g
from yishi.foundation.credit.repair.lifecycle.later import LATER

ORDER_36 = "信用修复管理办法（国家发展改革委令2025年第36号）"
NOT_ACCEPTED_REASONS = (
    ("INCOMPLETE", "材料不齐全或者不符合要求"),
    ("MIN_PERIOD", "未满最短公示期"),
    ("DUTY_NOT_DONE", "义务未履行完毕或者失信行为未改正"),
    ("OTHER_BODY", "不是本单位认定的信息"),
    ("BARRED_BY_LAW", "法律、行政法规规定不得修复"),
)
REFUSED_REASONS = (
    ("DUTY_NOT_DONE", "经查义务未履行完毕或者失信行为未改正"),
    ("FALSE_MATERIAL", "材料不真实"),
    ("BARRED_BY_LAW", "法律、行政法规规定不得修复"),
    ("OTHER", "其他不符合修复条件的情形"),
)
OUTSIDE_RESULTS = (
    ("repaired", "准予修复"),
    ("refused", "不予修复"),
    ("not_accepted", "不予受理"),
)
_DUTY = Need(
    "duty_done_on",
    "核实的义务履行完毕日",
    "date",
    hint="信息中没有记载或者与记载不同时填写。",
)
_REASON = Need("note", "事实和理由", required=True, hint="将写入通知书送达申请人。")
_BODY, _WINDOW = frozenset({s.BODY}), frozenset({s.WINDOW})

INTAKE = (
    Move(
        "receive",
        "收到申请",
        s.APPLICANT,
        frozenset({""}),
        "received",
        effect=e.receive,
        clock="3个工作日的受理期限开始；认定单位不在本市的由窗口转送",
        automatic=True,
        basis="国办发〔2025〕22号",
    ),
    Move(
        "turn_down",
        "条件不符，不予受理",
        frozenset(),
        frozenset({"received", "forwarding"}),
        "not_accepted",
        effect=e.not_accept,
        clock="全部停止；写明缺少的条件和最早可以申请的日期",
        automatic=True,
        basis=ORDER_36,
    ),
    Move(
        "repair_at_once",
        "轻微失信，当即修复",
        frozenset(),
        frozenset({"received"}),
        "repaired",
        guard=g.not_against,
        effect=e.repair,
        clock="全部停止",
        automatic=True,
        basis=f"{ORDER_36}：轻微失信履行义务后即可修复",
    ),
    Move(
        "forward",
        "转送认定单位",
        _WINDOW,
        frozenset({"forwarding"}),
        "received",
        duty=s.WINDOW_DUTY,
        needs=(Need("unit", "认定单位", "unit", required=True), Need("note", "说明")),
        effect=e.forward,
        clock="3个工作日的受理期限开始",
        primary=True,
    ),
    Move(
        "answer_outside",
        "登记外地单位的决定",
        _WINDOW,
        frozenset({"forwarding"}),
        None,
        duty=s.WINDOW_DUTY,
        needs=(
            Need("result", "决定", "choice", required=True, choices=OUTSIDE_RESULTS),
            Need("document_no", "对方文书编号", "line", required=True),
            Need("note", "理由"),
        ),
        guard=g.repairs,
        effect=e.answer_outside,
        clock="全部停止",
    ),
    Move(
        "accept",
        "受理",
        _BODY,
        frozenset({"received"}),
        "checking",
        duty=s.EXAMINE,
        needs=(_DUTY, Need("note", "说明")),
        guard=g.not_against,
        effect=e.accept,
        clock="受理期限停止；审查决定期限按收到申请之日的规定起算",
        primary=True,
        basis="国办发〔2025〕22号",
    ),
    Move(
        "tell_gaps",
        "一次性告知补正",
        _BODY,
        frozenset({"received"}),
        "correcting",
        duty=s.EXAMINE,
        needs=(
            Need(
                "note", "缺少的全部材料和内容", required=True, hint="一行一项，将书面告知申请人。"
            ),
        ),
        guard=g.told_once,
        effect=e.tell_gaps,
        clock="受理期限停止，补正期限开始，答复期限暂停",
    ),
    Move(
        "correct",
        "补正",
        s.APPLICANT,
        frozenset({"correcting"}),
        "received",
        needs=(Need("declared_on", "义务履行完毕日", "date"), Need("note", "补正说明")),
        guard=g.in_time,
        effect=e.correct,
        clock="补正期限停止，受理期限重新开始，答复期限继续",
        primary=True,
    ),
    Move(
        "lapse",
        "逾期未补正，视为撤回",
        frozenset(),
        frozenset({"correcting"}),
        "withdrawn",
        guard=g.too_late,
        effect=e.withdraw,
        automatic=True,
    ),
    Move(
        "not_accept",
        "不予受理",
        _BODY,
        frozenset({"received"}),
        "not_accepted",
        duty=s.EXAMINE,
        needs=(
            Need("reason", "情形", "choice", required=True, choices=NOT_ACCEPTED_REASONS),
            _REASON,
        ),
        effect=e.not_accept,
        clock="全部停止",
        danger=True,
    ),
    Move(
        "withdraw",
        "撤回",
        s.APPLICANT,
        s.UNDECIDED,
        "withdrawn",
        needs=(Need("note", "撤回原因"),),
        effect=e.withdraw,
        clock="全部停止",
        danger=True,
    ),
)
DECIDING = (
    Move(
        "extend",
        "延期",
        _BODY,
        frozenset({"checking"}),
        None,
        duty=s.EXAMINE,
        needs=(Need("note", "延期理由", required=True),),
        guard=g.may_extend,
        effect=e.extend,
        clock="审查决定期限延长，窗口答复期限同样延长",
    ),
    Move(
        "repair",
        "准予修复",
        _BODY,
        frozenset({"checking"}),
        "repaired",
        duty=s.EXAMINE,
        needs=(Need("note", "说明"),),
        guard=g.not_against,
        effect=e.repair,
        clock="全部停止；同时终止公示、停止共享使用、解除措施",
        primary=True,
        basis=ORDER_36,
    ),
    Move(
        "refuse",
        "不予修复",
        _BODY,
        frozenset({"checking"}),
        "refused",
        duty=s.EXAMINE,
        needs=(Need("reason", "情形", "choice", required=True, choices=REFUSED_REASONS), _REASON),
        effect=e.refuse,
        clock="全部停止",
        danger=True,
    ),
    Move(
        "recalculate",
        "按新日历重算期限",
        frozenset(),
        frozenset(name for name, state in s.RECORD_STATES.items() if not state.final),
        None,
        effect=lambda draft, facts: draft.recalculate(never_earlier=frozenset({s.CORRECTION})),
        clock="未停止的时限按新公布的日历重算；补正期限只延后",
        automatic=True,
    ),
)
MOVES = {move.name: move for move in (*INTAKE, *DECIDING, *LATER)}
LIFECYCLE = Lifecycle(
    system=s.RECORD,
    version=1,
    states=s.RECORD_STATES,
    moves=MOVES,
    duty_clocks={s.EXAMINE: s.ACCEPT, s.FLAG: s.FLAGGING},
    stage_labels=s.RECORD_STAGES,
    duty_labels=s.DUTY_LABELS,
)
