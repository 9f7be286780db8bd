"""Background work of sources (found by procrastinate's autodiscovery)."""

from __future__ import annotations

import logging

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.facts import sqlsource
from yishi.foundation.facts.models import Source
from yishi.foundation.revisions.errors import FieldError

_LOG = logging.getLogger("yishi.facts")


@app.periodic(cron="15 17 * * *", periodic_id="facts.fetch")
@app.task(name="facts.fetch", queue="facts", queueing_lock="facts.fetch", lock="facts.fetch")
def fetch_sources(timestamp: int = 0) -> int:
    """A quarter past one in China: ask the sources whose address is known."""
    done = 0
    try:
        for source in Source.objects.filter(kind=Source.Kind.SQL).order_by("key"):
            if not sqlsource.url_of(source.key):
                continue
            try:
                sqlsource.fetch(source, SYSTEM, timezone.now())
                done += 1
            except FieldError as error:  # said at the source; the others are asked all the same
                _LOG.warning("source %s: %s", source.key, error.code)
        return done
    finally:
        connection.close()
