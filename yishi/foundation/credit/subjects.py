"""Whom a record or a question is about: name and number as they are stored and compared."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from yishi.foundation.parties import naming, registering
from yishi.foundation.parties.crypto import decrypt, encrypt, search_hash, search_hashes
from yishi.foundation.parties.identifiers import (
    PUBLIC_KINDS,
    Checked,
    IdentifierKind,
    check_identifier,
    mask_identifier,
)
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.masking import mask_name
from yishi.foundation.parties.models import Identifier, Party
from yishi.foundation.parties.party_models import PERSON
from yishi.foundation.revisions.errors import FieldError

if TYPE_CHECKING:
    from yishi.foundation.credit.book import CreditBook
    from yishi.foundation.credit.record_models import CreditRecord
    from yishi.foundation.credit.records import RecordInput

ADULT = 18


@dataclass(frozen=True, slots=True)
class SubjectColumns:
    """The columns of a record that say whom it is about."""

    id: uuid.UUID
    party_id: uuid.UUID | None
    subject_kind: str
    subject_name: str
    subject_name_enc: str
    name_hash: str
    identifier_kind: str
    identifier: str
    identifier_enc: str
    identifier_hash: str

    def values(self) -> dict[str, Any]:
        return asdict(self)


def columns_of(raw: RecordInput, known: CreditBook, today: date, now: datetime) -> SubjectColumns:
    """The subject of *raw*: its file by number where there is one (at most 2 statements).

    Raises `FieldError` on ``name``, ``identifier`` or ``identifier_kind``.
    """
    new, party = time_uuid(now), raw.party
    checked = None
    if raw.identifier:
        checked = check_identifier(
            raw.prefix + "identifier", raw.identifier_kind, raw.identifier, today
        )
    elif party is not None:
        checked = _number_of(party)
    kind = party.kind if party else (registering.kind_of(checked)[0] if checked else "organisation")
    given = raw.name or (naming.open_name(party) if party else "")
    name = naming.clean_name(raw.prefix + "name", given, kind)
    _refuse_minors(raw, known, checked)
    if party is None and checked is not None:
        party = registering.find(checked, name)
    public = checked is not None and checked.kind in PUBLIC_KINDS
    sealed = checked is not None and not public
    return SubjectColumns(
        id=new,
        party_id=party.file_id if party else None,
        subject_kind=kind,
        subject_name="" if kind == PERSON else name,
        subject_name_enc=encrypt(name, bound("name", new)) if kind == PERSON else "",
        name_hash=naming.name_hash(name),
        identifier_kind=checked.kind if checked else "",
        identifier=checked.value if checked and public else "",
        identifier_enc=encrypt(checked.value, bound("identifier", new))
        if checked and sealed
        else "",
        identifier_hash=number_hash(checked, name) if checked else "",
    )


def number_hash(checked: Checked, name: str) -> str:
    """The hash under which a number is found: of a 工商注册号 with the name, never alone."""
    return number_hashes(checked.kind, checked.value, name)[0]


def number_hashes(kind: str, value: str, name: str) -> list[str]:
    """All hashes under which a number may be stored: two while the lookup key changes."""
    if kind in (IdentifierKind.REG_NO, IdentifierKind.ORG_CODE):
        return search_hashes(f"credit.{kind}", f"{value}\0{naming.compared(name)}")
    return search_hashes(f"identifier.{kind}", value)


def open_name(record: CreditRecord) -> str:
    """The subject's name in plain: for writers only; pages use :func:`shown_name`."""
    return record.subject_name or decrypt(record.subject_name_enc, bound("name", record.id))


def open_number(record: CreditRecord) -> str:
    """The subject's number in plain: for writers only."""
    return record.identifier or decrypt(record.identifier_enc, bound("identifier", record.id))


def shown_name(record: CreditRecord) -> str:
    """The name as the public may see it: of people the first character."""
    if record.subject_name:
        return record.subject_name
    return mask_name(open_name(record)) if record.subject_name_enc else "（已删除）"


def shown_number(record: CreditRecord) -> str:
    """The number as the public may see it."""
    if not record.identifier_kind:
        return ""
    return mask_identifier(record.identifier_kind, open_number(record))


def bound(field: str, row_id: uuid.UUID) -> str:
    return f"credit.{field}:{row_id}"


def _number_of(party: Party) -> Checked | None:
    """The number of a file that is best to find it by (1 statement)."""
    rows = Identifier.objects.filter(party__file_id=party.file_id, ended_on__isnull=True)
    found = {row.kind: row for row in rows.order_by("-created_at")}
    for kind in (IdentifierKind.USCC, IdentifierKind.RESIDENT_ID, *found):
        if kind in found:
            return Checked(IdentifierKind(kind), registering.open_identifier(found[kind]))
    return None


def _refuse_minors(raw: RecordInput, known: CreditBook, checked: Checked | None) -> None:
    listed = known.lists.get(raw.list_key)
    if listed is None or listed.minors or checked is None or checked.born is None:
        return
    born, on = checked.born, raw.document_date
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    if age < ADULT:
        raise FieldError(f"{raw.prefix}identifier", "未成年人不得列入此名单", "minor")


__all__ = [
    "SubjectColumns",
    "columns_of",
    "number_hash",
    "number_hashes",
    "open_name",
    "open_number",
    "search_hash",
    "shown_name",
    "shown_number",
]
