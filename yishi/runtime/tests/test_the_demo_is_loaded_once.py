"""The demo goes into an empty database of its own; what it takes away for speed it puts back."""

from __future__ import annotations

import pytest
from django.conf import settings as project
from django.utils import timezone

from yishi.foundation.access.models import Installation, User
from yishi.foundation.cases import bulk
from yishi.runtime import demo
from yishi.systems.city_events.tests.office import Office

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)  # some are put back on connections of their own
def test_every_index_and_foreign_key_is_put_back() -> None:
    before = bulk.found(demo.BULKY)
    assert len(before) > 20
    with bulk.set_aside(demo.BULKY):
        assert bulk.found(demo.BULKY) == []
    assert bulk.found(demo.BULKY) == before


def test_a_citys_own_database_is_refused(city: None) -> None:
    Installation.objects.create(kind=Installation.CITY)
    with pytest.raises(demo.DemoRefused, match="正式安装"):
        demo.load(project.CITY_DIR, timezone.now(), print)
    assert not User.objects.exists()


def test_an_interrupted_load_is_not_gone_on_with(city: None) -> None:
    Installation.objects.create(kind=Installation.DEMO)
    Office().report()
    with pytest.raises(demo.DemoUnfinished, match="重新开始"):
        demo.load(project.CITY_DIR, timezone.now(), print)


def test_the_accounts_cover_every_role_of_the_loop(city: None) -> None:
    settings = demo.read_settings(project.CITY_DIR)
    demo.make_accounts(settings, timezone.now())
    demo.make_accounts(settings, timezone.now())
    roles = {grant.role for user in User.objects.with_grants() for grant in user.actor().grants}
    assert {"acceptor", "dispatcher", "unit_officer", "handler", "collector", "hotline"} <= roles
    assert User.objects.count() == len(settings.accounts)
    assert all(User.objects.values_list("is_demo", flat=True))


def test_reports_come_in_order_and_some_within_the_last_hours() -> None:
    settings = demo.read_settings(project.CITY_DIR)
    now = timezone.now()
    times = demo.received_times(settings, now)
    assert len(times) == settings.cases >= 20_000
    assert times == sorted(times) == demo.received_times(settings, now)
    assert times[0] < now - (now - times[-1]) and times[-1] < now
    assert sum((now - moment).total_seconds() < 7200 for moment in times) >= settings.cases // 180
