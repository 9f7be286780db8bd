"""Background work of the attachments (found by procrastinate's autodiscovery)."""

from __future__ import annotations

import uuid

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.foundation.papers.certificates import files
from yishi.foundation.papers.uploads import remove_orphans


@app.periodic(cron="30 19 * * *", periodic_id="papers.remove_orphans")
@app.task(
    name="papers.remove_orphans",
    queue="papers",
    queueing_lock="papers.remove_orphans",
)
def clear_orphans(timestamp: int = 0) -> None:
    """Delete uploads that nobody attached, nightly (19:30 UTC, half past three in China)."""
    try:
        remove_orphans(timezone.now())
    finally:
        connection.close()


@app.task(name="papers.make_certificate_files", queue="papers", retry=5)
def make_certificate_files(ids: list[str]) -> int:
    """Make the signed PDF of certificates that have none; returns how many have one now."""
    try:
        return files.make_files([uuid.UUID(pk) for pk in ids], timezone.now())
    finally:
        connection.close()
