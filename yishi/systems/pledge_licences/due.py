"""What happens by itself: receipts of platforms, overdue checks, licences that end, new listings.

Each case is locked, looked at again, moved and committed by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.exchange.models import Outgoing
from yishi.foundation.papers.models import Certificate
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.context import City, city, day_of
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Check
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.ports import credit
from yishi.systems.pledge_licences.services import ordinary, supervision, tasks_of
from yishi.systems.pledge_licences.services.leaving import end_licence, set_certificate

MOST = 500
_DAY = timedelta(days=1)


def run_due(now: datetime, most: int = MOST) -> dict[str, int]:
    """Do what is due; returns how many cases each kind of work moved."""
    return {
        "receipts": take_receipts(now, most),
        "alarms": alarm_overdue(now, most),
        "adopted": ordinary.adopt(now, most),
        "papers": alarm_papers(now, most),
        "expired": expire(now, most),
        "listed": follow_lists(now, most),
    }


def _each(cases: Iterable[int], work: Callable[[CaseState, City], bool]) -> int:
    """Do *work* on each case in a transaction of its own; returns how many it moved."""
    found, done = city(), 0
    for case_id in cases:
        with transaction.atomic():
            states = load_states([case_id], lock=True)
            done += bool(states) and work(states[0], found)
    return done


def _plan(case: CaseState, move: str, facts: dict[str, Any], found: City, now: datetime) -> Change:
    return plan(LIFECYCLE, case, move, ITSELF, facts, now, found.for_case(case), trusted=True)


def take_receipts(now: datetime, most: int = MOST) -> int:
    """签收 of what a regulator's own platform has taken: its answer to the push is the receipt."""
    sent = Outgoing.objects.filter(
        state=Outgoing.State.SENT,
        kind="licence.granted",
        case__in=_cases(state="pushed"),
    )
    rows = dict(sent.order_by("case_id").values_list("case_id", "partner__key")[:most])

    def work(case: CaseState, found: City) -> bool:
        if case.state != "pushed":
            return False
        commit([_plan(case, "receipt", {"by": f"partner:{rows[case.id]}"}, found, now)])
        return True

    return _each(rows, work)


def _cases(**wanted: Any) -> Any:
    from yishi.foundation.cases.models import Case

    rows = Case.objects.unscoped("what is due concerns every case")
    return rows.filter(system=s.SYSTEM, **wanted).values("pk")


def alarm_overdue(now: datetime, most: int = MOST) -> int:
    """Checks whose day is over: the regulator is alarmed once. The licence stands."""
    late = Check.objects.unscoped("overdue checks of every regulator").filter(
        state=Check.OPEN, due_on__lt=day_of(now), alarmed_at__isnull=True
    )
    tasks = {row.case_id: row for row in late.order_by("due_on", "id")[:most]}

    def work(case: CaseState, found: City) -> bool:
        if case.state not in LIFECYCLE.moves["alarm"].sources:
            return False
        rows = Check.objects.unscoped("the locked case's own").filter(
            pk=tasks[case.id].pk, state=Check.OPEN, alarmed_at__isnull=True
        )
        if not rows.update(alarmed_at=now):
            return False
        commit([_plan(case, "alarm", {}, found, now)])
        return True

    return _each(tasks, work)


_LATE = """
SELECT k.case_id, k.kind
  FROM cases_clock k JOIN cases_case c ON c.id = k.case_id
 WHERE c.system = %(system)s AND k.kind LIKE 'later:%%' AND k.stopped_at IS NULL
   AND k.due_at < %(now)s AND c.state = ANY(%(holding)s)
   AND NOT coalesce(c.data->'late_papers', '[]'::jsonb) ? k.kind
 ORDER BY k.due_at, k.id LIMIT %(most)s
"""


