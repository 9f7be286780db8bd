"""Where a payout stands, as its enterprise reads it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from yishi.foundation.ui.timetext import date_text, moment_text
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.models import Payout

#: The steps that a payout goes through, as the enterprise's page draws them.
STEPS = (
    ("list", gettext_lazy("部门确认名单")),
    ("notice", gettext_lazy("公示")),
    ("funds", gettext_lazy("财政拨付")),
    ("paid", gettext_lazy("到账")),
)
TONES = {
    "listed": "neutral",
    "confirmed": "active",
    "held": "warn",
    "noticed": "active",
    "suspended": "warn",
    "funds_asked": "active",
    "paying": "active",
    "returned": "warn",
    "paid": "good",
    "done": "good",
    "struck": "bad",
    "declined": "neutral",
    "clawback_notice": "bad",
    "clawback_decided": "bad",
    "repaid": "neutral",
}
COMING = (s.OPEN | {"paying", "returned"}) - s.VOID
PAID = frozenset({"paid", "done"})
RECOVERING = frozenset({"clawback_notice", "clawback_decided", "repaid"})


def label(payout: Payout) -> str:
    """The state in words."""
    return _(s.STATES[payout.state].label)


def tone(payout: Payout) -> str:
    """How it is coloured."""
    return TONES.get(payout.state, "neutral")


def where(payout: Payout, now: datetime) -> str:
    """One sentence: what happens next and by when."""
    batch = payout.batch
    if payout.state == "noticed" and batch.notice_until:
        if batch.notice_until > now:
            until = moment_text(batch.notice_until)
            return _("正在公示，%(day)s 结束，没有异议就拨款。") % {"day": until}
        return _("公示已结束，等待部门申请资金。")
    if payout.state in ("paid", "done") and payout.paid_at:
        return _("%(day)s 到账。") % {"day": date_text(payout.paid_at.date())}
    texts: dict[str, Any] = {
        "listed": _("主管部门正在确认名单。"),
        "confirmed": _("部门已确认，接着公示。"),
        "held": _("账户或者信用情况待核实，其他企业照常办理。"),
        "suspended": _("有人提出异议，正在核实；有结果后继续办理。"),
        "funds_asked": _("公示结束，已向财政申请资金。"),
        "paying": _("银行正在拨付。"),
        "returned": _("银行退票，请检查收款账户，更正后重新拨付。"),
        "struck": _("没有列入名单。"),
        "declined": _("您放弃了这一笔。"),
        "clawback_notice": _("主管部门拟追回这笔款项，可以陈述申辩。"),
        "clawback_decided": _("已决定追回，请按期退还。"),
        "repaid": _("款项已退还。"),
    }
    return str(texts.get(payout.state, ""))


def may_decline(payout: Payout) -> bool:
    """Whether the enterprise can still say no."""
    return payout.state in s.OPEN


def steps(payout: Payout) -> list[dict[str, Any]]:
    """The way of a payout with how far it came."""
    stage = s.STATES[payout.state].stage
    order = [key for key, _text in STEPS]
    reached = order.index(stage) if stage in order else -1
    return [
        {"text": text, "done": n < reached or payout.state in PAID, "here": n == reached}
        for n, (_key, text) in enumerate(STEPS)
    ]
