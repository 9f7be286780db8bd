"""A limit that several members share stands still only while all of them that run do (art. 42, 45
行政许可法): laid over each other as instants, counted as the union of days."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.calendars import SHANGHAI, parse_limit
from yishi.foundation.calendars.counting import counted_days, effective_day
from yishi.foundation.calendars.tests.support import CALENDAR
from yishi.foundation.cases.families.spans import all_still
from yishi.foundation.cases.state import ClockState

BEGIN = date(2026, 3, 2)
Shape = tuple[int, int | None, list[tuple[int, int]]]


def at(day: int, hour: int = 10) -> datetime:
    """So many days after the acceptance of the whole."""
    return datetime(BEGIN.year, BEGIN.month, BEGIN.day, hour, tzinfo=SHANGHAI) + timedelta(days=day)


def clock(begin: int, end: int | None, stops: list[tuple[int, int]]) -> ClockState:
    return ClockState(
        "promise",
        "90工作日",
        "licence",
        "v",
        at(begin),
        at(300),
        at(200),
        pauses=[[at(a).isoformat(), at(b).isoformat()] for a, b in stops],
        stopped_at=None if end is None else at(end, 11),
    )


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """An item: begun, perhaps decided, with suspensions that do not touch."""
    begin = draw(st.integers(0, 20))
    marks = sorted(draw(st.sets(st.integers(begin, begin + 40), min_size=0, max_size=6)))
    stops = list(zip(marks[::2], marks[1::2], strict=False))
    last = stops[-1][1] if stops else begin
    end = draw(st.one_of(st.none(), st.integers(last, last + 15)))
    return begin, end, stops


@given(st.lists(shapes(), min_size=1, max_size=4), st.integers(1, 30))
def test_the_shared_limit_loses_exactly_the_days_on_which_one_is_suspended_and_none_counts(
    items: list[Shape], limit: int
) -> None:
    clocks = [clock(*one) for one in items]
    past, since = all_still(clocks)
    assert since is None
    due = CALENDAR.due(at(0), parse_limit(f"{limit}工作日", "licence"), past).day
    counting: set[date] = set()
    suspended: set[date] = set()
    for begin, end, stops in items:
        last = BEGIN + timedelta(days=end if end is not None else 400)
        away = [(BEGIN + timedelta(days=a), BEGIN + timedelta(days=b)) for a, b in stops]
        counting |= counted_days(CALENDAR, BEGIN + timedelta(days=begin), last, away)
        for a, b in away:
            suspended |= {a + timedelta(days=n + 1) for n in range((b - a).days)}
    expected, used = BEGIN, 0
    while used < limit:
        expected += timedelta(days=1)
        lost = expected in suspended and expected not in counting
        used += CALENDAR.is_workday(expected) and not lost
    # A step that begins on the last day (or on a rest day behind it, which counts as that day)
    # stands still with the limit: it ends when the step does.
    assert due == expected or any(effective_day(CALENDAR, a.date()) == expected for a, _b in past)


def test_one_that_counts_keeps_all_counting_and_one_that_waits_counts_nothing() -> None:
    suspended = clock(0, None, [])
    suspended.paused_at = at(3)
    assert all_still([suspended]) == ((), at(3))
    assert all_still([suspended, clock(0, None, [])]) == ((), None)
    assert all_still([suspended, clock(0, 5, [])]) == ((), at(5, 11))
    assert all_still([suspended, clock(6, 8, [])]) == (((at(3), at(6)),), at(8, 11))
    assert all_still([]) == ((), None)


def test_what_stood_still_when_it_was_decided_stood_still_until_then() -> None:
    decided = clock(0, 9, [(3, 20)])
    assert all_still([decided]) == (((at(3), at(9, 11)),), None)
