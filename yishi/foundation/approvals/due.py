"""What the law does by itself when nobody acts, and the cards for limits that run out.

Each case is locked with its family, looked at again, moved and committed by itself.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.approvals.context import registers
from yishi.foundation.approvals.lifecycle import SYSTEM
from yishi.foundation.approvals.lifecycle import states as s
from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.families import locked
from yishi.foundation.cases.state import CaseState

#: Cases that one run takes; the next one is a minute later.
MOST = 500
#: What a clock that has run out does, by kind and state.
BY_CLOCK = {
    s.TELL: ("deem_accepted", frozenset({"received"})),
    s.CORRECTION: ("lapse_correction", frozenset({"correcting"})),
    s.DEFERRED: ("lapse_deferred", frozenset({"reviewing", "suspended"})),
    s.EXPIRY: ("deem_renewed", frozenset({"received", "reviewing", "suspended"})),
}

_FOUND = """
SELECT DISTINCT c.number FROM cases_clock k JOIN cases_case c ON c.id = k.case_id
 WHERE k.stopped_at IS NULL AND k.paused_at IS NULL AND k.due_at < %(now)s
   AND k.kind = ANY(%(kinds)s) AND c.system = %(system)s AND c.closed_at IS NULL
 ORDER BY 1 LIMIT %(most)s
"""
_CARDS = """
INSERT INTO approvals_card (case_id, unit_id, colour, clock, reason, managed_path, at)
SELECT c.id, c.unit_id, light.colour, k.kind, light.reason, c.managed_path, %(now)s
  FROM cases_clock k JOIN cases_case c ON c.id = k.case_id,
       LATERAL (SELECT CASE WHEN k.due_at < %(judged)s THEN 'red' ELSE 'yellow' END AS colour,
                       CASE WHEN k.due_at < %(judged)s THEN 'overdue' ELSE 'warning' END AS reason
               ) light
 WHERE k.stopped_at IS NULL AND k.paused_at IS NULL AND k.warn_at <= %(now)s
   AND k.kind = ANY(%(kinds)s) AND c.system = %(system)s AND c.closed_at IS NULL
   AND c.unit_id IS NOT NULL
ON CONFLICT (case_id, clock, colour) DO NOTHING
"""


def run_due(now: datetime, most: int = MOST) -> int:
    """Do what is due; returns how many cases were moved."""
    with connection.cursor() as cursor:
        params: dict[str, Any] = {
            "now": now,
            "kinds": list(BY_CLOCK),
            "system": SYSTEM,
            "most": most,
        }
        cursor.execute(_FOUND, params)
        numbers = [row[0] for row in cursor.fetchall()]
    return sum(_run(number, now) for number in numbers)


def _run(number: str, now: datetime) -> bool:
    with transaction.atomic():
        family = locked(number)
        case = family.by_number(number)
        move = due_move(case, now)
        if move is None:
            return False
        family.move(case.id, move, SYSTEM_ACTOR, {}, now, trusted=True)
        family.settle(now)
        commit(family.changes)
    return True


def due_move(case: CaseState, now: datetime) -> str | None:
    """What happens to *case* by itself now, if anything."""
    for kind, (move, states) in BY_CLOCK.items():
        clock = case.clock(kind)
        if clock is not None and clock.running and clock.due_at < now and case.state in states:
            return move
    return None


def give_cards(now: datetime) -> int:
    """Yellow and red cards for limits that run out or are over (2 statements); returns how many.
    A card changes nothing on the case: overdue is never approval. On a rest day nothing becomes
    overdue: a decision made there is in time."""
    judged = effective_moment(registers().calendar, now)
    with connection.cursor() as cursor:
        kinds = [s.PROMISE, s.STATUTORY, s.DELIVERY]
        params: dict[str, Any] = {"now": now, "judged": judged, "kinds": kinds, "system": SYSTEM}
        cursor.execute(_CARDS, params)
        return int(cursor.rowcount)
