"""Work that comes due by itself: suspensions end, late cases get their cards.

Cases are taken in blocks that no other worker holds, planned like any other step, and stored
together. A block is a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.rulebook.models import decision_row
from yishi.foundation.rulebook.outcome import Truth
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.lifecycle import LIFECYCLE, SYSTEM

BLOCK = 500
#: Rules by the level of the card they give, the severest first.
CARD_RULES = (("city_events.card_key", 2), ("city_events.card_ordinary", 1))
#: A card that nobody answered in time; a yellow card on a case that has come to deserve a red one.
ESCALATION_RULES = ("city_events.card_escalation", "city_events.card_yellow_to_red")

_RESUMING = """
SELECT c.id FROM cases_clock k JOIN cases_case c ON c.id = k.case_id
 WHERE k.kind = 'suspension' AND k.stopped_at IS NULL AND k.paused_at IS NULL
   AND k.due_at <= %(now)s AND c.system = %(system)s AND c.state = 'suspended' AND c.id > %(after)s
 ORDER BY c.id LIMIT %(most)s FOR UPDATE OF c SKIP LOCKED
"""

# Everything that may get a card: the rules decide. Whoever had one for this handling gets no
# second one by rule; what follows is escalation.
_CARDING = """
SELECT c.id
  FROM cases_assignment a
  JOIN cases_case c ON c.id = a.case_id
  JOIN cases_clock k ON k.case_id = c.id AND k.kind = 'handling' AND k.stopped_at IS NULL
 WHERE a.state = 'open' AND a.role = 'main' AND c.system = %(system)s
   AND c.state IN ('assigned', 'handling', 'on_site_done')
   AND a.case_id > %(after)s AND k.case_id > %(after)s
   AND (k.paused_at IS NULL AND k.due_at < %(now)s
        OR (c.data->>'reports')::int >= %(reports)s
        OR EXISTS (SELECT 1 FROM cases_clock o WHERE o.case_id = c.id AND o.kind = 'order'
                      AND o.stopped_at IS NULL AND o.due_at < %(now)s))
   AND NOT EXISTS (SELECT 1 FROM city_events_card d
                    WHERE d.case_id = c.id AND d.at >= k.started_at)
 ORDER BY c.id LIMIT %(most)s FOR UPDATE OF c SKIP LOCKED
"""

_ESCALATING = """
SELECT c.id FROM cases_clock k JOIN cases_case c ON c.id = k.case_id
 WHERE k.kind = 'supervision' AND k.stopped_at IS NULL AND k.paused_at IS NULL
   AND k.due_at < %(now)s AND c.system = %(system)s AND k.case_id > %(after)s
   AND c.state = ANY(%(states)s) AND (c.data->'supervision'->>'level')::int < 3
 ORDER BY c.id LIMIT %(most)s FOR UPDATE OF c SKIP LOCKED
"""

# Yellow cards, received or answered, on cases whose handling clock or order ran out meanwhile: the
# rule decides whether that is red.
_REDDENING = """
SELECT c.id FROM cases_assignment a JOIN cases_case c ON c.id = a.case_id
 WHERE a.state = 'open' AND a.role IN ('supervised', 'review')
   AND c.system = %(system)s AND c.id > %(after)s
   AND c.data->'supervision'->>'level' = '1' AND c.data->'supervision'->>'state' <> 'issued'
   AND c.state = ANY(%(states)s)
   AND EXISTS (SELECT 1 FROM cases_clock k
                WHERE k.case_id = c.id AND k.kind IN ('handling', 'order')
                  AND k.stopped_at IS NULL AND k.paused_at IS NULL AND k.due_at < %(now)s)
 ORDER BY c.id LIMIT %(most)s FOR UPDATE OF c SKIP LOCKED
