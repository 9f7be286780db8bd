"""我的政策: one's own and nobody else's; saying no; being told once."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from yishi.foundation.messages.models import Message
from yishi.foundation.parties.contacts import details
from yishi.foundation.parties.models import Contact
from yishi.systems.direct_benefits.payments.models import PayeeAccount
from yishi.systems.direct_benefits.portal import telling
from yishi.systems.direct_benefits.portal.models import News, Subscription
from yishi.systems.direct_benefits.portal.tests.block import Block, text

pytestmark = pytest.mark.django_db
_PAGES = ("mine", "others", "data", "account", "account-new", "news", "subscribe")


@pytest.fixture
def block(city: None, settings: Any) -> Block:
    settings.DEMO = True
    return Block()


@pytest.mark.parametrize("name", _PAGES)
def test_strangers_are_led_to_sign_in(city: None, name: str) -> None:
    answer = Client().get(reverse(f"policies:{name}"))
    assert answer.status_code == 302 and "/account/sign-in/" in answer.headers["Location"]


@pytest.mark.parametrize("name", _PAGES)
def test_every_page_of_ones_own_opens(block: Block, name: str) -> None:
    assert block.client().get(reverse(f"policies:{name}")).status_code == 200


def test_what_is_coming_shows_where_it_stands(block: Block) -> None:
    client = block.client()
    mine = text(client.get(reverse("policies:mine")))
    assert block.entry.item.name in mine and "主管部门正在确认名单" in mine
    block.noticed()
    number = block.payouts()[0].case.number
    page = text(client.get(reverse("policies:payout", args=[number])))
    assert "正在公示" in page and "12,345.67" in page


def test_nobody_sees_anothers_payout_or_moves_it(block: Block) -> None:
    mine, other = block.payouts()[0], block.payouts()[1]
    client = block.client(mine.party)
    assert client.get(reverse("policies:payout", args=[mine.case.number])).status_code == 200
    for name in ("payout", "decline", "speak"):
        address = reverse(f"policies:{name}", args=[other.case.number])
        assert client.get(address).status_code == 404
    said = {"sure": "on"}
    address = reverse("policies:decline", args=[other.case.number])
    assert client.post(address, said).status_code == 404
    page = text(client.get(reverse("policies:mine")))
    assert other.case.number not in page
    assert {one.state for one in block.payouts()} == {"listed"}


def test_declining_is_asked_twice_and_takes_one_off(block: Block) -> None:
    mine = block.payouts()[0]
    client = block.client(mine.party)
    address = reverse("policies:decline", args=[mine.case.number])
    assert client.post(address, {"reason": "不需要"}).status_code == 422
    assert client.post(address, {"reason": "不需要", "sure": "on"}).status_code == 302
    assert sorted(one.state for one in block.payouts()) == ["declined", "listed", "listed"]


def test_a_new_account_waits_until_it_is_verified(block: Block) -> None:
    client = block.client()
    said = {
        "name": block.firms[0].name,
        "number": "6217000011112222",
        "bank": "模拟银行樊城支行",
        "bank_code": "313528000025",
        "kind": "corporate",
    }
    assert client.post(reverse("policies:account-new"), {**said, "number": "x"}).status_code == 422
    assert client.post(reverse("policies:account-new"), said).status_code == 302
    rows = PayeeAccount.objects.unscoped("test").filter(party=block.firms[0])
    assert sorted(one.state for one in rows) == ["new", "verified"]
    page = text(client.get(reverse("policies:account")))
    assert "6217000011112222" not in page and "2222" in page


def test_every_item_says_why_or_why_not(block: Block) -> None:
    client = block.client()
    for entry in itertools.islice(iter({"a": block.entry}.values()), 1):
        page = text(client.get(reverse("policies:mine-item", args=[entry.key])))
        assert "逐条看" in page and "用到的数据" in page
    assert client.get("/policies/mine/items/no.such/").status_code == 404


# --- Subscriptions --------------------------------------------------------------------------------


def test_following_a_label_tells_of_what_is_published_once(block: Block) -> None:
    client = block.client()
    label = f"kind:{block.entry.item.kind}"
    said = {"labels": [label], "channel": "sms", "address": "16000001234"}
    assert client.post(reverse("policies:subscribe"), said).status_code == 302
    (one,) = Subscription.objects.unscoped("test")
    assert one.label == label
    assert details(Contact.objects.get(pk=one.contact_id)).phone == "16000001234"
    # It was published before: that is no news. As if one had followed the label for long:
    assert not News.objects.unscoped("test").exists()
    Subscription.objects.unscoped("test").update(made_at=block.now - timedelta(days=400))
    later = block.now + timedelta(minutes=1)
    told = telling.tell(later)
    assert told > 0
    assert telling.tell(later) == 0
    assert News.objects.unscoped("test").count() == told
    assert Message.objects.filter(contact_id=one.contact_id).count() == told
    page = text(client.get(reverse("policies:news")))
    assert "有新的惠企事项" in page
    client.post(reverse("policies:news-read"))
    assert not News.objects.unscoped("test").filter(read_at=None).exists()


def test_unfollowing_ends_it_and_garbage_is_named(block: Block) -> None:
    client = block.client()
    label = f"kind:{block.entry.item.kind}"
    client.post(reverse("policies:subscribe"), {"labels": [label]})
    answer = client.post(reverse("policies:subscribe"), {"labels": ["kind:nonsense"]})
    assert answer.status_code == 422 and set(answer.context["form"].errors) == {"labels"}
    wrong = {"labels": [label], "channel": "email", "address": "nowhere"}
    answer = client.post(reverse("policies:subscribe"), wrong)
    assert answer.status_code == 422 and set(answer.context["form"].errors) == {"address"}
    assert client.post(reverse("policies:subscribe"), {}).status_code == 302
    assert not Subscription.objects.unscoped("test").filter(ended_at=None).exists()
