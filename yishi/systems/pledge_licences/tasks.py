"""Background work of licences by pledge (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.systems.pledge_licences import due
from yishi.systems.pledge_licences.services import ordinary


@app.periodic(cron="* * * * *", periodic_id="pledge.receipts")
@app.task(name="pledge.receipts", queue="cases", queueing_lock="pledge.receipts")
def receipts(timestamp: int = 0) -> None:
    """Every minute: what regulators' platforms took counts as received; licences of a trade that
    were issued by the ordinary route join its composite."""
    try:
        due.take_receipts(timezone.now())
        ordinary.adopt(timezone.now())
    finally:
        connection.close()


@app.periodic(cron="5 16 * * *", periodic_id="pledge.daily")
@app.task(name="pledge.daily", queue="cases", queueing_lock="pledge.daily")
def daily(timestamp: int = 0) -> None:
    """Soon after midnight in the city: ends of licences, overdue checks, new listings, levels."""
    try:
        while max(due.run_due(timezone.now()).values()) == due.MOST:
            pass
        due.reassess_all(timezone.now())
    finally:
        connection.close()
