"""Telling others what became of payments, in the transaction in which it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from yishi.systems.direct_benefits.payments.values import PaymentEvent

if TYPE_CHECKING:
    from yishi.systems.direct_benefits.payments.models import PaymentLine

Listener = Callable[[Sequence[PaymentEvent]], None]
#: Says which of some lines must not be paid now, with the reason, by the line's key.
Guard = Callable[[Sequence["PaymentLine"]], Mapping[str, str]]
_listeners: list[Listener] = []
_guards: list[Guard] = []


def register(listener: Listener) -> None:
    """Let *listener* hear of booked, returned and rejected payments (from an app's ``ready``).

    It is called once for each file or decision, with all its events in their order, inside the
    transaction: what it raises undoes everything."""
    if listener not in _listeners:
        _listeners.append(listener)


def register_guard(guard: Guard) -> None:
    """Let *guard* stop payments: it is asked when an order is checked and when it is sent."""
    if guard not in _guards:
        _guards.append(guard)


def tell(events: Sequence[PaymentEvent]) -> None:
    """Tell every listener."""
    if events:
        for listener in _listeners:
            listener(events)


def stopped(lines: Sequence[PaymentLine]) -> dict[str, str]:
    """The lines that some guard stops, by key, with the first reason."""
    found: dict[str, str] = {}
    for guard in _guards:
        for key, reason in guard(lines).items():
            found.setdefault(key, reason)
    return found
