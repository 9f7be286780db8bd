"""S1.6 with other orders: diamonds, natural days, what ended early or late, and the joint cap."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yishi.foundation.calendars.limits import parse_limit
from yishi.foundation.calendars.tests.support import CALENDAR, at
from yishi.foundation.cases.families import Dates, Step, plan_dates

CAP = parse_limit("45工作日", "licence")
ACCEPTED = at("2026-02-13 10:00")


def step(key: str, limit: str, *after: str, capped: bool = True, **more: datetime) -> Step:
    return Step(key, parse_limit(limit, "licence"), after, capped, **more)


def days(found: Dates) -> dict[str, str]:
    return {key: f"{due:%m-%d}" for key, due in found.due.items()}


def test_a_diamond_begins_where_the_later_of_two_ends() -> None:
    steps = [
        step("end", "2工作日", "long", "short"),
        step("long", "5工作日", "first"),
        step("short", "1工作日", "first"),
        step("first", "3工作日"),
    ]
    found = plan_dates(steps, CALENDAR, ACCEPTED, CAP)
    # 14, 24, 25 February; then 26, 27, 28 (a Saturday that works), 2 and 3 March; then 4 and 5
    assert days(found) == {"first": "02-25", "long": "03-03", "short": "02-26", "end": "03-05"}
    assert found.end == found.due["end"]


@pytest.mark.parametrize(
    ("limit", "due"),
    [
        ("15自然日", "03-16"),  # 14 March is a Saturday: rolled
        ("1自然日", "02-28"),  # a Saturday that works
        ("1个月", "03-27"),
        ("2工作日", "03-02"),
    ],
)
def test_hard_case_15_promises_in_natural_days_and_months_begin_with_the_receipt_too(
    limit: str, due: str
) -> None:
    steps = [step("A", "5工作日"), step("C", limit, "A", capped=False)]
    assert days(plan_dates(steps, CALENDAR, ACCEPTED, CAP)) == {"A": "02-27", "C": due}


@pytest.mark.parametrize(
    ("decided", "due"),
    [("02-14 09:00", "02-25"), ("02-20 09:00", "02-25"), ("02-26 17:00", "02-28")],
)
def test_s1_a2_an_earlier_decision_brings_forward_what_comes_after(decided: str, due: str) -> None:
    """On 20 February nobody works: the receipt is that day, the count begins on the 24th."""
    steps = [
        step("A", "5工作日", ends_at=at(f"2026-{decided}")),
        step("C", "2工作日", "A"),
        step("B", "3工作日"),
    ]
    assert days(plan_dates(steps, CALENDAR, ACCEPTED, CAP))["C"] == due


def test_a_member_that_is_no_longer_there_is_not_waited_for() -> None:
    steps = [step("C", "2工作日", "gone")]
    assert days(plan_dates(steps, CALENDAR, ACCEPTED, CAP)) == {"C": "02-24"}
    nothing = plan_dates([], CALENDAR, ACCEPTED, CAP)
    assert (nothing.end, nothing.due) == (ACCEPTED, {})


def test_the_cap_never_ends_a_licence_before_it_begins() -> None:
    """A special procedure of the first took longer than 45 working days."""
    steps = [
        step("A", "20工作日", ends_at=at("2026-06-30 23:00")),
        step("C", "10工作日", "A"),
    ]
    found = plan_dates(steps, CALENDAR, ACCEPTED, CAP)
    assert days(found)["C"] == "07-14"


def test_beyond_the_published_year_a_plan_is_provisional() -> None:
    steps = [step("A", "20工作日"), step("C", "10工作日", "A")]
    found = plan_dates(steps, CALENDAR, at("2026-11-30 10:00"), CAP)
    assert found.provisional
    assert not plan_dates(steps[:1], CALENDAR, at("2026-11-30 10:00"), CAP).provisional


@given(st.lists(st.tuples(st.integers(1, 30), st.booleans()), min_size=1, max_size=6), st.data())
def test_nothing_ends_before_it_begins_and_licences_never_after_the_cap(
    limits: list[tuple[int, bool]], data: st.DataObject
) -> None:
    steps = []
    for place, (limit, capped) in enumerate(limits):
        earlier = [str(n) for n in range(place)]
        after = data.draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
        steps.append(step(str(place), f"{limit}工作日", *after, capped=capped))
    found = plan_dates(data.draw(st.permutations(steps)), CALENDAR, ACCEPTED, CAP)
    ceiling = CALENDAR.due(ACCEPTED, CAP).at
    for one in steps:
        begin = max((found.due[key] for key in one.after), default=ACCEPTED)
        assert found.due[one.key] >= begin
        if one.capped and begin <= ceiling:
            assert found.due[one.key] <= ceiling
