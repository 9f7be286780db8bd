"""What the law does by itself when nobody acts on a theme's case: accepted as of the receipt after
five silent working days, withdrawn when a correction was missed."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Clock
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.life_events import handling
from yishi.systems.life_events import states as s
from yishi.systems.life_events.lifecycle import LIFECYCLE
from yishi.systems.life_events.versions import registers

MOST = 200


def run_due(now: datetime, most: int = MOST) -> int:
    """Do what is due; returns how many cases were moved. Each case is looked at again once it is
    locked, and moved by itself."""
    rows = Clock.objects.unscoped("the worker").filter(
        kind__in=(s.TELLING, s.CORRECTION),
        due_at__lt=now,
        stopped_at__isnull=True,
        case__system=s.SYSTEM,
        case__closed_at__isnull=True,
    )
    ids = rows.order_by("due_at").values_list("case_id", flat=True)[:most]
    return sum(_run(case_id, now) for case_id in list(ids))


def _run(case_id: int, now: datetime) -> bool:
    with transaction.atomic():
        states = load_states([case_id], lock=True)
        try:
            changes = due_changes(states[0], now) if states else []
        except FieldError:  # a body is missing by now: the window sees it in its list, overdue
            return False
        if changes:
            commit(changes)
    return bool(changes)


def due_changes(case: CaseState, now: datetime) -> list[Change]:
    """What happens to *case* by itself now."""
    telling, correction = case.clock(s.TELLING), case.clock(s.CORRECTION)
    if case.state in s.EARLY and telling is not None and telling.due_at < now:
        return handling.deem_accepted(case, now)
    if case.state == "correcting" and correction is not None and correction.due_at < now:
        facts = {"note": "逾期未补正，视为撤回申请"}
        context = registers().for_case(case)
        return [plan(LIFECYCLE, case, "deem_withdrawn", SYSTEM, facts, now, context)]
    return []
