"""The metrics of §S2.6: counted in SQL over cases, against a plain walk over the same cases."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.cases.models import Case, Clock
from yishi.systems.city_events.assessment.measures import MEASURES, RATES
from yishi.systems.city_events.assessment.periods import MONTH, period_of
from yishi.systems.city_events.assessment.rates import percent
from yishi.systems.city_events.assessment.reading import (
    NOTHING,
    behind,
    count,
    count_cases,
    frequent_types,
)
from yishi.systems.city_events.tests.assessed import (
    HERE,
    MARCH,
    THERE,
    Made,
    numbers,
    span,
    store,
    when,
)


def test_s2_a10_plain_and_jinhua_rates(city: None) -> None:
    store(
        [
            *(Made(due=9, closed=8, state="closed") for _ in range(700)),
            *(Made(due=9, closed=12, late=True, state="closed") for _ in range(180)),
            *(Made(due=9, state="suspended") for _ in range(20)),
            *(Made(due=9) for _ in range(100)),
            *(Made(due=9, state="voided", closed=2) for _ in range(7)),
        ]
    )
    found = numbers()
    assert [found.numbers[name] for name in ("due", "deferred", "closed", "on_time")] == [
        1000,
        20,
        880,
        700,
    ]
    assert found.rate("closing_rate") == Decimal("88.00")
    assert found.rate("on_time_rate") == Decimal("70.00")
    assert found.rate("closing_rate_net") == Decimal("89.80")
    assert found.rate("on_time_rate_net") == Decimal("71.43")


@pytest.mark.parametrize(
    ("part", "whole", "rate"),
    [
        (119257, 122535, "97.32"),
        (911, 972, "93.72"),
        (119153, 122535, "97.24"),
        (737, 972, "75.82"),
        (996, 1054, "94.50"),
    ],
)
def test_published_rates_come_out_to_the_digit(part: int, whole: int, rate: str) -> None:
    assert percent(part, whole) == Decimal(rate)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_rate_is_no_data_exactly_where_nothing_was_due(part: int, whole: int) -> None:
    rate = percent(part, whole)
    assert (rate is None) == (whole == 0)
    if rate is not None and part <= whole:
        assert 0 <= rate <= 100


def test_filed_in_one_month_and_due_in_the_next_counts_in_each_where_it_belongs(
    city: None,
) -> None:
    store([Made(received=28, due=34, closed=33, state="closed")])
    april = period_of(MONTH, date(2026, 4, 1))
    march, after = numbers().numbers, numbers(april).numbers
    assert (march["filed"], march["due"], march["closed"]) == (1, 0, 0)
    assert (after["filed"], after["due"], after["closed"], after["on_time"]) == (0, 1, 1, 1)


def test_closed_before_its_month_begins_it_still_counts_in_the_month_of_its_limit(
    city: None,
) -> None:
    store([Made(received=20, due=34, closed=25, state="closed")])
    april = numbers(period_of(MONTH, date(2026, 4, 1))).numbers
    assert (april["due"], april["closed"]) == (1, 1)
    assert numbers().numbers["due"] == 0


def test_what_stays_open_is_due_again_until_it_is_closed(city: None) -> None:
    store([Made(received=0, due=5, closed=40, late=True, state="closed")])
    found = [numbers(period_of(MONTH, date(2026, month, 1))).numbers for month in (3, 4, 5)]
    assert [one["due"] for one in found] == [1, 1, 0]
    assert [one["closed"] for one in found] == [0, 1, 0]


def test_a_month_that_still_runs_owes_nothing_that_is_not_due_yet(city: None) -> None:
    store([Made(due=9), Made(due=20), Made(due=20, closed=8, state="closed")])
    assert numbers(now=when(10)).numbers["due"] == 1
    assert numbers(now=when(40)).numbers["due"] == 3


def test_an_exempt_case_is_in_time_for_rates_and_late_in_fact(city: None) -> None:
    (case,) = store([Made(due=5, closed=9, late=True, exempt=True, state="closed")])
    assert numbers().rate("on_time_rate") == Decimal("100.00")
    assert Case.objects.unscoped("test").get(pk=case.pk).timeliness == "late"


def test_the_round_that_was_exempt_excuses_no_later_one(city: None) -> None:
    (case,) = store([Made(due=5, closed=9, late=True, exempt=True, state="closed")])
    Case.objects.unscoped("test").filter(pk=case.pk).update(data=case.data | {"round": 2})
    assert numbers().rate("on_time_rate") == Decimal("0.00")


def test_nothing_at_all_is_no_data_everywhere(city: None) -> None:
    assert {numbers().rate(name) for name in RATES} == {None}


_made = st.builds(
    Made,
    received=st.integers(-40, 40),
    due=st.one_of(st.none(), st.integers(-35, 65)),
    late=st.booleans(),
    urgent=st.booleans(),
    returns=st.integers(0, 2),
    rework=st.integers(0, 3),
    fake=st.integers(0, 2),
    round=st.integers(1, 2),
    extensions=st.integers(0, 2),
    channel=st.sampled_from(["portal", "collector", "camera"]),
    exempt=st.booleans(),
    path=st.sampled_from([HERE, THERE]),
)


@st.composite
def _cases(draw: st.DrawFn) -> Made:
    one = draw(_made)
    one.state = draw(
        st.sampled_from(["reported", "filed", "handling", "suspended", "closed", "voided"])
    )
    if one.state == "reported":
        one.due = None
    elif one.state in ("handling", "suspended") and one.due is None:
        one.due = one.received + 3
    if one.state in ("closed", "voided"):
        one.closed = one.received + draw(st.integers(0, 60)) + 0.5
    if one.state == "voided":
        one.reason = draw(st.sampled_from(["3", "7", "8"]))
    return one


def oracle(made: list[Made], first: int, last: int) -> dict[str, int]:
    """The same definitions in plain words, over days."""

    def inside(day: float | None) -> bool:
        return day is not None and first <= day < last

    found = dict.fromkeys(MEASURES, 0)
    for one in made:
        filed = one.state not in ("reported", "voided")
        done = one.state == "closed"
        limit = one.due if one.due is not None else one.closed
        owed = limit is not None and limit < first
        open_then = one.closed is None or one.closed >= first
        due = filed and (inside(limit) or (owed and open_then))
        closed = due and done and (one.closed or 0) < last
        sent = filed and one.due is not None and inside(one.received)
        handled = sent and done and (one.closed or 0) < last
        wrong = one.channel == "collector" and one.state == "voided" and one.reason in "78"
        for name, counts in (
            ("received", inside(one.received)),
            ("filed", inside(one.received) and filed),
            ("dispatched", sent),
            ("handled", handled),
            ("due", due),
            ("closed", closed),
            ("on_time", closed and (not one.late or one.exempt)),
            ("first_fix", closed and one.rework == 0 and one.round == 1),
            ("deferred", due and one.state == "suspended"),
            ("due_net", due and one.state != "suspended"),
            ("urgent_due", due and one.urgent),
            ("urgent_closed", closed and one.urgent),
            ("reworked", handled and one.rework > 0),
            ("reworked_third", handled and one.rework > 2),
            ("extended", handled and one.extensions > 0),
            ("collected", inside(one.received) and one.channel == "collector"),
            ("wrong", inside(one.received) and wrong),
            ("faked", handled and one.fake > 0),
            ("missed", inside(one.received) and filed and one.channel == "portal"),
            ("to_find", inside(one.received) and filed and one.channel in ("portal", "collector")),
            ("accurate", sent and one.returns == 0),
            ("repeated", inside(one.received) and filed and one.round > 1),
            ("frequent", inside(one.received) and filed),
        ):
            found[name] += bool(counts)
    return found


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(_cases(), max_size=12))
def test_every_figure_is_what_a_plain_walk_counts_and_opens_as_many_cases(
    city: None, made: list[Made]
) -> None:
    Case.objects.unscoped("test").update(system="earlier example")
    store(made)
    periods = [MARCH.before, MARCH, MARCH.after]
    found = count(span(), "", periods)
    for place, period in enumerate(periods):
        first, last = ((edge - MARCH.start).days for edge in (period.start, period.end))
        expected = oracle(made, first, last)
        expected["frequent"] = found.get((place, ""), NOTHING).numbers.get("frequent", 0)
        assert dict(found.get((place, ""), NOTHING).numbers or expected) == expected
    frequent = frequent_types(span())
    shown = count(span()).get((0, ""), NOTHING).numbers
    for name, number in shown.items():
        assert behind(span(), name, frequent).count() == number, name
    by_county = count(span(), "county")
    for name in MEASURES:
        parts = sum(one.numbers.get(name, 0) for one in by_county.values())
        assert parts == shown.get(name, 0), name


def test_an_officer_counts_only_what_is_in_sight(city: None) -> None:
    store([Made(), Made(path=THERE), Made(path=THERE)])
    here = Actor("user", "user:0", "测试", (ActorGrant("acceptor", None, "4206/420606"),), 1)
    assert numbers(actor=here).numbers["received"] == 1
    assert numbers().numbers["received"] == 3
    assert numbers(area="4206/420602").numbers["received"] == 2
    assert behind(span(actor=here), "received").count() == 1


def test_frequent_types_are_the_ten_with_most_filed_cases(city: None) -> None:
    rows = store([Made() for _ in range(40)])
    for place, row in enumerate(rows):
        row.type_key = f"event/09/{min(place, 12):02d}"
        row.save()
    types = frequent_types(span())
    assert (len(types), types[0]) == (10, "event/09/12")
    assert count_cases(span(), "", types)[0, ""].numbers["frequent"] == 28 + 9


def test_the_average_time_leaves_pauses_out(city: None) -> None:
    cases = store([Made(received=0, due=9, closed=2, state="closed") for _ in range(2)])
    pauses = [[when(0.5).isoformat(), when(1).isoformat()]]
    Clock.objects.unscoped("test").filter(case=cases[0]).update(pauses=pauses)
    assert numbers().hours == Decimal("42.0")
