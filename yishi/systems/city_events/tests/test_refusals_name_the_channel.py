"""Whoever refuses a report tells why and where to go instead, whichever door it came through."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from yishi.foundation.access.actors import ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.messages.models import Message
from yishi.foundation.messages.texts import render
from yishi.systems.city_events.hotline.referrals import REASONS
from yishi.systems.city_events.hotline.tickets import EXCLUSIONS
from yishi.systems.city_events.tests.conftest import Town
from yishi.systems.city_events.tests.office import Office

pytestmark = pytest.mark.django_db
UNCLEAR: dict[str, Any] = {"type": None, "description": "这边有个问题想反映"}


def _progress(code: str) -> str:
    return Client().post("/track/", {"code": code}, follow=True).content.decode()


def _message(number: str) -> str:
    row = Message.objects.filter(template="report.rejected", params__number=number).get()
    return render(row.template, row.params)[1]


@pytest.fixture
def program(town: Town) -> Any:
    """A 12345 platform that excludes matters through the API."""
    key = issue_key("12345", "platform", [ActorGrant("hotline", None, "4206")], town.now)

    def exclude(number: str, **facts: Any) -> Any:
        path = f"/api/v1/cases/{number}/moves/exclude"
        return Client(headers={"X-API-Key": key}).post(
            path, {"facts": facts}, content_type="application/json"
        )

    return exclude


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({}, "reason"),
        ({"reason": "7", "referral": "litigation"}, "reason"),
        ({"reason": "2"}, "referral"),
        ({"reason": "2", "referral": "nobody"}, "referral"),
        ({"reason": "1", "referral": "litigation"}, "referral"),
        ({"reason": "2", "referral": "litigation", "spoken": True}, "spoken"),
    ],
)
def test_an_exclusion_that_names_no_fitting_channel_is_refused_and_changes_nothing(
    town: Town, program: Any, facts: dict[str, Any], field: str
) -> None:
    number = town.report(**UNCLEAR).number
    answer = program(number, **facts)
    assert answer.status_code == 422, answer.content
    assert answer.json()["errors"][0]["field"] == field
    assert town.state(number).state == "reported"


@pytest.mark.parametrize("reason", [code for code, _ in EXCLUSIONS])
def test_each_of_the_six_exclusions_is_made_by_a_program_and_reaches_the_reporter(
    town: Town, program: Any, reason: str
) -> None:
    channels = {"1": "fire", "2": "petition", "4": "secrets", "5": "outside", "6": "unlawful"}
    assert set(channels) == REASONS
    receipt = town.report(phone="13800138000", **UNCLEAR)
    named = {"referral": channels[reason]} if reason in channels else {}
    assert program(receipt.number, reason=reason, **named).status_code == 200
    state = town.state(receipt.number)
    assert (state.state, state.outcome, state.data["reason_code"]) == ("voided", "excluded", reason)
    words = dict(EXCLUSIONS)[reason]
    assert words in _message(receipt.number) and words in _progress(receipt.tracking_code)


def test_a_refused_reporter_reads_the_reason_in_words_and_the_channel_with_its_number(
    town: Town,
) -> None:
    receipt = town.report(phone="13800138000", **UNCLEAR)
    given: dict[str, Any] = {"reason": "2", "referral": "litigation", "note": "法院已受理"}
    town.act("acceptor", receipt.number, "reject", **given)
    for text in (_message(receipt.number), _progress(receipt.tracking_code)):
        assert "已进入诉讼" in text and "12368" in text


def test_an_acceptor_chooses_the_channel_on_the_page(town: Town) -> None:
    number = town.report(**UNCLEAR).number
    client, path = Office().client("acceptor"), f"/desk/cases/{number}/reject/"
    assert "人民法院诉讼服务 12368" in client.get(path).content.decode()
    raw = {"reason": "1", "referral": "litigation", "note": "不符"}
    assert client.post(path, raw).status_code == 422
    assert client.post(path, raw | {"reason": "2"}).status_code == 302
    assert town.state(number).data["referral"] == "litigation"


def test_an_excluded_secret_is_published_nowhere(town: Town, program: Any) -> None:
    for reason, referral, status in (("5", "outside", 200), ("4", "secrets", 404)):
        number = town.report(type=town.RUBBISH, lon=None, lat=None).number
        assert program(number, reason=reason, referral=referral).status_code == 200
        assert Client().get(f"/open311/requests/{number}.json").status_code == status
