"""Which account a party may be paid to."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime


def usable(
    parties: Collection[uuid.UUID], now: datetime
) -> dict[uuid.UUID, tuple[uuid.UUID | None, str]]:
    """(account, why none) of every party: a verified account in its name, else the reason."""
    from yishi.systems.direct_benefits.payments import accounts

    found = accounts.usable_many(list(parties), now)
    return {
        party: (account.pk if account is not None else None, reason)
        for party, (account, reason) in found.items()
    }
