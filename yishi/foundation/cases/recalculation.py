"""After a year's notice was imported: open deadlines that rest on it are computed again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Q

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import Context
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Clock
from yishi.foundation.cases.plan import plan

BLOCK = 500


@dataclass(frozen=True, slots=True)
class Recalculation:
    """How many open cases were looked at, and in how many a deadline moved."""

    seen: int
    moved: int


def recalculate_open(
    calendar: Calendar,
    now: datetime,
    *,
    since: date | None = None,
    tell: Callable[[int], None] = lambda seen: None,
) -> Recalculation:
    """Recompute the live clocks that are provisional, or due on or after *since*, under *calendar*.

    Each case gets a trace row with the deadlines before and after. Blocks are their own
    transactions; what was recalculated already is not looked at twice.
    """
    wanted = Q(provisional=True)
    if since is not None:
        wanted |= Q(due_at__date__gte=since)
    live = Clock.objects.unscoped("a calendar concerns every open case").filter(
        wanted, stopped_at__isnull=True
    )
    ids = sorted(
        set(live.exclude(calendar_version=calendar.version).values_list("case", flat=True))
    )
    context = Context(calendar, None, None)
    moved = 0
    for start in range(0, len(ids), BLOCK):
        with transaction.atomic():
            states = load_states(ids[start : start + BLOCK], lock=True)
            changes = [
                plan(lifecycle_of(case.system), case, "recalculate", SYSTEM, {}, now, context)
                for case in states
                if case.closed_at is None
            ]
            commit(changes)
        moved += sum(b'"due_before"' in change.traces[0].body for change in changes)
        tell(min(start + BLOCK, len(ids)))
    return Recalculation(len(ids), moved)
