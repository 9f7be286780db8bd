"""A list page costs four statements: session, account, counts with revisions, rows."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from yishi.foundation.cases.worklists import PAGE
from yishi.systems.city_events.context import city as city_registers
from yishi.systems.city_events.tests.office import RUBBISH, Office

MOST = 4
CENTRE = ["acceptor", "dispatcher", "hotline", "duty_leader", "auditor", "administrator"]
UNIT = ["unit_officer", "handler", "collector"]
FILTERS = "?q=垃圾&state=handling&stage=handle&late=running&type=event/01/10&path=4206/420606"


def statements(client: Client, path: str) -> tuple[int, str]:
    """How many statements a page took once the process knows its registers."""
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(path)
    assert answer.status_code == 200
    return len(captured), answer.content.decode()


def officer(office: Office, role: str, number: str | None) -> Client:
    """A browser of *role*; unit roles belong to the unit of the case, else to any unit."""
    if role in CENTRE:
        return office.client(role)
    unit = office.state(number).unit_id if number else city_registers().register.units()[0].id
    if role != "handler":
        return office.client(role, unit, "")
    user = office.account(role, unit, "")
    if number:
        office.move(number, "sign")
        office.move(number, "assign_person", person=str(user.pk))
    return office.signed_in(user)


@pytest.mark.parametrize("role", [*CENTRE, *UNIT])
@pytest.mark.parametrize("rows", [0, 1, PAGE + 2])
def test_all_cases(office: Office, role: str, rows: int) -> None:
    numbers = [office.apart().number for _ in range(rows)]
    client = officer(office, role, numbers[0] if numbers else None)
    count, page = statements(client, "/desk/cases/")
    assert count <= MOST
    if role in CENTRE:
        assert page.count("case-number") == min(rows, PAGE)
        assert ("下一页" in page) == (rows > PAGE)
    assert statements(client, "/desk/cases/" + FILTERS)[0] <= MOST


@pytest.mark.parametrize(
    ("role", "duty"),
    [
        ("acceptor", "accept"),
        ("acceptor", "close"),
        ("dispatcher", "dispatch"),
        ("dispatcher", "extend"),
        ("unit_officer", "main"),
        ("handler", "main"),
        ("collector", "check"),
        ("collector", "verify"),
    ],
)
def test_an_empty_work_list(office: Office, role: str, duty: str) -> None:
    count, page = statements(officer(office, role, None), f"/desk/work/{duty}/")
    assert count <= MOST
    assert "没有待办" in page


@pytest.mark.parametrize("rows", [1, PAGE + 2])
def test_a_full_work_list_of_the_acceptor(office: Office, rows: int) -> None:
    for _ in range(rows):
        office.report(type=None, description="有个情况想反映")
    count, page = statements(office.client("acceptor"), "/desk/work/accept/")
    assert count <= MOST
    assert page.count('name="case"') == 0, "accepting needs a type, so there is no batch"
    assert page.count("case-number") == min(rows, PAGE)


@pytest.mark.parametrize("rows", [1, PAGE + 2])
def test_a_full_work_list_of_the_unit(office: Office, rows: int) -> None:
    numbers = [office.report().number]
    kind = city_registers().catalogue(timezone.now())[1].by_key[RUBBISH]
    for _ in range(rows - 1):
        numbers.append(office.report(type=None, description="还有一处").number)
        office.move(numbers[-1], "file", type=RUBBISH, standard=kind.standards[0].code)
    held = officer(office, "unit_officer", numbers[0])
    count, page = statements(held, "/desk/work/main/")
    assert count <= MOST
    assert page.count("case-number") == min(rows, PAGE)
    assert page.count('name="case"') == min(rows, PAGE)
    assert statements(held, "/desk/work/main/?late=soon&q=XY&type=event/01/10")[0] <= MOST


def test_pages_follow_each_other_without_gap_or_repetition(office: Office) -> None:
    made = {office.apart().number for _ in range(PAGE + 3)}
    client = office.client("duty_leader")
    seen: list[str] = []
    path = "/desk/cases/"
    while path:
        answer = client.get(path)
        rows = answer.context["rows"]
        seen += [row.number for row in rows]
        cursor = answer.context["next"]
        path = f"/desk/cases/?after={cursor}" if cursor else ""
    assert len(seen) == len(set(seen))
    assert made <= set(seen)


def test_a_wrong_cursor_or_filter_is_no_server_error(office: Office) -> None:
    client = office.client("acceptor")
    for query in (
        "after=x",
        "after=~",
        "after=1e400~9",
        "day=2026-99-99",
        "unit=x",
        "path=../..",
        "state=no",
        "q=%00",
        "late=never",
        "since=1",
    ):
        for path in ("/desk/cases/", "/desk/work/accept/"):
            assert client.get(f"{path}?{query}").status_code == 200, query
