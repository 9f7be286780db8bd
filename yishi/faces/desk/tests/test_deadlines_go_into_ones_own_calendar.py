"""日历订阅: a secret address gives one's own deadlines to a calendar program, and nothing else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from icalendar import Calendar

from yishi.foundation.access.models import Grant, User
from yishi.foundation.messages import feeds
from yishi.foundation.messages.agenda import Entry, calendar
from yishi.foundation.messages.models import CalendarFeed
from yishi.systems.city_events import moves
from yishi.systems.city_events.tests.office import Office


def subscribe(client: Client) -> str:
    """The address that the page shows, once."""
    assert client.post("/desk/calendar/", {"act": "renew"}).status_code == 302
    address: str = client.get("/desk/calendar/").context["address"]
    assert address.endswith(".ics")
    return address


def read(address: str, **headers: Any) -> Any:
    return Client(REMOTE_ADDR="198.51.100.9").get(address, **headers)


def events(answer: Any) -> list[Any]:
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/calendar")
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


@pytest.fixture
def unit(office: Office) -> tuple[User, str]:
    """An officer of the unit that has a case, and the case's number."""
    number = office.report(description="张三家门口，电话13912345678").number
    return office.account("unit_officer", office.state(number).unit_id, ""), number


def test_open_work_stands_in_the_calendar_with_alarm_and_link(
    office: Office, unit: tuple[User, str]
) -> None:
    user, number = unit
    (event,) = events(read(subscribe(office.signed_in(user))))
    clock = office.state(number).clock("handling")
    assert clock is not None
    assert event["DTSTART"].dt == clock.due_at.replace(microsecond=0)
    assert "DTEND" not in event
    assert number in event["SUMMARY"]
    assert str(event["URL"]).endswith(f"/desk/cases/{number}/")
    (alarm,) = event.walk("VALARM")
    assert alarm["TRIGGER"].dt == clock.warn_at.replace(microsecond=0)
    assert str(event["CLASS"]) == "PRIVATE"


def test_a_calendar_holds_nothing_that_a_reporter_said(
    office: Office, unit: tuple[User, str]
) -> None:
    text = read(subscribe(office.signed_in(unit[0]))).content.decode().replace("\r\n ", "")
    assert "张三" not in text
    assert "13912345678" not in text


def test_the_same_work_keeps_its_uid_and_counts_up(office: Office, unit: tuple[User, str]) -> None:
    user, number = unit
    address = subscribe(office.signed_in(user))
    (before,) = events(read(address))
    office.until(number, "sign", "ask_extension")
    dispatcher = office.account("dispatcher").actor()
    moves.advance(dispatcher, number, "grant_extension", {}, timezone.now())
    (after,) = events(read(address))
    assert after["UID"] == before["UID"]
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["DTSTART"].dt > before["DTSTART"].dt


def test_nothing_new_is_not_sent_again(office: Office, unit: tuple[User, str]) -> None:
    user, number = unit
    address = subscribe(office.signed_in(user))
    etag = read(address).headers["ETag"]
    again = read(address, HTTP_IF_NONE_MATCH=etag)
    assert (again.status_code, again.content) == (304, b"")
    office.move(number, "sign")
    office.move(number, "assign_person", person=str(user.pk))
    assert read(address, HTTP_IF_NONE_MATCH=etag).status_code == 200


def test_a_renewed_or_revoked_address_is_dead(office: Office, unit: tuple[User, str]) -> None:
    client = office.signed_in(unit[0])
    first = subscribe(client)
    second = subscribe(client)
    assert first != second
    assert read(first).status_code == 404
    assert read(second).status_code == 200
    client.post("/desk/calendar/", {"act": "revoke"})
    assert read(second).status_code == 404
    assert client.post("/desk/calendar/", {"act": "x"}).status_code == 400


def test_the_secret_is_shown_once_and_kept_as_a_digest(
    office: Office, unit: tuple[User, str]
) -> None:
    client = office.signed_in(unit[0])
    token = subscribe(client).rpartition("/")[2].removesuffix(".ics")
    assert len(token) * 6 >= 128
    assert token not in client.get("/desk/calendar/").content.decode()
    assert token.encode() not in bytes(CalendarFeed.objects.get().token_hash)


def test_the_feed_follows_the_role_and_ends_with_the_account(
    office: Office, unit: tuple[User, str]
) -> None:
    user, _number = unit
    address = subscribe(office.signed_in(user))
    Grant.objects.filter(user=user).update(valid_to=timezone.now() - timedelta(seconds=1))
    assert events(read(address)) == []
    user.is_active = False
    user.save()
    assert read(address).status_code == 404


@pytest.mark.parametrize("token", ["x", "a" * 43, "%00", "é", "a" * 2000])
def test_a_wrong_address_is_not_found_and_opens_no_session(db: None, token: str) -> None:
    answer = Client(REMOTE_ADDR="198.51.100.77").get(f"/desk/calendar/{token}.ics")
    assert answer.status_code in (404, 429)
    assert not any("session" in name for name in answer.cookies)


def test_the_feed_costs_the_same_for_any_amount_of_work(office: Office) -> None:
    address = subscribe(office.client("acceptor"))

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert read(address).status_code == 200
        return len(captured)

    read(address)
    before = cost()
    for _ in range(4):
        office.report(type=None, description="有个情况想反映")
    assert cost() == before <= 5
    assert len(events(read(address))) == 4


def test_duty_is_an_entry_with_an_end() -> None:
    start = datetime.fromisoformat("2026-11-24T08:00:00+08:00")
    entry = Entry("duty-1@x", "值班", start, start, end=start + timedelta(hours=8))
    made = calendar("值班", [entry], lambda path: path)
    assert made == calendar("值班", [entry], lambda path: path)
    event: Any
    (event,) = Calendar.from_ical(made).walk("VEVENT")
    assert event["DTEND"].dt - event["DTSTART"].dt == timedelta(hours=8)
    assert str(event["TRANSP"]) == "OPAQUE"


def test_one_person_has_one_feed(db: None, office: Office) -> None:
    user = office.account("acceptor")
    tokens = [feeds.renew(user.pk, timezone.now()) for _ in range(3)]
    alive = [token for token in tokens if feeds.reader(token, timezone.now())]
    assert alive == tokens[-1:]
