"""Every address of the site by name, read from the URL table: nothing can be forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.urls import URLResolver, get_resolver


def addresses() -> dict[str, str]:
    """Name (with namespaces) → pattern of every address; addresses without a name are refused."""
    found: dict[str, str] = {}
    for name, pattern in _walk(get_resolver(), "", ()):
        if name in found or not name or name.endswith(":"):
            raise AssertionError(f"the address {pattern} needs a name of its own, not {name!r}")
        found[name] = pattern
    return found


def _walk(resolver: Any, prefix: str, namespaces: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = (*namespaces, entry.namespace) if entry.namespace else namespaces
            yield from _walk(entry, pattern, inner)
        else:
            yield ":".join((*namespaces, entry.name or "")), pattern
