"""Trying sources again that failed, and telling when a list has become stale."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from yishi.foundation.credit import near, sources, stored
from yishi.foundation.credit.book import book
from yishi.foundation.credit.models import CreditSource, SourceCheck


def run(now: datetime) -> int:
    """Ask every source about nobody; the try is logged where something is or was wrong. Returns
    how many answer usably."""
    if settings.DEMO:
        # No platform renews the demo's lists: what is made up stays fresh.
        made_up = CreditSource.objects.filter(simulated=True, as_of__lt=now - timedelta(hours=12))
        made_up.update(as_of=now, fetched_at=now)
    rules, rows = book().screening, {row.key: row for row in CreditSource.objects.all()}
    found = sources.consult(stored.configured(), [], now, timeout=rules.timeout / 1000, attempts=1)
    for one in found:
        row = rows[one.key]
        state = near.source_state(one.state)
        if state == row.state == "ok":
            continue
        last = one.attempts[-1]
        SourceCheck.objects.create(
            source=row,
            at=now,
            why="retry",
            state=last.state,
            milliseconds=last.milliseconds,
            problem=last.problem,
        )
        if state != row.state:
            CreditSource.objects.filter(pk=row.pk).update(
                state=state, state_at=now, problem=one.problem
            )
    return sum(one.state == sources.OK for one in found)
