"""Background work of cases (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.foundation.cases.due import tell_due
from yishi.foundation.cases.rollups import fold


@app.periodic(cron="* * * * * */10", periodic_id="cases.fold")
@app.task(name="cases.fold", queue="cases")
def fold_deltas(timestamp: int = 0) -> None:
    """Fold the deltas of the roll-ups, every ten seconds."""
    try:
        fold()
    finally:
        connection.close()


@app.periodic(cron="* * * * * */30", periodic_id="cases.due")
@app.task(name="cases.due", queue="cases")
def tell_of_due_work(timestamp: int = 0) -> None:
    """Tell whoever holds a clock that turns yellow or red, every half minute."""
    try:
        while tell_due(timezone.now()) == 500:
            pass
    finally:
        connection.close()
