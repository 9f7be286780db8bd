"""Objections (异议): somebody says that a record is wrong. Flagged, then answered, in time.

A flag stands beside the record wherever it is shown. An objection that is upheld deletes the
record (ground ``wrong``) in the same commit. Deadlines: the city's ``credit/rules.yaml``.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars import active_calendar, parse_limit
from yishi.foundation.credit import records
from yishi.foundation.credit.book import book
from yishi.foundation.credit.models import CreditRecord, Objection
from yishi.foundation.credit.record_models import DELETED
from yishi.foundation.credit.records import RecordRefused
from yishi.foundation.credit.standing import today_of
from yishi.foundation.parties.crypto import decrypt, encrypt
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.normalise import clean_text

WRONG = "wrong"


@transaction.atomic
def raise_(
    record: CreditRecord,
    reason: object,
    actor: Actor,
    now: datetime,
    party_id: uuid.UUID | None = None,
) -> Objection:
    """Object to a record. Whether *actor* may is the caller's policy (its subject, or the desk).

    Raises:
        FieldError: ``reason``.
        RecordRefused: ``deleted``, or ``open`` while an earlier objection is being handled.
    """
    text = clean_text("reason", reason, longest=1000, required=True)
    row = records.locked(record.pk)
    if row.state == DELETED:
        raise RecordRefused("deleted", "这条记录已经删除")
    if Objection.objects.filter(record=row, state=Objection.OPEN).exists():
        raise RecordRefused("open", "这条记录的异议正在处理")
    new, calendar, known = time_uuid(now), active_calendar(), book()
    found = Objection.objects.create(
        id=new,
        record=row,
        party_id=party_id,
        reason_enc=encrypt(text, bound(new)),
        raised_by=actor.ref,
        raised_at=now,
        flag_due=calendar.due(now, parse_limit(known.flag_limit, "hotline")).at,
        decide_due=calendar.due(now, parse_limit(known.decide_limit, "hotline")).at,
    )
    records.move(row, row.state, "objection", actor, now, asked=row.asked_at is not None)
    return found


@transaction.atomic
def flag(objection: Objection, actor: Actor, now: datetime) -> Objection:
    """Put the flag 异议处理中 beside the record."""
    row = _open(objection)
    if row.flagged_at is None:
        row.flagged_at = now
        row.save(update_fields=["flagged_at"])
        _disputed(row, True, "flagged", actor, now)
    return row


@transaction.atomic
def decide(
    objection: Objection, upheld: bool, answer: object, actor: Actor, now: datetime
) -> Objection:
    """Answer an objection: upheld, the record is deleted at once; else its flag goes.

    Raises `FieldError` on ``answer``, `RecordRefused` when it is closed already.
    """
    text = clean_text("answer", answer, longest=400, required=True)
    row = _open(objection)
    row.state = Objection.UPHELD if upheld else Objection.REJECTED
    row.answer, row.decided_by, row.decided_at = text, actor.ref, now
    row.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    record = _disputed(row, False, "objection_answered", actor, now)
    if upheld and record.state != DELETED:
        records.delete(record, WRONG, today_of(now), actor, now)
    return row


@transaction.atomic
def withdraw(objection: Objection, actor: Actor, now: datetime) -> Objection:
    """The objector takes it back. Raises `RecordRefused` when it is closed already."""
    row = _open(objection)
    row.state, row.decided_by, row.decided_at = Objection.WITHDRAWN, actor.ref, now
    row.save(update_fields=["state", "decided_by", "decided_at"])
    _disputed(row, False, "objection_withdrawn", actor, now)
    return row


def words(objection: Objection) -> str:
    """What was objected, in plain: for whoever handles it and whoever said it."""
    return decrypt(objection.reason_enc, bound(objection.id)) if objection.reason_enc else ""


def _disputed(
    row: Objection, disputed: bool, what: str, actor: Actor, now: datetime
) -> CreditRecord:
    record = records.locked(row.record_id)
    record.disputed = disputed
    asked = record.asked_at is not None
    return records.move(record, record.state, what, actor, now, asked=asked, columns=["disputed"])


def _open(objection: Objection) -> Objection:
    row = Objection.objects.select_for_update(of=("self",)).get(pk=objection.pk)
    if row.state != Objection.OPEN:
        raise RecordRefused("closed", "这件异议已经办结")
    return row


def bound(row_id: uuid.UUID) -> str:
    return f"credit.objection:{row_id}"
