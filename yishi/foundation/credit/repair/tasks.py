"""Background work of repairs (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.foundation.credit.repair.due import MOST, run_due


@app.periodic(cron="*/5 * * * *", periodic_id="credit_repair.due")
@app.task(name="credit_repair.due", queue="cases", queueing_lock="credit_repair.due")
def do_what_is_due(timestamp: int = 0) -> None:
    """Corrections that did not come in time."""
    try:
        while run_due(timezone.now()) == MOST:
            pass
    finally:
        connection.close()
