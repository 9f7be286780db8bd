"""Slowing down who guesses: tracking codes, passwords.

Only wrong attempts are counted, in the process's cache: with *n* web processes an address has up
to *n* times the limit, and a restart forgets. That is enough here, for what is guarded is itself
beyond guessing; the throttle keeps a guesser from costing anything. The address is ``REMOTE_ADDR``
and nothing a client can write (no ``X-Forwarded-For``): behind a proxy, the web server sets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from django.core.cache import cache
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most ``each`` wrong attempts by one address in ``seconds``.

    When all addresses together made ``overall`` wrong attempts, whoever made one waits too; who
    comes with a right answer at once is never kept waiting.
    """

    name: str
    each: int = 10
    overall: int = 600
    seconds: int = 600

    def waits(self, request: HttpRequest) -> bool:
        """Whether the client has to wait; asked before looking anything up."""
        own = int(cache.get(self._key(address_of(request)), 0))
        if own >= self.each:
            return True
        return own > 0 and int(cache.get(self._key("*"), 0)) >= self.overall

    def wrong(self, request: HttpRequest) -> None:
        """Count a wrong attempt of the client."""
        for key in (self._key(address_of(request)), self._key("*")):
            if not cache.add(key, 1, self.seconds):
                try:
                    cache.incr(key)
                except ValueError:  # it ended between the two calls
                    cache.add(key, 1, self.seconds)

    def _key(self, who: str) -> str:
        return f"throttle:{self.name}:{who}"


def address_of(request: HttpRequest) -> str:
    """The client's address as counted: an IPv6 client is its network of 64 bits."""
    text = str(request.META.get("REMOTE_ADDR", ""))
    try:
        address = ip_address(text)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return f"{int(address) >> 64:x}"
    return str(address)
