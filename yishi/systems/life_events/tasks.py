"""Background work of theme cases (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.systems.life_events.applications import forget_old_drafts
from yishi.systems.life_events.due import MOST, run_due


@app.periodic(cron="* * * * *", periodic_id="life_events.due")
@app.task(name="life_events.due", queue="cases", queueing_lock="life_events.due")
def do_what_is_due(timestamp: int = 0) -> None:
    """Deemed acceptance and missed corrections."""
    try:
        while run_due(timezone.now()) == MOST:
            pass
    finally:
        connection.close()


@app.periodic(cron="40 3 * * *", periodic_id="life_events.drafts")
@app.task(name="life_events.drafts", queue="cases", queueing_lock="life_events.drafts")
def erase_old_drafts(timestamp: int = 0) -> None:
    """Drafts that nobody went on with for a month."""
    try:
        forget_old_drafts(timezone.now())
    finally:
        connection.close()
