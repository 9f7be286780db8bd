"""How several benefits of one party go together: pure sums."""

from __future__ import annotations

from collections.abc import Sequence

from yishi.systems.direct_benefits.ports.items import BEST, EXCLUSIVE, Benefit
from yishi.systems.direct_benefits.states import LIFETIME


def group_of(item: Benefit, period: str) -> str:
    """Among which payouts of a party the rule counts: those of its group, in the same period
    unless the item is given once in a lifetime."""
    if not item.group:
        return ""
    return item.group[:80] if item.once else f"{item.group}@{period}"[:80]


def period_of(item: Benefit, period: str) -> str:
    """The period that a party gets it once in."""
    return LIFETIME if item.once else period


def claim(award_fen: int, item: Benefit, earlier: Sequence[int]) -> int:
    """What is left of an award after what *earlier* payouts of the group took, and the cap.

    从高不重复: the best of the group less what is there already, so that whatever the order, a
    party has got the highest one when all are through.
    """
    if item.per_party is not None:
        award_fen = min(award_fen, item.per_party)
    if item.rule == BEST:
        return max(0, award_fen - sum(earlier))
    if item.rule == EXCLUSIVE and any(earlier):
        return 0
    return award_fen
