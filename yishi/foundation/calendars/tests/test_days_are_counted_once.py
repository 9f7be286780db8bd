"""Counted working days: suspensions are merged, parallel days of several cases count once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.calendars import Calendar, CalendarError, Light
from yishi.foundation.calendars.counting import (
    counted_days,
    deadline,
    effective_day,
    merged,
    standing,
    union_used,
)
from yishi.foundation.calendars.tests.support import CALENDAR, DOCUMENT, walked_working_day

D = date.fromisoformat
days_2026 = st.dates(date(2025, 6, 1), date(2026, 12, 1))
offsets = st.lists(st.tuples(st.integers(-20, 60), st.integers(0, 30)), max_size=5)


def spans(start: date, drawn: list[tuple[int, int]]) -> list[tuple[date, date]]:
    return [(start + timedelta(days=a), start + timedelta(days=a + b)) for a, b in drawn]


def test_s10_1_the_light_turns_red_the_day_after_the_deadline() -> None:
    accepted = D("2026-02-10")
    assert deadline(CALENDAR, accepted, 70) == D("2026-05-28")
    assert standing(CALENDAR, accepted, 70, D("2026-05-28")).light is Light.YELLOW
    after = standing(CALENDAR, accepted, 70, D("2026-05-29"))
    assert (after.light, after.overdue) == (Light.RED, 1)


def test_s10_2_two_suspensions_are_left_out() -> None:
    accepted = D("2026-09-15")
    away = [(D("2026-09-24"), D("2026-10-12")), (D("2026-10-20"), D("2026-10-27"))]
    everything = counted_days(CALENDAR, accepted, D("2026-10-27"))
    counted = counted_days(CALENDAR, accepted, D("2026-10-27"), away)
    assert len(everything) - len(counted) == 12
    assert len(counted_days(CALENDAR, accepted, D("2026-10-20"), away)) == 14
    assert deadline(CALENDAR, accepted, 50, away) == D("2026-12-16")
    assert deadline(CALENDAR, accepted, 50) == D("2026-11-30")


def test_s10_5_parallel_days_count_once() -> None:
    a = counted_days(CALENDAR, D("2026-03-02"), D("2026-03-11"))
    b = counted_days(
        CALENDAR, D("2026-03-04"), D("2026-03-24"), [(D("2026-03-06"), D("2026-03-18"))]
    )
    c = counted_days(CALENDAR, D("2026-03-16"), D("2026-03-20"))
    assert [len(one) for one in (a, b, c)] == [7, 6, 4]
    assert union_used([a, b, c]) == 13
    assert CALENDAR.working_days_between(D("2026-03-02"), D("2026-03-24")) == 16


def test_s10_7_yellow_begins_when_a_fifth_remains() -> None:
    accepted = D("2026-09-16")
    lights = {
        day: standing(CALENDAR, accepted, 20, D(day)).light
        for day in ("2026-10-13", "2026-10-14", "2026-10-20", "2026-10-21")
    }
    assert list(lights.values()) == [Light.GREEN, Light.YELLOW, Light.YELLOW, Light.RED]


def test_s10_hard_case_3_a_suspension_inside_a_holiday_changes_nothing() -> None:
    accepted = D("2026-09-24")
    away = [(D("2026-09-30"), D("2026-10-06"))]
    assert deadline(CALENDAR, accepted, 20, away) == deadline(CALENDAR, accepted, 20)


def test_s10_hard_case_11_a_decision_on_a_rest_day_counts_with_the_working_day_before() -> None:
    assert effective_day(CALENDAR, D("2026-10-05")) == D("2026-09-30")
    assert effective_day(CALENDAR, D("2026-10-10")) == D("2026-10-10")


def test_s10_13_a_published_year_moves_the_deadline() -> None:
    accepted = D("2026-11-23")
    assert deadline(CALENDAR, accepted, 30) == D("2027-01-05")
    assert deadline(with_2027(), accepted, 30) == D("2027-01-04")


def with_2027() -> Calendar:
    """The calendar with a notice for 2027: 1 and 2 January rest, Sunday the 3rd works."""
    years: dict[str, Any] = dict(DOCUMENT["years"])
    years["2027"] = {
        "holidays": {"2027-01-01": "元旦", "2027-01-02": "元旦"},
        "makeup_workdays": {"2027-01-03": "元旦"},
    }
    return Calendar.from_document({**DOCUMENT, "years": years})


def test_a_suspension_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(CalendarError):
        merged([(D("2026-03-05"), D("2026-03-04"))])


@given(days_2026, offsets, st.integers(1, 90))
def test_merging_changes_no_deadline_and_adds_no_day(
    accepted: date, drawn: list[tuple[int, int]], limit: int
) -> None:
    away = spans(accepted, drawn)
    found = deadline(CALENDAR, accepted, limit, away)
    assert found == deadline(CALENDAR, accepted, limit, merged(away))
    assert found == deadline(CALENDAR, accepted, limit, [*away, *away])
    assert found == walked_working_day(accepted, limit, away)


@given(days_2026, offsets, st.integers(1, 90), st.data())
def test_the_order_of_suspensions_makes_no_difference(
    accepted: date, drawn: list[tuple[int, int]], limit: int, data: st.DataObject
) -> None:
    away = spans(accepted, drawn)
    other = data.draw(st.permutations(away))
    until = accepted + timedelta(days=120)
    assert deadline(CALENDAR, accepted, limit, away) == deadline(CALENDAR, accepted, limit, other)
    assert counted_days(CALENDAR, accepted, until, away) == counted_days(
        CALENDAR, accepted, until, other
    )


@given(days_2026, offsets, st.integers(1, 60), st.integers(-10, 60), st.integers(0, 20))
def test_a_further_suspension_never_makes_it_earlier(
    accepted: date, drawn: list[tuple[int, int]], limit: int, begin: int, length: int
) -> None:
    away = spans(accepted, drawn)
    more = [*away, *spans(accepted, [(begin, length)])]
    assert deadline(CALENDAR, accepted, limit, more) >= deadline(CALENDAR, accepted, limit, away)


@given(days_2026, offsets, st.integers(1, 60))
def test_exactly_the_limit_is_counted_on_the_deadline(
    accepted: date, drawn: list[tuple[int, int]], limit: int
) -> None:
    away = spans(accepted, drawn)
    last = deadline(CALENDAR, accepted, limit, away)
    assert len(counted_days(CALENDAR, accepted, last, away)) == limit
    assert standing(CALENDAR, accepted, limit, last, away).remaining == 0


@given(st.lists(st.tuples(days_2026, st.integers(0, 60), offsets), max_size=5), st.data())
def test_days_used_together_are_no_sum_and_no_less_than_the_longest(
    drawn: list[tuple[date, int, list[tuple[int, int]]]], data: st.DataObject
) -> None:
    sets = [
        counted_days(CALENDAR, start, start + timedelta(days=n), spans(start, away))
        for start, n, away in drawn
    ]
    used = union_used(sets)
    assert max((len(one) for one in sets), default=0) <= used <= sum(len(one) for one in sets)
    assert used == union_used(data.draw(st.permutations(sets)))


@given(st.dates(date(2026, 10, 1), date(2026, 12, 31)), offsets, st.integers(1, 90))
def test_a_new_calendar_moves_only_what_rests_on_its_year(
    accepted: date, drawn: list[tuple[int, int]], limit: int
) -> None:
    away = spans(accepted, drawn)
    before, after = (
        deadline(CALENDAR, accepted, limit, away),
        deadline(with_2027(), accepted, limit, away),
    )
    if before.year == 2026 and all(end.year == 2026 for _, end in away):
        assert after == before
    assert deadline(with_2027(), accepted, limit, away) == after
