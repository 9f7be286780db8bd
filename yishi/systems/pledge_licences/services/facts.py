"""How promises were kept (承诺履行记录): facts in the holder's file, written with what they report.

They are what supervision rules look at. Only false and broken promises are records of dishonesty;
those go into the credit file as well.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Q

from yishi.foundation.cases.state import CaseState
from yishi.systems.pledge_licences.models import CreditFact

Row = tuple[type[CreditFact], dict[str, Any]]
_YEAR = timedelta(days=365)


def row(case: CaseState, kind: str, now: datetime) -> Row:
    """A fact as a row of the commit that it comes from."""
    return CreditFact, {
        "case_id": case.id,
        "party_id": uuid.UUID(case.data["holder"]),
        "kind": kind,
        "licence_key": case.type_key,
        "at": now,
    }


def counted(party_id: uuid.UUID, now: datetime) -> dict[str, int]:
    """How often promises of a file were not kept within the last year, and were false ever
    (1 statement)."""
    rows = CreditFact.objects.unscoped("facts of the party, whoever's case it was")
    unmet = (CreditFact.NOT_MET, CreditFact.BROKEN)
    return dict(
        rows.filter(party__file_id=party_id).aggregate(
            false=Count("pk", filter=Q(kind=CreditFact.FALSE)),
            not_met=Count("pk", filter=Q(kind__in=unmet, at__gte=now - _YEAR)),
        )
    )
