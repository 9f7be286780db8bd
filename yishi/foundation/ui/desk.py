"""What a system tells the desk: how its cases look, which fields its moves ask for, its addresses.

Systems register a :class:`DeskSystem` when Django starts; the desk draws the rest for all alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from django import forms
from django.utils.functional import Promise

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.lifecycle import Need
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.snapshot import Register
from yishi.foundation.ui.parts import Fact

#: Grouped choices of a select: (group, ((value, label), …)).
Grouped = Sequence[tuple[str, Sequence[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody looks at a case: ``numbers`` are the registers' revisions as of this request."""

    actor: Actor
    case: CaseState
    now: datetime
    numbers: Mapping[str, int]
    register: Register


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the case page that only its system knows; ``side``: in the narrow column."""

    id: str
    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)
    side: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """Types that belong together: their keys begin with ``key`` and a slash. ``section`` is the
    heading that it is listed under, ``url`` its own page."""

    key: str
    label: str
    section: str
    url: str


def no_families(numbers: Mapping[str, int], now: datetime) -> Sequence[Family]:
    """Of a system whose types stand alone."""
    return ()


@dataclass(frozen=True, slots=True)
class CaseView:
    """What a system says about one case.

    ``words``: the reporters' words as the looker may read them; ``open_numbers``: whether personal
    numbers in notes may be shown; ``reasons``: by trace number, why the step was taken by rule;
    ``links``: (label, address) of documents; ``sections``: what the dossier prints beyond the
    common parts, (title, lines), each line (level from 0, text).
    """

    facts: Sequence[Fact] = ()
    words: str = ""
    open_numbers: bool = False
    panels: Sequence[Panel] = ()
    reasons: Mapping[int, Sequence[str]] = field(default_factory=dict)
    links: Sequence[tuple[str, str]] = ()
    sections: Sequence[tuple[str, Sequence[tuple[int, str]]]] = ()


class Advance(Protocol):
    """A system's one function for moving its cases."""

    def __call__(
        self,
        actor: Actor,
        number: str,
        move: str,
        raw: Mapping[str, Any],
        now: datetime,
        *,
        expected_version: int | None = None,
    ) -> CaseState: ...


class AdvanceBatch(Protocol):
    """A system's function for one move on many cases."""

    def __call__(
        self, actor: Actor, ids: Sequence[int], move: str, now: datetime
    ) -> tuple[list[CaseState], list[MoveRefused]]: ...


@dataclass(frozen=True, slots=True)
class DeskSystem:
    """One system at the desk.

    ``steps``: stages in the order of the stepper; ``batch``: moves that a duty's list offers for
    many cases at once; ``hidden_moves`` have a page of their own or none; ``fields`` gives the
    form fields of needs that only the system can ask for (``type``, ``standard``);
    ``suggest_units``: ids with the reason, best first; ``told``: what a step put into its trace, in
    lines of the history; ``families``: its types by what they belong to; ``urls``: a module of
    addresses below ``/desk/``; ``standing``: stages in which a case stands still, with the step at
    which it does; ``answers``: moves with the earlier ones that they answer, whose newest one
    their forms show.
    """

    system: str
    label: str
    steps: tuple[str, ...]
    main_clock: str
    clock_labels: Mapping[str, str | Promise]
    types: Callable[[Mapping[str, int], datetime], Grouped]
    view: Callable[[Look], CaseView]
    fields: Callable[[Need, Look, Mapping[str, Any]], forms.Field | None]
    suggest_units: Callable[[Look], list[tuple[int, str]]]
    advance: Advance
    advance_batch: AdvanceBatch
    told: Callable[[Look, Mapping[str, Any]], list[str]] = lambda look, body: []
    families: Callable[[Mapping[str, int], datetime], Sequence[Family]] = no_families
    urls: str = ""
    batch: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hidden_moves: frozenset[str] = frozenset()
    standing: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


_SYSTEMS: dict[str, DeskSystem] = {}


def register(system: DeskSystem) -> None:
    """Make a system known to the desk (called from its app's ``ready``)."""
    _SYSTEMS[system.system] = system


def systems() -> list[DeskSystem]:
    """All registered systems by name."""
    return [_SYSTEMS[name] for name in sorted(_SYSTEMS)]


def system_of(name: str) -> DeskSystem:
    """The desk's side of the system *name*.

    Raises:
        KeyError: for a system that has none.
    """
    return _SYSTEMS[name]
