"""Addresses are judged before anything is sent, by what the name points to."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from yishi.foundation.exchange.address import AddressRefused, check_url, resolve


def pointing(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Let every name point to *addresses*."""

    def found(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)


@pytest.mark.parametrize(
    "inside",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1",
        "fc00::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "2001:db8::1",
    ],
)
def test_inner_and_reserved_addresses_are_refused(
    monkeypatch: pytest.MonkeyPatch, settings: Any, inside: str
) -> None:
    settings.YISHI_EXCHANGE_NETWORKS = ""
    pointing(monkeypatch, inside)
    with pytest.raises(AddressRefused):
        resolve("https://partner.example/hook")


def test_one_inner_address_among_public_ones_is_enough(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.YISHI_EXCHANGE_NETWORKS = ""
    pointing(monkeypatch, "93.184.216.34", "10.0.0.1")
    with pytest.raises(AddressRefused):
        resolve("https://partner.example/hook")


def test_public_addresses_need_https_and_named_networks_may_do_without(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.YISHI_EXCHANGE_NETWORKS = "10.20.0.0/16, 192.0.2.7/32"
    pointing(monkeypatch, "93.184.216.34")
    found = resolve("https://partner.example:8443/hook?a=1")
    assert (found.address, found.port, found.path) == ("93.184.216.34", 8443, "/hook?a=1")
    with pytest.raises(AddressRefused):
        resolve("http://partner.example/hook")
    pointing(monkeypatch, "10.20.3.4")
    assert not resolve("http://unit.internal/hook").secure
    pointing(monkeypatch, "10.21.3.4")
    with pytest.raises(AddressRefused):
        resolve("http://unit.internal/hook")


@pytest.mark.parametrize(
    "url",
    [
        "ftp://a.example/",
        "file:///etc/passwd",
        "https://user:secret@a.example/",
        "https://a.example/#x",
        "https:///path",
        "//a.example/",
        "https://a.example:0/",
        "https://a.example:99999/",
        "https://a.example/a b",
        "https://a.example/\r\nX: y",
        "https://例子.example/",
        "https://[::1/",
        "",
    ],
)
def test_what_is_no_callback_address(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)
