"""One POST to a judged address: no redirects, no proxies, a deadline for all of it.

Of the answer only status and ``Retry-After`` are read; what a partner says is neither stored nor
logged, for it may repeat personal data.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from yishi.foundation.exchange.address import Target, resolve

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
AGENT = "Yishi-Exchange/1"


class SendFailed(RuntimeError):
    """Nobody answered, or not in HTTP. The text is the kind of failure."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and the seconds that the partner asks to wait (0: none)."""

    status: int
    retry_after: int = 0


def post(url: str, headers: Mapping[str, str], body: bytes, *, total: float = 0.0) -> Answer:
    """Send *body* as JSON and return how it was answered within *total* seconds (default 10).

    Raises:
        SendFailed: when there is no answer.
        yishi.foundation.exchange.address.AddressRefused: when nothing may be sent there.
    """
    target = resolve(url)
    connection = pinned(target)
    late = threading.Event()
    watch = threading.Timer(total or TOTAL_SECONDS, hang_up, [connection, late])
    watch.daemon = True
    watch.start()
    try:
        sent = {"Content-Type": "application/json", "User-Agent": AGENT, "Connection": "close"}
        connection.request("POST", target.path, body, {**sent, **headers})
        answer = connection.getresponse()
        if late.is_set():  # what was cut off may still have read like an answer
            raise TimeoutError
        return Answer(answer.status, _seconds(answer.headers.get("Retry-After")))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise SendFailed(_kind(TimeoutError() if late.is_set() else error)) from None
    finally:
        watch.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """Connects to the address that was judged, whatever the name says by now."""

    def __init__(self, target: Target) -> None:
        super().__init__(target.host, target.port, timeout=CONNECT_SECONDS)
        self.target = target

    def connect(self) -> None:
        """Open the connection, with TLS for the host's name where the address says https."""
        plain = socket.create_connection((self.target.address, self.target.port), CONNECT_SECONDS)
        self.sock = plain  # so that the watch can hang up during the handshake too
        plain.settimeout(TOTAL_SECONDS)
        if self.target.secure:
            self.sock = _tls().wrap_socket(plain, server_hostname=self.target.host)


def pinned(target: Target) -> http.client.HTTPConnection:
    """A connection to a judged address."""
    connection = _Pinned(target)
    if target.secure:
        connection.default_port = 443
    return connection


@lru_cache(maxsize=1)
def _tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def hang_up(connection: http.client.HTTPConnection, late: threading.Event) -> None:
    """Called by the watch: a server that answers byte by byte does not hold a worker."""
    late.set()
    found = connection.sock
    if found is not None:
        with suppress(OSError):
            found.shutdown(socket.SHUT_RDWR)


def _seconds(text: str | None) -> int:
    """``Retry-After`` in seconds, at most an hour; a date counts as none."""
    usable = text is not None and text.isascii() and text.isdigit() and len(text) <= 6
    return min(int(text), 3600) if usable and text is not None else 0


def _kind(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "超时未应答"
    if isinstance(error, ssl.SSLError):
        return f"TLS：{type(error).__name__}"
    if isinstance(error, ConnectionRefusedError):
        return "拒绝连接"
    return f"连接失败（{type(error).__name__}）"
