"""Who came out of a run: the candidates that a batch takes up."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

NEW, BATCHED, PAID, DROPPED = "new", "batched", "paid", "dropped"


@dataclass(frozen=True, slots=True)
class Listed:
    """A party that gets something: ``party_id`` is its file, ``path`` the managed path of where
    it is, if known; ``fact_on`` the day of the fact that the benefit follows from."""

    candidate_id: int | None
    party_id: uuid.UUID
    award_fen: int
    version_id: int
    path: str = ""
    fact_on: date | None = None


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What a batch freezes of a run."""

    run_id: int
    snapshot_hash: str
    calendar_version: str
    items: dict[str, int]
    simulated: bool = False


def run_info(run_id: int) -> RunInfo | None:
    """A run as a batch needs it (1 statement)."""
    from yishi.systems.direct_benefits.runs.models import Run

    run = Run.objects.select_related("snapshot").filter(pk=run_id).first()
    if run is None:
        return None
    return RunInfo(
        run.pk,
        run.snapshot.hash,
        run.calendar_version,
        {key: int(value) for key, value in run.items.items()},
        run.snapshot.simulated,
    )


def candidates(
    item_key: str, period: str, again: Collection[uuid.UUID] = (), *, fiscal: bool = True
) -> list[Listed]:
    """Candidates of an item and period that no batch has, whatever run they came from, and those
    of parties that may come *again* (their reason to be struck is gone), in the order of the run (1
    statement, locked)."""
    from django.db.models import Q

    from yishi.systems.direct_benefits.runs.models import Candidate

    rows = Candidate.objects.unscoped("a batch takes up every party's").filter(
        Q(state=NEW) | Q(state=DROPPED, party__file_id__in=list(again)),
        item_key=item_key,
        period=period,
    )
    if fiscal:
        rows = rows.filter(amount_fen__isnull=False)
    found = rows.select_related("party").order_by("pk").select_for_update(of=("self",))
    return [
        Listed(
            one.pk,
            one.party.file_id,
            int(one.amount_fen or 0),
            int(one.item_version),
            one.managed_path,
            one.recognised_on,
        )
        for one in found
    ]


def mark(candidate_ids: Sequence[int], state: str) -> None:
    """Say what became of candidates (1 statement)."""
    from yishi.systems.direct_benefits.runs.candidates import mark as mark_all

    if candidate_ids:
        mark_all(candidate_ids, state)


def amount_of(run_id: int, item_key: str, code: str) -> int | None:
    """What a run's rule gives one party of an item; None where it says no or does not know."""
    from yishi.systems.direct_benefits.runs import answers
    from yishi.systems.direct_benefits.runs.models import Run

    try:
        found = answers.why(Run.objects.get(pk=run_id), item_key, code)
    except KeyError:  # the run did not look at the item
        return None
    return int(found.amount_fen) if found is not None and found.amount_fen is not None else None
