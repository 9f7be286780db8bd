"""The seven steps of digital city management (GB/T 30428) as a table of states and moves."""

from __future__ import annotations

from yishi.foundation.cases.lifecycle import Lifecycle, Move, Need
from yishi.systems.city_events import effects, guards, roles
from yishi.systems.city_events.states import REJECT_REASONS, STAGES, STATES, SYSTEM

__all__ = ["LIFECYCLE", "MOVES", "REJECT_REASONS", "STAGES", "STATES", "SYSTEM"]

NOTE = Need("note", "意见", "text")
REASON = Need("note", "理由", "text", required=True, hint="将写入案卷，相关单位可见")
PHOTOS = Need("photos", "照片", "photos")
TYPE = Need("type", "事部件类别", "type")
STANDARD = Need("standard", "立案条件", "standard")

_CENTRE = frozenset({"dispatcher"})
_ACCEPTOR = frozenset({"acceptor"})
_UNIT = frozenset({"unit_officer"})
_OPEN = frozenset(name for name, state in STATES.items() if not state.final)


def _roles(*names: str) -> frozenset[str]:
    return frozenset(names)


_INTAKE = (
    Move(
        "receive",
        "上报",
        _roles("reporter"),
        _roles(""),
        "reported",
        effect=effects.receive,
        clock="受理时钟15分钟开始",
        automatic=True,
    ),
    Move(
        "file",
        "立案",
        _ACCEPTOR,
        _roles("reported"),
        "filed",
        duty=roles.ACCEPT,
        needs=(TYPE, STANDARD, NOTE),
        guard=guards.place_known,
        effect=effects.file,
        clock="受理时钟停止，派遣时钟15分钟开始",
        automatic=True,
        primary=True,
        basis="GB/T 30428.8 立案条件",
    ),
    Move(
        "amend",
        "补正类别或地点",
        _roles("acceptor", "dispatcher"),
        _roles("reported", "filed", "returned"),
        None,
        needs=(Need("place", "案发地点", "place"), TYPE, STANDARD, NOTE),
        effect=effects.amend,
    ),
    Move(
        "request_check",
        "发起核查",
        _ACCEPTOR,
        _roles("reported"),
        "checking",
        duty=roles.ACCEPT,
        needs=(NOTE,),
        guard=guards.place_known,
        effect=effects.request_check,
        clock="受理时钟暂停，核查时钟30分钟开始",
    ),
    Move(
        "report_check",
        "核查反馈",
        _roles("collector"),
        _roles("checking"),
        "reported",
        duty=roles.CHECK,
        needs=(
            Need(
                "result",
                "核查结论",
                "choice",
                required=True,
                choices=(("true", "情况属实"), ("false", "情况不属实"), ("unclear", "无法核查")),
            ),
            NOTE,
            PHOTOS,
        ),
        effect=effects.report_check,
        clock="核查时钟停止，受理时钟继续",
        primary=True,
    ),
    Move(
        "reject",
        "不予立案",
        _ACCEPTOR,
        _roles("reported"),
        "voided",
        duty=roles.ACCEPT,
        needs=(
            Need("reason", "不予立案原因", "choice", required=True, choices=REJECT_REASONS),
            REASON,
        ),
        effect=effects.reject,
        clock="受理时钟停止",
        danger=True,
        basis="北京市接诉即办工作条例第十一条",
    ),
    Move(
        "withdraw",
        "撤回上报",
        _roles("reporter"),
        _roles("reported", "filed"),
        "voided",
        needs=(REASON,),
        guard=guards.may_withdraw,
        effect=effects.withdraw,
        danger=True,
    ),
)

_DISPATCH = (
    Move(
        "dispatch",
        "派遣",
        _CENTRE,
        _roles("filed", "returned"),
        "assigned",
        duty=roles.DISPATCH,
        needs=(Need("unit", "处置部门", "unit", required=True), NOTE),
        effect=effects.dispatch,
        clock="派遣时钟停止，处置时钟开始；退回原部门时继续，改派时重新开始",
        automatic=True,
        primary=True,
    ),
    Move(
        "back_to_acceptor",
        "退回受理员",
        _CENTRE,
        _roles("filed", "returned"),
        "reported",
        duty=roles.DISPATCH,
        needs=(REASON,),
        effect=effects.back_to_acceptor,
        clock="派遣时钟停止，受理时钟重新开始",
    ),
    Move(
        "forward",
        "批转核实",
        _CENTRE,
        _roles("fed_back"),
        "verifying",
        duty=roles.DISPATCH,
        needs=(NOTE,),
        effect=effects.forward,
        clock="派遣时钟停止，核实时钟30分钟开始",
        primary=True,
    ),
    Move(
        "grant_extension",
        "同意延期",
        _CENTRE,
        _roles("handling", "on_site_done"),
        None,
        duty=roles.EXTEND,
        needs=(NOTE,),
        guard=guards.extension_pending,
        effect=effects.grant_extension,
        clock="处置期限在现期限上增加一个原时限",
        primary=True,
    ),
    Move(
        "refuse_extension",
        "不同意延期",
        _CENTRE,
        _roles("handling", "on_site_done"),
        None,
        duty=roles.EXTEND,
        needs=(REASON,),
        guard=guards.extension_pending,
        effect=effects.refuse_extension,
    ),
)

