"""Issuing: a plan without the database, and its rows in whoever's transaction.

A case that decides on a certificate plans it, and gives the rows to its own commit; the number of
statements does not depend on what the certificate says. The signed PDF is made afterwards.
"""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db import models, transaction

from yishi.foundation.papers.certificates.inputs import (
    CertificateInput,
    check,
    drawn_serial,
    identifier_for,
    stored_fields,
)
from yishi.foundation.papers.certificates.models import (
    SUPERSEDED,
    VALID,
    Certificate,
    CertificateChange,
    CertificateComponent,
)
from yishi.foundation.papers.issuing import ALPHABET, CODE_LENGTH
from yishi.foundation.parties.crypto import encrypt
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.materials import STORE, MaterialInput, material_row
from yishi.foundation.parties.models import HeldMaterial
from yishi.foundation.parties.naming import context
from yishi.foundation.parties.registering import Looker
from yishi.foundation.revisions.errors import FieldError

Row = tuple[type[models.Model], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Planned:
    """A certificate that is not stored yet: ``rows`` are for ``commit(rows=…)``, a change's rows,
    or :func:`write`."""

    id: uuid.UUID
    identifier: str
    serial: str
    number: str
    verify_code: str
    rows: tuple[Row, ...]


def plan_issue(raw: CertificateInput, *, actor: Looker, now: datetime) -> Planned:
    """A first version (no statement). Raises `FieldError` naming the field."""
    check(raw)
    return _planned(raw, raw.serial or drawn_serial(now), 1, None, actor, now)


def write(rows: Iterable[Row]) -> None:
    """Store planned rows in the caller's transaction (a statement for each table, 4 at most)."""
    by_model: dict[type[models.Model], list[dict[str, Any]]] = {}
    for model, row in rows:
        by_model.setdefault(model, []).append(row)
    for model, found in by_model.items():
        model._base_manager.bulk_create([model(**row) for row in found])


def issue(raw: CertificateInput, *, actor: Looker, now: datetime) -> Certificate:
    """Plan, store and read a certificate, and let a worker make its PDF (6 statements, inside the
    caller's transaction if there is one). Raises `FieldError`."""
    from yishi.foundation.papers.certificates.queueing import queue_files

    planned = plan_issue(raw, actor=actor, now=now)
    with transaction.atomic():
        write(planned.rows)
        queue_files([planned.id])
    return Certificate.objects.select_related("holder").get(pk=planned.id)


def renew(
    certificate: Certificate, raw: CertificateInput, *, actor: Looker, now: datetime
) -> Certificate:
    """Issue the next version of a certificate (变更, 延续, 换发); the old one counts no longer from
    the same moment on. Serial, type and issuer stay what they were, and the number unless *raw*
    names another. 10 statements, inside the caller's transaction if there is one.

    Raises `FieldError`: on ``status`` unless the old version is valid, else on a field of *raw*.
    """
    from yishi.foundation.papers.certificates.changing import told
    from yishi.foundation.papers.certificates.queueing import queue_files

    with transaction.atomic():
        rows = Certificate.objects.select_related("holder").select_for_update(of=("self",))
        old = rows.get(pk=certificate.pk)
        if old.status != VALID:
            raise FieldError("status", "只有有效的证照可以换发", "final")
        same = replace(
            raw,
            type_key=old.type_key,
            type_code=old.type_code,
            issuer_code=old.issuer_code,
            serial=old.serial,
            number=raw.number or old.number,
        )
        check(same)
        if raw.holder.party.file_id != old.holder.file_id:
            raise FieldError("holder", "新版本的持证主体须与原证照相同", "other")
        paper = HeldMaterial.objects.filter(licence_id=old.identifier).values_list("pk", flat=True)
        planned = _planned(same, old.serial, old.version + 1, old, actor, now, paper.first())
        _supersede(old, actor, now)
        write(planned.rows)
        told(old, VALID, actor, now)
        queue_files([planned.id])
    return Certificate.objects.select_related("holder").get(pk=planned.id)


def _supersede(old: Certificate, actor: Looker, now: datetime) -> None:
    old.status, old.status_at, old.status_by, old.reason = SUPERSEDED, now, actor.ref, "已换发"
    old.save(update_fields=["status", "status_at", "status_by", "reason"])
    CertificateChange.objects.create(
        certificate=old,
        before=VALID,
        after=SUPERSEDED,
        reason="已换发",
        actor_ref=actor.ref,
        at=now,
    )
    HeldMaterial.objects.filter(licence_id=old.identifier).update(
        status=HeldMaterial.SUPERSEDED, status_at=now, status_by=actor.ref, status_reason="已换发"
    )


def _planned(
    raw: CertificateInput,
    serial: str,
    version: int,
    old: Certificate | None,
    actor: Looker,
    now: datetime,
    paper: uuid.UUID | None = None,
) -> Planned:
    new, identifier = time_uuid(now), str(identifier_for(raw, serial, version))
    code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
    number = raw.number or serial
    row = {
        "id": new,
        "identifier": identifier,
        "serial": serial,
        "version": version,
        "supersedes_id": old.pk if old else None,
        "number": number,
        "verify_code": code,
        **_said(raw),
        **_holder(raw, new),
        "status": VALID,
        "status_at": now,
        "status_by": actor.ref,
        "reason": "",
        "created_at": now,
        "created_by": actor.ref,
    }
    change = {
        "certificate_id": new,
        "before": "",
        "after": VALID,
        "reason": "",
        "actor_ref": actor.ref,
        "at": now,
    }
    rows: list[Row] = [(Certificate, row), (CertificateChange, change)]
    rows += [
        (CertificateComponent, {"composite_id": new, "component_id": pk, "position": place})
        for place, pk in enumerate(
            (one if isinstance(one, uuid.UUID) else one.pk for one in raw.components), 1
        )
    ]
    rows.append((HeldMaterial, _on_file(raw, identifier, number, paper, actor, now)))
    return Planned(new, identifier, serial, number, code, tuple(rows))


def _said(raw: CertificateInput) -> dict[str, Any]:
    """The columns that are taken as they were given."""
    return {
        "type_key": raw.type_key,
        "type_code": raw.type_code,
        "type_name": raw.type_name or raw.name,
        "name": raw.name,
        "issuer_code": raw.issuer_code,
        "issuer_name": raw.issuer_name,
        "unit_id": raw.unit_id,
        "issued_on": raw.issued_on,
        "valid_from": raw.valid_from or raw.issued_on,
        "valid_to": raw.valid_to,
        "region": raw.region,
        "managed_path": raw.managed_path,
        "layout": raw.layout,
        "about_kind": raw.about[0],
        "about_id": str(raw.about[1]),
        "simulated": raw.simulated,
    }


def _holder(raw: CertificateInput, new: uuid.UUID) -> dict[str, Any]:
    """The holder's columns and the 业务信息: what is personal is sealed to this row."""
    holder, person = raw.holder, raw.holder.party.is_person
    data, personal = stored_fields(raw.fields)
    sealed = json.dumps(personal, ensure_ascii=False) if personal else ""
    return {
        "holder_id": holder.party.file_id,
        "personal": person,
        "holder_name": "" if person else holder.name,
        "holder_name_enc": _sealed(new, "holder_name", holder.name) if person else "",
        "holder_code_kind": holder.code_kind,
        "holder_code": "" if person else holder.code,
        "holder_code_enc": _sealed(new, "holder_code", holder.code) if person else "",
        "data": data,
        "personal_enc": _sealed(new, "personal", sealed),
    }


def _sealed(new: uuid.UUID, field: str, value: str) -> str:
    return encrypt(value, context("certificate", field, new))


def _on_file(
    raw: CertificateInput,
    identifier: str,
    number: str,
    replaces: uuid.UUID | None,
    actor: Looker,
    now: datetime,
) -> dict[str, Any]:
    """The paper in the holder's file, so that no other matter asks for it again."""
    paper = material_row(
        raw.holder.party,
        MaterialInput(
            material_key=raw.material_key or raw.type_key,
            name=raw.name,
            number=number,
            issuer=raw.issuer_name,
            issued_on=raw.issued_on,
            valid_to=raw.valid_to,
            source=STORE,
            source_name="电子证照库",
            licence_id=identifier,
            simulated=raw.simulated,
        ),
        actor.ref,
        now,
    )
    paper.replaces_id = replaces
    return {field.attname: getattr(paper, field.attname) for field in paper._meta.concrete_fields}
