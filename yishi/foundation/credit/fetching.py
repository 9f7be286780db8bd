"""One question to a platform that is asked live: no redirects, no proxies, one deadline."""

from __future__ import annotations

import http.client
import threading

from yishi.foundation.credit.sources import SourceGarbled
from yishi.foundation.exchange.address import resolve
from yishi.foundation.exchange.sending import hang_up, pinned

#: An answer about a few subjects is small; more is not read.
MOST_BYTES = 1_000_000


def fetch(url: str, body: bytes, timeout: float) -> bytes:
    """POST *body* to *url* and return what was answered, within *timeout* seconds.

    Raises:
        TimeoutError: after the deadline, also when it answers byte by byte.
        OSError: when nobody answers, or with another status than 200.
        SourceGarbled: for an answer that is not JSON or too long.
        yishi.foundation.exchange.address.AddressRefused: when nothing may be sent there.
    """
    target = resolve(url)
    connection = pinned(target)
    connection.timeout = timeout
    late = threading.Event()
    watch = threading.Timer(timeout, hang_up, [connection, late])
    watch.daemon = True
    watch.start()
    try:
        headers = {"Content-Type": "application/json", "Connection": "close"}
        connection.request("POST", target.path, body, headers)
        answer = connection.getresponse()
        raw = answer.read(MOST_BYTES + 1)
    except (OSError, http.client.HTTPException, ValueError) as error:
        if late.is_set():
            raise TimeoutError from None
        raise ConnectionError(type(error).__name__) from None
    finally:
        watch.cancel()
        connection.close()
    if late.is_set():
        raise TimeoutError
    if answer.status != 200:
        raise ConnectionError(f"HTTP {answer.status}")
    if len(raw) > MOST_BYTES:
        raise SourceGarbled("答复过长")
    return raw
