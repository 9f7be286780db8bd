"""Gentle brakes on guessing passwords: after some failures an account has to wait a little.

Failures are rows of the access log, so that they hold for every web process and can be audited.
Nobody is locked out for good: the longest wait is ten minutes, and the window is fifteen. Limits:
an attacker who knows a user name can make its owner wait; addresses are not counted.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db.models import Count, Max

from yishi.foundation.audit import access_log
from yishi.foundation.audit.models import Look

WINDOW = timedelta(minutes=15)
FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=10)
_FAILED = "sign_in.failed"


def _subject(username: str) -> str:
    """People type passwords into the wrong field: only a digest is kept."""
    digest = hashlib.sha256(username.strip().casefold().encode("utf-8", "replace"))
    return f"account:{digest.hexdigest()[:32]}"


def note_failure(username: str, now: datetime) -> None:
    """Remember a failed try (1 statement)."""
    access_log.look("public", _FAILED, _subject(username), "", now)


def wait_until(username: str, now: datetime) -> datetime | None:
    """When the account may be tried again, or ``None`` for at once (1 statement)."""
    found = Look.objects.filter(
        subject=_subject(username), action=_FAILED, at__gt=now - WINDOW
    ).aggregate(tries=Count("id"), last=Max("at"))
    beyond = found["tries"] - FREE_TRIES
    if beyond < 0:
        return None
    wait = min(FIRST_WAIT * 2 ** min(beyond, 10), LONGEST_WAIT)
    end: datetime = found["last"] + wait
    return end if end > now else None
