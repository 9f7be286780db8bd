"""The inbox: own messages and those to own desks, in pages, read and counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from string import Formatter
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db.models import OuterRef

from yishi.foundation.messages import inbox as boxes
from yishi.foundation.messages.models import Channel, Message, State
from yishi.foundation.messages.outbox import enqueue, message_row
from yishi.foundation.messages.texts import TEXTS, Text, register, render

NOW = datetime(2026, 5, 11, 1, 0, tzinfo=UTC)


def put(key: str, seconds: int = 0, **values: Any) -> Message:
    now = NOW + timedelta(seconds=seconds)
    enqueue([message_row("case.assigned", key=key, now=now, **values)])
    return Message.objects.get(key=key)


@pytest.mark.django_db
def test_pages_are_newest_first_and_do_not_overlap() -> None:
    made = [put(f"k{n}", n, user_id=1) for n in range(7)]
    put("other", 99, user_id=2)
    first = boxes.inbox(1, n=4)
    second = boxes.inbox(1, before=first[-1].id, n=4)
    assert [m.id for m in first + second] == [m.id for m in reversed(made)]
    assert boxes.inbox(1, before=second[-1].id) == []


@pytest.mark.django_db
def test_a_desk_is_read_by_its_people_only() -> None:
    message = put("k", unit_id=9)
    assert boxes.inbox(1) == []
    assert [m.id for m in boxes.inbox(1, unit_ids=[9])] == [message.id]
    assert boxes.mark_read(2, [message.id], NOW) == 0
    assert boxes.mark_read(1, [message.id], NOW, unit_ids=[9]) == 1
    stored = Message.objects.get()
    assert (stored.state, stored.read_by, stored.read_at) == (State.READ, 1, NOW)
    assert boxes.mark_read(1, None, NOW, unit_ids=[9]) == 0


@pytest.mark.django_db
def test_messages_on_other_channels_are_no_inbox_messages() -> None:
    put("mail", user_id=1, channel=Channel.EMAIL)
    assert boxes.inbox(1) == []
    Message.objects.update(state=State.INBOX_ONLY, status_note="未配置电子邮件通道")
    assert len(boxes.inbox(1)) == 1
    assert boxes.mark_read(1, None, NOW) == 1
    assert len(boxes.inbox(1)) == 1, "what was read stays in the inbox"


@pytest.mark.django_db
def test_unread_counts_cost_no_statement_of_their_own(django_assert_num_queries: Any) -> None:
    users = get_user_model().objects
    one, other = users.create(username="a"), users.create(username="b")
    for number in range(3):
        put(f"k{number}", user_id=one.pk)
    boxes.mark_read(one.pk, [boxes.inbox(one.pk)[0].id], NOW)
    with django_assert_num_queries(1):
        rows = users.annotate(unread=boxes.unread_count_subquery(OuterRef("pk")))
        counts = dict(rows.values_list("pk", "unread"))
    assert counts == {one.pk: 2, other.pk: 0}
    assert boxes.unread_count(one.pk) == 2


@pytest.mark.parametrize("key", sorted(TEXTS))
def test_both_languages_name_the_same_params_or_fewer_in_english(key: str) -> None:
    text = TEXTS[key]

    def names(*parts: str) -> set[str]:
        return {name for part in parts for _, name, _, _ in Formatter().parse(part) if name}

    chinese = names(text.title_zh, text.body_zh)
    assert names(text.title_en, text.body_en) == chinese
    assert all((text.title_zh, text.body_zh, text.title_en, text.body_en))


def test_a_missing_param_shows_as_a_dash_and_values_are_no_templates() -> None:
    _, body = render("case.returned", {"number": "{reason}"})
    assert body == "案卷 {reason} 被退回，原因：—。"
    title, _ = render("case.returned", {}, "en")
    assert title == "A case was returned"


def test_a_taken_text_key_is_refused() -> None:
    with pytest.raises(ValueError):
        register({"case.returned": Text("a", "b", "c", "d")})
    register({"case.returned": TEXTS["case.returned"]})
