"""A 12345 platform does through the API what an agent does at the desk (§S2.4, §S2.8 8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.audit.models import Look
from yishi.foundation.cases.models import Case
from yishi.systems.city_events.hotline import callbacks
from yishi.systems.city_events.hotline.models import CallBack, FollowUp, RepeatCall
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.conftest import Town

pytestmark = pytest.mark.django_db
PHONE = "13912345678"
Ask = Callable[..., Any]


def _asker(town: Town, role: str = "hotline", scope: str = "4206") -> Ask:
    key = issue_key(f"{role}-{scope}", "hotline", [ActorGrant(role, None, scope)], town.now)
    client = Client(headers={"X-API-Key": key})

    def ask(path: str, **body: Any) -> Any:
        where = f"/api/v1/hotline/{path}"
        if not body:
            return client.get(where)
        return client.post(where, body, content_type="application/json")

    return ask


@pytest.fixture
def ask(town: Town) -> Ask:
    """The platform's requests: with a body they are sent, without one they read."""
    town.now = timezone.now() - timedelta(hours=3)
    return _asker(town)


def _ticket(town: Town, **more: Any) -> str:
    return town.report(channel="hotline", phone=PHONE, **more).number


def _close(town: Town, number: str) -> None:
    town.handled(number)
    town.move(number, "close", timedelta(minutes=5))


def test_s2_a13_an_excluded_call_is_kept_and_the_channel_comes_back(ask: Ask) -> None:
    channels = {one["key"]: one for one in ask("referrals").json()}
    assert {one["reason"] for one in channels.values()} == {"1", "2", "4", "5", "6"}
    body = {"description": "官司法院受理了", "referral": "litigation", "external_id": "H-1"}
    first, again = ask("exclusions", **body), ask("exclusions", **body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["referral"] == channels["litigation"]
    case = Case.objects.unscoped("test").get(number=first.json()["number"])
    assert (case.state, case.unit_id, case.data["reason_code"]) == ("voided", None, "2")
    other = ask("exclusions", **{**body, "description": "别的事"})
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    wrong = ask("exclusions", **{**body, "referral": "nobody"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "referral")


def test_of_secrets_neither_words_nor_caller_are_kept(ask: Ask) -> None:
    body = {"description": "某涉密文件", "referral": "secrets", "phone": PHONE}
    number = ask("exclusions", **body).json()["number"]
    kept = Report.objects.unscoped("test").get(case__number=number)
    assert "涉密文件" not in kept.text and kept.contact_id is None


def test_a_caller_without_news_is_counted_and_told_how_the_ticket_stands(
    town: Town, ask: Ask
) -> None:
    number = _ticket(town)
    for _ in range(2):
        told = ask("repeats", earlier=number, external_id="H-2")
        assert told.status_code == 200, told.content
    assert (told.json()["number"], told.json()["state"]) == (number, "assigned")
    assert RepeatCall.objects.unscoped("test").filter(case__number=number).count() == 1
    assert Case.objects.unscoped("test").count() == 1


def test_news_join_an_open_ticket_and_open_a_linked_case_after_closing(
    town: Town, ask: Ask
) -> None:
    number = _ticket(town)
    body = {"earlier": number, "description": "又多了一堆", **town.SPOT, "type": town.RUBBISH}
    joined = ask("follow-ups", **body)
    assert (joined.status_code, joined.json()["number"]) == (201, number)
    _close(town, number)
    later = ask("follow-ups", **body).json()["number"]
    assert later != number
    link = FollowUp.objects.unscoped("test").get(case__number=later)
    assert link.earlier.number == number


def test_a_callers_tickets_are_found_and_the_look_is_logged(town: Town, ask: Ask) -> None:
    number = _ticket(town)
    before = Look.objects.count()
    answer = ask("callers", phone=PHONE)
    assert [one["number"] for one in answer.json()] == [number]
    assert PHONE not in answer.content.decode()
    assert Look.objects.count() == before + 1


def test_call_backs_are_listed_tried_and_done_again_by_rule(town: Town, ask: Ask) -> None:
    number = _ticket(town)
    _close(town, number)
    callbacks.make(timezone.now())
    (task,) = ask("call-backs").json()["items"]
    assert (task["number"], task["state"]) == (number, "open")
    path = f"call-backs/{task['id']}/tries"
    wrong = ask(path, result="connected", score=5)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "in_time")
    cross = {"in_time": True, "solved": False, "score": 5, "cause": "undone"}
    done = ask(path, result="connected", **cross).json()
    assert (done["state"], done["redone"], done["tries"]) == (CallBack.REACHED, True, 1)
    assert town.state(number).data["round"] == 2
    assert ask("call-backs").json()["items"] == []
    assert ask(path, result="missed").status_code == 422


@pytest.mark.parametrize("role", ["dispatcher", "duty_leader", "auditor"])
def test_other_keys_have_no_part_in_it(town: Town, role: str) -> None:
    ask = _asker(town, role)
    assert {ask(path).status_code for path in ("referrals", "call-backs")} == {403}
    bodies: tuple[tuple[str, dict[str, Any]], ...] = (
        ("exclusions", {"referral": "petition", "description": "x"}),
        ("repeats", {"earlier": "XY1", "external_id": "x"}),
        ("follow-ups", {"earlier": "XY1", "description": "x"}),
        ("callers", {"phone": PHONE}),
        ("call-backs/1/tries", {"result": "missed"}),
    )
    assert {ask(path, **body).status_code for path, body in bodies} == {403}


def test_a_key_of_another_county_reaches_none_of_it(town: Town, ask: Ask) -> None:
    number = _ticket(town)
    _close(town, number)
    callbacks.make(timezone.now())
    task = CallBack.objects.unscoped("test").get()
    far = _asker(town, scope="4206/420602")
    assert far("callers", phone=PHONE).json() == []
    assert far("call-backs").json()["items"] == []
    for path, body, field in (
        ("repeats", {"earlier": number, "external_id": "x"}, "earlier"),
        ("follow-ups", {"earlier": number, "description": "x"}, "earlier"),
        (f"call-backs/{task.pk}/tries", {"result": "missed"}, "task"),
    ):
        answer = far(path, **body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
