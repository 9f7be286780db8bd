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
_LOOKS: dict[str, Callable[[], ContextFor]] = {}


def register_context(
    system: str, context_for: ContextFor, *, look: Callable[[], ContextFor] | None = None
) -> None:
    """Say how a system makes the context of its cases (called in its app's ``ready``).

    *look* reads its registers once and says how contexts are made from them without a statement:
    for many families in one transaction.
    """
    _CONTEXTS[system] = context_for
    if look is not None:
        _LOOKS[system] = look


def plain_context(case: CaseState) -> Context:
    """Calendar and places, for a system that registered nothing."""
    numbers = revisions.numbers()
    calendar = revisions.at("calendars", numbers.get("calendars", 0), load_active)
    return Context(calendar, register_at(numbers.get("places", 0)), None)


class Contexts:
    """The contexts of one transaction. A system that has a *look* is asked once; of others one
    context serves a family's cases of one catalogue, and no other family's: what a root knows of
    its theme is its own."""

    def __init__(self) -> None:
        self._looked: dict[str, ContextFor] = {}
        self._made: dict[tuple[str, int, int], Context] = {}

    def __call__(self, case: CaseState) -> Context:
        """The context of *case*."""
        look = _LOOKS.get(case.system)
        if look is not None:
            if case.system not in self._looked:
                self._looked[case.system] = look()
            return self._looked[case.system](case)
        key = (case.system, case.catalogue_id, case.root_id or case.id)
        if key not in self._made:
            self._made[key] = _CONTEXTS.get(case.system, plain_context)(case)
        return self._made[key]
