"""A lifecycle is a table of states and moves. Systems write theirs in ``lifecycle.py``.

Code knows the states; the catalogue knows the city. Diagrams, help texts, buttons and the reasons
why a button is missing are all read from the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.state import CaseState

if TYPE_CHECKING:
    from yishi.foundation.cases.draft import Draft

Facts = Mapping[str, Any]
Guard = Callable[[CaseState, Actor, Facts, datetime], str | None]
Effect = Callable[["Draft", Facts], None]


@dataclass(frozen=True, slots=True)
class State:
    """A state with its official label and the stage (step) it belongs to."""

    name: str
    label: str
    stage: str
    final: bool = False


@dataclass(frozen=True, slots=True)
class Need:
    """Something a move asks for; faces build the form from it.

    ``kind``: ``text``, ``line`` (one line of text), ``choice``, ``photos``, ``unit``, ``person``,
    ``type``, ``standard``,
    ``flag``, ``member`` (a unit that works on the case), ``date`` (a day), ``moment`` (a time in
    the city), ``number`` (a whole one), ``keys`` (several of a catalogue).
    ``choices`` for ``choice``: (value, label).
    """

    name: str
    label: str
    kind: str = "text"
    required: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """One arrow of the lifecycle.

    ``duty`` is the assignment role whose holder makes the move; ``target`` ``None`` keeps the
    state; ``clock`` says in words what it does to the clocks (for diagrams and help).
    """

    name: str
    label: str
    roles: frozenset[str]
    sources: frozenset[str]
    target: str | None
    duty: str | None = None
    needs: tuple[Need, ...] = ()
    guard: Guard | None = None
    effect: Effect | None = None
    clock: str = ""
    automatic: bool = False
    primary: bool = False
    danger: bool = False
    #: Made by who held the duty last, also after it ended (an appeal after closing).
    past: bool = False
    #: May be made while the case waits for another member of its family.
    while_waiting: bool = False
    #: The source or standard clause that the move rests on.
    basis: str = ""


@dataclass(frozen=True)
class Lifecycle:
    """States and moves of one system, with the clock that each duty's due time comes from."""

    system: str
    version: int
    states: Mapping[str, State]
    moves: Mapping[str, Move]
    duty_clocks: Mapping[str, str] = field(default_factory=dict)
    stage_labels: Mapping[str, str] = field(default_factory=dict)
    duty_labels: Mapping[str, str] = field(default_factory=dict)
    #: Outcomes that give later members of a family what they wait for.
    granting: frozenset[str] = frozenset()
    #: The moves that begin a member of a family: at once, or waiting for another.
    first: str = "receive"
    first_waiting: str = "receive_waiting"
    #: What is done on a rest day counts with the working day before (§S10 hard case 11): cards and
    #: lights are judged so, and nothing turns red on a rest day.
    by_working_day: bool = False

    def moves_from(self, state: str) -> list[Move]:
        """The moves that leave *state*, in the order of the table."""
        return [move for move in self.moves.values() if state in move.sources]


LIFECYCLES: dict[str, Lifecycle] = {}


def register_lifecycle(lifecycle: Lifecycle) -> None:
    """Make a system's lifecycle known (called from its app's ``ready``).

    Raises:
        ValueError: when a move names a state that the table does not have.
    """
    for move in lifecycle.moves.values():
        known = move.sources | ({move.target} if move.target else set())
        unknown = known - set(lifecycle.states) - {""}
        if unknown:
            raise ValueError(f"move {move.name} names unknown states {sorted(unknown)}")
    LIFECYCLES[lifecycle.system] = lifecycle


def lifecycle_of(system: str) -> Lifecycle:
    """The lifecycle of *system*.

    Raises:
        KeyError: for an unknown system.
    """
    return LIFECYCLES[system]
