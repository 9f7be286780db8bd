"""Who may not see a case finds nothing: not its page, moves, photos, clocks, papers or contact."""

from __future__ import annotations

import pytest
from django.test import Client

from yishi.foundation.cases.models import CasePaper
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.office import ELSEWHERE, Office, photo


@pytest.fixture
def case(office: Office) -> dict[str, str]:
    """A dispatched case with a photo and a contact, as the addresses of its pages."""
    number = office.report(phone="13812345678", name="张三").number
    officer = office.unit_client(number)
    officer.post(f"/desk/cases/{number}/sign/", {"version": office.state(number).version})
    answer = officer.post(
        f"/desk/cases/{number}/finish/",
        {"version": office.state(number).version, "note": "已清运", "photos": [photo()]},
    )
    assert answer.status_code == 302, answer.content.decode()
    state = office.state(number)
    paper = CasePaper.objects.unscoped("test").get(case_id=state.id)
    report = Report.objects.unscoped("test").get(case_id=state.id)
    base = f"/desk/cases/{number}/"
    return {
        "page": base,
        "move": f"{base}confirm/",
        "paper": f"{base}papers/{paper.attachment_id}/",
        "clock": f"{base}clocks/{state.clocks[-1].id}/",
        "order": f"{base}dispatch-order.pdf",
        "contact": f"{base}reports/{report.pk}/contact/",
        "number": number,
    }


def outsiders(office: Office, number: str) -> dict[str, Client]:
    """Officers who have nothing to do with the case."""
    unit = office.state(number).unit_id
    return {
        "other county": office.client("dispatcher", scope=ELSEWHERE),
        "a county whose code begins alike": office.client("acceptor", scope="4206/42060"),
        "other unit": office.client("unit_officer", office.other_unit(unit), ""),
        "person without the case": office.client("handler", unit, ""),
        "no role": office.client(),
    }


@pytest.mark.parametrize("page", ["page", "move", "paper", "clock", "order", "contact"])
def test_outsiders_find_nothing(office: Office, case: dict[str, str], page: str) -> None:
    for who, client in outsiders(office, case["number"]).items():
        assert client.get(case[page]).status_code == 404, who
        assert client.post(case[page], {"version": "1", "purpose": "想看"}).status_code in (
            404,
            405,
        )


@pytest.mark.parametrize("page", ["page", "paper", "clock", "order"])
def test_the_unit_and_the_centre_find_all(office: Office, case: dict[str, str], page: str) -> None:
    for client in (office.unit_client(case["number"]), office.client("dispatcher")):
        answer = client.get(case[page])
        assert answer.status_code == 200
        if page == "order":
            assert answer.content[:5] == b"%PDF-"
        if page == "paper":
            assert answer.headers["Content-Type"] == "image/jpeg"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert b"".join(answer.streaming_content)[:3] == b"\xff\xd8\xff"  # type: ignore[attr-defined]


def test_lists_and_search_hide_what_is_out_of_sight(office: Office, case: dict[str, str]) -> None:
    number = case["number"]
    for who, client in outsiders(office, number).items():
        assert client.get(f"/desk/cases/?q={number}").context["rows"] == [], who
    found = office.client("auditor").get(f"/desk/cases/?q={number}").context["rows"]
    assert [row.number for row in found] == [number]


def test_a_photo_of_another_case_is_not_served(office: Office, case: dict[str, str]) -> None:
    other = office.apart().number
    client = office.client("dispatcher")
    stolen = case["paper"].replace(case["number"], other)
    assert client.get(stolen).status_code == 404
