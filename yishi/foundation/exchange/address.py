"""Where webhooks may go: public addresses by HTTPS, and networks that the installation names.

The name is resolved once, every address is judged, and the connection goes to the address that
was judged: a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

Address = IPv4Address | IPv6Address
_NAT64 = IPv6Network("64:ff9b::/96")


class AddressRefused(ValueError):
    """An address that nothing is sent to; the text says why, without the path."""


@dataclass(frozen=True, slots=True)
class Target:
    """A judged address: connect to ``address``, speak to ``host``, ask for ``path``."""

    secure: bool
    host: str
    port: int
    address: str
    path: str


def check_url(url: str) -> SplitResult:
    """The parts of a callback address that could be used at all. Raises `AddressRefused`."""
    if not url.isascii() or any(char.isspace() or char < " " for char in url):
        raise AddressRefused("地址只能由可见的英文字符组成")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("地址格式不正确") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise AddressRefused("地址应以 https:// 开头并包含主机名")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise AddressRefused("地址中不能包含账号、密码或 #")
    if port == 0:
        raise AddressRefused("端口不正确")
    return parts


def resolve(url: str) -> Target:
    """Look the host up and judge what it points to (network access).

    Raises:
        AddressRefused: when the name is unknown, or any of its addresses is neither public nor in
            ``settings.YISHI_EXCHANGE_NETWORKS``; for HTTP without TLS outside those networks.
    """
    parts = check_url(url)
    secure = parts.scheme == "https"
    host = str(parts.hostname)
    port = parts.port or (443 if secure else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused("域名无法解析") from None
    addresses = [ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    allowed = _networks(settings.YISHI_EXCHANGE_NETWORKS)
    for address in addresses:
        named = any(address in network for network in allowed)
        if not named and not secure:
            raise AddressRefused("内网名单以外的地址必须使用 https")
        if not named and not _public(address):
            raise AddressRefused("不允许向内网或保留地址推送")
    if not addresses:
        raise AddressRefused("域名无法解析")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(secure, host, port, str(addresses[0]), path)


def _public(address: Address) -> bool:
    """Whether an address is anybody's; one that carries another inside is judged by that."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address.teredo is not None:
            inner = address.teredo[1]
        if inner is None and address in _NAT64:
            inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return _public(inner)
    return address.is_global and not address.is_multicast


@lru_cache(maxsize=8)
def _networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
