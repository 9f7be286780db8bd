"""Joint acceptance (多验合一): one application, one round, one document; only what failed is
inspected again.

A round passes when every statutory part passes. Parts that are not statutory may be passed with
later items (后续事项), which are listed; a statutory part may not. Any ``rectify`` suspends the
clock, for it is the owner's time; ``fail`` ends the acceptance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Opinion(StrEnum):
    """What a department says of its part."""

    NONE = ""
    PASS = "pass"
    LATER = "pass_with_later_items"
    RECTIFY = "rectify"
    FAIL = "fail"


LABELS = {
    Opinion.NONE: "未出具",
    Opinion.PASS: "通过",
    Opinion.LATER: "通过（列后续事项）",
    Opinion.RECTIFY: "整改",
    Opinion.FAIL: "不通过",
}


class Outcome(StrEnum):
    """Where a round stands."""

    OPEN = "on_site"
    RECTIFY = "rectify"
    PASSED = "passed"
    FAILED = "failed"


OUTCOMES = {
    Outcome.OPEN: "现场验收中",
    Outcome.RECTIFY: "整改中",
    Outcome.PASSED: "验收通过",
    Outcome.FAILED: "验收不通过",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One department's part of a round. ``carried``: passed in an earlier round, not looked at
    again."""

    key: str
    statutory: bool
    opinion: Opinion = Opinion.NONE
    later: tuple[str, ...] = ()
    carried: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing stands against it."""
        return self.opinion in (Opinion.PASS, Opinion.LATER)


def refuse(part: Part, opinion: Opinion, later: Sequence[str], reason: str) -> str | None:
    """Why this opinion cannot be given, or ``None``."""
    if part.carried:
        return "本事项上一轮已通过，本轮不再查验"
    if opinion is Opinion.NONE:
        return "请选择意见"
    if opinion is Opinion.LATER and part.statutory:
        return "法定验收事项不能附条件通过，只能通过、整改或不通过"
    if opinion is Opinion.LATER and not later:
        return "请列出后续事项"
    if opinion in (Opinion.RECTIFY, Opinion.FAIL) and not reason.strip():
        return "请写明问题和依据"
    return None


def outcome(parts: Sequence[Part]) -> Outcome:
    """Where the round stands. While an opinion is outstanding it is open, whatever the others say:
    the one document has the opinions of all, so the owner is told everything at once."""
    if any(part.opinion is Opinion.NONE for part in parts):
        return Outcome.OPEN
    if any(part.opinion is Opinion.FAIL for part in parts):
        return Outcome.FAILED
    if all(part.passed for part in parts):
        return Outcome.PASSED
    return Outcome.RECTIFY


def recheck(parts: Sequence[Part]) -> list[Part]:
    """The parts of the next round: what passed is carried over, what must be rectified is open."""
    return [
        replace(part, carried=True)
        if part.passed
        else replace(part, opinion=Opinion.NONE, later=(), carried=False)
        for part in parts
    ]


def open_parts(parts: Sequence[Part]) -> list[Part]:
    """The parts that a round still has to look at."""
    return [part for part in parts if not part.carried and part.opinion is Opinion.NONE]
