"""好差评 of a theme's case: each decided item is rated for itself, its body answers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals import ratings
from yishi.foundation.approvals.lifecycle.states import DECIDED
from yishi.foundation.cases.models import Evaluation
from yishi.foundation.cases.state import CaseState

#: Items that were really handled: decided, and not ended for another reason.
_OUTCOMES = frozenset({"granted", "deemed_granted", "refused"})
ONLINE = "online"


def rateable(members: Sequence[CaseState]) -> list[CaseState]:
    """The items that may be rated: decided by their bodies."""
    return [
        one for one in members if one.outcome in _OUTCOMES and one.state in (*DECIDED, "delivered")
    ]


def rated(ids: Sequence[int]) -> set[int]:
    """Which of the items were rated online already (1 statement, none without items)."""
    if not ids:
        return set()
    rows = Evaluation.objects.unscoped("items of the applicant's own case")
    return set(rows.filter(case_id__in=ids, rater_ref=ONLINE).values_list("case_id", flat=True))


def rate(applicant: Actor, item: CaseState, given: Mapping[str, Any], now: datetime) -> CaseState:
    """Rate one item of the applicant's case: 1 very satisfied … 5 very dissatisfied.

    Raises:
        FieldError: naming the field, also for a second rating.
    """
    actor = replace(applicant, own_cases=applicant.own_cases | {item.id})
    return ratings.rate(
        actor,
        item.number,
        now,
        code=int(given["score"]),
        named=bool(given.get("named")),
        text=str(given.get("text") or ""),
    )
