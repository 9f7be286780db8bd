"""What one enterprise has and would have: its facts, the last run's answers, its payouts.

Everything is of the party that the actor acts for; the run's answers are read by its credit code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np

from yishi.foundation.access.actors import Actor
from yishi.foundation.facts import snapshots, store
from yishi.foundation.facts.models import Snapshot
from yishi.foundation.parties.models import Party
from yishi.foundation.rulebook.engine import Book, match_one
from yishi.foundation.ui.applicant import party_of
from yishi.systems.direct_benefits.models import Payout
from yishi.systems.direct_benefits.portal import catalogue, judging, names
from yishi.systems.direct_benefits.portal.catalogue import Entry
from yishi.systems.direct_benefits.portal.finding import Looked
from yishi.systems.direct_benefits.portal.judging import Judged
from yishi.systems.direct_benefits.runs.models import Candidate, QuickMode


@dataclass
class Mine:
    """The party behind an actor, with what is known of it."""

    actor: Actor
    looked: Looked
    now: datetime
    party: Party = field(init=False)

    def __post_init__(self) -> None:
        self.party = party_of(self.actor).file

    @cached_property
    def code(self) -> str:
        """Its social credit code, empty for whoever has none."""
        return names.codes_of([self.party.pk]).get(self.party.pk, "")

    @cached_property
    def snapshot(self) -> Snapshot | None:
        """The newest snapshot of all facts."""
        return snapshots.latest()

    @cached_property
    def facts(self) -> Mapping[str, Any]:
        """What the departments know of it, with times; empty where nothing is."""
        if self.snapshot is None or len(self.code) != 18 or not self.code.isascii():
            return {}
        kept = store.opened(self.snapshot)
        row = int(kept.rows_of(np.array([self.code.encode()], "S18"))[0])
        if row < 0:
            return {}
        known = snapshots.declared(self.snapshot)
        return {
            name: seen for name, fact in known.items() if (seen := kept.seen(fact, row)) is not None
        }

    def judge(self, entries: list[Entry], facts: Mapping[str, Any] | None = None) -> judging.Sorted:
        """How items come out for these facts, now."""
        return judging.judge(
            [self.looked.card(one) for one in entries],
            self.looked.declared.needed(judging.named(entries)),
            self.facts if facts is None else facts,
            self.looked.params,
            self.now,
            catalogue.language(),
        )

    def judge_one(self, entry: Entry, facts: Mapping[str, Any] | None = None) -> Judged:
        """How one item comes out."""
        derived = self.looked.declared.needed(judging.named([entry]))
        book = Book((entry.engine,), derived)
        known = self.facts if facts is None else facts
        (outcome,) = match_one(book, known, self.looked.params, self.now)
        return judging.judged(self.looked.card(entry), outcome, catalogue.language())

    @cached_property
    def payouts(self) -> list[Payout]:
        """Its payouts, newest first (1 statement)."""
        rows = Payout.objects.visible_to(self.actor).filter(party__file_id=self.party.pk)
        return list(rows.select_related("batch", "case").order_by("-listed_at", "-pk")[:500])

    @cached_property
    def candidates(self) -> list[Candidate]:
        """Pairs that no batch has taken up yet (1 statement)."""
        rows = Candidate.objects.visible_to(self.actor).filter(
            party__file_id=self.party.pk, state=Candidate.State.NEW
        )
        return list(rows.order_by("item_key", "period")[:500])

    def offered_quick(self, item_key: str) -> bool:
        """Whether an item is offered to this party on application, because data were missing."""
        rows = QuickMode.objects.visible_to(self.actor)
        return bool(rows.filter(party__file_id=self.party.pk, item_key=item_key).exists())
