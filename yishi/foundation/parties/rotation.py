"""Changing the key of stored personal values."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction

from yishi.foundation.parties import crypto
from yishi.foundation.parties.contacts import context
from yishi.foundation.parties.models import Contact

FIELDS = ("name", "phone", "email")


@dataclass(frozen=True, slots=True)
class Sealed:
    """Sealed values of a package above: ``count`` gives them by key id, ``renew`` seals under the
    key named what older keys sealed (in the caller's transaction) and says how many rows it
    changed."""

    name: str
    count: Callable[[], Counter[str]]
    renew: Callable[[str], int]


_SEALED: dict[str, Sealed] = {}


def register_sealed(sealed: Sealed) -> None:
    """Let sealed values take part in counting and rotation (called from an app's ``ready``)."""
    _SEALED[sealed.name] = sealed


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """Which keys there are, and how many stored values each has sealed."""

    current: str
    values_by_key: dict[str, int]

    @property
    def outdated(self) -> int:
        """Values that are not sealed by the current key."""
        return sum(n for key, n in self.values_by_key.items() if key != self.current)


def status() -> KeyStatus:
    """Count the stored values by key (reads all contacts in a stream, decrypts nothing)."""
    ring = crypto.key_ring()
    counts = Counter(dict.fromkeys(ring.keys, 0))
    columns = [f"{field}_enc" for field in FIELDS]
    for tokens in Contact.objects.values_list(*columns).iterator(chunk_size=5000):
        counts.update(crypto.key_id_of(token) for token in tokens if token)
    for sealed in _SEALED.values():
        counts.update(sealed.count())
    return KeyStatus(ring.current, dict(counts))


def rotate(
    *, new_key: bool = True, batch: int = 500, progress: Callable[[int], None] | None = None
) -> int:
    """Make a fresh key (unless *new_key* is off) and re-encrypt what older keys sealed.

    Contacts are walked in batches of a transaction each, so that it may be stopped and run again
    without a new key; reports go on meanwhile. Returns the number of contacts re-encrypted; raises
    :class:`~yishi.foundation.parties.crypto.TokenError` naming no value where one does not open.
    """
    current = crypto.add_key() if new_key else crypto.key_ring().current
    for sealed in _SEALED.values():
        with transaction.atomic():
            sealed.renew(current)
    changed, last = 0, uuid.UUID(int=0)
    while True:
        with transaction.atomic():
            found = Contact.objects.select_for_update().filter(id__gt=last).order_by("id")
            rows = list(found[:batch])
            if not rows:
                return changed
            stale = [row for row in rows if _renew(row, current)]
            if stale:
                Contact.objects.bulk_update(stale, [f"{field}_enc" for field in FIELDS])
        last = rows[-1].id
        changed += len(stale)
        if progress is not None:
            progress(changed)


def _renew(row: Contact, current: str) -> bool:
    """Seal a contact's outdated values anew; say whether there were any."""
    changed = False
    for field in FIELDS:
        token: str = getattr(row, f"{field}_enc")
        if token and crypto.key_id_of(token) != current:
            bound = context(field, row.id)
            setattr(row, f"{field}_enc", crypto.encrypt(crypto.decrypt(token, bound), bound))
            changed = True
    return changed
