"""Background work of the attachments (found by procrastinate's autodiscovery)."""

from __future__ import annotations

import uuid

from django.db import connection
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.papers.certificates import files
from yishi.foundation.papers.certificates.changing import lapse_expired
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


@app.periodic(cron="5 16 * * *", periodic_id="papers.lapse_certificates")
@app.task(
    name="papers.lapse_certificates",
    queue="papers",
    queueing_lock="papers.lapse_certificates",
)
def lapse_certificates(timestamp: int = 0) -> int:
    """Mark certificates whose term ended as lapsed, nightly (16:05 UTC, five past midnight in
    China)."""
    done, now = 0, timezone.now()
    try:
        while some := lapse_expired(SYSTEM, now):
            done += some
        return done
    finally:
        connection.close()


@app.task(
    name="papers.make_certificate_files",
    queue="papers",
    retry=RetryStrategy(max_attempts=5, wait=10),
)
def make_certificate_files(ids: list[str]) -> int:
    """Make the signed PDF of certificates that have none; returns how many have one now."""
    try:
        return files.make_files([uuid.UUID(pk) for pk in ids], timezone.now())
    finally:
        connection.close()
