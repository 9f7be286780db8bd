"""Deadlines against a slow reference that walks minutes and days, and laws that always hold."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.calendars import Limit, Pause, Unit, end_of_day
from yishi.foundation.calendars.pauses import merge_pauses
from yishi.foundation.calendars.tests.support import (
    CALENDAR,
    MINUTE,
    at,
    walked_due,
    walked_used,
    walked_working_day,
)

BEGIN = at("2025-12-20 00:00")
minutes_in = st.integers(0, 400 * 24 * 60)
starts = minutes_in.map(lambda n: BEGIN + n * MINUTE)
short_limits = st.one_of(
    st.builds(Limit, st.integers(1, 600), st.just(Unit.MINUTE), st.just("m")),
    st.builds(Limit, st.integers(1, 30), st.just(Unit.EMERGENCY_HOUR), st.just("e")),
    st.builds(Limit, st.integers(1, 30), st.just(Unit.WORKING_HOUR), st.just("h")),
    st.builds(Limit, st.integers(1, 6), st.just(Unit.WORKING_DAY_FROM_MINUTE), st.just("d")),
    st.builds(Limit, st.integers(1, 4), st.just(Unit.NATURAL_DAY), st.just("n")),
)
day_limits = st.builds(Limit, st.integers(1, 90), st.just(Unit.WORKING_DAY), st.just("w"))
rolled_limits = st.builds(
    Limit, st.integers(1, 60), st.sampled_from([Unit.CALENDAR_DAY, Unit.MONTH]), st.just("c")
)
pausable = st.one_of(short_limits, day_limits)


@st.composite
def clocks(
    draw: st.DrawFn, limits: st.SearchStrategy[Limit] = short_limits
) -> tuple[datetime, Limit, list[Pause]]:
    """A start, a limit, and up to four pauses that may overlap or begin before the start."""
    start = draw(starts)
    pauses: list[Pause] = []
    for _ in range(draw(st.integers(0, 4))):
        begin = start + draw(st.integers(-2_000, 6_000)) * MINUTE
        pauses.append((begin, begin + draw(st.integers(0, 4_000)) * MINUTE))
    return start, draw(limits), pauses


@settings(max_examples=120, deadline=None)
@given(clocks())
def test_due_is_what_walking_minute_by_minute_finds(
    clock: tuple[datetime, Limit, list[Pause]],
) -> None:
    start, limit, pauses = clock
    assert CALENDAR.due(start, limit, pauses).at == walked_due(start, limit, pauses)


@settings(max_examples=60, deadline=None)
@given(clocks(), st.integers(0, 8_000))
def test_used_is_what_walking_minute_by_minute_counts(
    clock: tuple[datetime, Limit, list[Pause]], later: int
) -> None:
    start, limit, pauses = clock
    now = start + later * MINUTE
    assert CALENDAR.used(start, limit, now, pauses) == walked_used(start, limit, now, pauses)


@given(
    st.dates(date(2020, 1, 1), date(2027, 6, 1)),
    st.integers(0, 120),
    st.lists(st.tuples(st.integers(-20, 90), st.integers(0, 40)), max_size=4),
)
def test_working_days_with_suspensions_are_what_walking_day_by_day_finds(
    accepted: date, n: int, offsets: list[tuple[int, int]]
) -> None:
    suspensions = [
        (accepted + timedelta(days=a), accepted + timedelta(days=a + b)) for a, b in offsets
    ]
    found = CALENDAR.deadline_with_suspensions(accepted, n, suspensions).day
    assert found == walked_working_day(accepted, n, suspensions)


@given(clocks(pausable), st.integers(0, 3_000))
def test_a_later_start_is_never_due_earlier(
    clock: tuple[datetime, Limit, list[Pause]], later: int
) -> None:
    start, limit, pauses = clock
    first = CALENDAR.due(start, limit, pauses)
    assert first.at <= CALENDAR.due(start + later * MINUTE, limit, pauses).at
    assert start <= first.warn_at <= first.at


@given(starts, rolled_limits)
def test_rolled_limits_end_on_a_working_day_and_warn_before(start: datetime, limit: Limit) -> None:
    due = CALENDAR.due(start, limit)
    assert CALENDAR.is_workday(due.day)
    assert start <= due.warn_at <= due.at


@given(clocks(pausable), st.integers(1, 5))
def test_a_bigger_limit_is_never_due_earlier(
    clock: tuple[datetime, Limit, list[Pause]], more: int
) -> None:
    start, limit, pauses = clock
    bigger = Limit(limit.amount + more, limit.unit, limit.text)
    assert CALENDAR.due(start, limit, pauses).at < CALENDAR.due(start, bigger, pauses).at


@given(clocks(pausable))
def test_pauses_said_twice_or_in_pieces_count_once(
    clock: tuple[datetime, Limit, list[Pause]],
) -> None:
    start, limit, pauses = clock
    once = CALENDAR.due(start, limit, pauses)
    assert CALENDAR.due(start, limit, [*pauses, *reversed(pauses)]) == once
    if limit.unit is Unit.WORKING_DAY:
        return
    assert CALENDAR.due(start, limit, merge_pauses(pauses)) == once
    pieces = [
        piece
        for begin, end in pauses
        if end is not None
        for piece in ((begin, begin + (end - begin) / 2), (begin + (end - begin) / 2, end))
    ]
    assert CALENDAR.due(start, limit, pieces) == once


@given(starts, pausable)
def test_extension_is_additive(start: datetime, limit: Limit) -> None:
    double = Limit(limit.amount * 2, limit.unit, limit.text)
    assert (
        CALENDAR.extend(CALENDAR.due(start, limit).at, limit).at == CALENDAR.due(start, double).at
    )


@given(clocks(pausable), st.integers(0, 20_000))
def test_used_and_remaining_make_up_the_limit(
    clock: tuple[datetime, Limit, list[Pause]], later: int
) -> None:
    start, limit, pauses = clock
    now = start + later * MINUTE
    used = CALENDAR.used(start, limit, now, pauses)
    assert used >= timedelta(0)
    assert used + CALENDAR.remaining(start, limit, now, pauses) == CALENDAR.total(start, limit)


@given(clocks(pausable))
def test_exactly_the_limit_is_used_at_the_deadline(
    clock: tuple[datetime, Limit, list[Pause]],
) -> None:
    start, limit, pauses = clock
    due = CALENDAR.due(start, limit, pauses)
    assert CALENDAR.used(start, limit, due.at, pauses) == CALENDAR.total(start, limit)


@given(starts, st.one_of(pausable, rolled_limits))
def test_the_zone_of_the_input_makes_no_difference(start: datetime, limit: Limit) -> None:
    assert CALENDAR.due(start.astimezone(UTC), limit) == CALENDAR.due(start, limit)


@given(clocks(st.one_of(short_limits, day_limits, rolled_limits)))
def test_an_explanation_adds_up_to_the_limit_and_ends_on_the_deadline(
    clock: tuple[datetime, Limit, list[Pause]],
) -> None:
    start, limit, pauses = clock
    if limit.unit in (Unit.CALENDAR_DAY, Unit.MONTH):
        pauses = []
    due = CALENDAR.due(start, limit, pauses)
    lines = CALENDAR.explain(start, limit, pauses)
    days = [line.day for line in lines]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert (days[0], days[-1]) == (start.date(), due.day)
    assert all(line.counted >= timedelta(0) for line in lines)
    assert sum((line.counted for line in lines), timedelta(0)) == lines[-1].total
    rolled = timedelta(days=due.rolled)
    assert lines[-1].total == CALENDAR.total(start, limit) - rolled


@given(st.dates(date(2020, 1, 1), date(2099, 1, 1)))
def test_the_end_of_a_day_is_the_next_midnight(day: date) -> None:
    assert end_of_day(day).date() == day + timedelta(days=1)
