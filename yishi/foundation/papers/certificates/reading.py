"""Reading certificates: by code or number, in plain or masked, with versions and components."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from yishi.foundation.papers.certificates.inputs import CertificateField
from yishi.foundation.papers.certificates.models import (
    Certificate,
    CertificateChange,
    CertificateComponent,
)
from yishi.foundation.papers.certificates.states import Standing, of_composite, standing
from yishi.foundation.papers.issuing import plain_code
from yishi.foundation.parties.crypto import decrypt
from yishi.foundation.parties.identifiers import mask_identifier
from yishi.foundation.parties.masking import mask_name
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.naming import context
from yishi.foundation.parties.registering import today_of

ERASED = "（已删除）"


def find(code: str) -> Certificate | None:
    """The certificate with this 核验码, which may be typed with blanks and look-alikes, or with
    this 电子证照标识 (1 statement, none for what can be neither)."""
    text = code.strip()
    if text.startswith("1.2.156.") and text.isascii() and len(text) <= 100 and "\x00" not in text:
        return Certificate.objects.filter(identifier=text.upper()).first()
    plain = plain_code(code)
    return Certificate.objects.filter(verify_code=plain).first() if plain else None


def newest(certificate: Certificate) -> Certificate:
    """The newest version of the same serial (1 statement)."""
    rows = Certificate.objects.filter(
        type_code=certificate.type_code,
        issuer_code=certificate.issuer_code,
        serial=certificate.serial,
    )
    return rows.order_by("-version")[:1].get()


def history(certificate: Certificate) -> list[CertificateChange]:
    """Everything that happened to the serial of a certificate, oldest first (1 statement)."""
    rows = CertificateChange.objects.filter(
        certificate__type_code=certificate.type_code,
        certificate__issuer_code=certificate.issuer_code,
        certificate__serial=certificate.serial,
    )
    return list(rows.select_related("certificate").order_by("at", "id"))


def components_of(certificate: Certificate) -> list[Certificate]:
    """The certificates that a composite one brings together (1 statement)."""
    rows = CertificateComponent.objects.filter(composite=certificate).select_related("component")
    return [row.component for row in rows.order_by("position")]


def of_party(party: Party) -> list[Certificate]:
    """All certificates of a file, those in force first, newest first (1 statement)."""
    rows = Certificate.objects.filter(holder__file_id=party.file_id)
    found = list(rows.order_by("-created_at", "-id"))
    return sorted(found, key=lambda row: not row.in_force)


def open_holder(certificate: Certificate) -> tuple[str, str]:
    """The holder's name and code in plain: for the certificate itself and its holder only."""
    if not certificate.personal:
        return certificate.holder_name, certificate.holder_code
    name = decrypt(certificate.holder_name_enc, _bound(certificate, "holder_name"))
    code = decrypt(certificate.holder_code_enc, _bound(certificate, "holder_code"))
    return name or ERASED, code


def shown_holder(certificate: Certificate) -> tuple[str, str]:
    """The holder's name and code as anybody may see them: of people masked."""
    name, code = open_holder(certificate)
    if not certificate.personal or name == ERASED:
        return name, code
    return mask_name(name), mask_identifier("", code)


def lines_of(certificate: Certificate, *, personal: bool) -> list[CertificateField]:
    """The 业务信息 in its order; values that are personal only where *personal* is set."""
    sealed: dict[str, str] = {}
    if personal and certificate.personal_enc:
        sealed = json.loads(decrypt(certificate.personal_enc, _bound(certificate, "personal")))
    lines = [
        CertificateField(
            line["key"],
            line["label"],
            sealed.get(line["key"], "") if line.get("personal") else line["value"],
            bool(line.get("personal")),
        )
        for line in certificate.data.get("fields", ())
    ]
    return [line for line in lines if line.value]


@dataclass(frozen=True, slots=True)
class Verified:
    """What the public page tells: the certificate, how it stands now, the newest version of it
    (itself, if it is that), and the components of a composite one with how each stands."""

    certificate: Certificate
    standing: Standing
    newest: Certificate
    components: tuple[tuple[Certificate, Standing], ...]

    @property
    def current(self) -> bool:
        """Whether this version is the newest one."""
        return self.newest.pk == self.certificate.pk


def verify(code: str, now: datetime) -> Verified | None:
    """How the certificate with this code stands at *now*, read from the register each time
    (3 statements)."""
    found = find(code)
    if found is None:
        return None
    return stands(found, now)


def stands(certificate: Certificate, now: datetime) -> Verified:
    """How a certificate that was just read stands, with its versions and components
    (2 statements)."""
    today = today_of(now)
    parts = tuple((part, standing(part, today)) for part in components_of(certificate))
    whole = of_composite(standing(certificate, today), [one for _part, one in parts])
    return Verified(certificate, whole, newest(certificate), parts)


def standings(rows: Iterable[Certificate], now: datetime) -> list[tuple[Certificate, Standing]]:
    """Certificates with how each stands (no statement)."""
    today = today_of(now)
    return [(row, standing(row, today)) for row in rows]


def _bound(certificate: Certificate, field: str) -> str:
    return context("certificate", field, certificate.id)
