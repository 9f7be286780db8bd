"""Whatever order of moves: every state change is traced, somebody is responsible, figures agree."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.cases import rollups
from yishi.foundation.cases.advance import possible_moves
from yishi.foundation.cases.lifecycle import Need
from yishi.foundation.cases.models import Clock, Trace
from yishi.foundation.cases.plan import MoveRefused
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.verify import verify_traces
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.lifecycle import MOVES, STATES
from yishi.systems.city_events.tests.conftest import Town

pytestmark = pytest.mark.django_db
_EXCLUDED = {"assign_person", "merge_report", "unmerge_report", "withdraw"}


def _raw(town: Town, state: CaseState, needs: tuple[Need, ...], pick: int) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for need in needs:
        if need.kind == "choice":
            raw[need.name] = need.choices[pick % len(need.choices)][0]
        elif need.name == "note":
            raw[need.name] = "按规定办理"
        elif need.kind == "unit":
            other = town.officer_unit_other_than(state.unit_id)
            back = state.data.get("returned_by")
            raw[need.name] = back if back and pick % 2 else other
    return raw


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 900)), max_size=25))
def test_any_walk_is_traced_held_by_somebody_and_counted(
    town: Town, steps: list[tuple[int, int]]
) -> None:
    number = town.report().number
    for pick, minutes in steps:
        town.now += timedelta(minutes=minutes)
        state = town.state(number)
        actor = town.holder(number)
        names = [
            name
            for name, _, why_not in possible_moves(actor, state, town.now)
            if why_not is None and name not in _EXCLUDED
        ]
        if not names:
            assert STATES[state.state].final
            break
        name = names[pick % len(names)]
        before = state.trace_length
        try:
            after = town.move(number, name, **_raw(town, state, MOVES[name].needs, pick))
        except (MoveRefused, FieldError):
            assert town.state(number).version == state.version
            continue
        assert after.trace_length > before
        _held_and_clocked(town.state(number))
    _verify(town, number)


def _held_and_clocked(state: CaseState) -> None:
    live = [clock for clock in state.clocks if clock.live]
    if STATES[state.state].final:
        assert not [a for a in state.assignments if a.open] and not live
        assert state.next_due_at is None and state.closed_at is not None
        return
    assert [a for a in state.assignments if a.open], f"nobody holds {state.state}"
    running = [clock.due_at for clock in live if clock.running]
    assert state.next_due_at == min(running)
    assert len({clock.kind for clock in live}) == len(live)


def _verify(town: Town, number: str) -> None:
    case_id = town.state(number).id
    traces = Trace.objects.unscoped("test").filter(case_id=case_id).count()
    assert traces == town.state(number).trace_length
    assert all(not faults for _, faults in verify_traces())
    stopped = Clock.objects.unscoped("test").filter(case_id=case_id, stopped_at__isnull=False)
    assert not stopped.filter(late=None).exists()
    assert rollups.differences() == []
    rollups.fold()
    assert rollups.differences() == []
