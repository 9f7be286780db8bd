"""What waits to be paid: packages that have something to pay register where finance finds it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from yishi.foundation.access.actors import Actor
from yishi.systems.direct_benefits.payments.values import Made


@dataclass(frozen=True, slots=True)
class Group:
    """Claims that are ordered together (a batch): ``url`` opens it; ``not_before`` is the latest
    first day among them; ``stopped`` says why some do not wait with the others."""

    key: str
    label: str
    count: int
    total_fen: int
    since: datetime | None = None
    not_before: date | None = None
    url: str = ""
    stopped: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """Where groups come from, and the verb that orders them: it calls `orders.make` and marks what
    is paid in one transaction."""

    kind: str
    label: str
    groups: Callable[[Actor, datetime], Sequence[Group]]
    order: Callable[[Actor, Collection[str], datetime], Made]


SOURCES: dict[str, Source] = {}


def register_source(source: Source) -> None:
    """Declare a source (from an app's ``ready``)."""
    SOURCES[source.kind] = source
