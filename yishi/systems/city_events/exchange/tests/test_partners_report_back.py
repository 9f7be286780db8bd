"""What a partner sends and says: once, in its own order, as ordinary moves within its grants."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.cases.models import Case, Trace
from yishi.foundation.exchange import partners
from yishi.foundation.exchange.models import Incoming
from yishi.foundation.exchange.partners import HANDLE, SEND
from yishi.systems.city_events.exchange.tests.conftest import Platform, Town, platform


def body(**fields: Any) -> dict[str, Any]:
    """A case that is certain."""
    known = {"number": "A-1", "type": Town.RUBBISH, "description": "垃圾", **Town.SPOT}
    return known | fields


@pytest.fixture
def town(town: Town) -> Town:
    """The API asks for the time, so that the town lives now."""
    town.now = timezone.now() - timedelta(hours=2)
    return town


@pytest.fixture
def sender(town: Town) -> Platform:
    """The hotline's platform."""
    return platform(kind="hotline")


@pytest.fixture
def handler(town: Town) -> Platform:
    """The system of the unit that gets the rubbish."""
    return platform(unit=town.state(town.report(lon=112.16).number).unit_id)


def test_the_same_number_and_content_is_one_case_and_another_content_a_conflict(
    sender: Platform,
) -> None:
    first = sender.call("POST", "/cases", body())
    again = sender.call("POST", "/cases", body())
    other = sender.call("POST", "/cases", body(description="别的事"))
    assert (first.status_code, again.status_code, other.status_code) == (201, 200, 409)
    assert again.json() == first.json() | {"replayed": True}
    assert other.json()["errors"][0]["field"] == "number"
    assert other.json()["number"] == first.json()["number"]
    assert Case.objects.unscoped("test").filter(data__channel__startswith="partner:").count() == 1


def test_the_sender_follows_its_case_by_its_own_number(sender: Platform, town: Town) -> None:
    number = sender.call("POST", "/cases", body()).json()["number"]
    found = sender.call("GET", "/sent/A-1").json()
    assert (found["number"], found["your_number"], found["state"]) == (number, "A-1", "assigned")
    town.move(number, "sign")
    assert sender.call("GET", "/sent/A-1").json()["state"] == "handling"
    assert sender.call("GET", f"/cases/{number}").json()["description"] == "垃圾"
    assert sender.call("GET", "/sent/A-2").status_code == 404


def test_two_senders_of_one_thing_share_the_case_and_each_keeps_its_number(
    sender: Platform, town: Town
) -> None:
    other = platform(kind="upper")
    first = sender.call("POST", "/cases", body()).json()
    second = other.call("POST", "/cases", body(number="B-7"))
    assert second.json()["merged"] is True
    assert other.call("GET", "/sent/B-7").json()["number"] == first["number"]
    assert other.call("GET", f"/cases/{first['number']}").json()["your_number"] == "B-7"
    assert sender.call("GET", f"/cases/{first['number']}").json()["your_number"] == "A-1"


def test_receipt_and_result_of_a_unit_are_its_ordinary_moves(handler: Platform, town: Town) -> None:
    number = town.report().number
    assert handler.say(number, 1, "receipt").json()["state"] == "handling"
    done = handler.say(number, 2, "result", "已清运，现场恢复")
    assert (done.status_code, done.json()["state"]) == (200, "fed_back")
    assert done.json()["next_sequence"] == 3
    traces = Trace.objects.unscoped("test").filter(case__number=number).order_by("seq")
    assert [row.move for row in traces][-3:] == ["sign", "finish", "confirm"]
    assert {row.actor_ref for row in list(traces)[-3:]} == {f"client:{handler.partner.client_id}"}


def test_a_case_is_returned_with_its_reason_and_words(handler: Platform, town: Town) -> None:
    number = town.report().number
    for words, more, field in (
        ("不属于本单位职责", {}, "reason"),
        ("不属于本单位职责", {"reason": "busy"}, "reason"),
        ("", {"reason": "duty"}, "text"),
    ):
        refused = handler.say(number, 1, "return", words, **more)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, field)
    elsewhere = handler.say(number, 1, "receipt", reason="duty")
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["field"]) == (422, "reason")
    assert town.state(number).state == "assigned"
    first = handler.say(number, 1, "return", "不属于本单位职责", reason="duty")
    assert first.json()["state"] == "returned"
    assert town.state(number).data["return_reason"] == "duty"
    # The case has left the unit; the answer that got lost on the way can still be had.
    again = handler.say(number, 1, "return", "不属于本单位职责", reason="duty")
    assert (again.status_code, again.json()) == (200, first.json() | {"replayed": True})
    last = Trace.objects.unscoped("test").filter(case__number=number).order_by("-seq")[0]
    assert (last.move, last.note) == ("give_back", "不属于本单位职责")


