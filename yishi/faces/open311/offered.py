"""What the systems offer, taken together: each names its source in its AppConfig."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

from django.apps import apps
from django.utils.module_loading import import_string

from yishi.foundation.ui.open311 import (
    NotPublished,
    Published,
    Query,
    Service,
    Source,
    Update,
)

T = TypeVar("T")


@lru_cache(maxsize=1)
def sources() -> tuple[Source, ...]:
    """The sources of all systems, in the order of their apps."""
    dotted = (getattr(config, "open311_source", "") for config in apps.get_app_configs())
    return tuple(import_string(name) for name in dotted if name)


def first(act: Callable[[Source], T]) -> T:
    """What the first source answers that knows what is asked for.

    Raises:
        NotPublished: when none does.
    """
    unknown = NotPublished("service_code", "本市没有公开的服务")
    for source in sources():
        try:
            return act(source)
        except NotPublished as error:
            unknown = error
    raise unknown


def services(now: datetime) -> list[Service]:
    """The services of all systems."""
    return [service for source in sources() for service in source.services(now)]


def requests(query: Query, now: datetime) -> Sequence[Published]:
    """Published requests of all systems, newest first.

    Raises:
        NotPublished: for a service that nobody offers.
    """
    found = sources()
    if len(found) == 1:
        return found[0].requests(query, now)
    rows = [row for part in _parts(lambda s: s.requests(_whole(query), now)) for row in part]
    rows.sort(key=lambda row: row.requested_at, reverse=True)
    return rows[query.offset : query.offset + query.limit]


def updates(query: Query, now: datetime) -> Sequence[Update]:
    """Updates of all systems' requests, oldest first."""
    found = sources()
    if len(found) == 1:
        return found[0].updates(query, now)
    rows = [row for part in _parts(lambda s: s.updates(_whole(query), now)) for row in part]
    rows.sort(key=lambda row: row.at)
    return rows[query.offset : query.offset + query.limit]


def _whole(query: Query) -> Query:
    """What each source is asked for, so that the page can be cut from all of them."""
    return replace(query, offset=0, limit=query.offset + query.limit)


def _parts(act: Callable[[Source], T]) -> list[T]:
    parts: list[T] = []
    unknown: NotPublished | None = None
    for source in sources():
        try:
            parts.append(act(source))
        except NotPublished as error:
            unknown = error
    if unknown is not None and not parts:
        raise unknown
    return parts
