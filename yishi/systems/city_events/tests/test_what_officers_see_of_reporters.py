"""Reporters' numbers and contacts: masked unless needed, opened with a purpose, secret to units."""

from __future__ import annotations

import pytest
from django.test import Client

from yishi.foundation.audit.models import Look
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.office import Office

PHONE = "13812345678"
WORDS = f"垃圾没人清运，找我打电话{PHONE}"


@pytest.fixture
def office(city: None) -> Office:
    """Officers and cases."""
    return Office()


def contact_path(office: Office, number: str) -> str:
    """The page that opens the contact of a case's first report."""
    rows = Report.objects.unscoped("test").filter(case_id=office.state(number).id)
    return f"/desk/cases/{number}/reports/{rows.order_by('id')[0].pk}/contact/"


def page(client: Client, number: str) -> str:
    """The case's page."""
    return client.get(f"/desk/cases/{number}/").content.decode()


def test_numbers_in_words_are_shown_to_those_who_call_only(office: Office) -> None:
    number = office.report(description=WORDS).number
    assert PHONE in page(office.client("acceptor"), number)
    assert PHONE in page(office.client("hotline"), number)
    assert PHONE in page(office.unit_client(number), number), "the unit's officer holds it"
    for role in ("dispatcher", "duty_leader", "auditor", "administrator"):
        assert PHONE not in page(office.client(role), number), role


def test_a_unit_that_no_longer_holds_the_case_reads_no_numbers(office: Office) -> None:
    number = office.report(description=WORDS).number
    before = office.unit_client(number)
    office.move(number, "give_back", reason="duty", note="不属于本单位")
    office.move(number, "dispatch", unit=str(office.other_unit(office.state(number).unit_id)))
    assert PHONE not in page(before, number)


def test_the_contact_is_masked_until_a_purpose_is_stated_and_logged(office: Office) -> None:
    number = office.report(phone=PHONE, name="张三丰").number
    client = office.client("acceptor")
    shown = page(client, number)
    assert "138****5678" in shown
    assert PHONE not in shown
    path = contact_path(office, number)
    assert PHONE not in client.get(path).content.decode()
    refused = client.post(path, {"purpose": " "})
    assert refused.status_code == 422
    assert 'href="#id_purpose"' in refused.content.decode()
    assert not Look.objects.filter(action="contact.reveal").exists()
    opened = client.post(path, {"purpose": "核实具体位置"})
    assert PHONE in opened.content.decode()
    assert "no-store" in opened.headers["Cache-Control"]
    look = Look.objects.get(action="contact.reveal")
    assert look.purpose == "核实具体位置"
    assert look.actor_ref.startswith("user:")


def test_a_secret_reporter_stays_hidden_from_the_unit(office: Office) -> None:
    number = office.report(phone=PHONE, name="张三丰", secret=True, description=WORDS).number
    unit = office.unit_client(number)
    shown = page(unit, number)
    for hint in (PHONE, "138****5678", "张**"):
        assert hint not in shown
    assert unit.get(contact_path(office, number)).status_code == 403
    assert unit.post(contact_path(office, number), {"purpose": "想知道"}).status_code == 403
    assert not Look.objects.filter(action="contact.reveal").exists()
    order = unit.get(f"/desk/cases/{number}/dispatch-order.pdf")
    assert order.status_code == 200


def test_auditors_and_collectors_do_not_open_contacts(office: Office) -> None:
    number = office.report(phone=PHONE).number
    path = contact_path(office, number)
    assert office.client("auditor").post(path, {"purpose": "检查"}).status_code == 403


def test_a_report_of_another_case_is_not_found_here(office: Office) -> None:
    number, other = office.report(phone=PHONE).number, office.apart(phone=PHONE).number
    foreign = contact_path(office, other).replace(other, number)
    assert office.client("acceptor").post(foreign, {"purpose": "核实"}).status_code == 404


def test_a_secret_reporter_who_joins_anothers_case_keeps_the_numbers_in_the_words(
    office: Office,
) -> None:
    number = office.report().number
    words = "垃圾是隔壁店倒的，我电话13900001111"
    joined = office.report("hotline", description=words, appeal="tipoff", phone="13900001111")
    assert joined.number == number and joined.merged
    unit, centre = office.unit_client(number), office.client("acceptor")
    for path in (f"/desk/cases/{number}/", f"/desk/cases/{number}/dispatch-order.pdf"):
        assert unit.get(path).status_code == 200
    assert "13900001111" not in unit.get(f"/desk/cases/{number}/").content.decode()
    assert "13900001111" in centre.get(f"/desk/cases/{number}/").content.decode()
