"""Every number is a link to exactly the cases that it counts."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from yishi.faces.screen.tests.conftest import CITY, COUNTY, Watcher
from yishi.faces.screen.tests.reading import listed, numbers_of
from yishi.foundation.cases import rollups
from yishi.foundation.cases.board import Span, read_board, true_count
from yishi.foundation.cases.figures import figures, systems
from yishi.foundation.cases.models import Case, Exemption
from yishi.systems.city_events.notices import CITY_TIME

pytestmark = pytest.mark.django_db


def _click_all(client: Client, query: str) -> int:
    """The largest number of the page, after each was compared with the list behind it."""
    html = client.get(f"/screen/?{query}").content.decode()
    found = numbers_of(html)
    counted: dict[str, int] = {}
    noughts = [link for link in found if not link.value]
    for link in [*(link for link in found if link.value), *noughts[::10]]:
        if link.href not in counted:
            counted[link.href] = listed(client, link.href)
        assert counted[link.href] == link.value, (link.label, link.href)
    assert len(found) > 150
    return max(link.value for link in found)


@pytest.mark.parametrize("query", ["days=1", f"days=30&path={COUNTY}"])
def test_every_number_opens_a_list_of_as_many_cases(
    watcher: Watcher, days: datetime, query: str
) -> None:
    assert _click_all(watcher(), query) > 3


def test_cases_whose_place_is_not_known_have_a_row_that_opens(
    watcher: Watcher, days: datetime
) -> None:
    moved = Case.objects.unscoped("a test").order_by("id")[:3].values_list("id", flat=True)
    Case.objects.unscoped("a test").filter(id__in=list(moved)).update(managed_path=CITY)
    rollups.rebuild()
    html = watcher().get("/screen/?days=7").content.decode()
    here = [link for link in numbers_of(html) if link.label.startswith("未定位到下级 上报")]
    assert [link.value for link in here] == [3]
    assert listed(watcher(), here[0].href) == 3


@pytest.mark.parametrize("how", ["deltas", "folded", "rebuilt"])
def test_figures_from_roll_ups_equal_their_definitions(days: datetime, how: str) -> None:
    if how == "folded":
        assert rollups.fold() > 0
    if how == "rebuilt":
        # Whether one of the simulated cases was late depends on the hour: here some were.
        closed = Case.objects.unscoped("a test").filter(state="closed").order_by("-received_at")
        late = list(closed[:3].values_list("id", flat=True))
        Case.objects.unscoped("a test").filter(id__in=late).update(timeliness="late")
        rollups.rebuild()
    until = days.astimezone(CITY_TIME).date()
    stages = systems()[0]
    seen = set()
    for back in (0, 6):
        for scope in (CITY, COUNTY, "4206/GX"):
            span = Span(stages, scope, until - timedelta(days=back), until)
            board = read_board(span, days)
            for name, figure in figures(stages).items():
                assert board.count(name) == true_count(figure, span, days), (name, scope)
                if board.count(name):
                    seen.add(name)
    wanted = {"received", "filed", "open", "closed", "due"}
    assert wanted | ({"late"} if how == "rebuilt" else set()) <= seen


def test_units_are_ranked_by_what_their_cases_say(days: datetime) -> None:
    until = days.astimezone(CITY_TIME).date()
    stages = systems()[0]
    span = Span(stages, CITY, until - timedelta(days=6), until)
    known = figures(stages)
    mine = Case.objects.unscoped("a test").filter(received_on__gte=span.since)
    # Of two units only: at every hour both have enough cases to be ranked.
    handled = mine.filter(unit_id__isnull=False).order_by("id").values_list("id", "unit_id")
    two = sorted({unit for _, unit in handled})[:2]
    for n, unit in enumerate(two):
        mine.filter(id__in=[case for case, _ in handled][n::2]).update(unit_id=unit)
    rollups.rebuild()
    board = read_board(span, days)
    assert sorted(one.unit_id for one in board.units) == two
    rates = []
    for one in board.units:
        cases = mine.filter(unit_id=one.unit_id)
        due = cases.filter(known["due"].condition(days)).count()
        on_time = cases.filter(known["on_time"].condition(days)).count()
        assert (one.on_time, one.due) == (on_time, due)
        rates.append(on_time / due)
    assert rates == sorted(rates, reverse=True)
    Case.objects.unscoped("a test").filter(timeliness="on_time").update(timeliness="late")
    Exemption.objects.unscoped("a test").delete()
    rollups.rebuild()
    assert {one.on_time for one in read_board(span, days).units} == {0}


def test_hours_days_spots_and_scenarios_add_up(days: datetime) -> None:
    until = days.astimezone(CITY_TIME).date()
    span = Span(systems()[0], CITY, until - timedelta(days=6), until)
    board = read_board(span, days)
    total = board.count("received")
    assert sum(n for n, _closed in board.days.values()) == total
    assert sum(n for (_key, name), n in board.families.items() if name == "received") == total
    today = read_board(Span(systems()[0], CITY, until, until), days)
    assert sum(n for (back, _hour), n in today.hours.items() if not back) == today.count("received")
    for spot in board.spots:
        below = Case.objects.unscoped("a test").filter(managed_path=spot.key)
        assert below.filter(received_on__gte=span.since).count() == spot.received


def test_each_figure_has_its_definition_one_click_away(watcher: Watcher, days: datetime) -> None:
    client = watcher()
    page = client.get("/screen/").content.decode()
    text = client.get(reverse("desk:kpis")).content.decode()
    for name, figure in figures(systems()[0]).items():
        assert f'id="live-{name}"' in text
        assert str(figure.formula) in text
    for name in ("received", "running_late", "stage-handle", "on_time_rate"):
        assert f'href="/desk/kpis/#live-{name}"' in page


def test_no_due_case_is_no_data_and_not_nought(watcher: Watcher, city: None) -> None:
    html = watcher().get("/screen/").content.decode()
    assert "无数据" in html
    assert "0.0%" not in html
    assert "100.0%" not in html


def test_equal_shares_share_a_place_and_no_data_stands_last(days: datetime) -> None:
    from yishi.faces.screen.boards import Show
    from yishi.faces.screen.scope import Asked
    from yishi.foundation.places import register

    asked = Asked(systems()[0], register(), CITY, CITY, (CITY,), 7, days)
    show = Show(asked, read_board(asked.span, days))
    ranking = show.ranking(show.branches())
    rates = [row.rate for row in ranking if row.rate is not None]
    assert rates
    assert rates == sorted(rates, reverse=True)
    assert all(row.place is None for row in ranking[len(rates) :])
    for row, rate in zip(ranking, rates, strict=False):
        assert row.place == 1 + sum(other > rate for other in rates)
        assert rate == row.numerator.value / row.denominator.value
