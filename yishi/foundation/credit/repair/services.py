"""The verbs on applications and their records. Every face calls these functions.

A verb locks the whole application, plans the move and what follows, writes the record, and commits
once. All raise CaseNotFound, MoveRefused and FieldError as `yishi.foundation.cases.advance` does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.families import Family, locked
from yishi.foundation.cases.inputs import read_facts
from yishi.foundation.cases.lifecycle import Move
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.policy import owning
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit import book as rulebooks
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.repair import catalogue, recording
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.applying import PAPER_STEP
from yishi.foundation.credit.repair.lifecycle import RECORD_LIFECYCLE
from yishi.foundation.credit.repair.registers import registers
from yishi.foundation.credit.repair.standing import check_repair, standing
from yishi.foundation.places.values import PlaceError
from yishi.foundation.revisions.errors import FieldError

#: Moves before which the conditions are looked at again.
_JUDGED = frozenset({"accept", "not_accept", "repair"})


def advance(
    actor: Actor,
    number: str,
    move: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    expected_version: int | None = None,
    proofs: Sequence[Any] = (),
) -> CaseState:
    """Make *move* on a record's case with what a form or a program sent.

    *proofs*: uploads (ids) that come with it.
    """
    known = RECORD_LIFECYCLE.moves.get(move)
    if known is None or not known.roles or "" in known.sources:
        raise FieldError("move", "没有这个步骤", "unknown")
    with transaction.atomic():
        family = locked(number, actor)
        case = family.by_number(number)
        if case.system != s.RECORD:
            raise FieldError("move", "请在各条信息上办理", "unknown")
        if expected_version is not None and case.version != expected_version:
            raise MoveRefused("version", "案件刚被他人办理，请查看最新状态后再试", case)
        record = recording.record_of(case)
        facts = _facts(family, case, record, known, raw, now)
        moved = family.move(case.id, move, owning(actor, case), facts, now)
        for one in proofs:
            row = {"case_id": case.id, "attachment_id": one, "step": PAPER_STEP, "at": now}
            moved.rows.append((CasePaper, row))
        family.settle(now)
        commit(family.changes)
        recording.after_move(moved.after, record, move, facts, actor, now)
    return family.states[case.id]


def advance_application(
    actor: Actor,
    number: str,
    move: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    expected_version: int | None = None,
) -> CaseState:
    """The application itself moves by its records only."""
    raise FieldError("move", "请在各条信息上办理", "unknown")


def advance_batch(
    actor: Actor, ids: Sequence[int], move: str, now: datetime
) -> tuple[list[CaseState], list[MoveRefused]]:
    """No move is made on many cases at once: each record is decided for itself."""
    raise FieldError("move", "此步骤不能批量办理", "unknown")


def _facts(
    family: Family,
    case: CaseState,
    record: CreditRecord,
    move: Move,
    raw: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    facts = read_facts(move, raw)
    today = now.astimezone(SHANGHAI).date()
    for name in ("duty_done_on", "declared_on", "document_date", "on"):
        _not_later(name, facts.get(name), today)
    if "duty_done_on" in facts and facts["duty_done_on"] < record.document_date:
        raise FieldError("duty_done_on", "不能早于文书日期", "past")
    if move.name in _JUDGED and case.type_key == s.REPAIR:
        facts |= _judged(family, case, record, facts.get("duty_done_on"), today)
    if move.name == "forward":
        facts |= _body(facts["unit"], today)
    if move.name == "shield":
        facts["ruling"] = family.root.data["ruling"]
    return facts


def _not_later(name: str, value: date | None, today: date) -> None:
    if value is not None and value > today:
        raise FieldError(name, "不能晚于今天", "future")


def _judged(
    family: Family,
    case: CaseState,
    record: CreditRecord,
    verified_on: date | None,
    today: date,
) -> dict[str, Any]:
    """The conditions now: the least period as of the application, the duties as of today."""
    root = family.root
    declared = case.data.get("declared_on")
    one = standing(
        record,
        case.received_on,
        rulebooks.book(),
        catalogue.version(case.catalogue_id),
        registers().places,
        declared_on=date.fromisoformat(declared) if declared else None,
        verified_on=verified_on,
    )
    pledge = bool(root.data["pledge"]["made"])
    return {
        "verdict": check_repair(one, case.received_on, pledge=pledge, today=today),
        "seen": one.seen(case.received_on, pledge=pledge),
        "rules": one.rules,
    }


def _body(unit_id: int, today: date) -> dict[str, Any]:
    places = registers().places
    try:
        unit = places.unit(unit_id)
    except PlaceError as error:
        raise FieldError("unit", error.message, "unknown") from error
    if not unit.valid(today):
        raise FieldError("unit", "该单位已撤销或者尚未设立", "ended")
    return {"division": unit.division, "path": unit.managed_path}


def withdraw(actor: Actor, number: str, note: str, now: datetime) -> CaseState:
    """Take the application back: every record that is not decided; returns the application."""
    with transaction.atomic():
        family = locked(number, actor)
        if family.by_number(number).system != s.SYSTEM:
            raise FieldError("number", "应为整个申请的编号", "unknown")
        moved = []
        for case in [one for one in family.members if one.state in s.UNDECIDED]:
            record = recording.record_of(case)
            family.move(case.id, "withdraw", owning(actor, case), {"note": note}, now)
            moved.append((case.id, record))
        if not moved:
            raise MoveRefused("state", "全部信息已有结果，不能撤回", family.root)
        family.settle(now)
        commit(family.changes)
        for case_id, record in moved:
            recording.after_move(family.states[case_id], record, "withdraw", {}, actor, now)
    return family.root


def end_shields(
    actor: Actor, number: str, move: str, raw: Mapping[str, Any], now: datetime
) -> CaseState:
    """The court ended (``plan_failed``) or closed (``plan_done``) the plan: every record of the
    application that is shielded under it follows in one commit."""
    if move not in ("plan_failed", "plan_done"):
        raise FieldError("move", "没有这个步骤", "unknown")
    known = RECORD_LIFECYCLE.moves[move]
    with transaction.atomic():
        family = locked(number, actor)
        shielded = [one for one in family.members if one.state == "shielded"]
        if not shielded:
            raise MoveRefused("state", "没有临时屏蔽中的信息", family.root)
        facts = read_facts(known, raw)
        _not_later("on", facts["on"], now.astimezone(SHANGHAI).date())
        records = {case.id: recording.record_of(case) for case in shielded}
        for case in shielded:
            family.move(case.id, move, actor, facts, now)
        family.settle(now)
        commit(family.changes)
        for case_id, record in records.items():
            recording.after_move(family.states[case_id], record, move, facts, actor, now)
    return family.root


def lapse(number: str, now: datetime) -> bool:
    """Corrections that did not come in time: the application counts as withdrawn."""
    with transaction.atomic():
        family = locked(number)
        case = family.by_number(number)
        clock = case.clock(s.CORRECTION)
        if case.state != "correcting" or clock is None or clock.due_at >= now:
            return False
        record = recording.record_of(case)
        family.move(case.id, "lapse", SYSTEM_ACTOR, {}, now, trusted=True)
        family.settle(now)
        commit(family.changes)
        recording.after_move(family.states[case.id], record, "lapse", {}, SYSTEM_ACTOR, now)
    return True
