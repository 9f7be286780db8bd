"""Addresses are those of the peer; forwarded headers count from trusted proxies only."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.access.addresses import client_address, read_networks
from yishi.foundation.access.throttle import Limit, Throttle, TooMany, address_of

PROXIES = read_networks("10.0.0.0/8, fd00::/8")


def request(peer: str, forwarded: str | None = None) -> Any:
    """A request from *peer* with an ``X-Forwarded-For``."""
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    return RequestFactory().get("/", headers=headers, REMOTE_ADDR=peer)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("203.0.113.9", None, "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # not from a proxy: not believed
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.1"),  # the left was written by the client
        ("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.9.9.9", "198.51.100.1"),
        ("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"),  # proxies only: the farthest one
        ("10.0.0.1", "198.51.100.1, rubbish", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1, rubbish, 10.0.0.2", "10.0.0.2"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", '"[2001:db8::7]:4711"', "2001:db8::7"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("2001:db8::9%eth0", None, "2001:db8::9"),
    ],
)
def test_the_rightmost_hop_that_is_not_trusted_is_the_client(
    settings: Any, peer: str, forwarded: str | None, client: str
) -> None:
    settings.YISHI_TRUSTED_PROXIES = PROXIES
    assert str(client_address(request(peer, forwarded))) == client


def test_without_trusted_proxies_no_header_counts(settings: Any) -> None:
    settings.YISHI_TRUSTED_PROXIES = ()
    assert str(client_address(request("10.0.0.1", "198.51.100.1"))) == "10.0.0.1"
    assert client_address(request("")) is None


@given(st.text(max_size=200))
def test_any_header_gives_an_address_and_no_error(text: str) -> None:
    from django.test import override_settings

    sent = request("10.0.0.1")
    sent.META["HTTP_X_FORWARDED_FOR"] = text
    with override_settings(YISHI_TRUSTED_PROXIES=PROXIES):
        assert client_address(sent) is not None


def test_an_ipv6_client_is_its_network(settings: Any) -> None:
    assert address_of(request("2001:db8::1")) == address_of(request("2001:db8::ffff"))
    assert address_of(request("2001:db8::1")) != address_of(request("2001:db8:0:1::1"))
    assert address_of(request("192.0.2.1")) != address_of(request("192.0.2.2"))


def test_networks_are_read_strictly() -> None:
    assert read_networks("") == ()
    assert len(read_networks("127.0.0.1, ::1/128,10.0.0.0/8")) == 3
    with pytest.raises(ValueError, match="not-a-network"):
        read_networks("10.0.0.0/8, not-a-network")


@pytest.mark.django_db
def test_a_shared_count_holds_for_every_process() -> None:
    from django.core.cache import cache

    throttle = Throttle("test.shared", each=3)
    client = request("192.0.2.1")
    for _ in range(3):
        assert not throttle.waits(client)
        throttle.wrong(client)
        cache.clear()  # the next try comes to another process
    throttle.wrong(client)
    assert throttle.waits(client), "a process learns of the others with its first wrong try"
    assert not throttle.waits(request("192.0.2.2"))
    with pytest.raises(TooMany) as raised:
        throttle.check(client)
    assert raised.value.seconds == throttle.seconds


@pytest.mark.django_db
def test_a_right_answer_costs_no_statement(django_assert_num_queries: Any) -> None:
    throttle = Throttle("test.free", each=3)
    with django_assert_num_queries(0):
        assert not throttle.waits(request("192.0.2.1"))
    with django_assert_num_queries(1):
        throttle.wrong(request("192.0.2.1"))


@pytest.mark.django_db
@pytest.mark.parametrize("shared", [False, True])
def test_a_limit_says_how_long_to_wait(shared: bool) -> None:
    limit = Limit(f"test.{shared}", most=2, seconds=600, shared=shared)
    limit.take("one")
    limit.take("one")
    with pytest.raises(TooMany) as raised:
        limit.take("one")
    assert 0 < raised.value.seconds <= 600
    limit.take("another")


@pytest.mark.django_db
def test_addresses_are_not_kept() -> None:
    from yishi.foundation.access.models import RateCount

    Throttle("test.kept").wrong(request("192.0.2.77"))
    assert "192.0.2.77" not in RateCount.objects.get().key
