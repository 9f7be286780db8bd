"""The queue's own housekeeping, run by whichever worker comes first."""

from __future__ import annotations

from django.conf import settings
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

STALLED_SECONDS = 30


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="retry_stalled_jobs", pass_context=False)
async def retry_stalled_jobs(timestamp: int) -> None:
    """Give the jobs of workers that were killed to others."""
    stalled = await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS)
    for job in stalled:
        await app.job_manager.retry_job(job)


@app.periodic(cron="10 18 * * *", periodic_id="retention.purge")
@app.task(name="retention.purge", queue="cases", queueing_lock="retention.purge")
def erase_what_is_past_its_period(timestamp: int = 0) -> None:
    """Erase what the city keeps no longer, nightly (18:10 UTC, ten past two in China)."""
    from yishi.foundation.audit.retention import purge

    try:
        purge(settings.CITY_DIR, timezone.now())
    finally:
        connection.close()
