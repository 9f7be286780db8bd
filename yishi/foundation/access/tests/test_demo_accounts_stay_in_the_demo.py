"""Demo accounts work in the demo's own database and nowhere else; others sign in everywhere."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import authenticate
from django.utils import timezone

from yishi.foundation.access.backends import AccountBackend
from yishi.foundation.access.keys import client_for, issue_key
from yishi.foundation.access.models import Installation, User

pytestmark = pytest.mark.django_db


def _account(**extra: Any) -> User:
    return User.objects.create_user("officer", "a-long-secret", display_name="某人", **extra)


@pytest.mark.parametrize(
    ("kind", "demo_mode", "works"),
    [
        (Installation.DEMO, True, True),
        (Installation.DEMO, False, False),
        (Installation.CITY, True, False),
        (None, True, False),
    ],
)
def test_a_demo_account_needs_the_demo_mode_and_the_demos_database(
    settings: Any, kind: str | None, demo_mode: bool, works: bool
) -> None:
    settings.DEMO = demo_mode
    if kind:
        Installation.objects.create(kind=kind)
    user = _account(is_demo=True)
    assert (authenticate(username="officer", password="a-long-secret") is not None) is works
    assert (AccountBackend().get_user(user.pk) is not None) is works


@pytest.mark.parametrize(("demo_mode", "works"), [(True, True), (False, False)])
def test_a_demo_key_needs_the_demo_too(settings: Any, demo_mode: bool, works: bool) -> None:
    settings.DEMO = demo_mode
    Installation.objects.create(kind=Installation.DEMO)
    key = issue_key("演示", "api", [], timezone.now(), is_demo=True)
    assert (client_for(key) is not None) is works


def test_an_ordinary_account_needs_no_demo(settings: Any) -> None:
    settings.DEMO = False
    user = _account()
    assert authenticate(username="officer", password="a-long-secret") == user
    assert authenticate(username="officer", password="wrong") is None
    assert authenticate(username="nobody", password="wrong") is None
    assert authenticate(username="nul\x00", password="wrong") is None


def test_a_deactivated_account_is_out_at_once() -> None:
    user = _account()
    user.is_active = False
    user.save()
    assert AccountBackend().get_user(user.pk) is None
    assert authenticate(username="officer", password="a-long-secret") is None


def test_there_is_one_installation_at_most() -> None:
    Installation.objects.create(kind=Installation.CITY)
    with pytest.raises(Exception, match="duplicate key"):
        Installation.objects.create(kind=Installation.DEMO)
