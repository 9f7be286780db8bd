"""Who sees the screen, and that nobody sees another area's numbers."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from yishi.faces.screen.tests.conftest import CITY, COUNTY, OTHER, Watcher, simulate
from yishi.faces.screen.tests.reading import numbers_of
from yishi.foundation.cases.models import Case
from yishi.foundation.messages.live import permitted

pytestmark = pytest.mark.django_db
WATCHING = ("duty_leader", "dispatcher", "acceptor", "administrator", "auditor")


@pytest.mark.parametrize("address", ["today", "areas"])
def test_nobody_looks_without_signing_in(address: str, city: None) -> None:
    response = Client().get(reverse(f"screen:{address}"))
    assert response.status_code == 302
    assert response["Location"].startswith("/desk/sign-in/")


@pytest.mark.parametrize("role", WATCHING)
def test_these_roles_watch(watcher: Watcher, role: str) -> None:
    assert watcher(role).get("/screen/").status_code == 200


@pytest.mark.parametrize("role", ["unit_officer", "handler", "collector", "hotline"])
def test_other_roles_are_refused(watcher: Watcher, role: str) -> None:
    for address in ("today", "areas"):
        assert watcher(role).get(reverse(f"screen:{address}")).status_code == 403


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (OTHER, 403),
        (CITY, 403),
        ("4206/42060", 403),
        ("4206/420606/999999999", 404),
        ("4206/420606/", 404),
        ("4206/420606/420606070", 404),
        ("%00", 403),
        ("4206/420606/420606007", 200),
    ],
)
def test_an_officer_of_a_county_cannot_ask_for_another(
    watcher: Watcher, path: str, status: int
) -> None:
    client = watcher("dispatcher", COUNTY)
    for address in ("today", "areas"):
        assert client.get(reverse(f"screen:{address}") + f"?path={path}").status_code == status


def test_the_numbers_of_a_county_are_its_own(watcher: Watcher, days: datetime) -> None:
    html = watcher("acceptor", COUNTY).get("/screen/?days=7").content.decode()
    own = Case.objects.unscoped("a test").filter(managed_path__startswith=COUNTY + "/")
    received = next(n for n in numbers_of(html) if n.label.startswith("上报 "))
    assert 0 < received.value == own.count() < Case.objects.unscoped("a test").count()
    others = Case.objects.unscoped("a test").exclude(managed_path__startswith=COUNTY)
    for number in others.values_list("number", flat=True):
        assert number not in html
    assert "枣阳" not in html


def test_the_live_token_covers_the_area_only(watcher: Watcher, days: datetime) -> None:
    response = watcher("acceptor", COUNTY).get("/screen/")
    assert permitted(response.context["token"]) == [f"cases/{COUNTY}"]


def test_two_areas_are_chosen_among(watcher: Watcher, days: datetime) -> None:
    client = watcher("acceptor", COUNTY, OTHER, COUNTY + "/420606007")
    assert client.get(f"/screen/?path={OTHER}").status_code == 200
    html = client.get("/screen/").content.decode()
    assert "樊城区" in html
    assert "枣阳市" in html
    assert client.get("/screen/?path=4206/420602").status_code == 403


def test_secret_cases_are_not_called_out(watcher: Watcher, days: datetime) -> None:
    client = watcher()
    told = [line.number for line in client.get("/screen/?days=7").context["ticker"]]
    assert told
    Case.objects.unscoped("a test").filter(number=told[0]).update(secret=True)
    again = [line.number for line in client.get("/screen/?days=7").context["ticker"]]
    assert told[0] not in again


def test_outlines_are_those_of_the_area(watcher: Watcher, city: None) -> None:
    client = watcher()
    counties = client.get("/screen/areas.json").json()["features"]
    assert {f["properties"]["name"] for f in counties} >= {"襄城区", "枣阳市"}
    first = client.get(f"/screen/areas.json?path={COUNTY}")
    assert all(f["properties"]["synthetic"] for f in first.json()["features"])
    same = client.get(f"/screen/areas.json?path={COUNTY}", headers={"if-none-match": first["ETag"]})
    assert same.status_code == 304


@pytest.mark.parametrize("query", ["days=x", "days=-1", "days=30&days=2", "path=&days=7"])
def test_bad_parameters_never_break_the_page(watcher: Watcher, query: str) -> None:
    assert watcher().get(f"/screen/?{query}").status_code == 200


def test_the_screen_costs_six_statements_at_most(watcher: Watcher, days: datetime) -> None:
    client = watcher()
    client.get("/screen/?days=7")
    counts = []
    for _round in range(2):
        for address in ("/screen/?days=7", f"/screen/?days=30&path={COUNTY}"):
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            counts.append(len(seen))
        simulate(200, days, seed=8)
    assert counts == [5] * 4
