"""Background work of parties (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from procrastinate.contrib.django import app

from yishi.foundation.parties import rotation


@app.periodic(cron="*/10 * * * *", periodic_id="parties.renew")
@app.task(
    name="parties.renew", queue="parties", queueing_lock="parties.renew", lock="parties.renew"
)
def renew_values(timestamp: int = 0) -> int:
    """Go on with a change of keys, if there is one; a killed worker's change ends this way too."""
    try:
        return rotation.renew() if rotation.waiting() else 0
    finally:
        connection.close()
