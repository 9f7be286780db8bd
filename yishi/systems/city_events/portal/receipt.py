"""A receipt in the words of a resident."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from yishi.systems.city_events.intake import Receipt


@dataclass(frozen=True, slots=True)
class Told:
    """What the reporter is told: where the case is, until when, and why there."""

    headline: str
    unit: str
    due_at: datetime | None
    reasons: list[str]


def told(receipt: Receipt) -> Told:
    """What *receipt* means."""
    due = datetime.fromisoformat(receipt.due_at) if receipt.due_at else None
    if receipt.merged:
        headline = _("同一件事已有人反映，您的上报已并入同一案件，办结后同样会告诉您。")
    elif receipt.unit:
        headline = _("已经自动派给负责单位。")
    else:
        headline = _("已收到，工作人员会在 15 分钟内受理。")
    reasons = list(receipt.reasons)
    return Told(headline, receipt.unit or "", due, reasons)
