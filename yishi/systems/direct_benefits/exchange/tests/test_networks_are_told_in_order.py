"""The port to the service networks: signed, once, in order, until each was received."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import orjson
import pytest
from django.utils import timezone

from yishi.foundation.exchange import partners
from yishi.foundation.exchange.incoming import NoticeConflict
from yishi.foundation.exchange.models import Partner
from yishi.foundation.exchange.sending import Answer, SendFailed
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.direct_benefits.exchange import (
    delivery,
    demo,
    outbox,
    receipts,
    running,
    schema,
    simulated,
    telling,
)
from yishi.systems.direct_benefits.exchange.models import NetworkMessage, NetworkReceipt
from yishi.systems.direct_benefits.exchange.outbox import Entry

pytestmark = pytest.mark.django_db
S = NetworkMessage.State


class Network:
    """A network that keeps what it gets and answers as told."""

    def __init__(self, *answers: int) -> None:
        self.answers = list(answers)
        self.got: list[dict[str, Any]] = []

    def post(self, url: str, headers: Any, body: bytes) -> Answer:
        answer = self.answers.pop(0) if self.answers else 200
        if answer == 0:
            raise SendFailed("超时未应答")
        if answer < 300:
            self.got.append({**orjson.loads(body), "id": headers["Webhook-Id"]})
        return Answer(answer)


@pytest.fixture
def partner(db: None) -> Partner:
    partners.add(
        "some-network",
        "某平台（模拟）",
        "upper",
        timezone.now(),
        callback_url="https://some-network.simulated.invalid/p",
        scopes=[partners.NETWORK],
    )
    return Partner.objects.get(key="some-network")


def entry(n: int, subject: str = "policy:a") -> Entry:
    return Entry(subject, "policy.published", {"title": f"第{n}版"})


def test_the_same_state_is_told_once(partner: Partner) -> None:
    now = timezone.now()
    assert outbox.queue([entry(1)], now) == 1
    assert outbox.queue([entry(1)], now) == 0
    assert outbox.queue([entry(2)], now) == 1
    assert outbox.queue([entry(1)], now) == 1  # back to the first is news again
    seqs = NetworkMessage.objects.order_by("seq").values_list("seq", flat=True)
    assert list(seqs) == [1, 2, 3]


def test_messages_about_one_thing_arrive_in_order(partner: Partner) -> None:
    now = timezone.now()
    for n in (1, 2, 3):
        outbox.queue([entry(n), entry(n, "policy:b")], now)
    network = Network()
    done = delivery.deliver_to(partner.pk, now, post=network.post)
    assert done.sent == 6
    for subject in ("policy:a", "policy:b"):
        mine = [one["data"]["sequence"] for one in network.got if one["data"]["subject"] == subject]
        assert mine == [1, 2, 3]


def test_a_refused_message_holds_back_its_own_followers_only(partner: Partner) -> None:
    now = timezone.now()
    outbox.queue([entry(1)], now)
    outbox.queue([entry(2)], now)
    outbox.queue([entry(1, "policy:b")], now + timedelta(seconds=1))
    network = Network(422)
    done = delivery.deliver_to(partner.pk, now + timedelta(seconds=2), post=network.post)
    assert (done.refused, done.sent) == (1, 1)
    assert [one["data"]["subject"] for one in network.got] == ["policy:b"]
    later = now + timedelta(minutes=1)
    delivery.deliver_to(partner.pk, later, post=network.post)
    assert [one["data"]["sequence"] for one in network.got[1:]] == [1, 2]


@pytest.mark.parametrize("answer", [0, 500, 429, 302])
def test_a_network_that_is_away_is_tried_again_under_the_same_id(
    partner: Partner, answer: int
) -> None:
    now = timezone.now()
    outbox.queue([entry(1)], now)
    network = Network(answer)
    assert delivery.deliver_to(partner.pk, now, post=network.post).stopped
    assert delivery.deliver_to(partner.pk, now, post=network.post).sent == 0  # it waits
    message = NetworkMessage.objects.get()
    assert (message.state, message.attempts) == (S.QUEUED, 1)
    delivery.deliver_to(partner.pk, now + timedelta(minutes=1), post=network.post)
    assert [one["id"] for one in network.got] == [str(message.pk)]


def test_a_receipt_counts_once_and_names_what_is_wrong(partner: Partner) -> None:
    now = timezone.now()
    outbox.queue([entry(1)], now)
    delivery.deliver_to(partner.pk, now, post=Network().post)
    message = NetworkMessage.objects.get()
    raw: dict[str, object] = {
        "id": "R-1",
        "message": str(message.pk),
        "result": "accepted",
        "number": "GJ-7",
    }
    found, again = receipts.take(partner, receipts.read(raw), now)
    assert (found.state, found.their_number, again) == (S.ACCEPTED, "GJ-7", False)
    _found, again = receipts.take(partner, receipts.read(raw), now)
    assert again and NetworkReceipt.objects.count() == 1
    with pytest.raises(NoticeConflict):
        receipts.take(partner, receipts.read({**raw, "number": "GJ-8"}), now)
    for wrong, field in (
        ({"id": ""}, "id"),
        ({"result": "maybe"}, "result"),
        ({"result": "refused"}, "reason"),
    ):
        with pytest.raises(FieldError) as refused:
            receipts.read({**raw, **wrong})
        assert refused.value.field == field
    for unknown in (str(uuid.uuid4()), "x"):
        with pytest.raises(FieldError) as refused:
            receipts.take(partner, receipts.read({**raw, "id": "R-2", "message": unknown}), now)
        assert refused.value.field == "message"


def test_a_message_that_was_never_sent_cannot_be_acknowledged(partner: Partner) -> None:
    now = timezone.now()
    outbox.queue([entry(1)], now)
    message = NetworkMessage.objects.get()
    raw: dict[str, object] = {"id": "R-1", "message": str(message.pk), "result": "accepted"}
    with pytest.raises(FieldError):
        receipts.take(partner, receipts.read(raw), now)


def test_the_made_up_network_checks_signature_and_schema(partner: Partner, settings: Any) -> None:
    settings.DEMO = True
    peer = simulated.peer_of(partner)
    assert peer is not None
    now = timezone.now()
    outbox.queue([entry(1)], now)
    assert delivery.deliver_to(partner.pk, now, post=peer.post).refused == 1  # not the schema
    unsigned = {"Webhook-Id": "x", "Webhook-Timestamp": "1", "Webhook-Signature": "v1,x"}
    assert peer.post("", unsigned, b"{}").status == 401
    settings.DEMO = False
    assert simulated.peer_of(partner) is None


def test_policies_and_items_of_the_city_reach_both_networks(
    city: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.DEMO = True
    now = timezone.now()
    assert demo.make_networks(now) == 2 and demo.make_networks(now) == 0
    entries = list(telling.entries(now))
    for one in entries:
        body = {"subject": one.subject, "sequence": 1} | one.content
        whole = {"type": one.kind, "timestamp": "2026-01-01T00:00:00Z", "data": body}
        assert schema.faults(whole) == [], one
    few = [entries[0], entries[-1]]
    monkeypatch.setattr(telling, "entries", lambda now: iter(few))
    assert running.run(now).queued == 2 * len(few)
    running.run(timezone.now())
    states = set(NetworkMessage.objects.values_list("state", flat=True))
    assert states == {S.ACCEPTED}
    assert running.run(timezone.now()).queued == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        [],
        {"type": "policy.published", "timestamp": "x", "data": {}},
        {"type": "no.such", "timestamp": "x", "data": {}},
    ],
)
def test_the_schema_names_what_is_wrong(wrong: Any) -> None:
    assert schema.faults(wrong)
