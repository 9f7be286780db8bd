"""What the screen's tests share: simulated days of the whole city, and people who look at them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.models import Grant, User
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.load import reserve
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.simulate import scene_of, simulated

CITY, COUNTY, OTHER = "4206", "4206/420606", "4206/420683"


def simulate(count: int, now: datetime, days: int = 3, seed: int = 7) -> None:
    """*count* simulated cases of the last days, a third of them of today; deltas not folded."""
    scene = scene_of(city_registers(), (), now)
    rng = Random(seed)
    spans = [0.3 if n % 3 == 0 else days for n in range(count)]
    times = [now - timedelta(seconds=round(rng.uniform(0, 86_400 * span))) for span in spans]
    commit(
        [
            simulated(scene, case, case, received, str(seed))
            for case, received in zip(sorted(reserve(count)), sorted(times), strict=True)
        ],
        quiet=True,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE cases_case, cases_trace, cases_clock, cases_rollupdelta")


Watcher = Callable[..., Client]


@pytest.fixture
def watcher(city: None) -> Watcher:
    """``watcher(role, *scopes)``: the browser of a signed-in officer."""

    def make(role: str = "duty_leader", *scopes: str) -> Client:
        client = Client()
        client.force_login(officer(role, scopes or (CITY,)))
        return client

    return make


def officer(role: str, scopes: Sequence[str]) -> User:
    """A stored officer with a role over some managed paths."""
    user = User.objects.create_user(f"{role}-{User.objects.count()}", display_name="测试值班")
    since = timezone.now() - timedelta(days=1)
    Grant.objects.bulk_create(
        Grant(user=user, role=role, scope=scope, valid_from=since) for scope in scopes
    )
    return user


@pytest.fixture
def days(city: None) -> datetime:
    """Some hundred simulated cases; returns the moment until which they ran."""
    now = timezone.now()
    simulate(150, now)
    return now
