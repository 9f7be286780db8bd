"""What the portal's first page offers: systems register their services when Django starts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.urls import NoReverseMatch, reverse

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise as StrPromise


@dataclass(frozen=True, slots=True)
class Service:
    """Something a resident or an enterprise can do here. Texts may be lazy.

    ``main`` services are drawn large. ``order`` sorts.
    """

    label: str | StrPromise
    text: str | StrPromise
    url_name: str
    main: bool = False
    order: int = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """A public number of today."""

    label: str
    value: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A service as drawn."""

    label: str | StrPromise
    text: str | StrPromise
    url: str
    main: bool


FiguresOf = Callable[[datetime], Sequence[Figure]]
_SERVICES: dict[str, Service] = {}
_FIGURES: dict[str, FiguresOf] = {}


def register_service(*services: Service) -> None:
    """Declare services; declaring one address twice replaces it."""
    for service in services:
        _SERVICES[service.url_name] = service


def register_figures(system: str, figures: FiguresOf) -> None:
    """Declare the public figures of *system* as a function of the time."""
    _FIGURES[system] = figures


def offers() -> list[Offer]:
    """All services whose pages are mounted, main ones first."""
    found: list[Offer] = []
    for service in sorted(_SERVICES.values(), key=lambda s: (not s.main, s.order)):
        try:
            url = reverse(service.url_name)
        except NoReverseMatch:
            continue
        found.append(Offer(str(service.label), str(service.text), url, service.main))
    return found


def figures(now: datetime) -> list[Figure]:
    """Every system's public figures, in the order in which the systems registered."""
    return [figure for of in _FIGURES.values() for figure in of(now)]
