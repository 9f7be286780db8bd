"""How a case gets to where a move can be made: found by planning, not written down by hand.

Planning touches no database, so all orders of moves are tried from a fresh report and from a
dispatched case; a new move needs nothing here unless it asks for a kind of input that is unknown.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.cases.draft import Context, MoveRefused
from yishi.foundation.cases.lifecycle import Facts, Lifecycle, Move, Need
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.policy import why_not
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError

#: Moves beyond which nobody looks.
DEEPEST = 12


@dataclass(frozen=True, slots=True)
class Step:
    """A move with what is filled in, as a form would send it."""

    move: str
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """From a starting case (by name) over some steps to one on which ``last`` can be made."""

    start: str
    before: tuple[Step, ...]
    last: Step


def fillings(move: Move, known: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What can be filled in for *move*: every choice, and from *known* one value for every other
    kind of input."""
    options = [_options(need, known) for need in move.needs]
    for values in product(*options):
        yield {
            need.name: value
            for need, value in zip(move.needs, values, strict=True)
            if value is not None
        }


def _options(need: Need, known: Mapping[str, Any]) -> list[Any]:
    if need.kind == "choice":
        return [value for value, _label in need.choices]
    if need.kind == "photos":
        return [None]
    if need.name in known:
        return [known[need.name]]
    if need.kind not in known:
        raise AssertionError(f"tests/reaching.py: how is a need of kind {need.kind!r} filled in?")
    return [known[need.kind]]


def ways(
    lifecycle: Lifecycle,
    starts: Mapping[str, CaseState],
    known: Mapping[str, Any],
    context_for: Callable[[CaseState], Context],
    check: Callable[[str, Mapping[str, Any], CaseState], Facts],
    now: datetime,
    without: Collection[str] = (),
) -> dict[str, Way]:
    """A way to every move that somebody makes by hand, by its name; unreachable ones are missing.

    *check* turns what is filled in into facts, as the system does for a form.
    """
    found: dict[str, Way] = {}
    waiting: deque[tuple[str, CaseState, tuple[Step, ...]]] = deque(
        (name, case, ()) for name, case in starts.items()
    )
    seen: set[tuple[Any, ...]] = set()
    by_hand = [m for m in lifecycle.moves.values() if m.roles and m.name not in without]
    wanted = {move.name for move in by_hand}
    while waiting and wanted - found.keys():
        start, case, steps = waiting.popleft()
        possible = [move for move in by_hand if case.state in move.sources]
        open_ = tuple(m.name for m in possible if not _why_not(lifecycle, m, case, now))
        mark = (case.state, open_, tuple(sorted(a.role for a in case.assignments if a.open)))
        if mark in seen or len(steps) > DEEPEST:
            continue
        seen.add(mark)
        for name in open_:
            move = lifecycle.moves[name]
            for raw in fillings(move, known):
                try:
                    facts = check(name, raw, case)
                    change = plan(lifecycle, case, name, SYSTEM, facts, now, context_for(case))
                except (FieldError, MoveRefused):
                    continue
                step = Step(name, raw)
                found.setdefault(name, Way(start, steps, step))
                waiting.append((start, change.after, (*steps, step)))
    return found


def _why_not(lifecycle: Lifecycle, move: Move, case: CaseState, now: datetime) -> str | None:
    return why_not(lifecycle, move, SYSTEM, case, {}, now)