_HANDLE = (
    Move(
        "sign",
        "签收",
        _UNIT,
        _roles("assigned"),
        "handling",
        duty=roles.MAIN,
        effect=effects.sign,
        primary=True,
    ),
    Move(
        "assign_person",
        "指派人员",
        _UNIT,
        _roles("handling"),
        None,
        duty=roles.MAIN,
        needs=(Need("person", "处置人员", "person", required=True), NOTE),
        effect=effects.assign_person,
    ),
    Move(
        "revoke_person",
        "撤销指派",
        _UNIT,
        _roles("handling"),
        None,
        duty=roles.MAIN,
        guard=guards.person_assigned,
        effect=effects.revoke_person,
    ),
    Move(
        "give_back",
        "退单",
        _UNIT,
        _roles("assigned", "handling"),
        "returned",
        duty=roles.MAIN,
        needs=(REASON,),
        guard=guards.may_return,
        effect=effects.give_back,
        clock="处置时钟暂停，派遣时钟15分钟开始",
        danger=True,
        basis="安阳市政务服务条例第五十条",
    ),
    Move(
        "finish",
        "填报处置结果",
        _roles("unit_officer", "handler"),
        _roles("handling"),
        "on_site_done",
        duty=roles.MAIN,
        needs=(
            Need("note", "处置说明", "text", hint="没有处置后照片时，请写明无法拍照的原因"),
            Need("photos_before", "处置前照片", "photos"),
            Need("photos", "处置后照片", "photos"),
        ),
        effect=effects.finish,
        primary=True,
    ),
    Move(
        "redo",
        "内部重办",
        _UNIT,
        _roles("on_site_done"),
        "handling",
        duty=roles.MAIN,
        needs=(REASON,),
        effect=effects.redo,
    ),
    Move(
        "confirm",
        "确认反馈",
        _UNIT,
        _roles("on_site_done"),
        "fed_back",
        duty=roles.MAIN,
        needs=(NOTE,),
        guard=guards.has_result,
        effect=effects.confirm,
        clock="处置时钟停止，派遣时钟15分钟开始",
        primary=True,
    ),
    Move(
        "ask_extension",
        "申请延期",
        _UNIT,
        _roles("handling"),
        None,
        duty=roles.MAIN,
        needs=(REASON,),
        guard=guards.may_ask_extension,
        effect=effects.ask_extension,
    ),
)

_CLOSE = (
    Move(
        "report_verification",
        "核实反馈",
        _roles("collector"),
        _roles("verifying"),
        "verified",
        duty=roles.VERIFY,
        needs=(
            Need(
                "result",
                "核实结论",
                "choice",
                required=True,
                choices=(("pass", "已解决，符合结案条件"), ("fail", "未解决或不符合结案条件")),
            ),
            NOTE,
            PHOTOS,
        ),
        guard=guards.not_the_handler,
        effect=effects.report_verification,
        clock="核实时钟停止，结案时钟15分钟开始",
        primary=True,
    ),
    Move(
        "close",
        "结案",
        _ACCEPTOR,
        _roles("verified"),
        "closed",
        duty=roles.CLOSE,
        needs=(NOTE,),
        guard=guards.verified,
        effect=effects.close,
        clock="全部时钟停止",
        primary=True,
        basis="GB/T 30428.8 结案条件",
    ),
    Move(
        "rework",
        "返工",
        _roles("acceptor", "dispatcher"),
        _roles("fed_back", "verified"),
        "assigned",
        needs=(REASON,),
        effect=effects.rework,
        clock="处置时钟重新开始",
        danger=True,
    ),
    Move(
        "reopen",
        "重新办理",
        _roles("reporter", "acceptor"),
        _roles("closed"),
        "filed",
        needs=(REASON,),
        guard=guards.may_reopen,
        effect=effects.reopen,
        clock="派遣时钟15分钟开始，派遣后处置时钟重新计算",
    ),
)

_REPORTS = (
    Move(
        "merge_report",
        "并入上报",
        _ACCEPTOR,
        _OPEN,
        None,
        effect=effects.merge_report,
        automatic=True,
    ),
    Move(
        "unmerge_report",
        "拆出上报",
        _ACCEPTOR,
        _OPEN,
        None,
        effect=effects.unmerge_report,
        automatic=True,
    ),
)

_CALENDAR = (
    Move(
        "recalculate",
        "按新日历重算期限",
        _roles(),
        _OPEN,
        None,
        effect=effects.recalculate,
        clock="运行中的时钟按最新日历重新计算",
        automatic=True,
    ),
)

MOVES = {
    move.name: move for move in (*_INTAKE, *_DISPATCH, *_HANDLE, *_CLOSE, *_REPORTS, *_CALENDAR)
}

LIFECYCLE = Lifecycle(
    system=SYSTEM,
    version=1,
    states=STATES,
    moves=MOVES,
    duty_clocks={
        roles.ACCEPT: "acceptance",
        roles.CHECK: "check",
        roles.DISPATCH: "dispatch",
        roles.MAIN: "handling",
        roles.EXTEND: "handling",
        roles.VERIFY: "verify",
        roles.CLOSE: "closing",
    },
    stage_labels=STAGES,
    duty_labels=roles.DUTY_LABELS,
)
