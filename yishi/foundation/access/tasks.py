"""Background work of accounts (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.foundation.access.throttle import forget_old


@app.periodic(cron="40 19 * * *", periodic_id="access.clear_sessions")
@app.task(name="access.clear_sessions", queue="access")
def clear_sessions(timestamp: int = 0) -> int:
    """Delete ended sessions, with the abandoned drafts in them, and old counts of wrong tries,
    every night; returns how many sessions."""
    try:
        forget_old(timezone.now().timestamp())
        return Session.objects.filter(expire_date__lt=timezone.now()).delete()[0]
    finally:
        connection.close()
