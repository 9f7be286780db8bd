"""Shares and points, exact: Decimal with two places, half up; a zero denominator is no data."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

TWO_PLACES = Decimal("0.01")


def rounded(value: Decimal) -> Decimal:
    """*value* with two places, half up."""
    return value.quantize(TWO_PLACES, rounding=ROUND_HALF_UP)


def percent(part: int, whole: int) -> Decimal | None:
    """*part* of *whole* in percent; ``None`` (no data) where *whole* is zero, never 0 or 100."""
    return rounded(Decimal(part) * 100 / Decimal(whole)) if whole else None


@dataclass(frozen=True, slots=True)
class ThreeRates:
    """响应率、解决率、满意率 of a population of tickets (§S2.6, S2-A16).

    ``counted``: tickets that are not excluded; ``in_time``: those of them where the unit got in
    touch in time; ``reached``: answered call-backs among them, of which ``solved`` and
    ``satisfied``.
    """

    counted: int
    in_time: int
    reached: int
    solved: int
    satisfied: int

    @property
    def response(self) -> Decimal | None:
        """响应率 in percent."""
        return percent(self.in_time, self.counted)

    @property
    def solution(self) -> Decimal | None:
        """解决率 in percent."""
        return percent(self.solved, self.reached)

    @property
    def satisfaction(self) -> Decimal | None:
        """满意率 in percent."""
        return percent(self.satisfied, self.reached)

    def weighted(self, response: Decimal, solved: Decimal, satisfied: Decimal) -> Decimal | None:
        """The rates under dated weights; ``None`` while one of them has no data.

        The shares are weighted before they are rounded.
        """
        if not self.counted or not self.reached:
            return None
        value = response * self.in_time / self.counted
        value += solved * self.solved / self.reached
        value += satisfied * self.satisfied / self.reached
        return rounded(value * 100)


@dataclass(frozen=True, slots=True)
class Line:
    """Points that fall with a rate: *full* at *target* percent, *step* less for each point below,
    never under *floor*."""

    full: Decimal
    target: Decimal
    step: Decimal
    floor: Decimal

    def points(self, rate: Decimal | None) -> Decimal | None:
        """The points of *rate* (percent); ``None`` without data: such units are not scored."""
        if rate is None:
            return None
        below = max(Decimal(0), self.target - rate)
        return rounded(max(self.floor, self.full - self.step * below))
