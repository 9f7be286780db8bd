"""What a move does to the record itself, inside the move's own transaction.

Repair ends publication, sharing, use and measures together (Order 36): they all read the record's
state, so that one write ends them all, everywhere in this house, with the commit that decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit import book as rulebooks
from yishi.foundation.credit import records
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.record_models import (
    ENDED,
    KEPT,
    PUBLISHED,
    REPAIRED,
    REVOKED,
    SHIELDED,
    UNPUBLISHED,
)
from yishi.foundation.credit.repair.models import RepairedRecord, Shield
from yishi.foundation.revisions.errors import FieldError

#: Kind of the record that a false pledge in a repair leads to.
FALSE_REPAIR = "false_repair"


def record_of(case: CaseState) -> CreditRecord:
    """The record that a case is about, locked until the transaction ends (1 statement)."""
    return records.locked(case.data["record"])


def after_move(
    case: CaseState,
    record: CreditRecord,
    move: str,
    facts: Mapping[str, Any],
    actor: Actor,
    now: datetime,
) -> None:
    """Bring *record*, which is locked, to what *move* made of *case*.

    Raises:
        MoveRefused, FieldError: when the record does not allow it; the move is undone.
    """
    body = {"case": case.number}
    if move in ("repair", "repair_at_once") or _granted_outside(move, case):
        records.move(record, REPAIRED, "repaired", actor, now, body)
    elif move == "accept" and facts.get("duty_done_on"):
        _duty_done(record, facts["duty_done_on"], actor, now, body)
    elif move == "shield":
        _shield(case, record, facts["ruling"], actor, now)
    elif move == "plan_failed":
        _end_shield(case, Shield.FAILED, facts["on"], actor)
        state, asked = _resumed(record, now, PUBLISHED)
        records.move(record, state, "unshielded", actor, now, body, asked=asked)
    elif move == "plan_done":
        _end_shield(case, Shield.DONE, facts["on"], actor)
        records.move(record, REPAIRED, "repaired", actor, now, body)
    elif move == "revoke":
        record.duty_done_on, record.duty_open = None, True  # what the pledge said was not true
        state, asked = _resumed(record, now, REVOKED)
        columns = ["duty_done_on", "duty_open"]
        records.move(
            record, state, "repair_revoked", actor, now, body, asked=asked, columns=columns
        )
    elif move == "flag":
        _flag(case, record, facts, actor, now)
    _keep_open(case, record)


def _granted_outside(move: str, case: CaseState) -> bool:
    return move == "answer_outside" and case.outcome == "repaired"


def _keep_open(case: CaseState, record: CreditRecord) -> None:
    """Whether the case still stands in the way of another application for the record."""
    waits = case.closed_at is None and case.state != "revoked"
    rows = RepairedRecord.objects.unscoped("the case is locked by its move")
    if waits:
        other = rows.filter(record=record, open=True).exclude(case_id=case.id)
        if other.exists():
            raise MoveRefused("guard", "这条信息已另有办理中的修复申请", case)
    rows.filter(case_id=case.id).exclude(open=waits).update(open=waits)


def _duty_done(
    record: CreditRecord, on: date, actor: Actor, now: datetime, body: dict[str, Any]
) -> None:
    """The body found when the duties were done. The record stays as it is until it is decided."""
    record.duty_done_on, record.duty_open = on, False
    told = body | {"on": on.isoformat()}
    columns = ["duty_done_on", "duty_open"]
    records.move(
        record,
        record.state,
        "duty",
        actor,
        now,
        told,
        asked=record.asked_at is not None,
        columns=columns,
    )


def _shield(
    case: CaseState, record: CreditRecord, ruling: Mapping[str, str], actor: Actor, now: datetime
) -> None:
    Shield.objects.create(
        case_id=case.id,
        record=record,
        court=ruling["court"],
        ruling_no=ruling["number"],
        ruled_on=date.fromisoformat(ruling["on"]),
        begun_on=now.astimezone(SHANGHAI).date(),
        before=record.state,
    )
    body = {"case": case.number, "ruling": ruling["number"]}
    records.move(record, SHIELDED, "shielded", actor, now, body)


def _end_shield(case: CaseState, how: str, on: date, actor: Actor) -> None:
    rows = Shield.objects.unscoped("the case is locked by its move").filter(case_id=case.id)
    rows.update(ended_on=on, ended_how=how, ended_by=actor.ref)


def _resumed(record: CreditRecord, now: datetime, shown_as: str) -> tuple[str, bool]:
    """(state, whether a person is asked) of a record that is published again. The longest period
    ran on: after it the rules for its end hold; what was never public does not become so."""
    if record.published_from is None:
        return UNPUBLISHED, False
    if now.astimezone(SHANGHAI).date() <= record.max_end:
        return shown_as, False
    if record.duty_done_on is not None:
        return ENDED, False
    rule = rulebooks.book().at_end(record.profile, record.activity, record.kind)
    return {"keep": (KEPT, False), "end": (ENDED, False), "ask": (shown_as, True)}[rule.then]


def _flag(
    case: CaseState, record: CreditRecord, facts: Mapping[str, Any], actor: Actor, now: datetime
) -> None:
    """A serious record of its own, made by the body that found the pledge to be false."""
    raw = records.RecordInput(
        kind=FALSE_REPAIR,
        authority=record.authority,
        document_no=facts["document_no"],
        document_date=facts["document_date"],
        summary=facts["note"],
        party=record.party,
        unit_id=record.unit_id,
        severity="serious",
        profile=record.profile,
        basis="信用修复管理办法",
        about=(case.system, case.id),
        simulated=record.simulated,
    )
    try:
        records.add(raw, actor, now)
    except FieldError as error:
        field = {"summary": "note"}.get(error.field, error.field)
        raise FieldError(field, error.message, error.code) from error
