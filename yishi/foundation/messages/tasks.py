"""Background work of the outbox (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.foundation.messages.delivery import deliver_queued
from yishi.foundation.messages.outside import copy_unread


@app.periodic(cron="* * * * * */15", periodic_id="messages.deliver")
@app.task(name="messages.deliver", queue="messages")
def deliver(timestamp: int = 0) -> None:
    """Send what is due, every 15 seconds, or at once where a change defers it in its transaction.

    It has no queueing lock: its unique index would make concurrent transactions wait for one
    another, and a second run finds nothing to do anyway.
    """
    try:
        deliver_queued(timezone.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * *", periodic_id="messages.outside")
@app.task(name="messages.outside", queue="messages", queueing_lock="messages.outside")
def outside(timestamp: int = 0) -> None:
    """Queue what officers left unread and asked to be told of elsewhere."""
    try:
        copy_unread(timezone.now())
    finally:
        connection.close()
