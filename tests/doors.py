"""Requests made from the URL table itself, beside those that `tests.probes` writes down.

Every address is asked with every method, with the words of a foreign case in its places. A place
that is not named here gets what its converter takes; what it means stands in the address's probe.
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
_BY_CONVERTER = {"int": "{id}", "uuid": "{paper}"}
_PLACE = re.compile(r"<(?:(\w+):)?(\w+)>|\{(\w+)\}|\(\?P<(\w+)>[^)]*\)")
#: Addresses that end the visitor's own session.
LEAVING = frozenset({"desk:sign-out"})


def doors(addresses: dict[str, str], words: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """(name, method, path) of every address with every method."""
    for name, pattern in addresses.items():
        if name in LEAVING:
            continue
        path = _PLACE.sub(lambda found: _filled(found, words), pattern)
        path = "/" + re.sub(r"\\Z|[\\^$?]", "", path)
        for method in METHODS:
            yield name, method, path


def _filled(found: re.Match[str], words: dict[str, str]) -> str:
    converter, *places = found.groups()
    place = next(group for group in places if group)
    other = _BY_CONVERTER.get(converter or "", "nothing")
    return PLACES.get(place, other).format(**words)


def header_faults(answer: Any) -> list[str]:
    """Which security headers are missing from an answer, or weaker than they may be."""
    found = [name for name in HEADERS if name not in answer.headers]
    policy = answer.headers.get("Content-Security-Policy", "")
    if "default-src 'none'" not in policy or "unsafe" in policy or "*" in policy:
        found.append(f"policy {policy!r}")
    return found
