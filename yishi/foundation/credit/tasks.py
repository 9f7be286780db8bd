"""Background work of the credit file (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from contextlib import suppress

from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from yishi.foundation.credit import near_names, probing, publication
from yishi.foundation.credit.models import CreditRules


@app.periodic(cron="5 16 * * *", periodic_id="credit.publication")
@app.task(
    name="credit.publication",
    queue="credit",
    queueing_lock="credit.publication",
    lock="credit.publication",
)
def end_publication(timestamp: int = 0) -> int:
    """Five minutes past midnight in Shanghai: end what is over, ask where a person decides. What
    is asked meanwhile is told by the day, not by this run."""
    try:
        if not CreditRules.objects.exists():
            return 0
        done = publication.run(timezone.now())
        return done.ended + done.kept + done.asked + done.recomputed
    finally:
        connection.close()


@app.periodic(cron="*/5 * * * *", periodic_id="credit.probe")
@app.task(name="credit.probe", queue="credit", queueing_lock="credit.probe", lock="credit.probe")
def probe_sources(timestamp: int = 0) -> int:
    """Try sources again that did not answer, and say of lists that they became stale."""
    try:
        return probing.run(timezone.now()) if CreditRules.objects.exists() else 0
    finally:
        connection.close()


@app.task(name="credit.names", queue="credit", queueing_lock="credit.names", lock="credit.names")
def build_index() -> int:
    """Build the index of listed names anew."""
    try:
        return near_names.rebuild()
    finally:
        connection.close()


def build_index_later() -> None:
    """Queue a build with the caller's transaction, unless one waits already."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        build_index.defer()
