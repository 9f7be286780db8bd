"""Parties: people and organisations with their files, and a reporter's contact.

All personal values are stored sealed.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from yishi.foundation.parties.file_models import (
    DataTicket,
    HeldMaterial,
    Mandate,
    PartyField,
)
from yishi.foundation.parties.party_models import (
    Alias,
    Identifier,
    Party,
    PartyMerge,
    Succession,
)

__all__ = [
    "Alias",
    "Contact",
    "DataTicket",
    "HeldMaterial",
    "Identifier",
    "Mandate",
    "Party",
    "PartyField",
    "PartyMerge",
    "Succession",
]


class Contact(models.Model):
    """How a reporter can be reached.

    ``*_enc`` hold tokens of :mod:`yishi.foundation.parties.crypto` (empty where nothing was
    given), ``*_hash`` the keyed hash of the normalised value for exact search. Written through
    :func:`yishi.foundation.parties.contacts.contact_row`, never with plain values.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    name_enc = models.TextField(blank=True, default="")
    phone_enc = models.TextField(blank=True, default="")
    email_enc = models.TextField(blank=True, default="")
    phone_hash = models.CharField(max_length=64, blank=True, default="")
    email_hash = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["phone_hash"],
                name="contact_phone_hash",
                condition=~models.Q(phone_hash=""),
            ),
            models.Index(
                fields=["email_hash"],
                name="contact_email_hash",
                condition=~models.Q(email_hash=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)
