"""Whoever holds a clock that turns yellow or red is told once for each, by however many workers."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection

from yishi.foundation.cases.due import tell_due
from yishi.foundation.cases.models import Clock
from yishi.foundation.messages.models import Message
from yishi.systems.city_events.tests.conftest import Town


def _told() -> list[str]:
    about = Message.objects.filter(template__in=["case.warning", "case.overdue"])
    return sorted(about.values_list("template", flat=True))


@pytest.mark.django_db
def test_the_warning_and_the_lateness_are_told_once_each(town: Town) -> None:
    number = town.report().number
    clock = next(c for c in town.state(number).clocks if c.running)
    assert tell_due(clock.warn_at - timedelta(seconds=1)) == 0
    assert [tell_due(clock.warn_at), tell_due(clock.warn_at)] == [1, 0]
    assert _told() == ["case.warning"]
    assert tell_due(clock.due_at) == 0  # finishing at the deadline is in time
    late = clock.due_at + timedelta(seconds=1)
    assert [tell_due(late), tell_due(late)] == [1, 0]
    assert _told() == ["case.overdue", "case.warning"]


@pytest.mark.django_db
def test_a_clock_found_late_is_not_warned_of_any_more(town: Town) -> None:
    number = town.report().number
    clock = next(c for c in town.state(number).clocks if c.running)
    assert tell_due(clock.due_at + timedelta(days=1)) == 1
    assert _told() == ["case.overdue"]


@pytest.mark.django_db
def test_paused_and_stopped_clocks_are_silent(town: Town) -> None:
    number = town.report().number
    due = next(c for c in town.state(number).clocks if c.running).due_at
    town.move(number, "give_back", timedelta(minutes=1), reason="duty", note="不属于本部门职责")
    kinds = set(
        Clock.objects.unscoped("a test")
        .filter(stopped_at=None, paused_at=None)
        .values_list("kind", flat=True)
    )
    assert kinds == {"dispatch"}
    assert tell_due(due + timedelta(days=9)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_of_each_clock_once(city: None) -> None:
    town = Town()
    for n in range(24):
        town.report(lon=112.10 + n * 0.004, lat=32.045)
    late = town.now + timedelta(days=60)
    counts: list[int] = []
    errors: list[BaseException] = []
    start = threading.Barrier(3)

    def work() -> None:
        try:
            start.wait(10)
            while n := tell_due(late, most=3):
                counts.append(n)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    running = Clock.objects.unscoped("a test").filter(stopped_at=None, paused_at=None)
    assert errors == []
    assert tell_due(late) == 0
    assert sum(counts) == running.count() > 0
    assert set(running.values_list("warned", flat=True)) == {2}
    keys = list(Message.objects.filter(template="case.overdue").values_list("key", flat=True))
    assert len(keys) == len(set(keys)) >= running.count()
