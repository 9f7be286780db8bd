"""Background work of direct benefits (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.systems.direct_benefits import due


@app.periodic(cron="*/10 * * * *", periodic_id="benefits.due")
@app.task(name="benefits.due", queue="cases", queueing_lock="benefits.due")
def tell_due(timestamp: int = 0) -> None:
    """Every ten minutes: notices that ended, lists and payments that are late, returns."""
    try:
        due.run_due(timezone.now())
    finally:
        connection.close()
