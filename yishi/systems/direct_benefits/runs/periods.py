"""For which period an item is owed once: 2026, 2026Q1, 2026-03, or once in a lifetime."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext

from yishi.systems.direct_benefits.policies.model import BenefitItem


def period_of(item: BenefitItem, day: date) -> str:
    """The period of *item* in which *day* lies."""
    if item.period == "once":
        return "once"
    if item.period == "quarter":
        return f"{day.year}Q{(day.month + 2) // 3}"
    return f"{day:%Y-%m}" if item.period == "month" else f"{day.year}"


def period_text(period: str) -> str:
    """``2026`` → 2026年; ``2026Q1`` → 2026年第1季度; ``2026-03`` → 2026年3月."""
    if period in ("lifetime", "once", ""):
        return gettext("一次性")
    year, rest = period[:4], period[4:]
    if not rest:
        return gettext("%(year)s年") % {"year": year}
    if rest.startswith("Q"):
        return gettext("%(year)s年第%(n)s季度") % {"year": year, "n": rest[1:]}
    return gettext("%(year)s年%(n)s月") % {"year": year, "n": rest[1:].lstrip("0")}
