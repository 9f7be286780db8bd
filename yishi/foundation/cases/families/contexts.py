"""What planning a move may know, by system: a family's members and its root belong to two."""

from __future__ import annotations

from collections.abc import Callable

from yishi.foundation import revisions
from yishi.foundation.calendars.active import load_active
from yishi.foundation.cases.draft import Context
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places import register_at

ContextFor = Callable[[CaseState], Context]
_CONTEXTS: dict[str, ContextFor] = {}


def register_context(system: str, context_for: ContextFor) -> None:
    """Say how a system makes the context of its cases (called in its app's ``ready``)."""
    _CONTEXTS[system] = context_for


def plain_context(case: CaseState) -> Context:
    """Calendar and places, for a system that registered nothing."""
    numbers = revisions.numbers()
    calendar = revisions.at("calendars", numbers.get("calendars", 0), load_active)
    return Context(calendar, register_at(numbers.get("places", 0)), None)


class Contexts:
    """The contexts of one transaction: asked for once for each system and catalogue."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, int], Context] = {}

    def __call__(self, case: CaseState) -> Context:
        """The context of *case*."""
        key = (case.system, case.catalogue_id)
        if key not in self._made:
            self._made[key] = _CONTEXTS.get(case.system, plain_context)(case)
        return self._made[key]
