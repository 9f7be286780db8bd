"""Background work of the port (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.systems.direct_benefits.exchange import running


@app.periodic(cron="* * * * *", periodic_id="benefit_exchange.run")
@app.task(name="benefit_exchange.run", queue="exchange", queueing_lock="benefit_exchange.run")
def run(timestamp: int = 0) -> None:
    """Every minute: compare, queue, deliver."""
    try:
        running.run(timezone.now())
    finally:
        connection.close()
