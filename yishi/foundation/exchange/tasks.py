"""Background work of the exchange (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from contextlib import suppress

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from yishi.foundation.exchange.delivery import alone, deliver_to, waiting_partners


@app.periodic(cron="* * * * * */5", periodic_id="exchange.deliver")
@app.task(name="exchange.deliver", queue="exchange")
def deliver(timestamp: int = 0) -> None:
    """Every 5 seconds: a job for each partner that something is due for.

    A slow or dead partner holds up its own job only.
    """
    try:
        for partner_id in waiting_partners(timezone.now()):
            mark = f"exchange.partner.{partner_id}"
            with suppress(AlreadyEnqueued):
                deliver_partner.configure(queueing_lock=mark).defer(partner_id=partner_id)
    finally:
        connection.close()


@app.task(name="exchange.deliver_partner", queue="exchange")
def deliver_partner(partner_id: int) -> None:
    """Deliver to one partner, unless another worker is at it."""
    try:
        with alone(partner_id) as free:
            if free:
                deliver_to(partner_id, timezone.now())
    finally:
        connection.close()
