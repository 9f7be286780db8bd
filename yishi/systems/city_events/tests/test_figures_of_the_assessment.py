"""The metrics of §S2.6: counted in SQL over cases, against a plain walk over the same cases."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.cases.models import Case, CatalogueVersion, Clock, Exemption
from yishi.systems.city_events.assessment import scoring
from yishi.systems.city_events.assessment.measures import CALL_BACKS, MEASURES, RATES
from yishi.systems.city_events.assessment.periods import MONTH, asked, months, period_of
from yishi.systems.city_events.assessment.rates import Line, ThreeRates, percent
from yishi.systems.city_events.assessment.reading import (
    NOTHING,
    Count,
    Span,
    behind,
    call_backs_behind,
    count,
    count_cases,
    frequent_types,
)
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.hotline.models import CallBack
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.conftest import CITY_TIME, at

_ids = itertools.count(1)
MARCH = period_of(MONTH, date(2026, 3, 1))
LEADER = Actor("user", "user:0", "测试", (ActorGrant("duty_leader", None, "4206"),), 1)
HERE, THERE = "4206/420606/420606007", "4206/420602/420602001"


def span(period: Any = MARCH, actor: Actor = LEADER, **more: Any) -> Span:
    return Span(actor, period, **more)


@dataclass
class Made:
    """A case as a test wants it: days count from 1 March 2026, 00:00."""

    received: float = 0
    due: float | None = 5
    closed: float | None = None
    late: bool = False
    state: str = "handling"
    urgent: bool = False
    returns: int = 0
    rework: int = 0
    fake: int = 0
    round: int = 1
    extensions: int = 0
    channel: str = "portal"
    reason: str = ""
    exempt: bool = False
    path: str = HERE

    @property
    def stage(self) -> str:
        return {
            "reported": "collect",
            "filed": "file",
            "handling": "handle",
            "suspended": "suspend",
            "closed": "evaluate",
            "voided": "void",
        }[self.state]


def when(days: float) -> datetime:
    return MARCH.start + timedelta(days=days)


def store(made: Iterable[Made]) -> list[Case]:
    """The cases with their handling clocks, without going through the moves."""
    catalogue = CatalogueVersion.objects.order_by("id").last()
    rows, clocks, wanted = [], [], list(made)
    for one in wanted:
        n = next(_ids)
        done = one.state == "closed"
        data: dict[str, Any] = {"channel": one.channel, "urgent": one.urgent}
        data |= {"returns": one.returns, "rework": one.rework, "round": one.round}
        data |= {"fake": one.fake}
        if one.reason:
            data["reason_code"] = one.reason
        if one.due is not None:
            data["dispatched_at"] = when(one.received).isoformat()
        case = Case(
            number=f"T{n}", system="city_events", type_key="event/01/10", catalogue=catalogue,
            subject="测试", division="420606007", managed_path=one.path, state=one.state,
            stage=one.stage, timeliness=("late" if one.late else "on_time") if done else "",
            received_at=when(one.received), received_on=when(one.received).date(),
            closed_at=when(one.closed) if one.closed is not None else None,
            data=data, trace_length=1,
        )  # fmt: skip
        rows.append(case)
        if one.due is not None:
            clocks.append((case, one))
    Case.objects.bulk_create(rows)
    Clock.objects.bulk_create(
        Clock(
            case=case, kind="handling", limit_text="4工作时", profile="events",
            calendar_version="", started_at=when(one.received), due_at=when(one.due or 0),
            warn_at=when(one.due or 0), extensions=one.extensions,
            paused_at=when(one.received) if one.state == "suspended" else None,
            stopped_at=when(one.closed or 0) if one.state == "closed" else None,
            late=one.late if one.state == "closed" else None,
        )
        for case, one in clocks
    )  # fmt: skip
    Exemption.objects.bulk_create(
        Exemption(case=case, round=one.round, reason="nature", actor_ref="user:0", at=when(50))
        for case, one in zip(rows, wanted, strict=True)
        if one.exempt
    )
    return rows


def numbers(period: Any = MARCH, **more: Any) -> Count:
    return count_cases(span(period, **more)).get((0, ""), NOTHING)


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


# --- The three rates ------------------------------------------------------------------------------


def tickets(amount: int, **more: Any) -> list[CallBack]:
    """Call-backs of as many closed cases."""
    cases = store([Made(due=5, closed=4, state="closed", channel="hotline")] * amount)
    reports = Report.objects.bulk_create(
        Report(
            case=case, channel="hotline", tracking_hash=case.number.encode(), received_at=when(0)
        )
        for case in cases
    )
    values: dict[str, Any] = {"state": "open", "done_at": None} | more
    return [
        CallBack(case=case, report=report, closed_at=when(4), next_at=when(4), **values)
        for case, report in zip(cases, reports, strict=True)
    ]


def test_s2_a16_three_rates_with_exclusions_and_weights(city: None) -> None:
    done: dict[str, Any] = {"state": "reached", "done_at": when(5), "in_time": True}
    CallBack.objects.bulk_create(
        [
            *tickets(20, **done, solved=False, score=5, excluded="demand"),
            *tickets(402, **done, solved=True, score=1),
            *tickets(6, **done, solved=False, score=3),
            *tickets(70, **done, solved=False, score=4),
            *tickets(2, **done | {"in_time": False}, solved=False, score=5),
            *tickets(20, state="unreached", done_at=when(5)),
        ]
    )
    for task in CallBack.objects.unscoped("test").filter(state="unreached").select_related("case"):
        task.case.data["contacted_at"] = when(0.5).isoformat()
        task.case.save()
    found = count(span())[0, ""]
    named = {name: found.calls[name] for name in CALL_BACKS}
    assert named == {
        "tickets": 520, "excluded": 20, "counted": 500, "in_time": 498, "reached": 480,
        "solved": 402, "satisfied": 408,
    }  # fmt: skip
    assert found.three.response == Decimal("99.60")
    assert found.three.solution == Decimal("83.75")
    assert found.three.satisfaction == Decimal("85.00")
    book = city_registers().rulebook
    weights = [
        Decimal(str(book.value(f"weight_{name}", at("2026-03-31"))))
        for name in ("response", "solved", "satisfied")
    ]
    assert weights == [Decimal("0.10"), Decimal("0.45"), Decimal("0.45")]
    assert found.three.weighted(*weights) == Decimal("85.90")
    for name, number in named.items():
        assert call_backs_behind(span(), name).count() == number


def test_a_contact_after_the_limit_is_no_response_in_time(city: None) -> None:
    CallBack.objects.bulk_create(tickets(3))
    cases = [task.case for task in CallBack.objects.unscoped("test").select_related("case")]
    for case, hours in zip(cases, (24, 24.01, None), strict=True):
        if hours is not None:
            case.data["contacted_at"] = when(hours / 24).isoformat()
            case.save()
    assert count(span())[0, ""].calls["in_time"] == 1


@given(
    st.integers(0, 600), st.integers(0, 600), st.integers(0, 600), st.integers(0, 600),
    st.integers(0, 600),
)  # fmt: skip
def test_weighted_rates_stay_between_nought_and_a_hundred(
    counted: int, in_time: int, reached: int, solved: int, satisfied: int
) -> None:
    rates = ThreeRates(
        counted, min(in_time, counted), reached, min(solved, reached), min(satisfied, reached)
    )
    value = rates.weighted(Decimal("0.10"), Decimal("0.45"), Decimal("0.45"))
    assert (value is None) == (counted == 0 or reached == 0)
    if value is not None:
        assert 0 <= value <= 100


# --- Points ---------------------------------------------------------------------------------------


def test_s2_a19b_points_of_lianyungang(city: None) -> None:
    profile = scoring.published(city_registers().rulebook, at("2026-05-01"), "3207")
    satisfied, on_time = profile.lines["satisfied"], profile.lines["on_time"]
    published = {"87.5": "19.75", "83.33": "17.67", "75": "13.50", "71.43": "12.50", "50": "12.50"}
    for rate, points in published.items():
        assert satisfied.points(Decimal(rate)) == Decimal(points)
    assert on_time.points(Decimal("89.82")) == Decimal("14.82")
    assert on_time.points(Decimal("66.67")) == 0
    assert satisfied.points(None) is None


def test_points_of_jinhua(city: None) -> None:
    profile = scoring.published(city_registers().rulebook, at("2026-05-01"), "3307")
    assert profile.deferred
    rates = {"on_time_rate": Decimal("71.43"), "closing_rate": Decimal("89.80")}
    assert profile.points(rates) == {"on_time": Decimal("50.00"), "closed": Decimal(0)}
    rates = {"on_time_rate": Decimal("66.50"), "closing_rate": Decimal("90.00")}
    assert profile.points(rates) == {"on_time": Decimal("46.50"), "closed": Decimal(20)}
    assert profile.deductions(reworked=5, third=1, fake=2) == Decimal("3.30")


@given(st.decimals(0, 100, places=2), st.decimals(0, 100, places=2))
def test_a_better_rate_never_has_fewer_points(one: Decimal, other: Decimal) -> None:
    line = Line(Decimal(25), Decimal(98), Decimal("0.5"), Decimal("12.5"))
    low, high = sorted((one, other))
    assert (line.points(low) or 0) <= (line.points(high) or 0) <= 25


def test_periods_are_read_from_addresses_and_nonsense_is_this_month() -> None:
    now = at("2026-05-11 12:00")
    assert asked("week", "2026-05-11", now).first == date(2026, 5, 11)
    assert asked("month", "2026-02", now).last == date(2026, 2, 28)
    for on in ("soon", "2026-13-01", "9999-01-01", "\x00"):
        assert asked("year", on, now).first == date(2026, 5, 1)
    assert [one.first.month for one in months(period_of(MONTH, date(2026, 2, 1)), 3)] == [12, 1, 2]
    assert MARCH.start.tzinfo == CITY_TIME
