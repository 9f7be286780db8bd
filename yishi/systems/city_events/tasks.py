"""Background work of city events (found by procrastinate's autodiscovery)."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from yishi.systems.city_events import hot_counts
from yishi.systems.city_events.assessment import upkeep
from yishi.systems.city_events.due import card_due, resume_due
from yishi.systems.city_events.hotline import alarms, callbacks


@app.task(
    name="city_events.import_batch",
    queue="imports",
    retry=RetryStrategy(max_attempts=5, wait=10),
)
def import_batch(batch_id: int) -> None:
    """Take in the reports of an uploaded file."""
    from yishi.systems.city_events.importing.batches import work_off

    try:
        work_off(batch_id, timezone.now())
    finally:
        connection.close()


@app.periodic(cron="40 19 * * *", periodic_id="city_events.forget_rejects")
@app.task(name="city_events.forget_rejects", queue="imports")
def clear_rejects(timestamp: int = 0) -> None:
    """Forget rejected rows after a week, nightly."""
    from yishi.systems.city_events.importing.batches import forget_rejects

    try:
        forget_rejects(timezone.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * *", periodic_id="city_events.resume")
@app.task(name="city_events.resume", queue="cases", queueing_lock="city_events.resume")
def end_suspensions(timestamp: int = 0) -> None:
    """Let suspended cases go on, every minute."""
    try:
        resume_due(timezone.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * *", periodic_id="city_events.cards")
@app.task(name="city_events.cards", queue="cases", queueing_lock="city_events.cards")
def give_cards(timestamp: int = 0) -> None:
    """Give and escalate cards by rule, every minute."""
    try:
        card_due(timezone.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * * */30", periodic_id="city_events.call_backs")
@app.task(name="city_events.call_backs", queue="cases", queueing_lock="city_events.call_backs")
def make_call_backs(timestamp: int = 0) -> None:
    """Make the call-backs of what was closed, every half minute."""
    try:
        callbacks.make(timezone.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * *", periodic_id="city_events.call_quality")
@app.task(name="city_events.call_quality", queue="cases", queueing_lock="city_events.call_quality")
def watch_call_quality(timestamp: int = 0) -> None:
    """Look whether enough calls are answered, every minute."""
    try:
        alarms.watch(timezone.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * *", periodic_id="city_events.silent_devices")
@app.task(
    name="city_events.silent_devices", queue="cases", queueing_lock="city_events.silent_devices"
)
def notice_silent_devices(timestamp: int = 0) -> None:
    """Notice devices that are not heard any more, every minute."""
    from yishi.systems.city_events.devices import silence

    try:
        silence.look(timezone.now())
    finally:
        connection.close()


@app.periodic(cron="*/5 * * * *", periodic_id="city_events.simulated_devices")
@app.task(
    name="city_events.simulated_devices",
    queue="cases",
    queueing_lock="city_events.simulated_devices",
)
def let_simulated_devices_send(timestamp: int = 0) -> None:
    """In the demo's database only: the simulated devices send something, every five minutes."""
    from yishi.systems.city_events.devices import simulated

    try:
        simulated.send(timezone.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * *", periodic_id="city_events.figures")
@app.task(name="city_events.figures", queue="imports", queueing_lock="city_events.figures")
def count_figures(timestamp: int = 0) -> None:
    """Keep the counted figures of the periods up, every minute."""
    try:
        upkeep.keep_up(timezone.now())
    finally:
        connection.close()


@app.periodic(cron="* * * * *", periodic_id="city_events.hot")
@app.task(name="city_events.hot", queue="imports", queueing_lock="city_events.hot")
def count_hot_issues(timestamp: int = 0) -> None:
    """Keep the hot issues counted, every minute."""
    try:
        hot_counts.keep_up(timezone.now())
    finally:
        connection.close()


@app.task(
    name="city_events.rehearse",
    queue="imports",
    retry=RetryStrategy(max_attempts=3, wait=10),
)
def run_rehearsal(rehearsal_id: int) -> None:
    """Replay the past with changed files."""
    from yishi.systems.city_events.rehearsing.service import work_off

    try:
        work_off(rehearsal_id, timezone.now())
    finally:
        connection.close()
