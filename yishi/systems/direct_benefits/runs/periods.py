"""For which period an item is owed once: 2026, 2026Q1, 2026-03, or once in a lifetime."""

from __future__ import annotations

from datetime import date

from yishi.systems.direct_benefits.policies.model import BenefitItem


def period_of(item: BenefitItem, day: date) -> str:
    """The period of *item* in which *day* lies."""
    if item.period == "once":
        return "once"
    if item.period == "quarter":
        return f"{day.year}Q{(day.month + 2) // 3}"
    return f"{day:%Y-%m}" if item.period == "month" else f"{day.year}"
