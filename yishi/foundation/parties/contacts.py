"""A reporter's contact: writing it, showing it masked, opening and finding it with a purpose."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypedDict

from yishi.foundation.audit import access_log
from yishi.foundation.parties.crypto import decrypt, encrypt, search_hash, search_hashes
from yishi.foundation.parties.ids import time_uuid
from yishi.foundation.parties.masking import mask_email, mask_name, mask_phone
from yishi.foundation.parties.models import Contact
from yishi.foundation.parties.normalise import (
    clean_text,
    normalise_email,
    normalise_phone,
)
from yishi.foundation.revisions.errors import FieldError


class Looker(Protocol):
    """Whoever looks: any actor with a reference that the access log stores."""

    @property
    def ref(self) -> str: ...


class ContactRow(TypedDict):
    """The columns of ``parties_contact``, ready for a writer's single statement."""

    id: uuid.UUID
    name_enc: str
    phone_enc: str
    email_enc: str
    phone_hash: str
    email_hash: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """Name, telephone and e-mail in plain or masked form. Its repr shows none of them."""

    id: uuid.UUID
    name: str
    phone: str
    email: str

    def __repr__(self) -> str:
        return f"ContactDetails({self.id})"


def contact_row(
    *,
    name: object = "",
    phone: object = "",
    email: object = "",
    now: datetime,
    area_code: str = "",
    prefix: str = "",
    id: uuid.UUID | None = None,
) -> ContactRow:
    """Check, normalise and encrypt a contact (no statement); the caller writes the row.

    Raises :class:`FieldError` on ``name``, ``phone`` or ``email``, each with *prefix* before it.
    *area_code* completes local landline numbers.
    """
    row_id = id or time_uuid(now)
    plain_name = " ".join(clean_text(prefix + "name", name, longest=60).split())
    plain_phone = normalise_phone(prefix + "phone", phone, area_code=area_code)
    plain_email = normalise_email(prefix + "email", email)
    return {
        "id": row_id,
        "name_enc": encrypt(plain_name, context("name", row_id)),
        "phone_enc": encrypt(plain_phone, context("phone", row_id)),
        "email_enc": encrypt(plain_email, context("email", row_id)),
        "phone_hash": phone_hash(plain_phone),
        "email_hash": email_hash(plain_email),
        "created_at": now,
    }


def context(field: str, row_id: uuid.UUID) -> str:
    """Return what a token of a contact is bound to: kind of row, field and row."""
    return f"contact.{field}:{row_id}"


def phone_hash(phone: str) -> str:
    """Return the search hash of a normalised number; a landline is found with any extension."""
    return search_hash("phone", _searched(phone))


def phone_hashes(phone: str) -> list[str]:
    """Return all hashes under which a number may be stored: two while the lookup key changes."""
    return search_hashes("phone", _searched(phone))


def email_hash(email: str) -> str:
    """Return the search hash of a normalised address."""
    return search_hash("email", email.lower())


def _searched(phone: str) -> str:
    return "-".join(phone.split("-")[:2])


def details(contact: Contact) -> ContactDetails:
    """Decrypt a contact without logging: for deliverers only. People go through :func:`reveal`.

    Raises :class:`~yishi.foundation.parties.crypto.TokenError` on a changed row.
    """
    return ContactDetails(
        contact.id,
        decrypt(contact.name_enc, context("name", contact.id)),
        decrypt(contact.phone_enc, context("phone", contact.id)),
        decrypt(contact.email_enc, context("email", contact.id)),
    )


def masked(contact: Contact) -> ContactDetails:
    """Return the form that may be shown to whoever may see the case."""
    plain = details(contact)
    return ContactDetails(
        plain.id,
        mask_name(plain.name),
        mask_phone(plain.phone),
        mask_email(plain.email),
    )


def masked_contacts(ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, ContactDetails]:
    """Return the masked forms of many contacts (1 statement)."""
    return {row.id: masked(row) for row in Contact.objects.filter(id__in=list(ids))}


def reveal(
    contact_id: uuid.UUID, *, actor: Looker, purpose: object, now: datetime
) -> ContactDetails:
    """Return a contact in plain form and log the look (2 statements).

    Whether *actor* may look is the caller's policy. Raises :class:`FieldError` on ``purpose``
    when none is stated and ``Contact.DoesNotExist``.
    """
    stated = _stated(purpose)
    contact = Contact.objects.get(id=contact_id)
    access_log.look(actor.ref, "contact.reveal", f"contact:{contact_id}", stated, now)
    return details(contact)


def find_contacts(phone: object, *, actor: Looker, purpose: object, now: datetime) -> list[Contact]:
    """Return the contacts with exactly this number, newest first, at most 200 (2 statements).

    Every search is logged with its *purpose*, also one that finds nothing; the log holds how many
    were found, not the number that was searched. Raises :class:`FieldError` on ``phone`` or
    ``purpose``. Whether *actor* may search is the caller's policy.
    """
    stated = _stated(purpose)
    number = normalise_phone("phone", phone)
    if not number:
        raise FieldError("phone", "不能为空", "required")
    found = list(Contact.objects.filter(phone_hash__in=phone_hashes(number)).order_by("-id")[:200])
    access_log.look(actor.ref, "contact.find", "contact", stated, now, rows=len(found))
    return found


def _stated(purpose: object) -> str:
    return clean_text("purpose", purpose, longest=200, required=True)
