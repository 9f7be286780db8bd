"""考核 pages: ranked rows, who has nothing due apart, every number open, the report on one page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from yishi.foundation.cases.models import Case
from yishi.systems.city_events.assessment.pages import ROLES
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.tests.assessed import HERE, THERE, Made, store
from yishi.systems.city_events.tests.office import Office

PATH = "/desk/assessment/"
MARCH = "kind=month&on=2026-03-01"


@pytest.fixture
def leader(city: None) -> Client:
    """A browser of the city's duty leader."""
    return Office().client("duty_leader")


def units(*paths: str) -> list[int]:
    found = city_registers().register.units
    return [found(path.rpartition("/")[0], "sanitation")[0].id for path in paths]


def fill() -> tuple[int, int]:
    """Two units: one with work due, one without."""
    busy, idle = units(HERE, THERE)
    rows = store(
        [
            *(Made(due=9, closed=8, state="closed") for _ in range(3)),
            Made(due=9, closed=12, late=True, state="closed"),
            Made(due=60, path=THERE),
        ]
    )
    Case.objects.unscoped("test").filter(pk__in=[row.pk for row in rows[:4]]).update(unit_id=busy)
    Case.objects.unscoped("test").filter(pk=rows[4].pk).update(unit_id=idle)
    return busy, idle


def test_units_without_due_cases_are_listed_apart_and_not_scored(leader: Client) -> None:
    busy, idle = fill()
    context = leader.get(f"{PATH}?{MARCH}&by=unit").context
    register = city_registers().register
    assert [row.label for row in context["rows"]] == [register.unit(busy).name]
    assert [row.label for row in context["apart"]] == [register.unit(idle).name]
    assert context["rows"][0].rank == 1
    assert context["apart"][0].points is None
    assert str(context["rows"][0].shares[1].value) == "75.00"


@pytest.mark.parametrize("by", ["unit", "county", "month", "nonsense"])
def test_every_number_of_the_page_opens_as_many_cases(leader: Client, by: str) -> None:
    fill()
    page = leader.get(f"{PATH}?{MARCH}&by={by}")
    assert page.status_code == 200
    opened = 0
    for row in [*page.context["rows"], *page.context["apart"]]:
        for number in (row.due, row.received, *(s.part for s in row.shares)):
            listed: Any = leader.get(number.url).context
            assert len(listed["rows"]) == number.value, number.url
            opened += number.value
    assert opened


def test_definitions_are_one_click_from_every_rate(leader: Client) -> None:
    fill()
    page = leader.get(f"{PATH}?{MARCH}").content.decode()
    anchors = set(re.findall(r'href="/desk/kpis/#(period-\w+)"', page))
    text = leader.get("/desk/kpis/").content.decode()
    assert anchors
    for anchor in anchors:
        assert f'id="{anchor}"' in text
    assert text.count("SELECT count(*)") > 20


@pytest.mark.parametrize("kind", ["day", "week", "month"])
def test_the_report_says_no_data_where_there_is_none(leader: Client, kind: str) -> None:
    page = leader.get(f"/desk/assessment/report/?kind={kind}&on=2026-03-10").content.decode()
    assert "没有数据" in page
    assert "0.00%" not in page
    assert "100.00%" not in page


def test_the_report_of_march_counts_its_cases(leader: Client) -> None:
    fill()
    context = leader.get(f"/desk/assessment/report/?{MARCH}").context
    told = context["told"]
    head = {one.label: one.number.value for one in told.head}
    assert (head["上报"], head["应结案"], head["按期结案"]) == (5, 4, 3)
    assert len(told.areas) == 2


def test_officers_of_a_unit_see_their_own_unit_only(city: None) -> None:
    fill()
    office = Office()
    receipt = office.report("hotline")
    client = office.unit_client(receipt.number)
    context = client.get(PATH).context
    own = city_registers().register.unit(office.state(receipt.number).unit_id or 0).name
    assert {row.label for row in [*context["rows"], *context["apart"]]} == {own}


@pytest.mark.parametrize("role", [*ROLES, "handler", "collector"])
def test_who_may_look(city: None, role: str) -> None:
    status = Office().client(role).get(PATH).status_code
    assert status == (200 if role in ROLES else 403)


@pytest.mark.parametrize(
    "query",
    [
        "figure=received&unit=abc&area=nowhere",
        "figure=received&unit=99999999999999999999",
        "figure=due&after=x&on=never&kind=9",
        "figure=frequent",
    ],
)
def test_nonsense_in_addresses_is_no_error(leader: Client, query: str) -> None:
    assert leader.get(f"{PATH}cases/?{query}").status_code == 200


def test_an_unknown_figure_is_not_found(leader: Client) -> None:
    assert leader.get(f"{PATH}cases/?figure=x").status_code == 404
    assert leader.get(f"{PATH}call-backs/?figure=x").status_code == 404
