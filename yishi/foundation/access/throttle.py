"""Rate limits: of wrong tries (codes, passwords, keys) and of what costs the city something.

Two counters. The *own* one lies in the process's cache: with *n* web processes a client has up to
*n* times the limit; enough against a program that runs wild. The *shared* one is a row per client
and stretch of time in PostgreSQL, one statement, written only when something went wrong or large
is taken in, so that no ordinary page costs more. Whoever is over a shared limit is remembered
in the cache of the process that saw it: a client gets at most one more try from each process.

Clients are addresses (`yishi.foundation.access.addresses`), kept as keyed digests.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest

from yishi.foundation.access.addresses import client_address, counted_as


class TooMany(Exception):
    """A client has to wait. ``seconds`` until it may try again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = max(1, seconds)


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most ``each`` wrong attempts by one address in ``seconds``.

    When all addresses together made ``overall`` wrong attempts, whoever made one waits too; who
    comes with a right answer at once is never kept waiting. ``shared``: counted for all processes.
    """

    name: str
    each: int = 10
    overall: int = 600
    seconds: int = 600
    shared: bool = True

    def waits(self, request: HttpRequest) -> bool:
        """Whether the client has to wait; asked before looking anything up (no statement)."""
        own = int(cache.get(self._key(address_of(request)), 0))
        if own >= self.each:
            return True
        return own > 0 and int(cache.get(self._key("*"), 0)) >= self.overall

    def check(self, request: HttpRequest) -> None:
        """Raise :class:`TooMany` while the client has to wait (no statement)."""
        if self.waits(request):
            raise TooMany(self.retry_after)

    def wrong(self, request: HttpRequest) -> None:
        """Count a wrong attempt of the client (1 statement where it is shared)."""
        who = address_of(request)
        count_in_cache(self._key("*"), self.seconds)
        seen = count_in_cache(self._key(who), self.seconds)
        if self.shared:
            total = count_shared(self.name, who, self.seconds)
            if total > seen:
                cache.set(self._key(who), total, self.seconds)

    @property
    def retry_after(self) -> int:
        """Seconds after which the oldest attempts no longer count."""
        return self.seconds

    def _key(self, who: str) -> str:
        return f"throttle:{self.name}:{who}"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most ``most`` of something by one client in ``seconds``, right or wrong."""

    name: str
    most: int
    seconds: int = 60
    shared: bool = False

    def take(self, who: str) -> None:
        """Count one more by *who* (1 statement where it is shared).

        Raises:
            TooMany: when that is more than the limit.
        """
        slot_ends = self.seconds - int(time.time()) % self.seconds
        key = f"limit:{self.name}:{int(time.time()) // self.seconds}:{who}"
        seen = count_in_cache(key, self.seconds)
        if seen <= self.most and self.shared:
            seen = count_shared(self.name, who, self.seconds)
            if seen > self.most:
                cache.set(key, seen, self.seconds)
        if seen > self.most:
            raise TooMany(slot_ends)

    def take_for(self, request: HttpRequest) -> None:
        """:meth:`take` for the address that *request* comes from."""
        self.take(address_of(request))


def address_of(request: HttpRequest) -> str:
    """The client's address as counted: an IPv6 client is its network of 64 bits."""
    return counted_as(client_address(request))


def count_in_cache(key: str, seconds: int) -> int:
    """Count one in this process; returns how many there are now."""
    if cache.add(key, 1, seconds):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it ended between the two calls
        cache.add(key, 1, seconds)
        return 1


def count_shared(name: str, who: str, seconds: int) -> int:
    """Count one for all processes; returns how many there are in this stretch (1 statement)."""
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{name}\0{who}".encode(), hashlib.sha256)
    key = f"{name[:24]}:{digest.hexdigest()[:32]}"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO access_ratecount (key, slot, hits) VALUES (%s, %s, 1) "
            "ON CONFLICT (key, slot) DO UPDATE SET hits = access_ratecount.hits + 1 "
            "RETURNING hits",
            [key, int(time.time()) // seconds],
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 1


def forget_old(now: float) -> int:
    """Delete counts older than a day, whatever stretch they are of; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM access_ratecount WHERE made_at < to_timestamp(%s)", [now - 86400]
        )
        return int(cursor.rowcount)