"""

Step = Callable[[CaseState, City, datetime], Change | None]


def resume_due(now: datetime) -> int:
    """Let the suspended cases go on whose day has passed; returns how many."""
    return _each_block(_RESUMING, _resumed, now, city())


def card_due(now: datetime) -> int:
    """Give cards to late, hot and overdue-ordered cases by rule, and escalate cards that nobody
    answered in time; returns how many. A city without these rules gives none."""
    registers = city()
    done = 0
    if any(rule in registers.rulebook.keys for rule in ESCALATION_RULES):
        states = sorted(LIFECYCLE.moves["escalate_supervision"].sources)
        done += _each_block(_ESCALATING, _escalated, now, registers, states=states)
        done += _each_block(_REDDENING, _escalated, now, registers, states=states)
    if all(rule in registers.rulebook.keys for rule, _ in CARD_RULES):
        reports = registers.rulebook.value("card_reports", now, default=2**31 - 1)
        done += _each_block(_CARDING, carded, now, registers, reports=reports)
    return done


def _each_block(statement: str, step: Step, now: datetime, registers: City, **params: Any) -> int:
    done, after = 0, 0
    while True:
        values = {"now": now, "system": SYSTEM, "after": after, "most": BLOCK, **params}
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(statement, values)
                ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return done
            planned = [step(case, registers, now) for case in load_states(ids, lock=True)]
            changes = [change for change in planned if change is not None]
            if changes:
                commit(changes)
        done += len(changes)
        after = ids[-1]


def _resumed(case: CaseState, registers: City, now: datetime) -> Change | None:
    context = registers.for_case(case)
    return plan(LIFECYCLE, case, "end_suspension", SYSTEM_ACTOR, {}, now, context)


def carded(case: CaseState, registers: City, now: datetime) -> Change | None:
    """The change that gives *case* the card that the rules give it now, or none.

    Its decision (rule, facts, every condition) is stored with it.
    """
    facts = card_facts(case, now)
    for rule, level in CARD_RULES:
        outcome = registers.rulebook.decide(rule, facts, now, case.managed_path)
        if outcome.truth is Truth.TRUE:
            given = {"level": str(level), "reason": _reason(facts)}
            context = registers.for_case(case)
            change = plan(LIFECYCLE, case, "supervise", SYSTEM_ACTOR, given, now, context)
            change.decisions.append(decision_row(outcome, "case", case.id, SYSTEM_ACTOR.ref, now))
            return change
    return None


def card_facts(case: CaseState, now: datetime) -> dict[str, Any]:
    """The declared facts that the rules for cards read."""
    handling, order, card = (case.clock(kind) for kind in ("handling", "order", "supervision"))
    late = Decimal(0)
    if handling is not None and handling.running and handling.due_at < now:
        seconds = int((now - handling.due_at).total_seconds())
        late = (Decimal(seconds) / 3600).quantize(Decimal("0.01"))
    return {
        "hours_late": late,
        "reports": int(case.data.get("reports", 1)),
        "order_overdue": order is not None and order.due_at < now,
        "answer_overdue": card is not None and card.due_at < now,
        "card_level": int((case.data.get("supervision") or {}).get("level", 0)),
    }


def _reason(facts: dict[str, Any]) -> str:
    if facts["order_overdue"]:
        return "order"
    return "late" if facts["hours_late"] else "hot"


def _escalated(case: CaseState, registers: City, now: datetime) -> Change | None:
    facts = card_facts(case, now)
    for rule in ESCALATION_RULES:
        if rule not in registers.rulebook.keys:
            continue
        outcome = registers.rulebook.decide(rule, facts, now, case.managed_path)
        if outcome.truth is Truth.TRUE:
            context = registers.for_case(case)
            given = {} if facts["answer_overdue"] else {"reason": _reason(facts)}
            change = plan(
                LIFECYCLE, case, "escalate_supervision", SYSTEM_ACTOR, given, now, context
            )
            change.decisions.append(decision_row(outcome, "case", case.id, SYSTEM_ACTOR.ref, now))
            return change
    return None
