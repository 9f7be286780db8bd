"""Background work of items (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.foundation.approvals.due import MOST, give_cards, run_due


@app.periodic(cron="* * * * *", periodic_id="approvals.due")
@app.task(name="approvals.due", queue="cases", queueing_lock="approvals.due")
def do_what_is_due(timestamp: int = 0) -> None:
    """Deemed acceptance, missed corrections and deferred papers, deemed renewal, cards."""
    try:
        while run_due(timezone.now()) == MOST:
            pass
        give_cards(timezone.now())
    finally:
        connection.close()
