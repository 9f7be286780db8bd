"""Background work of the policy portal (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.systems.direct_benefits.portal import folding, telling


@app.periodic(cron="*/5 * * * *", periodic_id="benefit_portal.tell")
@app.task(name="benefit_portal.tell", queue="cases", queueing_lock="benefit_portal.tell")
def tell(timestamp: int = 0) -> None:
    """Every five minutes: news for subscribers."""
    try:
        telling.tell(timezone.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * *", periodic_id="benefit_portal.fold")
@app.task(name="benefit_portal.fold", queue="cases", queueing_lock="benefit_portal.fold")
def fold(timestamp: int = 0) -> None:
    """Every minute: published payouts become lines of 兑现公开."""
    try:
        while folding.fold(timezone.now()) >= folding.MOST:
            pass
    finally:
        connection.close()
