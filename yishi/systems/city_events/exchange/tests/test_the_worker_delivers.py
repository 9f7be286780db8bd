"""The queue's jobs and the command line: what an installation runs by itself, and by hand."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import connection
from django.utils import timezone

from yishi.foundation.exchange import commands, tasks
from yishi.foundation.exchange.delivery import alone, deliver_to
from yishi.foundation.exchange.models import Partner
from yishi.foundation.parties import rotation
from yishi.foundation.places.models import Unit
from yishi.systems.city_events.exchange.tests.conftest import (
    Platform,
    Server,
    Town,
    platform,
    quick_post,
)


@pytest.fixture
def theirs(town: Town, server: Server) -> Platform:
    """A partner with one message that is due."""
    town.now = timezone.now() - timedelta(minutes=5)
    unit = town.state(town.report(lon=112.16).number).unit_id
    made = platform(callback=server.url, unit=unit)
    town.report()
    assert len(made.queued()) == 1
    return made


def jobs() -> list[tuple[str, dict[str, Any]]]:
    """What waits in the queue of the exchange."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT task_name, args::text FROM procrastinate_jobs WHERE queue_name = 'exchange' "
            "AND status = 'todo' ORDER BY id"
        )
        return [(name, json.loads(args)) for name, args in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_every_tick_queues_one_job_for_each_partner_that_has_something_due(
    theirs: Platform, server: Server
) -> None:
    tasks.deliver()
    tasks.deliver()
    wanted = ("exchange.deliver_partner", {"partner_id": theirs.partner.pk})
    assert jobs() == [wanted], "a second tick adds nothing while the first job waits"
    tasks.deliver_partner(theirs.partner.pk)
    assert len(server.got) == 1
    assert theirs.queued() == []


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_send_the_same_message_at_once(theirs: Platform, server: Server) -> None:
    with alone(theirs.partner.pk) as first:
        assert first
        other = _elsewhere(theirs.partner.pk)
        assert other == [False]
    assert _elsewhere(theirs.partner.pk) == [True]


def _elsewhere(partner_id: int) -> list[bool]:
    """Whether another worker would find the partner free."""
    import threading

    found: list[bool] = []

    def ask() -> None:
        try:
            with alone(partner_id) as free:
                found.append(free)
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    return found


def test_an_answer_that_comes_byte_by_byte_ends_with_the_deadline(
    theirs: Platform, server: Server, town: Town
) -> None:
    server.script[:] = ["slow"]
    begun = time.monotonic()
    assert deliver_to(theirs.partner.pk, timezone.now(), post=quick_post).stopped
    # The server would go on for 80 seconds; only that it was cut off is asserted, not how fast.
    assert time.monotonic() - begun < 60


def test_partners_secrets_take_part_in_key_rotation(
    theirs: Platform, server: Server, settings: Any, tmp_path: Any
) -> None:
    before = Partner.objects.get(pk=theirs.partner.pk).secret_enc
    settings.YISHI_KEYS_FILE = _copy(settings.YISHI_KEYS_FILE, tmp_path / "keys.json")
    rotation.rotate()
    after = Partner.objects.get(pk=theirs.partner.pk).secret_enc
    assert after.split(".")[1] != before.split(".")[1]
    assert rotation.status().outdated == 0
    deliver_to(theirs.partner.pk, timezone.now(), post=quick_post)
    theirs.check(server.got[0])


def _copy(source: Any, target: Any) -> Any:
    target.write_bytes(source.read_bytes())
    return target


def test_partners_are_managed_from_the_command_line(town: Town) -> None:
    unit = Unit.objects.filter(valid_to=None).order_by("id")[0]
    runner = CliRunner()

    def run(*arguments: str) -> Any:
        return runner.invoke(commands.partner, arguments, obj=lambda: None)

    added = run("add", "sheng", "--name", "省平台", "--kind", "upper", "--unit", unit.code)
    assert added.exit_code == 0, added.output
    secret = re.search(r"client_secret\s+(\S+)", added.output)
    assert secret is not None
    again = run("add", "sheng", "--name", "省平台二", "--kind", "upper")
    assert (again.exit_code, "key:" in again.output) == (1, True)
    wrong = run("add", "shi", "--name", "市平台", "--kind", "upper", "--unit", "no-such-unit")
    assert (wrong.exit_code, "unit:" in wrong.output) == (1, True)
    bad = run("add", "shi", "--name", "市", "--kind", "upper", "--callback", "ftp://x/")
    assert (bad.exit_code, "callback:" in bad.output) == (1, True)
    assert secret[1] not in run("rotate", "sheng").output
    assert run("disable", "sheng").exit_code == 0
    assert "disabled" in run("list").output
    assert run("resume", "sheng").exit_code == 0
    assert Partner.objects.get(key="sheng").state == "active"
    assert run("rotate", "nobody").exit_code == 1
