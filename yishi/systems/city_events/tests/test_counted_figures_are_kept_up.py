"""Stored figures of periods: the same as SQL over cases, within scope, fresh, and kept up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.cases.checks import figure_faults
from yishi.foundation.cases.models import Case, Trace
from yishi.systems.city_events.assessment import results, upkeep
from yishi.systems.city_events.assessment.homes import home_of, span_of
from yishi.systems.city_events.assessment.models import PeriodCount, PeriodFigure
from yishi.systems.city_events.assessment.periods import DAY, MONTH, WEEK, period_of
from yishi.systems.city_events.assessment.reading import NOTHING, Span, count
from yishi.systems.city_events.assessment.verifying import stored_faults
from yishi.systems.city_events.notices import CITY_TIME
from yishi.systems.city_events.tests.assessed import (
    HERE,
    LEADER,
    MARCH,
    THERE,
    Made,
    span,
    store,
)
from yishi.systems.city_events.tests.office import Office

MADE = [
    *(Made(due=9, closed=8, state="closed") for _ in range(3)),
    Made(due=9, closed=12, late=True, state="closed", path=THERE),
    Made(due=60, path=THERE, urgent=True),
    Made(received=-20, due=3, state="suspended"),
    Made(received=4, due=5, closed=5, state="closed", rework=1, channel="collector"),
    Made(received=6, state="voided", closed=7, channel="collector", reason="7"),
]


def same(stored: Any, live: Any) -> None:
    """Every row says the same."""
    kept = {key: one for (_place, key), one in stored.rows.items()}
    true = {str(key): one for (_place, key), one in live.items()}
    for key in kept.keys() | true.keys():
        mine, other = kept.get(key, NOTHING), true.get(key, NOTHING)
        for name in {*mine.numbers, *other.numbers}:
            assert mine.numbers.get(name, 0) == other.numbers.get(name, 0), (key, name)
        for name in {*mine.calls, *other.calls}:
            assert mine.calls.get(name, 0) == other.calls.get(name, 0), (key, name)
        assert mine.hours == other.hours, key


@pytest.mark.parametrize("grouped", ["", "county", "unit", "scenario"])
@pytest.mark.parametrize("area", ["", "4206/420606", HERE])
def test_stored_figures_equal_the_sql_over_cases(city: None, grouped: str, area: str) -> None:
    store(MADE)
    asked = span(area=area)
    same(results.read(asked, grouped), count(asked, grouped))
    assert stored_faults() == []


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.lists(
        st.builds(
            Made,
            received=st.sampled_from([-40.0, -1.0, 0.0, 12.5, 30.9]),
            due=st.sampled_from([None, -2.0, 3.0, 31.5]),
            closed=st.sampled_from([-1.0, 2.0, 30.5, 40.0]),
            state=st.sampled_from(["closed", "handling", "reported", "voided", "suspended"]),
            late=st.booleans(),
            path=st.sampled_from([HERE, THERE, "4206"]),
        ),
        max_size=8,
    )
)
def test_any_cases_are_counted_alike(city: None, made: list[Made]) -> None:
    PeriodCount.objects.all().delete()
    Case.objects.unscoped("a test").filter(number__startswith="T").delete()
    store(made)
    for period in (MARCH, period_of(WEEK, MARCH.first), period_of(DAY, MARCH.last)):
        asked = span(period)
        for grouped in ("", "county", "unit"):
            same(results.read(asked, grouped), count(asked, grouped))


def test_figures_that_were_counted_cost_one_statement(city: None) -> None:
    store(MADE)
    results.read(span(), "", [MARCH, MARCH.before])
    with CaptureQueriesContext(connection) as again:
        results.read(span(), "unit")
        results.read(span(), "", [MARCH, MARCH.before])
    assert len(again) == 2


GRANTS = {
    "county": (ActorGrant("dispatcher", None, "4206/420606"),),
    "two counties": (
        ActorGrant("dispatcher", None, "4206/420606"),
        ActorGrant("acceptor", None, "4206/420602"),
    ),
    "unit": (ActorGrant("unit_officer", 64, ""),),
    "person": (ActorGrant("handler", 64, ""),),
    "both": (ActorGrant("unit_officer", 64, ""), ActorGrant("acceptor", None, "4206/420602")),
    "city and unit": (ActorGrant("unit_officer", 64, ""), ActorGrant("acceptor", None, "4206")),
}


@pytest.mark.parametrize("name", GRANTS)
@pytest.mark.parametrize("area", ["", "4206/420602", "4206/GX", HERE])
def test_nobody_reads_a_count_of_another_scope(city: None, name: str, area: str) -> None:
    store(MADE)
    actor = Actor("user", "user:7", "测试", GRANTS[name], 7)
    asked = span(actor=actor, area=area)
    same(results.read(asked, "county"), count(asked, "county"))


def test_whoever_sees_nothing_has_no_figures(city: None) -> None:
    store(MADE)
    stored = results.read(span(actor=Actor("user", "user:7", "测试", (), 7)), "county")
    assert stored.rows == {}
    assert stored.fresh is None
    assert not PeriodCount.objects.exists()


def test_a_kept_question_sees_exactly_what_its_asker_sees(city: None) -> None:
    actor = Actor("user", "user:7", "测试", (*GRANTS["both"], *GRANTS["person"]), 7)
    asked = span(actor=actor, area="4206/420602", unit=64)
    kept = span_of(home_of(asked).spec, asked)
    assert str(kept.cases().query) == str(asked.cases().query)


def test_two_scopes_never_share_a_home(city: None) -> None:
    store(MADE)
    seen: dict[tuple[str, str], set[str]] = {}
    for grants in GRANTS.values():
        for area in ("", "4206/420602", "4206/420606"):
            for unit in (None, 64):
                asked = span(actor=Actor("user", "u", "", grants, 7), area=area, unit=unit)
                home = home_of(asked)
                ids = sorted(asked.cases().values_list("number", flat=True))
                seen.setdefault((home.scope, home.area), set()).add(str(ids))
    assert all(len(answers) == 1 for answers in seen.values())
    assert len(seen) > 10


def test_a_running_period_is_counted_up_to_the_count_and_made_anew(city: None) -> None:
    office = Office()
    now = timezone.now()
    assert upkeep.keep_up(now) > 3
    assert upkeep.keep_up(now + timedelta(minutes=1)) == 0
    office.report("portal")
    later = timezone.now() + timedelta(minutes=4)
    month = period_of(MONTH, later.astimezone(CITY_TIME).date())
    before = results.read(Span(LEADER, month, now=now)).row().numbers.get("received", 0)
    assert upkeep.keep_up(later) == 3
    after = results.read(Span(LEADER, month, now=later))
    assert after.row().numbers["received"] == before + 1
    assert after.fresh is not None
    assert after.fresh.running


def test_a_closed_period_is_counted_anew_once_something_in_it_changed(city: None) -> None:
    rows = store(MADE)
    results.read(span())
    upkeep.mark_changed(timezone.now())
    stored = PeriodCount.objects.get(scope="", kind=MONTH, first=MARCH.first)
    assert stored.changed_at is None
    Case.objects.unscoped("a test").filter(pk=rows[0].pk).update(
        stage="void", state="voided", managed_path=HERE
    )
    Trace.objects.unscoped("a test").bulk_create(
        [Trace(case=rows[0], seq=1, at=MARCH.start, actor_ref="t", move="void", body=b"",
               algorithm="sm3", hash=b"")]
    )  # fmt: skip
    now = timezone.now()
    assert upkeep.mark_changed(now) >= 1
    again = PeriodCount.objects.get(pk=stored.pk)
    assert again.changed_at is not None
    fresh = results.read(span()).fresh
    assert fresh is not None
    assert fresh.changed
    upkeep.keep_up(now + timedelta(hours=1), limit=600)
    same(results.read(span()), count(span()))


def test_verifying_finds_a_figure_that_was_changed(city: None) -> None:
    store(MADE)
    results.read(span())
    assert not any("month" in line for line in figure_faults())
    figure = PeriodFigure.objects.get(count__kind=MONTH, area="4206", grouped="", key="")
    figure.numbers = figure.numbers | {"received": 99}
    figure.save()
    assert any("received: 99 ≠" in line for line in stored_faults())


def test_somebody_else_s_count_is_waited_for_and_not_made_twice(city: None) -> None:
    results.read(span())
    taken = PeriodCount.objects.get(scope="", kind=MONTH, first=MARCH.first).counted_at
    results.read(span(now=timezone.now()))
    again = PeriodCount.objects.get(scope="", kind=MONTH, first=MARCH.first).counted_at
    assert taken == again


def test_an_officer_counts_anew_by_hand(city: None) -> None:
    office = Office()
    client = office.client("duty_leader")
    client.get("/desk/assessment/?by=county")
    office.report("portal")
    answer = client.post("/desk/assessment/count/?by=county")
    assert answer.status_code == 302
    page = client.get(answer["Location"])
    assert sum(row.received.value for row in [*page.context["rows"], *page.context["apart"]]) == 1
