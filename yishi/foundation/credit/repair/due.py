"""What happens by itself: corrections that did not come in time."""

from __future__ import annotations

from datetime import datetime

from yishi.foundation.cases.models import Clock
from yishi.foundation.credit.repair import services
from yishi.foundation.credit.repair import states as s

#: Cases that one run takes; the next one is a minute later.
MOST = 500


def run_due(now: datetime, most: int = MOST) -> int:
    """Do what is due; returns how many cases were moved."""
    rows = Clock.objects.unscoped("limits that ran out").filter(
        kind=s.CORRECTION,
        case__system=s.RECORD,
        stopped_at__isnull=True,
        paused_at__isnull=True,
        due_at__lt=now,
    )
    numbers = list(rows.order_by("due_at").values_list("case__number", flat=True)[:most])
    return sum(services.lapse(number, now) for number in numbers)
