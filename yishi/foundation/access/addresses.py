"""Where a request really comes from. What a client can write is not believed.

``REMOTE_ADDR`` is the peer of the connection. Only when that peer is one of
``settings.YISHI_TRUSTED_PROXIES`` its ``X-Forwarded-For`` is read, from the right: every hop that
is a trusted proxy is skipped, the first that is not is the client. Whatever stands further left was
written by the client and is never looked at (RFC 7239, section 8.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from django.conf import settings
from django.http import HttpRequest

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address
#: More hops than any real chain of proxies has; the rest of a longer header is not read.
MOST_HOPS = 20


def read_networks(text: str) -> tuple[Network, ...]:
    """Networks in CIDR notation (``10.0.0.0/8, ::1``), separated by commas.

    Raises:
        ValueError: naming what is no network.
    """
    found = []
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        try:
            found.append(ip_network(part))
        except ValueError:
            raise ValueError(f"YISHI_TRUSTED_PROXIES: {part!r} is not a network (CIDR)") from None
    return tuple(found)


def client_address(request: HttpRequest) -> Address | None:
    """The client's address, or ``None`` where the server gave none (a Unix socket)."""
    proxies: Iterable[Network] = settings.YISHI_TRUSTED_PROXIES
    seen = _read(str(request.META.get("REMOTE_ADDR", "")))
    if seen is None or not _one_of(seen, proxies):
        return seen
    hops = str(request.META.get("HTTP_X_FORWARDED_FOR", ""))[-2000:].split(",")
    for hop in reversed(hops[-MOST_HOPS:]):
        address = _read(hop.strip())
        if address is None:
            return seen
        seen = address
        if not _one_of(address, proxies):
            return address
    return seen


def counted_as(address: Address | None) -> str:
    """What is counted together: an IPv4 address, an IPv6 network of 64 bits."""
    if address is None:
        return "unknown"
    if isinstance(address, IPv6Address):
        return f"{int(address) >> 64:x}"
    return str(address)


def _read(text: str) -> Address | None:
    """An address as servers and proxies write it: bare, ``[v6]:port`` or ``v4:port``."""
    bare = text.strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _one_of(address: Address, networks: Iterable[Network]) -> bool:
    return any(address in network for network in networks if network.version == address.version)
