"""A project's days are the union of its items' counted days: one clock with gaps (S10-1, S10-5)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from yishi.foundation.calendars import SHANGHAI, parse_limit
from yishi.foundation.calendars.counting import counted_days, union_used
from yishi.foundation.calendars.pauses import merged
from yishi.foundation.calendars.tests.support import CALENDAR
from yishi.foundation.cases.families.spans import spans_of
from yishi.foundation.cases.state import ClockState
from yishi.systems.construction.rules.union import (
    course_of,
    day_of,
    used_days,
)


def noon(day: date, hour: int = 10) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def clock(
    accepted: date,
    decided: date | None,
    *suspended: tuple[date, date],
) -> ClockState:
    begin = noon(accepted)
    return ClockState(
        "promise",
        "20工作日",
        "licence",
        CALENDAR.version,
        begin,
        begin,
        begin,
        pauses=[[noon(a).isoformat(), noon(b).isoformat()] for a, b in suspended],
        stopped_at=noon(decided, 16) if decided else None,
    )


def days_of(one: ClockState, today: date) -> frozenset[date]:
    """The days that the law counts, from the calendar's own function."""
    until = min(day_of(one.stopped_at), today) if one.stopped_at else today
    pauses = [
        (day_of(datetime.fromisoformat(a)), day_of(datetime.fromisoformat(b)))
        for a, b in one.pauses
    ]
    return counted_days(CALENDAR, day_of(one.started_at), until, pauses)


def project(clocks: list[ClockState], limit: str = "70工作日") -> ClockState:
    course = course_of(clocks)
    assert course is not None
    begin = course.begin
    return ClockState(
        "project",
        limit,
        "licence",
        CALENDAR.version,
        begin,
        begin,
        begin,
        pauses=[[a.isoformat(), b.isoformat()] for a, b in course.gaps],
        paused_at=course.still_since,
    )


def test_s10_5_parallel_days_count_once() -> None:
    a = clock(date(2026, 3, 2), date(2026, 3, 11))
    b = clock(date(2026, 3, 4), date(2026, 3, 24), (date(2026, 3, 6), date(2026, 3, 18)))
    c = clock(date(2026, 3, 16), date(2026, 3, 20))
    today = date(2026, 4, 30)
    assert [len(days_of(one, today)) for one in (a, b, c)] == [7, 6, 4]
    assert union_used(days_of(one, today) for one in (a, b, c)) == 13
    assert CALENDAR.working_days_between(date(2026, 3, 2), date(2026, 3, 24)) == 16
    assert used_days(CALENDAR, project([a, b, c]), noon(today)) == 13


def test_s10_1_one_item_that_runs_on_gives_the_projects_deadline() -> None:
    found = project([clock(date(2026, 2, 10), None)])
    due = CALENDAR.due(found.started_at, parse_limit("70工作日", "licence"))
    assert due.day == date(2026, 5, 28)
    assert used_days(CALENDAR, found, noon(date(2026, 5, 28))) == 70
    assert used_days(CALENDAR, found, noon(date(2026, 5, 29))) - 70 == 1  # overdue_wd


def test_a_refiled_item_keeps_the_days_of_the_old_one() -> None:
    old = clock(date(2026, 3, 2), date(2026, 3, 6))
    new = clock(date(2026, 3, 16), date(2026, 3, 18))
    assert used_days(CALENDAR, project([old, new]), noon(date(2026, 4, 1))) == 4 + 2


DAYS = st.integers(0, 120).map(lambda n: date(2026, 1, 26) + timedelta(days=n))


@st.composite
def an_item(draw: st.DrawFn) -> ClockState:
    accepted = draw(DAYS)
    decided = draw(st.none() | st.integers(0, 60).map(lambda n: accepted + timedelta(days=n)))
    pauses, at = [], accepted
    for _ in range(draw(st.integers(0, 2))):
        begin = at + timedelta(days=draw(st.integers(1, 9)))
        end = begin + timedelta(days=draw(st.integers(1, 14)))
        if decided is not None and end > decided:
            break
        pauses.append((begin, end))
        at = end
    return clock(accepted, decided, *pauses)


@settings(max_examples=200)
@given(st.lists(an_item(), min_size=1, max_size=6), DAYS)
def test_the_clock_with_gaps_counts_exactly_the_union_of_days(
    items: list[ClockState], today: date
) -> None:
    expected = union_used(days_of(item, today) for item in items)
    assert used_days(CALENDAR, project(items), noon(today, 20)) == expected


@settings(max_examples=100)
@given(st.lists(an_item(), min_size=1, max_size=5))
def test_order_and_repetition_change_nothing_and_more_items_never_count_less(
    items: list[ClockState],
) -> None:
    spans = [span for item in items for span in spans_of(item)]
    assert merged(reversed(spans)) == merged(spans + spans) == merged(merged(spans))
    today = date(2026, 8, 1)
    found = [used_days(CALENDAR, project(items[:n]), noon(today)) for n in range(1, len(items) + 1)]
    assert found == sorted(found)


@settings(max_examples=100)
@given(st.lists(an_item(), min_size=1, max_size=5), st.integers(5, 70))
def test_the_deadline_is_the_day_on_which_the_limit_is_used_up(
    items: list[ClockState], amount: int
) -> None:
    found = project(items, f"{amount}工作日")
    if found.paused_at is not None:
        return
    pauses = [(datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in found.pauses]
    due = CALENDAR.due(found.started_at, parse_limit(found.limit_text, "licence"), pauses)
    assert used_days(CALENDAR, found, noon(due.day, 23)) == amount
    # A step that begins on the last day ends the limit with itself: its days are none of it.
    before = due.day - timedelta(days=1)
    ends = any(a.date() < due.day <= b.date() for a, b in pauses)
    assert used_days(CALENDAR, found, noon(before, 23)) == (amount if ends else amount - 1)


def test_an_item_decided_as_of_its_acceptance_uses_no_day_and_leaves_the_clock_standing() -> None:
    # On a rest day a decision counts with the last working day, but never before the acceptance.
    sunday = clock(date(2026, 11, 29), None)
    sunday.stopped_at = sunday.started_at
    found = course_of([sunday])
    assert found is not None and found.still_since == sunday.started_at
    assert used_days(CALENDAR, project([sunday]), noon(date(2026, 12, 31))) == 0
