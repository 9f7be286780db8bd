"""The three rates, the points that cities give for them, and the periods asked for (§S2.6)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from yishi.systems.city_events.assessment import scoring
from yishi.systems.city_events.assessment.measures import CALL_BACKS
from yishi.systems.city_events.assessment.periods import MONTH, asked, months, period_of
from yishi.systems.city_events.assessment.rates import Line, ThreeRates
from yishi.systems.city_events.assessment.reading import (
    call_backs_behind,
    count,
)
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.hotline.models import CallBack
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.assessed import MARCH, Made, span, store, when
from yishi.systems.city_events.tests.conftest import CITY_TIME, at


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
