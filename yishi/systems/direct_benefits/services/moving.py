"""Moving many payouts of a batch at once: lock, plan, commit, and count anew. One transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.bulk import uncollected
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.lifecycle import Facts
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.policy import owning
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.writer import Batch as Writer
from yishi.systems.direct_benefits.context import City
from yishi.systems.direct_benefits.lifecycle import LIFECYCLE
from yishi.systems.direct_benefits.models import Batch, Payout

Rows = list[tuple[type[models.Model], dict[str, Any]]]
#: How many payouts one transaction moves.
MOST = 50_000
_COUNT = """
SELECT state, count(*), coalesce(sum(amount_fen), 0)::bigint
  FROM direct_benefits_payout WHERE batch_id = %s GROUP BY state
"""
#: The columns of a payout that moves change: all rows of one statement name the same.
_COLUMNS = (
    "state",
    "claim_fen",
    "amount_fen",
    "paid_fen",
    "set_off_fen",
    "shares",
    "reason_code",
    "reason",
    "account_id",
    "attempts",
    "reserved",
    "paid_at",
    "published_at",
)


@dataclass(slots=True)
class Step:
    """One payout with its facts for the move and the columns that change with it."""

    payout: Payout
    facts: Facts
    changes: Mapping[str, Any] = field(default_factory=dict)


def move_many(
    actor: Actor,
    move: str,
    steps: Sequence[Step],
    now: datetime,
    found: City,
    *,
    rows: Iterable[tuple[type[models.Model], dict[str, Any]]] = (),
) -> list[CaseState]:
    """Make *move* on every payout of *steps*; all or nothing (6 statements whatever their number).

    The caller holds the lock of the batch and counts it anew afterwards.

    Raises:
        MoveRefused: when role, state or guard refuse one of them, naming its case.
    """
    by_case = {step.payout.case_id: step for step in steps}
    changes: list[Change] = []
    with uncollected():
        for case in load_states(by_case, lock=True):
            step = by_case[case.id]
            doer = owning(actor, case)
            change = plan(LIFECYCLE, case, move, doer, step.facts, now, found.for_case(case))
            changes.append(change)
            _take_over(step, change)
        commit(changes, rows)
        store([step.payout for step in steps])
    return [change.after for change in changes]


def _take_over(step: Step, change: Change) -> None:
    step.payout.state = change.after.state
    for name, value in step.changes.items():
        setattr(step.payout, name, value)


def store(payouts: Sequence[Payout]) -> None:
    """Write the changing columns of payouts (1 statement)."""
    if not payouts:
        return
    writer = Writer()
    for one in payouts:
        writer.update(Payout, {"id": one.pk}, {name: getattr(one, name) for name in _COLUMNS})
    writer.store()


def recount(batch: Batch, **changes: Any) -> None:
    """Count the batch's payouts by state and store *changes* of it (2 statements)."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [batch.pk])
        counted = cursor.fetchall()
    batch.counts = {state: count for state, count, _total in counted}
    batch.totals = {state: total for state, _count, total in counted}
    for name, value in changes.items():
        setattr(batch, name, value)
    batch.save(update_fields=["counts", "totals", *changes])


def in_states(
    batch: Batch, states: Iterable[str], ids: Sequence[int] | None = None
) -> list[Payout]:
    """Payouts of a batch in some states, by id; only those of *ids* if given (1 statement)."""
    rows = Payout.objects.unscoped("the batch was narrowed").filter(
        batch=batch, state__in=sorted(states)
    )
    if ids is not None:
        rows = rows.filter(pk__in=list(ids))
    return list(rows.select_related("party").order_by("pk")[:MOST])


def any_in(batch: Batch, states: Iterable[str]) -> bool:
    """Whether a payout of a batch is in one of some states (1 statement)."""
    rows = Payout.objects.unscoped("the batch was narrowed").filter(batch=batch)
    return bool(rows.filter(state__in=sorted(states)).exists())
