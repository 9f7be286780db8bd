"""好差评 of a theme's case: each decided item is rated for itself, its body answers for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.lifecycle.states import DECIDED
from yishi.foundation.cases.models import Evaluation
from yishi.foundation.cases.state import CaseState

#: Items that were really handled: decided, and not ended for another reason.
_OUTCOMES = frozenset({"granted", "deemed_granted", "refused"})


def rateable(members: Sequence[CaseState]) -> list[CaseState]:
    """The items that may be rated: decided by their bodies."""
    return [
        one
        for one in members
        if one.outcome in _OUTCOMES and one.state in (*DECIDED, "delivered")
    ]


def rated(actor: Actor, ids: Sequence[int]) -> set[int]:
    """Which of the items the applicant has rated already (1 statement)."""
    if not ids:
        return set()
    rows = Evaluation.objects.unscoped("items of the applicant's own case")
    return set(rows.filter(case_id__in=ids, rater_ref=actor.ref).values_list("case_id", flat=True))


def rate(matter: Any, member: CaseState, given: Mapping[str, Any]) -> None:
    """Rate one item. Raises FieldError."""
    from yishi.foundation.approvals import services

    services.rate(matter, member, given)
