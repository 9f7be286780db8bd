"""The case list answers the same parameters that figures on the screens link with."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from yishi.systems.city_events.tests.office import COUNTY, ELSEWHERE, RUBBISH, Office


def numbers(client: Client, query: str) -> set[str]:
    """The cases that a query finds."""
    answer = client.get(f"/desk/cases/?{query}")
    assert answer.status_code == 200
    return {row.number for row in answer.context["rows"]}


@pytest.fixture
def some(office: Office) -> dict[str, str]:
    """A dispatched case, an unrecognised one and a closed one."""
    closed = office.apart(description="生活垃圾堆在路边没人清运").number
    office.until(closed, "sign", "finish", "confirm", "forward", "report_verification", "close")
    return {
        "dispatched": office.report().number,
        "waiting": office.report(type=None, description="有个情况").number,
        "closed": closed,
    }


def test_each_filter_finds_its_cases_and_no_others(office: Office, some: dict[str, str]) -> None:
    client = office.client("auditor")
    unit = office.state(some["dispatched"]).unit_id
    today = timezone.localdate()
    every = set(some.values())
    expected = {
        "state=reported": {"waiting"},
        "stage=evaluate": {"closed"},
        f"type={RUBBISH}": {"dispatched", "closed"},
        f"path={ELSEWHERE}": set(),
        f"path={COUNTY}": {"dispatched", "waiting", "closed"},
        f"day={today}": {"dispatched", "waiting", "closed"},
        f"day={today - timedelta(days=1)}": set(),
        f"since={today}&until={today}": {"dispatched", "waiting", "closed"},
        f"until={today - timedelta(days=1)}": set(),
        "late=running": set(),
        "late=fact": set(),
        f"q={some['closed']}": {"closed"},
        "q=暴露生活垃圾": {"dispatched", "closed"},
        "q=xy2": {"dispatched", "waiting", "closed"},
    }
    for query, names in expected.items():
        found = numbers(client, query) & every
        assert found == {some[name] for name in names}, query
    assert some["dispatched"] in numbers(client, f"unit={unit}")
    assert some["waiting"] not in numbers(client, f"unit={unit}")


def test_late_cases_are_found_while_they_run(office: Office, some: dict[str, str]) -> None:
    from yishi.foundation.cases.models import Case

    past = timezone.now() - timedelta(hours=1)
    rows = Case.objects.unscoped("the test moves a deadline")
    rows.filter(number=some["dispatched"]).update(next_due_at=past)
    client = office.client("auditor")
    assert some["dispatched"] in numbers(client, "late=running")
    page = client.get("/desk/cases/?late=running").content.decode()
    assert "逾期 1 小时" in page


def test_a_path_below_a_county_is_kept_and_named(office: Office, some: dict[str, str]) -> None:
    path = office.state(some["dispatched"]).managed_path
    client = office.client("auditor")
    assert some["dispatched"] in numbers(client, f"path={path}")
    assert "街道" in client.get(f"/desk/cases/?path={path}").content.decode()


def test_a_filter_that_is_no_filter_finds_nothing_and_says_so(office: Office) -> None:
    office.report()
    answer = office.client("auditor").get("/desk/cases/?since=yesterday")
    assert answer.context["rows"] == []
    assert 'href="#filter_since"' in answer.content.decode()
