"""The regulator's verbs: received, checked by two officers, rectified, revoked, cancelled; and what
the holder does meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text, read_uuid
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.policy import owning
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.papers.models import Attachment
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences.catalogue.model import Licence
from yishi.systems.pledge_licences.context import City, city, locked
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Check, CreditFact, Finding
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.ports import credit
from yishi.systems.pledge_licences.services import (
    facts,
    findings,
    revoking,
    supervision,
    tasks_of,
)
from yishi.systems.pledge_licences.services.beginning import pledge_of
from yishi.systems.pledge_licences.services.leaving import set_certificate

STILL = "still_not_met"
#: The step under which photos of checks hang on the case.
CHECKED = "check"


def receipt(actor: Actor, number: str, now: datetime) -> CaseState:
    """签收: the regulator has the message. Raises CaseNotFound, MoveRefused."""
    return _plain(actor, number, "receipt", {"by": actor.ref}, now)


def report_rectified(actor: Actor, number: str, now: datetime, *, note: str = "") -> CaseState:
    """The holder says that it was put right. Raises CaseNotFound, MoveRefused."""
    return _plain(actor, number, "report_rectified", {"note": clean_text("note", note)}, now)


def deliver(actor: Actor, number: str, now: datetime, *, way: str = "online") -> CaseState:
    """送达: said once; a second time changes nothing. Raises CaseNotFound, MoveRefused."""
    found = city()
    with transaction.atomic():
        case = locked(actor, number)
        if case.data.get("delivered_at"):
            return case
        change = planned(actor, case, "deliver", {"way": way}, found, now)
        rows = Held.objects.unscoped("the locked case's own").filter(case_id=case.id)
        rows.update(delivered_at=now)
        commit([change])
    return change.after


def _plain(
    actor: Actor, number: str, move: str, facts: Mapping[str, Any], now: datetime
) -> CaseState:
    found = city()
    with transaction.atomic():
        case = locked(actor, number)
        change = planned(actor, case, move, facts, found, now)
        commit([change])
    return change.after


def planned(
    actor: Actor,
    case: CaseState,
    move: str,
    facts: Mapping[str, Any],
    found: City,
    now: datetime,
) -> Change:
    """The plan of a move by whoever holds the case, with the holder's own moves as the owner's."""
    return plan(LIFECYCLE, case, move, owning(actor, case), facts, now, found.for_case(case))


# --- the check ---


def record_finding(actor: Actor, number: str, raw: Mapping[str, Any], now: datetime) -> CaseState:
    """Record what two officers found: ``result`` met, not_met or false, ``conditions``, ``second``
    and the rest of `findings.read`. Of a case that is being rectified it is the second look: still
    not met revokes. The same ``key`` again gives the case as it stands.

    Raises CaseNotFound, MoveRefused, FieldError.
    """
    found = city()
    with transaction.atomic():
        case = locked(actor, number)
        if (known := _repeated(case, raw)) is not None:
            return known
        task, licence = _task(case), licence_of(case, found)
        again = case.state == "rectifying"
        read = _read(actor, raw, case, task, licence, found, now, again=again)
        changes: list[Change] = []
        if case.state == "pushed":
            changes.append(planned(actor, case, "receipt", {"by": actor.ref}, found, now))
        last = changes[-1].after if changes else case
        rows = _finding_rows(case, task, read, actor, now)
        more = _store(actor, last, task, read, _facts(task, read, again), licence, found, now)
        return more.store(changes, rows, now)


@dataclass(slots=True)
class _More:
    """A move with the rows that follow, and the credit record among them."""

    change: Change
    rows: list[Any] = field(default_factory=list)
    record: CreditRecord | None = None

    def store(self, before: Sequence[Change], rows: Sequence[Any], now: datetime) -> CaseState:
        """One commit; then whoever follows the credit file is told, in the same transaction."""
        commit([*before, self.change], [*rows, *self.rows])
        if self.record is not None:
            credit.tell(self.record, now)
        return self.change.after


def _store(
    actor: Actor,
    case: CaseState,
    task: Check,
    read: findings.Found,
    told: dict[str, Any],
    licence: Licence,
    found: City,
    now: datetime,
) -> _More:
    """Plan the move that the finding calls for, and do what comes with it."""
    _done(task, now)
    if read.result == Finding.MET:
        _reassess(case, licence, told, found, now)
        change = planned(actor, case, "find_met", told, found, now)
        return _More(change, [facts.row(case, CreditFact.KEPT, now)])
    if read.result == Finding.NOT_MET and told["finding"] != STILL:
        told["rectify_by"] = read.rectify_by
        change = planned(actor, case, "find_not_met", told, found, now)
        row = tasks_of.row(change.after, licence, Check.RECHECK, now)
        return _More(change, [(Check, row), facts.row(case, CreditFact.NOT_MET, now)])
    ground = revoking.FALSE if read.result == Finding.FALSE else revoking.BROKEN
    move = "find_false" if read.result == Finding.FALSE else "find_still_not_met"
    return _revoke(actor, case, move, ground, told, licence, found, now)


def _reassess(
    case: CaseState, licence: Licence, facts: dict[str, Any], found: City, now: datetime
) -> None:
    """Met again: the rules may say that the holder is looked at less often."""
    held = Held.objects.unscoped("the locked case's own").select_related("holder")
    row = held.get(case_id=case.id)
    rule = supervision.assess(row, licence, found.for_case(case).catalogue, case, now, met=1)
    facts["level"] = rule.level
    held.filter(pk=row.pk).update(level=rule.level, level_rule=rule.key)


def _revoke(
    actor: Actor,
    case: CaseState,
    move: str,
    ground: str,
    told: dict[str, Any],
    licence: Licence,
    found: City,
    now: datetime,
) -> _More:
    follows = revoking.following(
        case, pledge_of(case), licence, ground, found=found, actor=actor, now=now
    )
    change = planned(actor, case, move, {**told, **follows.facts}, found, now)
    tasks_of.void(case.id, now)
    revoking.take_effect(case, ground, actor, now)
    return _More(change, follows.rows, follows.record)


def _repeated(case: CaseState, raw: Mapping[str, Any]) -> CaseState | None:
    key = raw.get("key")
    if not key:
        return None
    found = Finding.objects.unscoped("a repeated message of a device").filter(
        key=read_uuid("key", key)
    )
    row = found.first()
    if row is None:
        return None
    if row.case_id != case.id:
        raise FieldError("key", "此记录编号已用于另一件许可", "taken")
    return case


def _task(case: CaseState) -> Check:
    task = tasks_of.open_of(case.id)
    if task is None:
        raise MoveRefused("state", "没有待办的核查任务", case)
    return task


def licence_of(case: CaseState, found: City) -> Licence:
    """What the list in force for the case says about its licence."""
    licence: Licence = found.for_case(case).catalogue.licences[case.type_key]
    return licence


def _read(
    actor: Actor,
    raw: Mapping[str, Any],
    case: CaseState,
    task: Check,
    licence: Licence,
    found: City,
    now: datetime,
    *,
    again: bool,
) -> findings.Found:
    unit = case.data["regulator"]
    longest = parse_limit(found.for_case(case).catalogue.limits.rectify, "licence")
    latest = found.base.calendar.due(now, longest).day
    held = Held.objects.unscoped("the locked case's own").get(case_id=case.id)
    read = findings.read(
        actor,
        raw,
        licence,
        unit,
        now,
        since=held.granted_at,
        full=task.full,
        again=again,
        latest=latest,
    )
    if read.photos:
        own = Attachment.objects.filter(
            pk__in=read.photos, about_kind="", uploaded_by=actor.ref
        ).count()
        if own != len(read.photos):
            raise FieldError("photos", "照片须由本人上传且未用于其他案件", "unknown")
    return read


def _facts(task: Check, read: findings.Found, again: bool) -> dict[str, Any]:
    label = STILL if again and read.result == Finding.NOT_MET else read.result
    return {
        "finding": label,
        "check": task.pk,
        "officers": [f"user:{read.officer}", f"user:{read.second}"],
        "note": read.note,
    }


def _done(task: Check, now: datetime) -> None:
    task.state, task.done_at = Check.DONE, now
    task.save(update_fields=["state", "done_at"])


def _finding_rows(
    case: CaseState, task: Check, read: findings.Found, actor: Actor, now: datetime
) -> list[Any]:
    row = {
        "check_task_id": task.pk,
        "case_id": case.id,
        "result": read.result,
        "officer_id": read.officer,
        "second_id": read.second,
        "found_at": read.found_at,
        "conditions": list(read.conditions),
        "note": read.note,
        "evidence": read.evidence,
        "rectify_by": read.rectify_by,
        "key": read.key,
        "lon": read.lon,
        "lat": read.lat,
        "at": now,
    }
    rows: list[Any] = [(Finding, row)]
    Attachment.objects.filter(pk__in=read.photos).update(about_kind="case", about_id=str(case.id))
    rows += [
        (CasePaper, {"case_id": case.id, "attachment_id": pk, "step": CHECKED, "at": now})
        for pk in read.photos
    ]
    return rows


# --- the exception, revocation and cancellation ---


def ask_exception(actor: Actor, number: str, raw: Mapping[str, Any], now: datetime) -> CaseState:
    """Instead of revoking: the finding stands, and the head of the agency decides whether revoking
    would do great harm to the public interest (行政许可法 art. 69). *raw* is a finding (not met or
    false) with ``note``, the reasons.

    Raises CaseNotFound, MoveRefused, FieldError.
    """
    found = city()
    with transaction.atomic():
        case = locked(actor, number)
        task, licence = _task(case), licence_of(case, found)
        read = _read(actor, raw, case, task, licence, found, now, again=True)
        if read.result == Finding.MET:
            raise FieldError("result", "相符的不需要例外审查", "contradiction")
        if not read.note:
            raise FieldError("note", "请写明撤销可能对公共利益造成的重大损害", "required")
        told = _facts(task, read, case.state == "rectifying")
        told["ground"] = revoking.FALSE if read.result == Finding.FALSE else revoking.BROKEN
        change = planned(actor, case, "ask_exception", told, found, now)
        rows = _finding_rows(case, task, read, actor, now)
        _done(task, now)
        commit([change], rows)
    return change.after


def keep(actor: Actor, number: str, reason: str, now: datetime) -> CaseState:
    """不予撤销, by the head of the agency with written reasons: the licence stands under key
    supervision. Raises CaseNotFound, MoveRefused, FieldError on ``note``."""
    found = city()
    why = _reason(reason)
    with transaction.atomic():
        case = locked(actor, number)
        level = supervision.key_level(found.for_case(case).catalogue)
        change = planned(actor, case, "keep", {"note": why, "level": level}, found, now)
        rows = Held.objects.unscoped("the locked case's own").filter(case_id=case.id)
        rows.update(level=level, level_rule="public_interest")
        commit([change])
    return change.after


def revoke(actor: Actor, number: str, reason: str, now: datetime) -> CaseState:
    """撤销: when the day of rectification is over, or by the head when no exception holds.

    Raises CaseNotFound, MoveRefused, FieldError on ``note``.
    """
    found = city()
    why = _reason(reason)
    with transaction.atomic():
        case = locked(actor, number)
        reviewed = case.state == "exception_review"
        ground = case.data["ground"] if reviewed else revoking.BROKEN
        move = "revoke_after_review" if reviewed else "revoke"
        done = _revoke(
            actor, case, move, ground, {"note": why}, licence_of(case, found), found, now
        )
        return done.store([], [], now)


def _reason(text: object) -> str:
    found = clean_text("note", text)
    if not found:
        raise FieldError("note", "请写明事实、理由和依据", "required")
    return found


def cancel(actor: Actor, number: str, now: datetime, *, note: str = "") -> CaseState:
    """注销 after revocation: the certificate ends for good. Raises CaseNotFound, MoveRefused."""
    found = city()
    with transaction.atomic():
        case = locked(actor, number)
        change = planned(actor, case, "cancel", {"note": clean_text("note", note)}, found, now)
        set_certificate(case, "cancelled", "许可已撤销，依法注销", actor, now)
        commit([change])
    return change.after
