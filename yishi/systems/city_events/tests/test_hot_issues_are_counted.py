"""Hot issues: what a worker counted is what counting at once would say, for whoever looks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.cases.models import Case
from yishi.systems.city_events import hot, hot_counts
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.hot_models import HotCount, HotGroup
from yishi.systems.city_events.tests.conftest import Town

pytestmark = pytest.mark.django_db
FAR = ({"lon": 112.1420, "lat": 32.0500}, {"lon": 112.1300, "lat": 32.0430})


def _leader(*scopes: str) -> Actor:
    grants = tuple(ActorGrant("duty_leader", None, scope) for scope in scopes)
    return Actor("user", "user:9", "测试", grants)


def _look(town: Town, actor: Actor, least: int = 2, days: int = 7) -> hot.Found:
    registers = city_registers()
    _, catalogue = registers.catalogue(town.now)
    return hot.groups(actor, catalogue, registers.register.label, town.now, days, least)


@pytest.fixture
def raised(town: Town, monkeypatch: pytest.MonkeyPatch) -> Town:
    """Rubbish raised by many at one place (some merged), and at another."""
    monkeypatch.setattr(hot_counts, "least_of", lambda now: 2)
    for _ in range(4):
        town.report(**FAR[0])
    town.report(**FAR[1])
    town.report(**FAR[1], type="event/02/01")
    return town


def test_whole_areas_read_what_was_counted_and_it_is_the_same(raised: Town) -> None:
    actors = [_leader("4206"), _leader("4206/420606"), _leader("4206/420602", "4206/420606")]
    live = [_look(raised, actor) for actor in actors]
    assert live[0].groups and all(found.counted_at is None for found in live)
    assert hot_counts.keep_up(raised.now) == len(hot_counts.SPANS)
    for actor, before in zip(actors, live, strict=True):
        found = _look(raised, actor)
        assert found.counted_at == raised.now
        assert found.groups == before.groups
    assert hot_counts.faults() == []


def test_who_sees_single_cases_has_them_counted_at_once(raised: Town) -> None:
    hot_counts.keep_up(raised.now)
    unit = Case.objects.unscoped("a test").exclude(unit=None)[0].unit_id
    officer = Actor("user", "user:8", "测试", (ActorGrant("unit_officer", unit, ""),))
    assert _look(raised, officer).counted_at is None
    nobody = Actor("user", "user:7", "测试", ())
    assert _look(raised, nobody).groups == []


def test_old_counts_other_days_and_lower_thresholds_are_counted_at_once(raised: Town) -> None:
    hot_counts.keep_up(raised.now)
    leader = _leader("4206")
    assert _look(raised, leader, least=1).counted_at is None
    raised.now += timedelta(minutes=16)
    assert _look(raised, leader).counted_at is None
    assert hot_counts.keep_up(raised.now) == len(hot_counts.SPANS)
    raised.now += timedelta(days=1)
    assert _look(raised, leader).counted_at is None


def test_a_count_that_takes_long_is_made_less_often(raised: Town) -> None:
    hot_counts.keep_up(raised.now)
    HotCount.objects.filter(days=30).update(took_ms=30_000)
    assert hot_counts.keep_up(raised.now) == 0
    assert hot_counts.keep_up(raised.now + timedelta(minutes=2)) == len(hot_counts.SPANS) - 1
    assert hot_counts.keep_up(raised.now + timedelta(minutes=5)) == len(hot_counts.SPANS)


def test_a_stored_group_that_is_wrong_is_found(
    raised: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: raised.now)
    hot_counts.keep_up(raised.now + timedelta(minutes=10))
    assert hot_counts.faults() == []
    HotGroup.objects.filter(count__days=7).update(reports=99)
    assert any(line.startswith("hot 7: ") for line in hot_counts.faults())
