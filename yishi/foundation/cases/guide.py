"""Help drawn from a lifecycle's table: what can be done in a state or for a duty, by whom, and what
comes of it. Nothing here is written by hand, so it cannot say something else than the code."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from yishi.foundation.access.actors import ROLES
from yishi.foundation.cases.lifecycle import Lifecycle, Move


@dataclass(frozen=True, slots=True)
class GuideStep:
    """One move as told to people. Texts are the table's Chinese; pages translate them."""

    label: str
    who: tuple[str, ...]
    sources: tuple[str, ...]
    #: Label of the state it leads to; empty where the state stays.
    target: str
    clock: str
    #: What it asks for: (label, required).
    needs: tuple[tuple[str, bool], ...]
    basis: str
    automatic: bool


@dataclass(frozen=True, slots=True)
class GuideState:
    """One state: where it stands in the loop, and the moves that leave it or work in it."""

    name: str
    label: str
    stage: str
    final: bool
    steps: tuple[GuideStep, ...]


def state_guide(lifecycle: Lifecycle, state: str) -> GuideState:
    """What can happen to a case in *state*.

    Raises:
        KeyError: for a state that the lifecycle does not have.
    """
    found = lifecycle.states[state]
    steps = tuple(_steps(lifecycle, lifecycle.moves_from(state)))
    stage = lifecycle.stage_labels.get(found.stage, found.stage)
    return GuideState(found.name, found.label, stage, found.final, steps)


@dataclass(frozen=True, slots=True)
class GuideStage:
    """One stage of the loop as told to people outside the offices."""

    name: str
    label: str
    steps: tuple[GuideStep, ...]


def stage_guide(
    lifecycle: Lifecycle, stages: Iterable[str], moves: Collection[str]
) -> list[GuideStage]:
    """What can happen in each of *stages*, told by those of *moves* that start in its states."""
    return [
        GuideStage(
            stage,
            lifecycle.stage_labels.get(stage, stage),
            tuple(
                _steps(
                    lifecycle,
                    (
                        move
                        for move in lifecycle.moves.values()
                        if move.name in moves
                        and any(lifecycle.states[s].stage == stage for s in move.sources - {""})
                    ),
                )
            ),
        )
        for stage in stages
    ]


def duty_guide(lifecycle: Lifecycle, duty: str) -> list[GuideStep]:
    """The moves that the holder of *duty* makes, in the order of the table."""
    return list(_steps(lifecycle, (move for move in lifecycle.moves.values() if move.duty == duty)))


def whole_guide(lifecycle: Lifecycle) -> list[GuideState]:
    """Every state in the order of the loop."""
    return [state_guide(lifecycle, name) for name in lifecycle.states]


def _steps(lifecycle: Lifecycle, moves: Iterable[Move]) -> Iterable[GuideStep]:
    for move in moves:
        if not move.roles:  # made by the system alone, for its own upkeep
            continue
        yield GuideStep(
            label=move.label,
            who=tuple(
                ROLES[name].label if name in ROLES else "上报人" for name in sorted(move.roles)
            ),
            sources=tuple(
                state.label for state in lifecycle.states.values() if state.name in move.sources
            ),
            target=lifecycle.states[move.target].label if move.target else "",
            clock=move.clock,
            needs=tuple((need.label, need.required) for need in move.needs),
            basis=move.basis,
            automatic=move.automatic,
        )
