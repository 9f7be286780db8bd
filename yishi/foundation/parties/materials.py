"""Papers that a party has on file: certificates of the licence store, and what was handed in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction
from django.db.models import Q

from yishi.foundation.audit import access_log
from yishi.foundation.parties.crypto import decrypt, encrypt
from yishi.foundation.parties.file_models import HeldMaterial
from yishi.foundation.parties.identifiers import mask_identifier
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.licence_ids import check_licence_id
from yishi.foundation.parties.naming import context
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.parties.party_models import Party
from yishi.foundation.parties.registering import Looker
from yishi.foundation.revisions.errors import FieldError

STORE, DEPARTMENT, UPLOAD, CASE = "store", "department", "upload", "case"


@dataclass(frozen=True, slots=True)
class MaterialInput:
    """A paper as it is to be recorded, see :class:`HeldMaterial`."""

    material_key: str
    name: str
    number: object = ""
    holder_role: str = "applicant"
    issuer: object = ""
    issued_on: date | None = None
    valid_to: date | None = None
    source: str = UPLOAD
    source_name: object = ""
    licence_id: object = ""
    attachment_id: uuid.UUID | None = None
    simulated: bool = False


def valid_at(at: date) -> Q:
    """Papers that count at a day."""
    return (
        Q(status=HeldMaterial.VALID)
        & (Q(issued_on__isnull=True) | Q(issued_on__lte=at))
        & (Q(valid_to__isnull=True) | Q(valid_to__gte=at))
    )


def held(party: Party, at: date) -> list[HeldMaterial]:
    """The papers that a party has and that count at a day, newest first (1 statement)."""
    rows = HeldMaterial.objects.filter(valid_at(at), party__file_id=party.file_id)
    return list(rows.order_by("material_key", "-issued_on", "-created_at"))


def all_of(party: Party) -> list[HeldMaterial]:
    """All papers of a file, also those that no longer count (1 statement)."""
    rows = HeldMaterial.objects.filter(party__file_id=party.file_id)
    return list(rows.order_by("material_key", "-issued_on", "-created_at"))


def record_material(
    party: Party, raw: MaterialInput, *, actor: Looker, now: datetime
) -> HeldMaterial:
    """Put a paper on file (2 statements). Raises `FieldError` naming its field."""
    row = material_row(party, raw, actor.ref, now)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise FieldError("licence_id", "这个电子证照标识已经登记", "known") from None
    subject = f"party:{party.id}"
    access_log.look(actor.ref, "party.material", subject, f"{row.material_key} {row.id}", now)
    return row


def material_row(party: Party, raw: MaterialInput, by: str, now: datetime) -> HeldMaterial:
    """The row of a paper, checked (no statement). Raises `FieldError`."""
    if raw.source not in (STORE, DEPARTMENT, UPLOAD, CASE):
        raise FieldError("source", "没有这种来源", "unknown")
    if raw.issued_on and raw.valid_to and raw.valid_to < raw.issued_on:
        raise FieldError("valid_to", "有效期截止日期早于签发日期", "date")
    number = clean_text("number", raw.number, longest=80)
    licence = str(check_licence_id("licence_id", raw.licence_id)) if raw.licence_id else ""
    new = time_uuid(now)
    sealed = encrypt(number, context("material", "number", new)) if party.is_person else ""
    return HeldMaterial(
        id=new,
        party=party,
        material_key=raw.material_key,
        name=clean_text("name", raw.name, longest=120, required=True),
        holder_role=raw.holder_role,
        number="" if party.is_person else number,
        number_enc=sealed,
        licence_id=licence,
        issuer=clean_text("issuer", raw.issuer, longest=100),
        issued_on=raw.issued_on,
        valid_to=raw.valid_to,
        source=raw.source,
        source_name=clean_text("source_name", raw.source_name, longest=100),
        status_at=now,
        status_by=by,
        attachment_id=raw.attachment_id,
        simulated=raw.simulated,
        created_at=now,
    )


@transaction.atomic
def set_status(
    material: HeldMaterial, status: str, reason: object, *, actor: Looker, now: datetime
) -> HeldMaterial:
    """Say that a paper counts no longer, or again after 暂扣. Raises `FieldError` on ``status`` or
    ``reason``: what was replaced, revoked or cancelled never counts again."""
    if status not in dict(HeldMaterial.STATUSES):
        raise FieldError("status", "没有这种状态", "unknown")
    why = clean_text("reason", reason, longest=200, required=True)
    row = HeldMaterial.objects.select_for_update().get(pk=material.pk)
    if row.status not in (HeldMaterial.VALID, HeldMaterial.SUSPENDED):
        raise FieldError("status", "该证照已失去效力，不能再变更状态", "final")
    _mark(row, status, why, actor, now)
    return row


@transaction.atomic
def renew(
    material: HeldMaterial, raw: MaterialInput, *, actor: Looker, now: datetime
) -> HeldMaterial:
    """Record the paper that replaces another (换发、变更、延续): the old one counts no longer."""
    old = HeldMaterial.objects.select_for_update().select_related("party").get(pk=material.pk)
    if old.status not in (HeldMaterial.VALID, HeldMaterial.SUSPENDED):
        raise FieldError("status", "该证照已失去效力，不能换发", "final")
    fresh = record_material(old.party, raw, actor=actor, now=now)
    fresh.replaces = old
    fresh.save(update_fields=["replaces"])
    _mark(old, HeldMaterial.SUPERSEDED, "已换发", actor, now)
    return fresh


def _mark(row: HeldMaterial, status: str, why: str, actor: Looker, now: datetime) -> None:
    row.status, row.status_at, row.status_by, row.status_reason = status, now, actor.ref, why
    row.save(update_fields=["status", "status_at", "status_by", "status_reason"])
    subject = f"party:{row.party_id}"
    access_log.look(actor.ref, "party.material_status", subject, f"{row.id} {status}", now)


def open_number(row: HeldMaterial) -> str:
    """The paper's number in plain."""
    return row.number or decrypt(row.number_enc, context("material", "number", row.id))


def shown_number(row: HeldMaterial) -> str:
    """The paper's number as whoever may see the party may see it: of people the ends only."""
    if row.number or not row.number_enc:
        return row.number
    return mask_identifier("", open_number(row))
