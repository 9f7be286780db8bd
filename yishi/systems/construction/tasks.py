"""Background work of construction projects (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.systems.construction.due import card_due


@app.periodic(cron="* * * * *", periodic_id="construction.cards")
@app.task(name="construction.cards", queue="cases", queueing_lock="construction.cards")
def give_cards(timestamp: int = 0) -> None:
    """Give yellow and red cards to projects whose days run out, every minute."""
    try:
        card_due(timezone.now())
    finally:
        connection.close()
