"""A payout from the list to the account, and back where it must come back: the loop as a table."""

from __future__ import annotations

from yishi.foundation.cases.lifecycle import Lifecycle, Move, Need
from yishi.systems.direct_benefits import effects
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.states import DUTIES, STAGES, STATES, SYSTEM

__all__ = ["LIFECYCLE", "SYSTEM"]

_OFFICER = frozenset({s.OFFICER})
_FINANCE = frozenset({s.MAKER, s.CHECKER})
REASON = Need("note", "理由", required=True)
NOTE = Need("note", "说明")
#: Where something may still be taken off the list or be given up.
BEFORE_ORDER = frozenset(
    {"listed", "confirmed", "held", "noticed", "suspended", "funds_asked", "returned"}
)


def _moves() -> tuple[Move, ...]:
    return (*_listing(), *_noticing(), *_paying(), *_clawing())


def _listing() -> tuple[Move, ...]:
    return (
        Move("receive", "筛选入列", frozenset(), frozenset({""}), "listed", effect=effects.receive),
        Move(
            "confirm",
            "确认",
            _OFFICER,
            frozenset({"listed"}),
            "confirmed",
            duty=s.CONFIRM,
            effect=effects.confirm,
            primary=True,
        ),
        Move(
            "strike",
            "剔除",
            _OFFICER,
            BEFORE_ORDER,
            "struck",
            duty=s.CONFIRM,
            needs=(REASON,),
            effect=effects.left(s.STRUCK),
            danger=True,
        ),
        Move(
            "hold",
            "账户或信用待核实",
            frozenset(),
            frozenset({"confirmed", "noticed", "funds_asked"}),
            "held",
            effect=effects.hold,
            automatic=True,
        ),
        Move(
            "release",
            "核实通过",
            _OFFICER,
            frozenset({"held"}),
            "confirmed",
            duty=s.CONFIRM,
        ),
        Move(
            "release_noticed",
            "核实通过，继续公示",
            _OFFICER,
            frozenset({"held"}),
            "noticed",
            duty=s.CONFIRM,
        ),
        Move(
            "release_funds",
            "核实通过，继续拨付",
            _OFFICER,
            frozenset({"held"}),
            "funds_asked",
            duty=s.CONFIRM,
            effect=effects.release_funds,
        ),
        Move(
            "decline",
            "放弃",
            frozenset({"applicant"}),
            BEFORE_ORDER,
            "declined",
            effect=effects.left(s.DECLINED),
            danger=True,
        ),
    )


def _noticing() -> tuple[Move, ...]:
    return (
        Move(
            "post",
            "公示",
            _OFFICER,
            frozenset({"confirmed"}),
            "noticed",
            duty=s.CONFIRM,
            effect=effects.post,
            primary=True,
        ),
        Move(
            "suspend",
            "异议核实",
            frozenset(),
            frozenset({"noticed"}),
            "suspended",
            effect=effects.suspend,
            clock="异议核实期限开始",
            automatic=True,
        ),
        Move(
            "reject_objection",
            "异议不成立",
            _OFFICER,
            frozenset({"suspended"}),
            "noticed",
            duty=s.CONFIRM,
            needs=(REASON,),
            effect=effects.answered,
            clock="异议核实期限停止",
        ),
        Move(
            "reject_objection_late",
            "异议不成立，继续拨付",
            _OFFICER,
            frozenset({"suspended"}),
            "funds_asked",
            duty=s.CONFIRM,
            needs=(REASON,),
            effect=effects.answered_late,
            clock="异议核实期限停止",
        ),
    )


def _paying() -> tuple[Move, ...]:
    return (
        Move(
            "ask_funds",
            "申请资金",
            _OFFICER,
            frozenset({"noticed"}),
            "funds_asked",
            duty=s.CONFIRM,
            guard=effects.notice_over,
            effect=effects.ask,
            primary=True,
        ),
        Move(
            "order",
            "生成支付指令",
            frozenset({s.MAKER}),
            frozenset({"funds_asked"}),
            "paying",
            duty=s.FUND,
            guard=effects.has_account,
            effect=effects.order,
            primary=True,
        ),
        Move(
            "pay_again",
            "重新支付",
            frozenset({s.MAKER}),
            frozenset({"returned"}),
            "paying",
            duty=s.FUND,
            guard=effects.has_account,
            effect=effects.order,
            primary=True,
        ),
        Move(
            "grant",
            "兑现（非资金类）",
            _OFFICER,
            frozenset({"noticed"}),
            "paid",
            duty=s.CONFIRM,
            guard=effects.notice_over,
            effect=effects.grant,
            primary=True,
        ),
        Move(
            "booked",
            "到账",
            frozenset(),
            frozenset({"paying"}),
            "paid",
            effect=effects.booked,
            automatic=True,
        ),
        Move(
            "return",
            "退票",
            frozenset(),
            frozenset({"paying", "paid", "done"}),
            "returned",
            effect=effects.returned,
            automatic=True,
        ),
        Move(
            "publish",
            "办结公开",
            _OFFICER,
            frozenset({"paid"}),
            "done",
            duty=s.CONFIRM,
            effect=effects.published,
            primary=True,
        ),
    )


def _clawing() -> tuple[Move, ...]:
    return (
        Move(
            "claw_notice",
            "追回告知",
            _OFFICER,
            frozenset({"paid", "done"}),
            "clawback_notice",
            duty=s.CONFIRM,
            past=True,
            needs=(REASON,),
            effect=effects.claw_notice,
            clock="陈述申辩期限开始",
            danger=True,
        ),
        Move(
            "views",
            "陈述申辩",
            frozenset({"applicant"}),
            frozenset({"clawback_notice"}),
            None,
            effect=effects.views,
        ),
        Move(
            "claw_decide",
            "决定追回",
            _OFFICER,
            frozenset({"clawback_notice"}),
            "clawback_decided",
            duty=s.CLAW_BACK,
            needs=(REASON,),
            guard=effects.views_heard,
            effect=effects.claw_decide,
            clock="退还期限开始",
            danger=True,
        ),
        Move(
            "claw_drop",
            "不予追回",
            _OFFICER,
            frozenset({"clawback_notice"}),
            "done",
            duty=s.CLAW_BACK,
            needs=(REASON,),
            effect=effects.claw_drop,
        ),
        Move(
            "repay",
            "记录退还",
            _OFFICER | _FINANCE,
            frozenset({"clawback_decided"}),
            None,
            duty=s.CLAW_BACK,
            effect=effects.repay,
        ),
        Move(
            "repaid",
            "退还完毕",
            _OFFICER | _FINANCE,
            frozenset({"clawback_decided"}),
            "repaid",
            duty=s.CLAW_BACK,
            effect=effects.repaid,
            clock="退还期限停止",
        ),
    )


LIFECYCLE = Lifecycle(
    system=SYSTEM,
    version=1,
    states=STATES,
    moves={move.name: move for move in _moves()},
    duty_clocks={s.CONFIRM: s.OBJECTION_CLOCK, s.CLAW_BACK: s.VIEWS_CLOCK},
    stage_labels=STAGES,
    duty_labels=DUTIES,
    granting=frozenset({s.PAID}),
)
