"""Messages leave the house in hours in which people want them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.access.models import Grant
from yishi.foundation.calendars.active import active_calendar
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.messages import delivery, outside
from yishi.foundation.messages.hours import by_day
from yishi.foundation.messages.models import Channel, Message, Outside
from yishi.foundation.messages.outbox import enqueue, message_row
from yishi.foundation.places.models import Unit
from yishi.foundation.revisions.errors import FieldError

MORNING = datetime(2026, 5, 11, 9, 30, tzinfo=SHANGHAI)
NIGHT = datetime(2026, 5, 11, 23, 10, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def post(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.YISHI_NOTIFY_URLS = {}


def officer(name: str = "one") -> Any:
    return get_user_model().objects.create_user(name, "word-of-pass", email=f"{name}@example.com")


def unread(now: datetime, key: str = "k", **who: Any) -> None:
    urgent = who.pop("urgent", False)
    enqueue([message_row("case.dispatched", key=key, now=now, urgent=urgent, **who)])


@given(st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)))
def test_residents_are_told_by_day(wall: datetime) -> None:
    now = wall.replace(tzinfo=SHANGHAI)
    later = by_day(now)
    if later is None:
        assert 8 <= now.hour < 21
    else:
        assert now < later <= now + timedelta(hours=11)
        assert (later.hour, later.minute) == (8, 0)


@pytest.mark.django_db
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30), timezones=st.just(UTC)))
def test_the_next_working_moment_lies_in_a_period(city: None, at: datetime) -> None:
    calendar = active_calendar()
    opens = calendar.next_working(at)
    assert opens >= at
    assert calendar.next_working(opens) == opens
    local = opens.astimezone(SHANGHAI)
    assert calendar.is_workday(local.date())
    assert 8 <= local.hour < 12 or 14 <= local.hour < 18
    if opens > at:
        assert (local.hour, local.minute, local.second, local.microsecond) in (
            (8, 0, 0, 0),
            (14, 0, 0, 0),
        )


@pytest.mark.django_db
def test_at_night_officers_get_only_what_is_urgent(city: None) -> None:
    user = officer()
    Outside.objects.create(user_id=user.pk, channel=Channel.EMAIL, since=MORNING)
    unread(NIGHT, "calm", user_id=user.pk)
    unread(NIGHT, "burst pipe", user_id=user.pk, urgent=True)
    later = NIGHT + timedelta(minutes=6)
    assert outside.copy_unread(later) == 2
    assert outside.copy_unread(later) == 0
    done = delivery.deliver_queued(later)
    assert (done.sent, done.held) == (1, 1)
    next_day = datetime(2026, 5, 12, 8, 0, tzinfo=SHANGHAI)
    assert delivery.deliver_queued(next_day - timedelta(seconds=1)).sent == 0
    assert delivery.deliver_queued(next_day).sent == 1
    assert [sent.to for sent in mail.outbox] == [["one@example.com"]] * 2


@pytest.mark.django_db
def test_who_wants_everything_at_once_gets_it(city: None) -> None:
    user = officer()
    outside.choose(user.pk, user.email, "email", "always", MORNING)
    unread(NIGHT, user_id=user.pk)
    outside.copy_unread(NIGHT + timedelta(minutes=6))
    assert delivery.deliver_queued(NIGHT + timedelta(minutes=6)).sent == 1


@pytest.mark.django_db
def test_what_was_read_or_is_old_or_not_wanted_stays_inside(city: None) -> None:
    user, other = officer(), officer("two")
    outside.choose(user.pk, user.email, "email", "always", MORNING)
    unread(MORNING - timedelta(minutes=1), "before the wish", user_id=user.pk)
    unread(MORNING, "read", user_id=user.pk)
    unread(MORNING, "other", user_id=other.pk)
    Message.objects.filter(key="read").update(read_at=MORNING)
    assert outside.copy_unread(MORNING + timedelta(minutes=4)) == 0
    assert outside.copy_unread(MORNING + timedelta(minutes=6)) == 0
    unread(MORNING, "calm", user_id=user.pk)
    assert outside.copy_unread(MORNING + timedelta(minutes=4)) == 0
    assert outside.copy_unread(MORNING + timedelta(hours=25)) == 0
    outside.choose(user.pk, user.email, "", "", MORNING)
    assert outside.copy_unread(MORNING + timedelta(minutes=6)) == 0


@pytest.mark.django_db
def test_messages_to_a_units_desk_reach_each_of_its_officers_once(city: None) -> None:
    unit = Unit.objects.order_by("pk").first()
    assert unit is not None
    for name in ("one", "two"):
        user = officer(name)
        for role in ("unit_officer", "handler"):
            Grant.objects.create(user=user, role=role, unit=unit, scope="4206", valid_from=MORNING)
        outside.choose(user.pk, user.email, "email", "always", MORNING)
    unread(MORNING, unit_id=unit.pk)
    assert outside.copy_unread(MORNING + timedelta(minutes=6)) == 2
    assert outside.copy_unread(MORNING + timedelta(minutes=7)) == 0


@pytest.mark.django_db
def test_residents_messages_wait_for_the_morning_but_answers_do_not(city: None) -> None:
    contact = uuid.uuid4()
    rows = [
        message_row(
            text, key=text, now=NIGHT, contact_id=contact, channel=Channel.EMAIL, urgent=at_once
        )
        for text, at_once in (("report.closed", False), ("report.received", True))
    ]
    enqueue(rows)
    done = delivery.deliver_queued(NIGHT)
    assert (done.held, done.failed) == (1, 1)  # this contact has no address


@pytest.mark.django_db
def test_only_configured_channels_can_be_chosen(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    user = officer()
    for channel, hours in (("email", "working"), ("sms", "working"), ("nonsense", "always")):
        with pytest.raises(FieldError, match="通道"):
            outside.choose(user.pk, user.email, channel, hours, MORNING)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with pytest.raises(FieldError, match="接收时间"):
        outside.choose(user.pk, user.email, "email", "sometimes", MORNING)
    assert outside.wish_of(user.pk) is None
