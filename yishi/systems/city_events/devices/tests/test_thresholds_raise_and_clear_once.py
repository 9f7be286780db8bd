"""The threshold machine: hysteresis, lasting values, repeated readings and late ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from yishi.systems.city_events.devices.machine import Limits, State, step

START = datetime(2026, 3, 10, tzinfo=UTC)
GAP = timedelta(minutes=30)
Reading = tuple[int, float]


def limits_(raise_at: float, width: float, minutes: int, above: bool) -> Limits:
    clear = raise_at - width if above else raise_at + width
    return Limits(raise_at, clear, timedelta(minutes=minutes), above)


limits = st.builds(
    limits_,
    st.floats(-50, 50),
    st.floats(0.5, 20),
    st.sampled_from([0, 1, 5, 20]),
    st.booleans(),
)
#: Minutes since the start, values around the thresholds.
readings = st.lists(
    st.tuples(st.integers(0, 400), st.floats(-100, 100, allow_nan=False)), max_size=40
)


def played(rows: list[Reading], rules: Limits) -> tuple[State | None, list[tuple[int, str]]]:
    """The last state and the turns, by their minutes."""
    state: State | None = None
    turns: list[tuple[int, str]] = []
    for minute, value in rows:
        state, turn = step(state, START + timedelta(minutes=minute), value, rules, GAP)
        if turn:
            turns.append((minute, turn))
    return state, turns


def in_order(rows: list[Reading]) -> list[Reading]:
    """One reading for each moment, in the order of time."""
    return sorted({minute: (minute, value) for minute, value in rows}.values())


def expected(rows: list[Reading], rules: Limits) -> list[tuple[int, str]]:
    """The same said another way: look back from every reading over all that came before."""
    turns: list[tuple[int, str]] = []
    raised = False
    for place, (minute, value) in enumerate(rows):
        if raised:
            if rules.good(value):
                raised = False
                turns.append((minute, "cleared"))
            continue
        first = place
        while (
            first > 0
            and rules.bad(rows[first - 1][1])
            and rows[first][0] - rows[first - 1][0] <= GAP.total_seconds() / 60
            and not (turns and turns[-1][1] == "cleared" and rows[first - 1][0] <= turns[-1][0])
        ):
            first -= 1
        if rules.bad(value) and minute - rows[first][0] >= rules.lasting.total_seconds() / 60:
            raised = True
            turns.append((minute, "raised"))
    return turns


@given(readings, limits)
@example([(0, 20.0), (5, 20.0), (10, 20.0)], Limits(15, 5, timedelta(minutes=10)))
@example([(0, 20.0), (31, 20.0), (36, 20.0)], Limits(15, 5, timedelta(minutes=5)))
def test_it_turns_when_the_values_say_so_and_only_then(rows: list[Reading], rules: Limits) -> None:
    rows = in_order(rows)
    assert played(rows, rules)[1] == expected(rows, rules)


@given(readings, limits)
def test_it_is_raised_and_cleared_in_turn(rows: list[Reading], rules: Limits) -> None:
    turns = [turn for _, turn in played(in_order(rows), rules)[1]]
    assert turns == ["raised", "cleared"] * (len(turns) // 2) + ["raised"] * (len(turns) % 2)


@given(readings, limits)
def test_between_the_two_values_nothing_changes(rows: list[Reading], rules: Limits) -> None:
    """Hysteresis: what wavers between clear and raise value never turns anything."""
    state, turns = played(in_order(rows), rules)
    waver = (rules.raise_at + rules.clear_at) / 2
    if rules.bad(waver) or rules.good(waver):  # too close together for a number between them
        return
    after, turn = step(state, START + timedelta(minutes=401), waver, rules, GAP)
    assert turn is None
    assert (after.phase == "raised") == bool(turns and turns[-1][1] == "raised")


@given(readings, limits, st.data())
def test_repeated_and_late_readings_change_nothing(
    rows: list[Reading], rules: Limits, data: st.DataObject
) -> None:
    rows = in_order(rows)
    state: State | None = None
    clean = played(rows, rules)
    turns: list[tuple[int, str]] = []
    for place, (minute, value) in enumerate(rows):
        state, turn = step(state, START + timedelta(minutes=minute), value, rules, GAP)
        turns += [(minute, turn)] if turn else []
        old = data.draw(st.integers(0, place))
        other = data.draw(st.floats(-100, 100, allow_nan=False))
        same, nothing = step(state, START + timedelta(minutes=rows[old][0]), other, rules, GAP)
        assert (same, nothing) == (state, None)
    assert (state, turns) == clean


@given(readings, limits)
def test_the_state_alone_is_enough_to_go_on(rows: list[Reading], rules: Limits) -> None:
    """A process that is killed between two readings goes on from what is stored."""
    state, _ = played(in_order(rows), rules)
    if state is not None:
        stored = State(state.at, state.value, state.phase, state.since)
        late = START + timedelta(minutes=420)
        assert step(stored, late, 0.0, rules, GAP) == step(state, late, 0.0, rules, GAP)


def test_a_device_that_was_silent_begins_to_count_anew() -> None:
    rules = Limits(15, 5, timedelta(minutes=20))
    assert played([(0, 20.0), (31, 20.0), (45, 20.0)], rules)[1] == []
    assert played([(0, 20.0), (30, 20.0)], rules)[1] == [(30, "raised")]


def test_a_dip_below_the_raise_value_begins_to_count_anew() -> None:
    rules = Limits(15, 5, timedelta(minutes=10))
    assert played([(0, 20.0), (8, 14.0), (12, 20.0)], rules)[1] == []
