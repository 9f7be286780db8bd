"""Three values, and the answer of a rule with the state of every condition.

Kleene's logic: FALSE and UNKNOWN is FALSE, TRUE or UNKNOWN is TRUE; otherwise UNKNOWN stays
UNKNOWN. Missing, stale or undatable data never counts as yes and never as no.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from yishi.foundation.rulebook.rules import Condition, Rule


class Truth(StrEnum):
    """The outcome of a condition, a group or a rule."""

    FALSE = "false"
    UNKNOWN = "unknown"
    TRUE = "true"


# States of one condition: how it came out, and for UNKNOWN why. Plain integers, because they are
# handed around some hundred thousand times a second.
FALSE, TRUE, MISSING, STALE, UNDATED, NAN, NO_PARAMETER = range(7)
STATE_NAMES = ("false", "true", "missing", "stale", "undated", "nan", "no_parameter")
#: Rank of a state in the order FALSE < UNKNOWN < TRUE, where AND is min and OR is max.
RANK = (0, 2, 1, 1, 1, 1, 1)
BY_RANK = (Truth.FALSE, Truth.UNKNOWN, Truth.TRUE)


@dataclass(frozen=True, slots=True)
class ConditionOutcome:
    """One condition's answer. ``why`` is empty unless UNKNOWN: missing, stale, undated (a fact with
    a freshness limit came without its time), nan, no_parameter (none in force on that day)."""

    condition: Condition
    item: int
    state: int
    rule_outcome: Outcome

    @property
    def truth(self) -> Truth:
        return BY_RANK[RANK[self.state]]

    @property
    def why(self) -> str:
        return STATE_NAMES[self.state] if self.state > TRUE else ""

    def reason(self, language: str = "zh") -> str:
        """The comparison in plain words, such as 识别置信度 0.93 ≥ 0.85."""
        from yishi.foundation.rulebook.wording import reason

        return reason(self, language)


@dataclass(slots=True)
class Outcome:
    """The answer of *rule* at *at*; ``states`` has one entry per condition, in the rule's order."""

    rule: Rule
    truth: Truth
    states: Sequence[int]
    facts: Mapping[str, Any]
    params: Mapping[str, Any]
    at: datetime

    @property
    def conditions(self) -> list[ConditionOutcome]:
        """Every condition's outcome, in the rule's order."""
        return list(self)

    def __iter__(self) -> Iterator[ConditionOutcome]:
        for (item, condition), state in zip(self.rule.flat, self.states, strict=True):
            yield ConditionOutcome(condition, item, state, self)

    def item_truths(self) -> list[Truth]:
        """The outcome of every item (a condition, or an ``any`` group)."""
        ranks = [RANK[state] for state in self.states]
        return [BY_RANK[max(ranks[start:stop])] for start, stop in self.rule.spans]

    def reasons(self, language: str = "zh") -> list[str]:
        """Every condition in plain words."""
        return [one.reason(language) for one in self]

    def against(self, language: str = "zh") -> str:
        """Why the rule did not say yes: the items that were FALSE or UNKNOWN, in one sentence."""
        joint, stop = ("，且", "；") if language.startswith("zh") else (" and ", "; ")
        truths = self.item_truths()
        texts: dict[int, list[str]] = {}
        for one in self:
            if truths[one.item] is not Truth.TRUE:
                texts.setdefault(one.item, []).append(one.reason(language))
        return stop.join(joint.join(parts) for parts in texts.values())