def alarm_papers(now: datetime, most: int = MOST) -> int:
    """Papers that were to come later and did not: told once for each."""
    wanted: dict[str, Any] = {
        "system": s.SYSTEM,
        "now": now,
        "holding": sorted(s.HOLDING),
        "most": most,
    }
    late: dict[int, list[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LATE, wanted)
        for case_id, kind in cursor.fetchall():
            late.setdefault(case_id, []).append(kind)

    def work(case: CaseState, found: City) -> bool:
        changes: list[Change] = []
        for kind in late[case.id]:
            last = changes[-1].after if changes else case
            if last.state in s.HOLDING and kind not in last.data.get("late_papers", ()):
                changes.append(_plan(last, "paper_overdue", {"clock": kind}, found, now))
        if changes:
            commit(changes)
        return bool(changes)

    return _each(late, work)


def expire(now: datetime, most: int = MOST) -> int:
    """Licences whose last day is over: certificate and composite follow in the same commit."""
    over = Held.objects.unscoped("licences of every holder").filter(
        state=Held.VALID, valid_to__lt=day_of(now)
    )

    def work(case: CaseState, found: City) -> bool:
        if case.state not in s.HOLDING:
            return False
        end_licence(case, Held.EXPIRED, now)
        tasks_of.void(case.id, now)
        if Certificate.objects.filter(pk=case.data["certificate"], status="valid").exists():
            set_certificate(case, "lapsed", "有效期届满", ITSELF, now)
        commit([_plan(case, "expire", {}, found, now)])
        return True

    return _each(over.order_by("valid_to", "id").values_list("case_id", flat=True)[:most], work)


def follow_lists(now: datetime, most: int = MOST) -> int:
    """Holders who came onto a list after the decision: the licence stands (S3.8 no. 15), the
    holder is supervised closely."""
    listed = credit.listed_holders(now, day_of(now))
    rows = Held.objects.unscoped("licences of every holder").filter(
        state=Held.VALID, listed_after=False, holder_id__in=listed
    )
    return mark_listed(rows.values_list("case_id", flat=True)[:most], now)


def mark_listed(cases: Iterable[int], now: datetime) -> int:
    """Put the licences of *cases* under the level that the rules give after a listing."""

    def work(case: CaseState, found: City) -> bool:
        if case.state not in s.HOLDING:
            return False
        rows = Held.objects.unscoped("the locked case's own").select_related("holder")
        held = rows.get(case_id=case.id)
        held.listed_after = True
        _reassess(held, case, found, now, why="listed_after_decision")
        return True

    return _each(cases, work)


def _reassess(held: Held, case: CaseState, found: City, now: datetime, why: str) -> None:
    book = found.for_case(case).catalogue
    rule = supervision.assess(held, book.licences[case.type_key], book, case, now)
    held.level, held.level_rule = rule.level, rule.key
    held.save(update_fields=["level", "level_rule", "listed_after"])
    rows = Check.objects.unscoped("the locked case's own")
    rows.filter(case_id=case.id, state=Check.OPEN).update(level=rule.level)
    facts = {"level": rule.level, "rule": rule.key, "why": why}
    commit([_plan(case, "supervise", facts, found, now)])


def reassess_all(now: datetime, most: int = MOST) -> int:
    """The rules applied anew to licences in force (facts age by themselves); returns how many
    changed their level."""
    rows = Held.objects.unscoped("licences of every holder").filter(state=Held.VALID)

    def work(case: CaseState, found: City) -> bool:
        if case.state not in s.HOLDING:
            return False
        own = Held.objects.unscoped("the locked case's own").select_related("holder")
        held = own.get(case_id=case.id)
        book = found.for_case(case).catalogue
        rule = supervision.assess(held, book.licences[case.type_key], book, case, now)
        if (rule.level, rule.key) == (held.level, held.level_rule):
            return False
        _reassess(held, case, found, now, why="reassessed")
        return True

    ids = rows.filter(~Q(granted_at__gt=now - _DAY)).order_by("id")
    return _each(ids.values_list("case_id", flat=True)[:most], work)
