"""After the decision: objection, revocation, and the shield of a reorganised bankrupt."""

from __future__ import annotations

from yishi.foundation.cases.lifecycle import Move, Need
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.lifecycle import effects as e
from yishi.foundation.credit.repair.lifecycle import guards as g

_BODY, _WINDOW = frozenset({s.BODY}), frozenset({s.WINDOW})
_ENDED = (
    Need("on", "裁定日期", "date", required=True),
    Need("document_no", "法院文书编号", "line", required=True),
    Need("note", "说明"),
)
LATER = (
    Move(
        "object",
        "提出异议",
        s.APPLICANT,
        frozenset({"refused", "not_accepted"}),
        "objecting",
        needs=(Need("note", "异议的事实和理由", required=True),),
        guard=g.objects_once,
        effect=e.object_to,
        clock="异议复核期限开始",
    ),
    Move(
        "answer_objection",
        "答复异议",
        _BODY,
        frozenset({"objecting"}),
        None,
        duty=s.EXAMINE,
        needs=(
            Need(
                "result",
                "复核结果",
                "choice",
                required=True,
                choices=(("kept", "维持原决定"), ("reopened", "异议成立，重新审查")),
            ),
            Need("note", "事实和理由", required=True, hint="将写入异议答复书送达申请人。"),
        ),
        effect=e.answer_objection,
        clock="异议复核期限停止；重新审查的决定期限起算",
        primary=True,
    ),
    Move(
        "revoke",
        "撤销修复",
        _BODY,
        frozenset({"repaired"}),
        "revoked",
        duty=s.EXAMINE,
        past=True,
        needs=(
            Need(
                "note",
                "信用承诺不实的事实和证据",
                required=True,
                hint="将写入撤销决定书；撤销后立即恢复公示和措施。",
            ),
        ),
        guard=g.was_repaired,
        effect=e.revoke,
        clock="认定严重失信的期限开始；恢复公示，最长公示期不变",
        danger=True,
    ),
    Move(
        "flag",
        "认定严重失信",
        _BODY,
        frozenset({"revoked"}),
        "flagged",
        duty=s.FLAG,
        needs=(
            Need("document_no", "认定文书编号", "line", required=True),
            Need("document_date", "认定文书日期", "date", required=True),
            Need("note", "事实", required=True, hint="写入新的失信记录，不要写个人号码。"),
        ),
        effect=e.flag,
        clock="认定期限停止；新增一条严重失信记录",
        primary=True,
    ),
    Move(
        "not_flag",
        "不认定严重失信",
        _BODY,
        frozenset({"revoked"}),
        "not_flagged",
        duty=s.FLAG,
        needs=(Need("note", "理由", required=True),),
        effect=e.not_flag,
        clock="认定期限停止",
    ),
    Move(
        "shield",
        "临时屏蔽",
        _BODY,
        frozenset({"received"}),
        "shielded",
        duty=s.EXAMINE,
        needs=(Need("note", "说明"),),
        guard=g.shields,
        effect=e.shield,
        clock="受理期限停止；公示和措施暂停，最长公示期照常计算",
        primary=True,
        basis="国办发〔2025〕22号：凭法院批准重整计划、认可和解协议的裁定",
    ),
    Move(
        "plan_failed",
        "重整计划终止执行，恢复公示",
        _WINDOW,
        frozenset({"shielded"}),
        "shield_ended",
        needs=_ENDED,
        effect=e.plan_failed,
        clock="恢复公示和措施，最长公示期不变",
        danger=True,
    ),
    Move(
        "plan_done",
        "重整计划执行完毕，屏蔽转为修复",
        _WINDOW,
        frozenset({"shielded"}),
        "repaired",
        needs=_ENDED,
        effect=e.plan_done,
        clock="终止公示、停止共享使用、解除措施",
        primary=True,
    ),
)
