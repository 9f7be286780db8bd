"""Entries of lists: how names and numbers of people are sealed, and shown."""

from __future__ import annotations

from yishi.foundation.credit.models import ListEntry
from yishi.foundation.parties.crypto import decrypt, encrypt
from yishi.foundation.parties.identifiers import mask_identifier
from yishi.foundation.parties.masking import mask_name


def bound(field: str, row: ListEntry) -> str:
    # The id is given by the database, and an entry is found again by source and external id.
    return f"credit.entry.{field}:{row.source_id}:{row.external_id}"


def seal_entry(row: ListEntry, name: str, number: str) -> None:
    """Put name and number into a row: of people sealed, of others plain."""
    if row.person:
        row.name, row.identifier = "", ""
        row.name_enc = encrypt(name, bound("name", row))
        row.identifier_enc = encrypt(number, bound("identifier", row))
    else:
        row.name, row.identifier = name, number
        row.name_enc = row.identifier_enc = ""


def open_entry(row: ListEntry) -> tuple[str, str]:
    """(name, number) in plain: for comparison, and for whoever answers a near match (logged)."""
    if not row.person:
        return row.name, row.identifier
    name = decrypt(row.name_enc, bound("name", row))
    return name, decrypt(row.identifier_enc, bound("identifier", row))


def shown_entry(row: ListEntry) -> tuple[str, str]:
    """(name, number) as they may be shown."""
    name, number = open_entry(row)
    shown = row.masked or (mask_identifier(row.identifier_kind, number) if number else "")
    return (mask_name(name) if row.person else name), shown
