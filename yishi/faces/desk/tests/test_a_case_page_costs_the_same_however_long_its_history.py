"""A case's page costs a constant number of statements, whatever happened to the case."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from yishi.systems.city_events.tests.office import Office

#: Session, account, frame; case, reports, contacts, decisions, dispatch; trace, papers, ratings,
#: and the names of the persons it was given to.
MOST = 13


def statements(client: Client, path: str) -> int:
    """How many statements a page takes once the process knows its registers."""
    assert client.get(path).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_a_young_and_an_old_case_cost_the_same(office: Office) -> None:
    young = office.apart(phone="13812345678").number
    old = office.report(phone="13812345678").number
    for n in range(4):
        office.report(phone=f"1391234567{n}", description="生活垃圾无人清运")
    before = ("sign", "finish", "redo", "finish", "confirm", "rework", "sign", "finish", "confirm")
    needs = {"finish": {"note": "已清运"}, "redo": {"note": "再来"}, "rework": {"note": "不行"}}
    for name in before:
        office.move(old, name, **needs.get(name, {}))  # type: ignore[arg-type]
    client = office.client("acceptor")
    first = statements(client, f"/desk/cases/{young}/")
    second = statements(client, f"/desk/cases/{old}/")
    assert (first, second) <= (MOST, MOST)
    assert first == second


def test_the_page_is_english_by_a_switch(office: Office) -> None:
    number = office.report().number
    client = office.client("acceptor")
    client.cookies["yishi_language"] = "en"
    page = client.get(f"/desk/cases/{number}/").content.decode()
    for words in ("To be signed for", "Why other steps are not open", "Clocks", "Photos and files"):
        assert words in page
