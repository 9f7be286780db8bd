"""Whatever order of moves: every state change is traced, somebody is responsible, figures agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.cases import rollups
from yishi.foundation.cases.advance import possible_moves
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.lifecycle import Need
from yishi.foundation.cases.models import Clock, Trace
from yishi.foundation.cases.state import CaseState
from yishi.foundation.cases.verify import verify_traces
from yishi.foundation.papers.uploads import save_upload
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events import moves
from yishi.systems.city_events.due import card_due, resume_due
from yishi.systems.city_events.lifecycle import MOVES, STATES
from yishi.systems.city_events.tests.conftest import Town
from yishi.systems.city_events.tests.office import photo

pytestmark = pytest.mark.django_db
_EXCLUDED = {"assign_person", "merge_report", "unmerge_report", "withdraw"}


def _raw(
    town: Town, state: CaseState, needs: tuple[Need, ...], pick: int, ref: str
) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    helpers = [a.unit_id for a in state.duties("co")]
    for need in needs:
        if need.kind == "date":
            raw[need.name] = (town.now + timedelta(days=1 + pick)).date().isoformat()
        elif need.kind == "moment":
            raw[need.name] = (town.now + timedelta(minutes=30 + 9 * pick)).isoformat()
        elif need.kind == "member":
            raw[need.name] = helpers[pick % len(helpers)] if helpers else 0
        elif need.kind == "photos" and need.required:
            raw[need.name] = [_paper(ref)]
        elif need.name == "office":
            raw[need.name] = "市政府值班室"
        elif need.kind == "choice":
            raw[need.name] = need.choices[pick % len(need.choices)][0]
        elif need.name == "note":
            raw[need.name] = "按规定办理"
        elif need.kind == "unit":
            other = town.officer_unit_other_than(state.unit_id)
            back = state.data.get("returned_by")
            raw[need.name] = back if back and pick % 2 else other
    return raw


def _paper(ref: str) -> str:
    paper = save_upload(photo(), actor_ref=ref, now=timezone.now(), photos_only=True)
    return str(paper.id)


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
        resume_due(town.now)
        card_due(town.now)
        state = town.state(number)
        actor = replace(town.holder(number), ref=f"user:{pick % 2}")
        names = [
            name
            for name, _, why_not in possible_moves(actor, state, town.now)
            if why_not is None and name not in _EXCLUDED
        ]
        if not names:
            assert STATES[state.state].final
            break
        name = names[pick // 2 % len(names)]
        before = state.trace_length
        try:
            raw = _raw(town, state, MOVES[name].needs, pick, actor.ref)
            after = moves.advance(actor, number, name, raw, town.now)
        except (MoveRefused, FieldError):
            assert town.state(number).version == state.version
            continue
        assert after.trace_length > before
        _held_and_clocked(town.state(number))
        _only_forward(name, state, town.state(number))
    _verify(town, number)


def _held_and_clocked(state: CaseState) -> None:
    live = [clock for clock in state.clocks if clock.live]
    if STATES[state.state].final:
        open_duties = {a.role for a in state.assignments if a.open}
        assert open_duties <= {"appeal", "appeal_final"} and not live
        assert state.next_due_at is None and state.closed_at is not None
        return
    assert [a for a in state.assignments if a.open], f"nobody holds {state.state}"
    running = [clock.due_at for clock in live if clock.running]
    assert state.next_due_at == min(running)
    assert len({clock.kind for clock in live}) == len(live)


def _only_forward(move: str, before: CaseState, after: CaseState) -> None:
    """Facts stay, pauses lie apart, an order or an extension moves a deadline one way only."""
    old = {clock.id: clock for clock in before.clocks}
    for clock in after.clocks:
        times = [datetime.fromisoformat(text) for pause in clock.pauses for text in pause]
        assert times == sorted(times), "pauses overlap"
        known = old.get(clock.id)
        if known is None:
            continue
        if known.stopped_at is not None:
            assert (clock.late, clock.due_at) == (known.late, known.due_at)
        if move == "grant_extension":
            assert clock.due_at >= known.due_at
        if move == "order":
            assert clock.due_at <= known.due_at
        if clock.cap_at is not None:
            assert clock.due_at <= clock.cap_at
    if before.timeliness == "late":
        assert after.timeliness == "late"
    if move in ("report_verification", "close"):
        worked = set(after.data.get("co_units", ())) | {after.data.get("handled_unit")}
        assert not worked & {a.unit_id for a in after.assignments if a.role == "verify"}


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


def test_every_state_that_is_not_final_is_left_by_somebody() -> None:
    """By a role, or by the system itself when its time has come."""
    for name, state in STATES.items():
        leaving = [m for m in MOVES.values() if name in m.sources and m.target not in (None, name)]
        if not state.final:
            assert any(move.roles for move in leaving), name


def test_no_move_lets_who_handled_a_case_judge_it() -> None:
    judging = ("report_verification", "close", "grant_forced_close", "review_appeal")
    for name in (*judging, "decide_appeal"):
        move = MOVES[name]
        assert not move.roles & {"unit_officer", "handler"}
        assert move.guard is not None
