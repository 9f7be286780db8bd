"""How amounts and accounts are shown."""

from __future__ import annotations

from django.utils.translation import gettext

from yishi.foundation.ledger.budget_models import BudgetLine
from yishi.foundation.ledger.models import FEN, MINUTE
from yishi.foundation.ledger.pots import Figures


def money(fen: int) -> str:
    """``123456789`` fen as ``1,234,567.89``."""
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def amount(value: int, unit: str) -> str:
    """An amount in its unit; yuan go without a name."""
    if unit == FEN:
        return money(value)
    if unit == MINUTE:
        return gettext("%(n)s 分钟") % {"n": f"{value:,}"}
    return f"{value:,}"


def share_of(part: int, whole: int) -> float:
    """*part* of *whole* between 0 and 1 (0 where there is nothing to share)."""
    return part / whole if whole else 0.0


def used_share(line: BudgetLine, figures: Figures) -> float:
    """How much of what a line was granted is paid (执行率)."""
    return share_of(figures.paid, figures.granted)
