"""Requests made from the URL table itself, beside those that `tests.probes` writes down.

Every address is asked with every method, with the words of a foreign case in its places. A part of
an address that is not known here fails: whoever adds one says what a foreign value of it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from yishi.runtime.answers import HEADERS

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
#: What stands in a place of an address: a word of the case, or a text.
PLACES = {
    "number": "{number}",
    "clock": "{clock}",
    "paper": "{paper}",
    "photo_id": "{paper}",
    "report": "{report}",
    "report_id": "{report}",
    "draft_id": "{draft}",
    "code": "{code}",
    "photo": "{paper}",
    "key": "nobody",
    "token": "{code}",
    "format": "json",
    "duty": "main",
    "move": "sign",
    "rest": "nothing",
    "part": "fields",
    "sheet": "fields",
    "name": "fields",
}
_PLACE = re.compile(r"<(?:\w+:)?(\w+)>|\{(\w+)\}|\(\?P<(\w+)>[^)]*\)")
#: Addresses that end the visitor's own session.
LEAVING = frozenset({"desk:sign-out"})


def doors(addresses: dict[str, str], words: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """(name, method, path) of every address with every method. Raises for an unknown place."""
    for name, pattern in addresses.items():
        if name in LEAVING:
            continue
        path = _PLACE.sub(lambda found, name=name: _filled(found, name, words), pattern)
        path = "/" + re.sub(r"\\Z|[\\^$?]", "", path)
        for method in METHODS:
            yield name, method, path


def _filled(found: re.Match[str], address: str, words: dict[str, str]) -> str:
    place = next(group for group in found.groups() if group)
    if place not in PLACES:
        raise AssertionError(f"tests/doors.py: what is a foreign {place!r} in {address}?")
    return PLACES[place].format(**words)


def header_faults(answer: Any) -> list[str]:
    """Which security headers are missing from an answer, or weaker than they may be."""
    found = [name for name in HEADERS if name not in answer.headers]
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy or "*" in policy:
        found.append(f"policy {policy!r}")
    return found
