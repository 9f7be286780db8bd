"""Work that comes due by itself: projects whose days run out get a yellow or red card, once each.

A card presses; it decides nothing. Overdue is never approval (行政许可法 art. 50 knows deemed
consent for renewals only).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.systems.construction.context import City, city
from yishi.systems.construction.lifecycle import LIFECYCLE
from yishi.systems.construction.lifecycle.counting import used_of
from yishi.systems.construction.models import Card
from yishi.systems.construction.states import PROJECT, RUNNING, SYSTEM

BLOCK = 200
#: Running limits of projects that have come to deserve a card which they do not have.
_DUE = """
SELECT c.id, CASE WHEN k.due_at < %(judged)s THEN 'red' ELSE 'yellow' END
  FROM cases_clock k JOIN cases_case c ON c.id = k.case_id
 WHERE k.kind = %(kind)s AND k.stopped_at IS NULL AND k.paused_at IS NULL
   AND k.warn_at <= %(now)s AND c.system = %(system)s AND c.state = ANY(%(states)s)
   AND c.id > %(after)s
   AND NOT EXISTS (SELECT 1 FROM construction_card d WHERE d.case_id = c.id AND d.automatic
                      AND d.about = %(kind)s
                      AND d.level = CASE WHEN k.due_at < %(judged)s THEN 'red' ELSE 'yellow' END)
 ORDER BY c.id LIMIT %(most)s FOR UPDATE OF c SKIP LOCKED
"""


def card_due(now: datetime) -> int:
    """Give the cards that are due; returns how many. Workers may run it at once."""
    registers, done, after = city(), 0, 0
    while True:
        values: dict[str, Any] = {
            "now": now,
            # On a rest day nothing becomes overdue: a decision made there is in time.
            "judged": effective_moment(registers.calendar, now),
            "kind": PROJECT,
            "system": SYSTEM,
            "states": sorted(RUNNING),
            "after": after,
            "most": BLOCK,
        }
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_DUE, values)
                levels = dict(cursor.fetchall())
            if not levels:
                return done
            changes = [
                _carded(case, levels[case.id], registers, now)
                for case in load_states(levels, lock=True)
            ]
            commit(changes)
        done += len(changes)
        after = max(levels)


def _carded(case: CaseState, level: str, registers: City, now: datetime) -> Change:
    used, limit = used_of(case, registers.calendar, now)
    facts = {
        "level": level,
        "about": PROJECT,
        "used": used,
        "limit": limit,
        "automatic": True,
        "note": "总时限已用完，请依法尽快决定" if level == Card.RED else "总时限将用完",
    }
    context = registers.for_case(case)
    return plan(LIFECYCLE, case, "give_card", ITSELF, facts, now, context, trusted=True)