def test_a_message_is_taken_once_and_out_of_turn_it_is_not_taken(
    handler: Platform, town: Town
) -> None:
    number = town.report().number
    early = handler.say(number, 2, "result", "已清运")
    assert (early.status_code, early.json()["code"], early.json()["expected"]) == (409, "order", 1)
    first = handler.say(number, 1, "receipt")
    assert first.status_code == 200
    assert handler.say(number, 1, "receipt").json() == first.json() | {"replayed": True}
    other = handler.say(number, 1, "return", "另一份内容", reason="duty")
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    taken = handler.say(number, 1, "receipt", id="m-other")
    assert (taken.status_code, taken.json()["code"]) == (409, "order")
    assert town.state(number).state == "handling"
    assert Incoming.objects.count() == 1


def test_a_step_that_is_refused_leaves_its_number_free(handler: Platform, town: Town) -> None:
    number = town.report().number
    refused = handler.say(number, 1, "result", "还没签收就办完")
    assert (refused.status_code, refused.json()["code"]) == (409, "state")
    assert refused.json()["state"] == "assigned"
    assert handler.say(number, 1, "receipt").status_code == 200


def test_a_sender_withdraws_and_asks_for_handling_anew(sender: Platform, town: Town) -> None:
    number = sender.call("POST", "/cases", body(standard=None, type=None)).json()["number"]
    assert sender.say(number, 1, "withdraw", "市民撤诉").json()["state"] == "voided"
    other = sender.call("POST", "/cases", body(number="A-2")).json()["number"]
    town.handled(other)
    town.move(other, "close")
    answer = sender.say(other, 1, "reopen", "市民反映又出现了", id="r-1")
    assert answer.json().get("state") in ("filed", "assigned"), answer.json()


def test_nobody_moves_what_belongs_to_others(sender: Platform, handler: Platform) -> None:
    number = sender.call("POST", "/cases", body(lon=112.2)).json()["number"]
    other_unit = platform(kind="hotline", scopes=[SEND, HANDLE])
    assert other_unit.call("GET", f"/cases/{number}").status_code == 404
    assert other_unit.say(number, 1, "receipt").status_code == 404
    lacking = sender.say(number, 1, "receipt")
    assert (lacking.status_code, lacking.json()["code"]) == (403, "insufficient_scope")
    assert 'error="insufficient_scope"' in lacking["WWW-Authenticate"]
    assert handler.call("POST", "/cases", body(number="C-1")).status_code == 403
    assert handler.call("GET", "/sent/A-1").status_code == 403
    both = platform(kind="hotline", scopes=[SEND, HANDLE])
    own = both.call("POST", "/cases", body(number="D-1", lon=112.25)).json()["number"]
    refused = both.say(own, 1, "receipt")
    assert (refused.status_code, refused.json()["code"]) == (403, "role")


def test_a_status_message_costs_at_most_eight_statements(handler: Platform, town: Town) -> None:
    first, second = town.report().number, town.report(lon=112.11).number
    handler.say(first, 1, "receipt")
    with CaptureQueriesContext(connection) as queries:
        assert handler.say(second, 1, "receipt", id="z-1").status_code == 200
    frame = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")
    plain = [q["sql"] for q in queries.captured_queries if not q["sql"].startswith(frame)]
    assert len(plain) <= 8, plain


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(order=st.lists(st.integers(1, 3), max_size=12))
def test_any_order_and_repetition_ends_in_the_same_case(
    handler: Platform, town: Town, order: list[int]
) -> None:
    """A partner repeats what it is not sure of, in any order: each message counts once, in turn."""
    _spots.append(1)
    number = town.report(lon=112.05 + len(_spots) / 500).number
    said: dict[int, tuple[str, str, dict[str, str]]] = {
        1: ("receipt", "", {}),
        2: ("extension", "需要大型机械", {}),
        3: ("return", "改由他人", {"reason": "owner"}),
    }
    taken: list[int] = []
    for n in order:
        kind, text, more = said[n]
        answer = handler.say(number, n, kind, text, id=f"{number}-{n}", **more)
        expected = len(taken) + 1
        if n < expected:
            assert (answer.status_code, answer.json()["replayed"]) == (200, True)
        elif n > expected:
            assert (answer.status_code, answer.json()["expected"]) == (409, expected)
        elif n == 3:  # an extension is being decided: the return is refused, and stays so
            assert (answer.status_code, answer.json()["code"]) == (409, "guard")
        else:
            assert answer.status_code == 200
            taken.append(n)
    assert town.state(number).version == 3 + len(taken)


_spots: list[int] = []


@pytest.mark.django_db(transaction=True)
def test_the_same_case_sent_by_eight_at_once_is_one_case(town: Town) -> None:
    from django.db import close_old_connections

    sender = platform(kind="hotline")
    sender.sign_in()
    statuses: list[int] = []

    def send() -> None:
        try:
            statuses.append(sender.call("POST", "/cases", body()).status_code)
        finally:
            connection.close()
            close_old_connections()

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200] * 7 + [201]


def test_a_disabled_partner_is_refused_at_once(sender: Platform) -> None:
    assert sender.call("POST", "/cases", body()).status_code == 201
    partners.disable(sender.partner.key)
    assert sender.call("GET", "/sent/A-1").status_code == 401
