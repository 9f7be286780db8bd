"""Background work of the outbox (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.foundation.messages.delivery import deliver_queued


@app.periodic(cron="* * * * * */15", periodic_id="messages.deliver")
@app.task(
    name="messages.deliver",
    queue="messages",
    queueing_lock="messages.deliver",
)
def deliver(timestamp: int) -> None:
    """Send what is due, every 15 seconds; a run that still waits is not queued twice."""
    try:
        deliver_queued(timezone.now())
    finally:
        connection.close()
