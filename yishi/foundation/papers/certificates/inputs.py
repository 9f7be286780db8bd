"""What is handed in to issue a certificate, and the one place that checks it."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yishi.foundation.papers.certificates.models import LANDSCAPE, PORTRAIT, Certificate
from yishi.foundation.parties.identifiers import PUBLIC_KINDS, IdentifierKind
from yishi.foundation.parties.licence_ids import LicenceId, check_licence_id
from yishi.foundation.parties.models import Identifier, Party
from yishi.foundation.parties.naming import open_name
from yishi.foundation.parties.normalise import clean_text
from yishi.foundation.parties.registering import open_identifier, today_of
from yishi.foundation.revisions.errors import FieldError

#: 持证主体代码类型. 001 and 111 after GB/T 36903; of the others only that they are no such number.
CODE_KINDS: dict[str, str] = {
    IdentifierKind.USCC: "001",
    IdentifierKind.RESIDENT_ID: "111",
}
OTHER_CODE = "099"
#: Crockford's base 32; ten signs are 50 bits, drawn anew each time.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_TYPE = re.compile(r"[0-9A-Z]{21}")
_ISSUER = re.compile(r"[0-9A-Z]{6}|[0-9A-Z]{18}")
_SERIAL = re.compile(r"[0-9A-Z]{1,40}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
MOST_FIELDS, LONGEST_VALUE = 30, 1000


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose certificate it is, in plain. Its repr shows nothing of it."""

    party: Party
    name: str
    code: str
    code_kind: str

    def __repr__(self) -> str:
        return f"Holder({self.party.id})"


def holder_of(party: Party) -> Holder:
    """The holder that a party's file makes (1 statement).

    The credit code is taken before an identity number, that before any other number. Raises
    `FieldError` on ``holder`` for a party without a number or name.
    """
    rows = Identifier.objects.filter(party__file_id=party.file_id, ended_on__isnull=True)
    order = {IdentifierKind.USCC: 0, IdentifierKind.RESIDENT_ID: 1}
    found = sorted(rows, key=lambda row: (order.get(IdentifierKind(row.kind), 2), row.created_at))
    if party.is_person:
        found = [row for row in found if row.kind not in PUBLIC_KINDS]
    else:
        found = [row for row in found if row.kind in PUBLIC_KINDS]
    name = open_name(party)
    if not found or not name:
        raise FieldError("holder", "持证主体没有可用的名称或证件号码", "required")
    return Holder(party, name, open_identifier(found[0]), CODE_KINDS.get(found[0].kind, OTHER_CODE))


@dataclass(frozen=True, slots=True)
class CertificateField:
    """A line of the 业务信息 (``scope`` 经营范围, ``premises`` 经营场所 …). ``personal`` values are
    sealed and shown to the holder and on the certificate only."""

    key: str
    label: str
    value: str
    personal: bool = False


@dataclass(frozen=True, slots=True)
class CertificateInput:
    """A certificate as it is to be issued.

    ``type_code``: 证照类型代码 (the credit code of who defined the type, and three signs);
    ``issuer_code``: credit code, or six digits of a division. Without ``serial`` one is drawn, and
    without ``number`` (证照编号) that is the serial too. ``unit_id``, ``managed_path``: which unit
    keeps it, and where officers find it. ``material_key``: under which key the paper is on file
    for other matters (default: ``type_key``). ``components``: the certificates that a composite
    one brings together, in their order. ``about``: what it was decided in, ``("case", 17)``.
    """

    type_key: str
    name: str
    type_code: str
    issuer_code: str
    issuer_name: str
    holder: Holder
    issued_on: date
    region: str
    managed_path: str
    unit_id: int | None = None
    type_name: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    fields: Sequence[CertificateField] = ()
    number: str = ""
    serial: str = ""
    layout: str = PORTRAIT
    about: tuple[str, object] = ("", "")
    material_key: str = ""
    components: Sequence[Certificate | uuid.UUID] = ()
    simulated: bool = False


def check(raw: CertificateInput) -> None:
    """Raise `FieldError` naming the first field of *raw* that cannot be issued."""
    for field, value, form in (
        ("type_code", raw.type_code, _TYPE),
        ("issuer_code", raw.issuer_code, _ISSUER),
        ("type_key", raw.type_key, _KEY),
    ):
        if not form.fullmatch(value):
            raise FieldError(field, "代码的格式不符", "format")
    if raw.serial and not _SERIAL.fullmatch(raw.serial):
        raise FieldError("serial", "流水号只能有数字和大写字母，最多40位", "format")
    for field, text, longest in (
        ("name", raw.name, 120),
        ("issuer_name", raw.issuer_name, 100),
        ("region", raw.region, 12),
        ("managed_path", raw.managed_path, 60),
    ):
        clean_text(field, text, longest=longest, required=True)
    clean_text("number", raw.number, longest=80)
    if raw.number and raw.number == raw.holder.code and raw.holder.party.is_person:
        raise FieldError("number", "证照编号不能是公民身份号码", "personal")
    if raw.layout not in (LANDSCAPE, PORTRAIT):
        raise FieldError("layout", "没有这种版式", "unknown")
    starts = raw.valid_from or raw.issued_on
    if raw.valid_to is not None and raw.valid_to < max(starts, raw.issued_on):
        raise FieldError("valid_to", "有效期截止日期早于开始日期或颁发日期", "date")
    _check_fields(raw.fields)


def _check_fields(fields: Sequence[CertificateField]) -> None:
    if len(fields) > MOST_FIELDS:
        raise FieldError("fields", f"业务信息最多{MOST_FIELDS}项", "too_many")
    seen: set[str] = set()
    for line in fields:
        if not _KEY.fullmatch(line.key) or line.key in seen:
            raise FieldError("fields", f"业务信息的项 {line.key} 不合格式或重复", "format")
        seen.add(line.key)
        clean_text(line.key, line.label, longest=60, required=True)
        clean_text(line.key, line.value, longest=LONGEST_VALUE)


def drawn_serial(now: datetime) -> str:
    """A serial: the city's day and ten signs drawn by chance."""
    return f"{today_of(now):%Y%m%d}" + "".join(secrets.choice(_SIGNS) for _ in range(10))


def identifier_for(raw: CertificateInput, serial: str, version: int) -> LicenceId:
    """The 电子证照标识 of a version, checked. Raises `FieldError`."""
    made = LicenceId(raw.type_code, raw.issuer_code, serial, version)
    if not 1 <= version <= 999:
        raise FieldError("version", "版本号最多到999，请换新的流水号", "range")
    return check_licence_id("identifier", str(made))


def stored_fields(fields: Sequence[CertificateField]) -> tuple[dict[str, Any], Mapping[str, str]]:
    """``data`` without personal values, and those by key."""
    lines = [
        {"key": f.key, "label": f.label, "value": "" if f.personal else f.value}
        | ({"personal": True} if f.personal else {})
        for f in fields
    ]
    return {"fields": lines}, {f.key: f.value for f in fields if f.personal and f.value}
