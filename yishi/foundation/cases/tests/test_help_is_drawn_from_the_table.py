"""Help says what the lifecycle's table says, all of it."""

from __future__ import annotations

import pytest

from yishi.foundation.cases.guide import duty_guide, stage_guide, state_guide, whole_guide
from yishi.foundation.cases.lifecycle import LIFECYCLES, Lifecycle


@pytest.fixture(params=sorted(LIFECYCLES))
def lifecycle(request: pytest.FixtureRequest) -> Lifecycle:
    return LIFECYCLES[request.param]


def test_every_move_that_somebody_makes_is_told_where_it_starts(lifecycle: Lifecycle) -> None:
    told = {(state.label, step.label) for state in whole_guide(lifecycle) for step in state.steps}
    for move in lifecycle.moves.values():
        for source in move.sources - {""} if move.roles else ():
            assert (lifecycle.states[source].label, move.label) in told
    by_state = [state.name for state in whole_guide(lifecycle)]
    assert by_state == list(lifecycle.states)


def test_every_move_of_a_duty_is_told_to_its_holder(lifecycle: Lifecycle) -> None:
    for duty in lifecycle.duty_labels:
        labels = [step.label for step in duty_guide(lifecycle, duty)]
        assert labels == [m.label for m in lifecycle.moves.values() if m.duty == duty and m.roles]


def test_what_a_move_asks_for_is_told(lifecycle: Lifecycle) -> None:
    for move in lifecycle.moves.values():
        if not move.roles or not move.sources - {""}:
            continue
        source = sorted(move.sources - {""})[0]
        (step,) = [s for s in state_guide(lifecycle, source).steps if s.label == move.label]
        assert step.needs == tuple((need.label, need.required) for need in move.needs)
        assert step.clock == move.clock
        assert bool(step.target) == bool(move.target)


def test_an_unknown_state_is_an_error(lifecycle: Lifecycle) -> None:
    with pytest.raises(KeyError):
        state_guide(lifecycle, "no such state")


def test_people_outside_are_told_of_the_moves_that_concern_them_in_their_stages(
    lifecycle: Lifecycle,
) -> None:
    told = {name for name, move in lifecycle.moves.items() if move.target and move.roles}
    for stage in stage_guide(lifecycle, lifecycle.stage_labels, told):
        assert stage.label == lifecycle.stage_labels[stage.name]
        states = {name for name, state in lifecycle.states.items() if state.stage == stage.name}
        assert [step.label for step in stage.steps] == [
            move.label
            for name, move in lifecycle.moves.items()
            if name in told and move.sources & states
        ]
