"""The demo's made-up people and enterprises (模拟), with portal accounts of some."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction


@transaction.atomic
def make_parties(
    wanted: Mapping[str, Any], now: datetime, unit_of: Callable[[str, str], int | None]
) -> int:
    """Store them unless an earlier demo did; returns how many were stored. Some ten statements."""
    from yishi.foundation.access import real_name
    from yishi.foundation.access.models import PortalAccount
    from yishi.foundation.parties import synthetic
    from yishi.foundation.parties.models import Party

    if not wanted or Party.objects.filter(simulated=True).exists():
        return 0
    described, made = synthetic.described(wanted.get("described") or {}, now, unit_of)
    stored = described.store()
    town = synthetic.town(
        int(wanted.get("people", 0)), int(wanted.get("enterprises", 0)), now, unit_of
    )
    stored += town.store()
    PortalAccount.objects.bulk_create(
        PortalAccount(
            person=made[key],
            issuer=real_name.SIMULATED,
            subject=str(made[key].pk),
            is_demo=True,
            created_at=now,
            used_at=now,
        )
        for key in wanted.get("accounts") or ()
    )
    return stored
