"""The outbox: written with the change, sent once in the normal path, tried again when it fails."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.db import IntegrityError, connections, transaction
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.messages import delivery, senders
from yishi.foundation.messages.models import Channel, Message, State
from yishi.foundation.messages.outbox import enqueue, message_row
from yishi.foundation.messages.senders import Outgoing, SendError
from yishi.foundation.parties.contacts import contact_row
from yishi.foundation.parties.models import Contact

NOW = datetime(2026, 5, 11, 1, 0, tzinfo=UTC)


class Recorder:
    """A way out that remembers what it took, and refuses as often as it is told to."""

    needs_address = False

    def __init__(self, refusals: int = 0, together: threading.Barrier | None = None) -> None:
        self.taken: list[uuid.UUID] = []
        self.refusals = refusals
        self.together = together

    def send(self, message: Outgoing) -> None:
        if self.together is not None and not self.taken:
            self.together.wait(timeout=10)
        if self.refusals > 0:
            self.refusals -= 1
            raise SendError("refused")
        self.taken.append(message.id)


@pytest.fixture(autouse=True)
def house(tmp_path: Any, settings: Any) -> Iterator[None]:
    settings.YISHI_KEYS_FILE = tmp_path / "keys.json"
    settings.YISHI_NOTIFY_URLS = {}
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    yield


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    out = Recorder()
    monkeypatch.setattr(delivery, "sender_for", lambda channel: out)
    return out


def contact(**values: Any) -> uuid.UUID:
    return Contact.objects.create(**contact_row(now=NOW, **values)).id


def queue(key: str = "k", **values: Any) -> Message:
    given_values = {"channel": Channel.EMAIL, "now": NOW, "params": {"number": "XY1"}, **values}
    if not {"user_id", "unit_id", "contact_id"} & given_values.keys():
        given_values["user_id"] = 1
    enqueue([message_row("report.received", key=key, **given_values)])
    return Message.objects.get(key=key)


@pytest.mark.django_db
def test_the_same_notice_is_stored_once() -> None:
    queue("case:1:filed")
    queue("case:1:filed")
    assert Message.objects.count() == 1


@pytest.mark.django_db
def test_an_in_app_message_is_delivered_by_being_stored() -> None:
    message = queue(channel=Channel.IN_APP, user_id=5)
    assert (message.state, message.sent_at) == (State.SENT, NOW)
    assert delivery.deliver_queued(NOW) == delivery.Delivery()


@pytest.mark.parametrize(
    "wrong",
    [
        {"user_id": None},
        {"user_id": 1, "unit_id": 2},
        {"user_id": 1, "template": "no.such"},
        {"user_id": 1, "channel": "pigeon"},
        {"unit_id": 1, "channel": "email"},
        {"contact_id": uuid.UUID(int=1), "channel": "in_app"},
    ],
)
def test_mistaken_rows_are_refused(wrong: dict[str, Any]) -> None:
    template = wrong.pop("template", "report.received")
    with pytest.raises(ValueError):
        message_row(template, key="k", now=NOW, **wrong)


@pytest.mark.parametrize(
    ("given_param", "kept"),
    [
        ("XY-20190511-000123", "XY-20190511-000123"),
        ("20190511000123", "20190511000123"),
        ("襄城区城管局", "襄城区城管局"),
        (7, 7),
        (None, None),
        ("13812345678", "***********"),
        ("请联系 138 1234 5678", "请联系 *** **** ****"),
        ("a@b.cn", "*@b.cn"),
        ("长" * 500, "长" * 120),
    ],
)
def test_params_hold_no_personal_values(given_param: Any, kept: Any) -> None:
    row = message_row("case.returned", key="k", now=NOW, user_id=1, params={"reason": given_param})
    assert row["params"] == {"reason": kept}


@pytest.mark.django_db
def test_the_database_refuses_a_message_without_recipient() -> None:
    row = message_row("report.received", key="k", now=NOW, user_id=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(**{**row, "user_id": None})


@pytest.mark.django_db
def test_mail_goes_to_the_contact_under_a_stable_id() -> None:
    message = queue(contact_id=contact(email="li@example.cn"))
    assert delivery.deliver_queued(NOW) == delivery.Delivery(sent=1)
    assert delivery.deliver_queued(NOW) == delivery.Delivery()
    [sent] = mail.outbox
    assert sent.to == ["li@example.cn"]
    assert str(message.id) in sent.extra_headers["Message-ID"]
    assert "XY1" in sent.body
    assert "Your report XY1" in sent.body
    stored = Message.objects.get()
    assert (stored.state, stored.attempts, stored.sent_at) == (State.SENT, 1, NOW)
    assert "li@" not in str(Message.objects.values().get())


@pytest.mark.django_db
def test_mail_goes_to_the_officer() -> None:
    user = get_user_model().objects.create(username="w", email="w@example.cn")
    queue(user_id=user.pk)
    assert delivery.deliver_queued(NOW).sent == 1
    assert mail.outbox[0].to == ["w@example.cn"]


@pytest.mark.django_db
@pytest.mark.parametrize("channel", [Channel.SMS, Channel.WECOM, Channel.DINGTALK])
def test_a_channel_that_is_not_configured_leaves_the_message_in_app(channel: Channel) -> None:
    queue(channel=channel)
    assert delivery.deliver_queued(NOW) == delivery.Delivery(inbox_only=1)
    stored = Message.objects.get()
    assert stored.state == State.INBOX_ONLY
    assert str(channel.label) in stored.status_note


@pytest.mark.django_db
def test_mail_printed_to_a_log_counts_as_not_configured(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    queue(contact_id=contact(email="li@example.cn"))
    assert delivery.deliver_queued(NOW).inbox_only == 1


@pytest.mark.django_db
def test_an_erased_contact_fails_for_good() -> None:
    queue(contact_id=uuid.uuid4())
    assert delivery.deliver_queued(NOW) == delivery.Delivery(failed=1)
    assert delivery.deliver_queued(NOW + timedelta(days=9)) == delivery.Delivery()


@pytest.mark.django_db
def test_a_refused_message_is_tried_again_later_and_given_up_at_last(recorder: Recorder) -> None:
    queue()
    recorder.refusals = delivery.MOST_ATTEMPTS
    now = NOW
    for attempt in range(1, delivery.MOST_ATTEMPTS):
        assert delivery.deliver_queued(now) == delivery.Delivery(retried=1)
        assert delivery.deliver_queued(now) == delivery.Delivery()
        now += delivery.wait_before(attempt)
    assert delivery.deliver_queued(now) == delivery.Delivery(failed=1)
    assert recorder.taken == []
    assert Message.objects.get().status_note == "refused"


@pytest.mark.django_db
def test_a_refusal_does_not_hold_up_the_others(recorder: Recorder) -> None:
    queue("a")
    queue("b", now=NOW + timedelta(milliseconds=5))
    recorder.refusals = 1
    later = NOW + timedelta(seconds=1)
    assert delivery.deliver_queued(later) == delivery.Delivery(sent=1, retried=1)


@given(st.integers(-5, 1000))
def test_waits_grow_and_stay_below_six_hours(attempt: int) -> None:
    assert timedelta(0) < delivery.wait_before(attempt) <= timedelta(hours=6)
    assert delivery.wait_before(attempt) <= delivery.wait_before(attempt + 1)


@pytest.mark.django_db(transaction=True)
def test_two_deliverers_never_send_the_same_message(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(30):
        queue(f"k{number}")
    together = threading.Barrier(2)
    outs = [Recorder(together=together), Recorder(together=together)]
    mine = threading.local()
    monkeypatch.setattr(delivery, "sender_for", lambda channel: mine.out)
    problems: list[BaseException] = []

    def work(out: Recorder) -> None:
        mine.out = out
        try:
            delivery.deliver_queued(NOW)
        except BaseException as error:
            problems.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(out,)) for out in outs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert problems == []
    taken = outs[0].taken + outs[1].taken
    assert len(taken) == 30
    assert len(set(taken)) == 30
    assert all(out.taken for out in outs), "both were at work"


@pytest.mark.django_db(transaction=True)
def test_a_deliverer_killed_after_sending_leaves_the_message_to_be_sent_again(
    recorder: Recorder,
) -> None:
    message = queue()
    with pytest.raises(RuntimeError), transaction.atomic():
        delivery.deliver_queued(NOW)
        raise RuntimeError("killed before commit")
    assert delivery.deliver_queued(NOW).sent == 1
    assert recorder.taken == [message.id, message.id], "at least once, under the same id"


def test_apprise_urls_are_filled_in_and_failures_name_nobody(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import apprise

    seen: list[str] = []

    def add(self: Any, url: str) -> bool:
        seen.append(url)
        return not url.startswith("bad:")

    monkeypatch.setattr(apprise.Apprise, "add", add)
    monkeypatch.setattr(apprise.Apprise, "notify", lambda self, **text: False)
    settings.YISHI_NOTIFY_URLS = {"sms": "jsons://g.example/{phone}?+X-Message-Id={id}"}
    sender = senders.sender_for(Channel.SMS)
    assert sender is not None
    assert sender.needs_address
    outgoing = Outgoing(uuid.UUID(int=7), "13812345678", "t", "b")
    with pytest.raises(SendError) as refused:
        sender.send(outgoing)
    assert "138" not in f"{refused.value}{outgoing!r}"
    assert seen == [f"jsons://g.example/13812345678?+X-Message-Id={uuid.UUID(int=7)}"]
    with pytest.raises(SendError):
        senders.AppriseSender("bad://x").send(outgoing)


@pytest.mark.django_db
def test_a_message_costs_one_statement_to_store(django_assert_num_queries: Any) -> None:
    rows = [message_row("report.received", key=f"k{n}", now=NOW, user_id=n) for n in range(50)]
    with django_assert_num_queries(1):
        enqueue(rows)
    assert Message.objects.count() == 50
