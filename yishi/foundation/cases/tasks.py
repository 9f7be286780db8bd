"""Background work of cases (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from yishi.foundation.cases.due import BATCH, tell_due
from yishi.foundation.cases.rollups import fold, prune
from yishi.foundation.cases.roots import make_roots


@app.periodic(cron="* * * * * */10", periodic_id="cases.fold")
@app.task(name="cases.fold", queue="cases")
def fold_deltas(timestamp: int = 0) -> None:
    """Fold the deltas of the roll-ups, every ten seconds."""
    try:
        fold()
    finally:
        connection.close()


@app.periodic(cron="17 * * * *", periodic_id="cases.prune")
@app.task(name="cases.prune", queue="cases")
def prune_cells(timestamp: int = 0) -> None:
    """Remove the roll-ups' empty cells, every hour."""
    try:
        prune()
    finally:
        connection.close()


@app.periodic(cron="* * * * * */30", periodic_id="cases.due")
@app.task(name="cases.due", queue="cases")
def tell_of_due_work(timestamp: int = 0) -> None:
    """Tell whoever holds a clock that turns yellow or red, every half minute."""
    try:
        while tell_due(timezone.now()) == BATCH:
            pass
    finally:
        connection.close()


# Workers read cron lines in UTC: 16:05 is 00:05 in Asia/Shanghai, which keeps no summer time.
@app.periodic(cron="5 16 * * *", periodic_id="cases.roots")
@app.task(name="cases.roots", queue="cases", queueing_lock="cases.roots")
def record_roots(timestamp: int = 0) -> None:
    """Sign the day's root over all traces, shortly after midnight."""
    try:
        make_roots(timezone.now())
    finally:
        connection.close()
