"""并案 by hand: an officer sees that two open cases are one thing; all reports go on as one case.

Every reporter keeps the own tracking code, which leads to the case that goes on; a report that did
not belong there is taken out again like one that a rule merged (:mod:`merging`).
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.advance import CaseNotFound, one_locked
from yishi.foundation.cases.change import Change, joined
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.lifecycle import LIFECYCLE, SYSTEM
from yishi.systems.city_events.merging import move_rows
from yishi.systems.city_events.models import Report


def join(actor: Actor, number: str, into: str, note: str, now: datetime) -> CaseState:
    """Let *number* go on as part of *into*; returns the latter.

    Raises:
        CaseNotFound: when *actor* does not see *number*.
        FieldError: on ``into`` when it is unknown, closed, the same, or waits for a decision.
        yishi.foundation.cases.draft.MoveRefused: when role or state say no.
    """
    with transaction.atomic():
        leaving, staying = _both_locked(actor, number, into)
        registers = city()
        facts = {"note": note, "into": staying.number}
        end = plan(LIFECYCLE, leaving, "join_case", actor, facts, now, registers.for_case(leaving))
        reports = list(
            Report.objects.unscoped("the case is locked and in the actor's sight")
            .filter(case_id=leaving.id)
            .order_by("received_at", "id")
        )
        grown = _grown(staying, leaving, reports, actor, registers, now)
        commit([end, grown])
        for report in reports:
            move_rows(report, leaving, grown.after, merged=True)
    return grown.after


def _both_locked(actor: Actor, number: str, into: str) -> tuple[CaseState, CaseState]:
    """Both cases, locked in the order of their ids so that two officers never wait for each
    other."""
    if number == into:
        raise FieldError("into", "不能并入案件自身，请填写另一案件的编号", "same")
    ids = dict(
        Case.objects.visible_to(actor)
        .filter(number__in=[number, into], system=SYSTEM)
        .values_list("number", "id")
    )
    if number not in ids:
        raise CaseNotFound(number)
    if into not in ids:
        raise FieldError("into", "没有这个编号的案件，或不在您的管辖范围内", "unknown")
    states = {one: one_locked(actor, one) for one in sorted(ids, key=ids.__getitem__)}
    staying = states[into]
    if staying.closed_at is not None:
        raise FieldError("into", "要并入的案件已经办结，请改选在办案件", "closed")
    return states[number], staying


def _grown(
    staying: CaseState,
    leaving: CaseState,
    reports: list[Report],
    actor: Actor,
    registers: City,
    now: datetime,
) -> Change:
    """The change that adds the reports, with whoever waits for an answer, to *staying*."""
    changes: list[Change] = []
    case, context = staying, registers.for_case(staying)
    for report in reports:
        facts = {"report": f"report:{report.pk}", "joined": leaving.number}
        changes.append(plan(LIFECYCLE, case, "merge_report", actor, facts, now, context))
        case = changes[-1].after
    whole = joined(changes)
    for name in ("contacts", "senders"):
        more = [pair for pair in leaving.data.get(name, ()) if pair not in case.data.get(name, ())]
        if more:
            whole.after.data[name] = [*case.data.get(name, ()), *more]
    return whole
