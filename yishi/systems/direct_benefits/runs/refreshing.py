"""After some enterprises' facts changed: look at those again, bring candidates up to date."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.facts import changed, store
from yishi.systems.direct_benefits.policies import book
from yishi.systems.direct_benefits.runs import candidates, keeping
from yishi.systems.direct_benefits.runs.models import Run
from yishi.systems.direct_benefits.runs.running import RunRefused, stored


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What looking again did: candidates that are new, have another amount, or are no more."""

    run: Run | None
    parties: int = 0
    new: int = 0
    changed: int = 0
    stale: int = 0
    seconds: float = 0.0


def refresh(base: Run, now: datetime, *, actor: Actor) -> Refreshed:
    """Screen the enterprises whose facts were delivered since *base* (a whole run), for the same
    items on the same day. Nothing delivered is nothing done.

    Raises:
        RunRefused: on ``run`` for a refresh as base.
        FieldError: on ``snapshot`` when a whole run is needed.
    """
    began = time.perf_counter()
    if base.kind != Run.Kind.WHOLE:
        raise RunRefused("run", "增量筛选以全量筛选为基础", "base")
    snapshot = changed.take(base.snapshot, now)
    if snapshot is None:
        return Refreshed(None)
    frozen = keeping.frozen_of(base)
    found = keeping.evaluate(frozen, snapshot)
    known = book.shelf().by_id  # looked up once: each look is a statement
    items = [known[pk] for pk in frozen.versions.values()]
    codes = store.opened(snapshot).codes.astype(str).tolist()
    with keeping.saved(found) as (draft, digest), transaction.atomic():
        made = stored(now, snapshot, base.on, frozen, found, {}, digest, began, actor, base)
        keeping.adopt(draft, digest)
        new, other, stale = candidates.store_changed(made, items, found, codes)
    return Refreshed(made, len(codes), new, other, stale, time.perf_counter() - began)
