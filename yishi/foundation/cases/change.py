"""What a plan returns: everything that one commit has to store for one case."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import models

from yishi.foundation.cases.state import CaseState
from yishi.foundation.rulebook.models import DecisionRow


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One link of the history, hashed."""

    seq: int
    at: datetime
    actor_ref: str
    move: str
    body: bytes
    algorithm: str
    hash: bytes
    note: str


@dataclass(slots=True)
class Change:
    """The case before (``None``: new) and after, and the rows to add.

    ``rows`` are further inserts as (model, values by column); ``topics`` are told to live pages.
    """

    before: CaseState | None
    after: CaseState
    traces: list[TraceRow] = field(default_factory=list)
    decisions: list[DecisionRow] = field(default_factory=list)
    rows: list[tuple[type[models.Model], dict[str, Any]]] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)


def joined(changes: list[Change]) -> Change:
    """Successive changes of one case as one: first before, last after, all rows in order."""
    if len(changes) == 1:
        return changes[0]
    whole = Change(before=changes[0].before, after=changes[-1].after)
    for change in changes:
        whole.traces += change.traces
        whole.decisions += change.decisions
        whole.rows += change.rows
        whole.topics |= change.topics
    return whole
