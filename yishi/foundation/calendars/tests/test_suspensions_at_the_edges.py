"""Suspensions that begin or end on an edge: the day of acceptance, the last day, rest days, inside
another one (§S10 0.3, hard cases 2 and 3, and other numbers than those of §S10.11)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.calendars.calendar import Light
from yishi.foundation.calendars.counting import (
    counted_days,
    deadline,
    effective_day,
    standing,
    union_used,
)
from yishi.foundation.calendars.tests.support import CALENDAR

ACCEPTED = date(2026, 3, 2)


def d(text: str) -> date:
    return date.fromisoformat(f"2026-{text}")


@pytest.mark.parametrize(
    ("accepted", "limit", "away", "due"),
    [
        # told on the day of acceptance: nothing is used, all of it is counted after the end
        ("03-02", 10, [("03-02", "03-06")], "03-20"),
        # told before the acceptance: what lies before it takes nothing
        ("03-02", 10, [("02-20", "03-04")], "03-18"),
        # told on the last day but one: one day is left
        ("03-02", 10, [("03-13", "03-20")], "03-23"),
        # told on the last day: nothing is left, the limit ends with the step (add_wd(e, 0) = e)
        ("03-02", 10, [("03-16", "03-20")], "03-20"),
        # ... which ended on a Sunday: the working day before it
        ("03-02", 10, [("03-16", "03-22")], "03-20"),
        # ... as is one told on the rest day right behind it: that counts as told on the last day
        ("03-02", 9, [("03-14", "03-16")], "03-16"),
        # told after the last day: overdue stays overdue
        ("03-02", 10, [("03-17", "03-20")], "03-16"),
        # begins on a holiday, ends on a holiday, wholly inside one
        ("09-16", 20, [("10-01", "10-09")], "10-22"),
        ("09-16", 20, [("09-28", "10-05")], "10-22"),
        ("09-16", 20, [("10-02", "10-05")], "10-20"),
        # ends on a make-up Saturday, begins on a make-up Sunday
        ("09-16", 20, [("09-28", "10-10")], "10-27"),
        ("09-16", 20, [("09-20", "09-22")], "10-22"),
        # one inside the other, overlapping, touching: merged, never added
        ("03-02", 20, [("03-05", "03-18"), ("03-09", "03-11")], "04-13"),
        ("03-02", 20, [("03-05", "03-12"), ("03-10", "03-18")], "04-13"),
        ("03-02", 20, [("03-05", "03-11"), ("03-11", "03-18")], "04-13"),
        # a day apart: that day counts
        ("03-02", 20, [("03-05", "03-11"), ("03-12", "03-18")], "04-10"),
        # told and ended on one day
        ("03-02", 20, [("03-05", "03-05")], "03-30"),
    ],
)
def test_s10_hard_case_2_the_deadline_after_suspensions_on_edges(
    accepted: str, limit: int, away: list[tuple[str, str]], due: str
) -> None:
    suspensions = [(d(a), d(b)) for a, b in away]
    assert deadline(CALENDAR, d(accepted), limit, suspensions) == d(due)
    again = list(reversed(suspensions)) * 2
    assert deadline(CALENDAR, d(accepted), limit, again) == d(due)


spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 30)), max_size=4)


@given(st.dates(date(2026, 1, 1), date(2026, 6, 30)), st.integers(1, 60), spans)
def test_on_the_deadline_all_is_used_and_on_the_next_working_day_it_is_over(
    accepted: date, limit: int, drawn: list[tuple[int, int]]
) -> None:
    away = [(accepted + timedelta(a), accepted + timedelta(a + b)) for a, b in drawn]
    due = deadline(CALENDAR, accepted, limit, away)
    at_due = standing(CALENDAR, accepted, limit, due, away)
    assert (at_due.used, at_due.light, at_due.overdue) == (limit, Light.YELLOW, 0)
    after = due + timedelta(1)
    while not CALENDAR.is_workday(after):
        assert standing(CALENDAR, accepted, limit, after, away).light is Light.YELLOW
        after += timedelta(1)
    assert standing(CALENDAR, accepted, limit, after, away).light is Light.RED


@given(st.dates(date(2026, 1, 1), date(2026, 12, 1)), st.integers(1, 40), spans)
def test_s10_hard_case_11_a_rest_day_is_never_later_than_the_working_day_before(
    accepted: date, limit: int, drawn: list[tuple[int, int]]
) -> None:
    away = [(accepted + timedelta(a), accepted + timedelta(a + b)) for a, b in drawn]
    for offset in range(1, 40):
        day = accepted + timedelta(offset)
        before = effective_day(CALENDAR, day)
        if before >= accepted:
            same = counted_days(CALENDAR, accepted, before, away)
            assert counted_days(CALENDAR, accepted, day, away) == same


def test_s10_5_days_of_items_of_other_stages_and_refiled_ones_are_one_union() -> None:
    """A withdrawn on 03-06 and filed again on 03-16, B beside the first, C much later."""
    first = counted_days(CALENDAR, d("03-02"), d("03-06"))
    again = counted_days(CALENDAR, d("03-16"), d("03-20"))
    beside = counted_days(CALENDAR, d("03-04"), d("03-10"))
    later = counted_days(CALENDAR, d("05-06"), d("05-12"), [(d("05-07"), d("05-09"))])
    assert [len(one) for one in (first, again, beside, later)] == [4, 4, 4, 3]
    assert union_used([first, again, beside, later]) == 13
    assert union_used([later, beside, again, first, first]) == 13
    assert union_used([]) == 0


def test_s10_5_while_one_is_suspended_the_days_of_the_other_count() -> None:
    alone = counted_days(CALENDAR, d("03-02"), d("03-20"), [(d("03-04"), d("03-18"))])
    beside = counted_days(CALENDAR, d("03-09"), d("03-13"))
    assert (len(alone), len(beside), union_used([alone, beside])) == (4, 4, 8)


@pytest.mark.parametrize(
    ("limit", "yellow", "red"),
    [
        # max(1, ceil(0.2 L)) remaining: 1 -> 1, 5 -> 1, 6 -> 2, 11 -> 3
        (1, "03-02", "03-04"),
        (5, "03-06", "03-10"),
        (6, "03-06", "03-11"),
        (11, "03-12", "03-18"),
    ],
)
def test_s10_7_the_light_with_other_limits(limit: int, yellow: str, red: str) -> None:
    day = ACCEPTED
    seen: dict[Light, date] = {}
    while Light.RED not in seen:
        seen.setdefault(standing(CALENDAR, ACCEPTED, limit, day).light, day)
        day += timedelta(1)
    assert (seen[Light.YELLOW], seen[Light.RED]) == (d(yellow), d(red))
