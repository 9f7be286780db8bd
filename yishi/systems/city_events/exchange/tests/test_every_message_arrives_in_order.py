"""Whatever fails on the way: every message arrives at least once, in order, under a stable id."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.access.models import Grant, User
from yishi.foundation.exchange import delivery, partners, sending
from yishi.foundation.exchange.delivery import MOST_REFUSALS, deliver_to, wait_before
from yishi.foundation.exchange.models import Outgoing, Partner
from yishi.foundation.messages.models import Message
from yishi.systems.city_events.exchange.tests.conftest import (
    Platform,
    Received,
    Server,
    Town,
    platform,
    quick_post,
)

FAULTS = ["500", "503", "429", "404", "422", "drop", "lost", "slow", "redirect", "killed", "200"]


class Killed(BaseException):
    """The worker is gone between sending and commit."""


@pytest.fixture
def theirs(town: Town, server: Server) -> Platform:
    """A partner with nine messages about three cases."""
    unit = town.state(town.report(lon=112.16).number).unit_id
    made = platform(callback=server.url, unit=unit)
    numbers = [town.report(lon=112.10 + n / 100).number for n in range(3)]
    for name, facts in (("sign", {}), ("finish", {"note": "已清运"})):
        for number in numbers:
            town.move(number, name, timedelta(minutes=1), **facts)
    assert len(made.queued()) == 9
    return made


def walk(theirs: Platform, server: Server, town: Town, *, rounds: int = 80) -> None:
    """Let workers come by every two hours until nothing waits; some of them are killed."""

    def post(url: str, headers: Any, body: bytes) -> sending.Answer:
        answer = quick_post(url, headers, body)
        if server.got and server.got[-1].outcome == "204":
            raise Killed
        return answer

    now = town.now
    for _ in range(rounds):
        now += timedelta(hours=2)
        try:
            deliver_to(theirs.partner.pk, now, post=post)
        except Killed:
            continue
        if not theirs.queued():
            return
    raise AssertionError(f"{len(theirs.queued())} messages never arrived")


@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(script=st.lists(st.sampled_from(FAULTS), max_size=14))
def test_any_row_of_failures(
    theirs: Platform, server: Server, town: Town, script: list[str]
) -> None:
    Outgoing.objects.update(state="queued", attempts=0, next_attempt_at=town.now, sent_at=None)
    partners.resume(theirs.partner.key)
    server.got.clear()
    # 204 is taken by the partner; the worker that sent it is killed before it could write it down.
    server.script[:] = ["204" if fault == "killed" else fault for fault in script]
    walk(theirs, server, town)
    stored = {str(row.id): row for row in Outgoing.objects.filter(partner=theirs.partner)}
    kept = [r for r in server.got if r.outcome in ("200", "204", "lost", "slow")]
    assert {r.id for r in kept} == set(stored)
    for received in server.got:
        theirs.check(received)
        assert received.body["data"]["sequence"] == stored[received.id].seq
    first_seen = list(dict.fromkeys(r.id for r in kept))
    for case in {row.case_id for row in stored.values()}:
        order = [stored[id].seq for id in first_seen if stored[id].case_id == case]
        assert order == sorted(order)
    assert same_words(server.got)
    assert server.elsewhere == 0, "a redirect was followed"


def same_words(got: list[Received]) -> bool:
    """Whether every repetition of a message said the same."""
    said: dict[str, bytes] = {}
    return all(said.setdefault(r.id, r.raw) == r.raw for r in got)


def test_nothing_overtakes_a_message_about_the_same_case(
    theirs: Platform, server: Server, town: Town
) -> None:
    server.script[:] = ["422"]
    now = town.now + timedelta(minutes=1)
    ran = deliver_to(theirs.partner.pk, now, post=quick_post)
    refused = server.got[0]
    assert (ran.sent, ran.refused, ran.stopped) == (6, 1, False)
    number = refused.body["data"]["number"]
    assert number not in {r.body["data"]["number"] for r in server.got[1:]}
    later = deliver_to(theirs.partner.pk, now + wait_before(1), post=quick_post)
    assert later.sent == 3
    assert [r.id for r in server.got if r.body["data"]["number"] == number][:2] == [refused.id] * 2


def test_a_partner_that_fails_is_left_alone_for_longer_and_longer(
    theirs: Platform, server: Server, town: Town
) -> None:
    server.script[:] = ["500"] * 4
    now = town.now
    for attempt in range(1, 5):
        assert deliver_to(theirs.partner.pk, now, post=quick_post).stopped
        early = now + wait_before(attempt) - timedelta(seconds=1)
        assert deliver_to(theirs.partner.pk, early, post=quick_post) == delivery.Delivery()
        now += wait_before(attempt)
    waits = [wait_before(n).total_seconds() for n in range(1, 30)]
    assert waits[:4] == [5, 10, 20, 40]
    assert all(a <= b <= 3600 for a, b in pairwise(waits))
    assert deliver_to(theirs.partner.pk, now, post=quick_post).sent == 9
    theirs.partner.refresh_from_db()
    assert (theirs.partner.failures, theirs.partner.last_error) == (0, "")


def test_after_days_of_failure_delivery_is_paused_and_administrators_are_told(
    theirs: Platform, server: Server, town: Town
) -> None:
    user = User.objects.create_user("boss", display_name="管理员")
    Grant.objects.create(user=user, role="administrator", scope="4206", valid_from=town.now)
    server.script[:] = ["500"] * 200
    now, rounds = town.now, 0
    while Partner.objects.get(pk=theirs.partner.pk).state == "active":
        deliver_to(theirs.partner.pk, now, post=quick_post)
        now, rounds = now + timedelta(hours=1), rounds + 1
        assert rounds < 100
    assert now - town.now >= delivery.PAUSE_AFTER
    notices = Message.objects.filter(user_id=user.pk, template="exchange.paused")
    assert notices.count() == 1
    number = theirs.queued()[0].case.number
    town.move(number, "confirm")
    assert len(theirs.queued()) == 10, "what happens meanwhile is kept"
    server.script.clear()
    partners.resume(theirs.partner.key)
    assert deliver_to(theirs.partner.pk, now, post=quick_post).sent == 10


def test_an_address_that_is_gone_is_not_asked_again(
    theirs: Platform, server: Server, town: Town
) -> None:
    server.script[:] = ["410"]
    deliver_to(theirs.partner.pk, town.now, post=quick_post)
    assert deliver_to(theirs.partner.pk, town.now + timedelta(days=1)) == delivery.Delivery()
    assert Partner.objects.get(pk=theirs.partner.pk).state == "paused"


def test_a_message_that_is_refused_again_and_again_waits_for_a_person(
    theirs: Platform, server: Server, town: Town
) -> None:
    user = User.objects.create_user("boss", display_name="管理员")
    Grant.objects.create(user=user, role="administrator", scope="4206", valid_from=town.now)
    first = Outgoing.objects.filter(partner=theirs.partner).order_by("next_attempt_at", "id")[0]
    Outgoing.objects.exclude(case_id=first.case_id).delete()
    server.script[:] = ["422"] * MOST_REFUSALS
    now = town.now
    for _ in range(MOST_REFUSALS):
        now += timedelta(hours=2)
        deliver_to(theirs.partner.pk, now, post=quick_post)
    first.refresh_from_db()
    assert (first.state, first.last_error) == ("failed", "HTTP 422")
    assert Message.objects.filter(user_id=user.pk, template="exchange.failed").count() == 1
    assert deliver_to(theirs.partner.pk, now, post=quick_post).sent == 0, "later ones wait for it"
    assert partners.send_again(theirs.partner, first.id, now)
    assert deliver_to(theirs.partner.pk, now, post=quick_post).sent == 3
    assert not partners.skip(theirs.partner, first.id), "what was sent cannot be given up"


def test_a_rotated_secret_signs_beside_the_old_one_for_a_day(
    theirs: Platform, server: Server, town: Town
) -> None:
    made = partners.rotate(theirs.partner.key, town.now)
    deliver_to(theirs.partner.pk, town.now + timedelta(hours=1), most=1, post=quick_post)
    deliver_to(theirs.partner.pk, town.now + timedelta(hours=25), most=1, post=quick_post)
    both, alone = server.got
    theirs.check(both)
    Platform(theirs.partner, made).check(both)
    Platform(theirs.partner, made).check(alone)
    with pytest.raises(AssertionError):
        theirs.check(alone)
