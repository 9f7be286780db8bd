"""What the credit file tells: a holder came onto a list after the decision, or was repaired.

A later listing does not touch a licence that was granted: the holder is supervised closely.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yishi.foundation.credit.effects import Changed
from yishi.foundation.credit.record_models import REPAIRED
from yishi.systems.pledge_licences import due
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.services import bars


def follow(changes: Sequence[Changed], now: datetime) -> None:
    """Called inside the transaction that changed the records."""
    for change in changes:
        record = change.record
        if record.party is None:
            continue
        if record.in_force and record.ground:
            rows = Held.objects.unscoped("every licence of the listed holder").filter(
                holder__file_id=record.party.file_id, state=Held.VALID, listed_after=False
            )
            due.mark_listed(list(rows.order_by("case_id").values_list("case_id", flat=True)), now)
        elif change.after == REPAIRED and record.ground == "false_pledge":
            bars.lift_fast_route(record.party, f"信用修复：{record.number}", now)
