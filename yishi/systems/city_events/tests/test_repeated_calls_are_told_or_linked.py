"""Repeats (§S2.8 7, 8): without new facts only told and counted, with new facts linked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation.audit.models import Look
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.city_events.hotline import history, register
from yishi.systems.city_events.hotline.models import FollowUp, RepeatCall
from yishi.systems.city_events.hotline.tickets import ticket_clock
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.office import Office
from yishi.systems.city_events.tests.test_calls_are_written_down import PATH, call, landmark

PHONE = "13912345678"


@pytest.fixture
def office(city: None) -> Office:
    """Officers and cases."""
    return Office()


@pytest.fixture
def caller(office: Office) -> Client:
    """A browser at the hotline."""
    return office.client("hotline")


@pytest.fixture
def known(caller: Client) -> str:
    """The case of an earlier call."""
    answer = caller.post(PATH, call(caller))
    return str(answer.context["receipt"].number)


def looked(caller: Client, phone: str = PHONE) -> Any:
    return caller.post(PATH, {"look": "history", "phone": phone, "description": "又来问"})


def again(caller: Client, number: str, facts: str, **more: Any) -> Any:
    form = call(caller, earlier=number, facts=facts, known=number, confirmed="", **more)
    return caller.post(PATH, form)


def close(office: Office, number: str) -> None:
    for move in ("sign", "finish", "confirm", "forward", "report_verification", "close"):
        office.until(number, move)


def test_the_callers_tickets_are_shown_while_the_call_is_written(
    caller: Client, known: str
) -> None:
    before = Look.objects.count()
    page = looked(caller).content.decode()
    assert known in page
    assert PHONE not in page.replace(f'value="{PHONE}"', "")
    look = Look.objects.order_by("-id")[0]
    assert Look.objects.count() == before + 1
    assert (look.action, look.purpose, look.rows) == ("contact.find", history.PURPOSE, 1)
    assert PHONE not in look.subject


def test_typing_on_shows_them_still_without_another_look(caller: Client, known: str) -> None:
    looked(caller)
    before = Look.objects.count()
    page = caller.post(PATH, {"look": "1", "phone": PHONE, "known": known, "description": "x"})
    assert known in page.content.decode()
    assert Look.objects.count() == before


def test_a_number_that_never_called_is_said_to_be_new(caller: Client) -> None:
    assert "这个号码没有在办或近期的工单" in looked(caller, "13700000000").content.decode()


def test_a_wrong_number_is_said_at_its_field(caller: Client) -> None:
    answer = looked(caller, "12")
    assert answer.status_code == 422
    assert 'href="#id_phone"' in answer.content.decode()


def test_a_known_number_is_asked_about_before_filing(caller: Client, known: str) -> None:
    other = landmark(caller)
    answer = caller.post(PATH, call(caller, confirmed="", type="", landmark=other))
    assert "receipt" not in answer.context
    assert answer.context["asked"]
    assert known in answer.content.decode()


def test_only_who_talks_to_callers_may_look(office: Office, known: str) -> None:
    for role in ("dispatcher", "duty_leader", "auditor", "unit_officer"):
        assert office.client(role).post(PATH, {"look": "history"}).status_code == 403
    with pytest.raises(PermissionError):
        history.of_phone(office.account("dispatcher").actor(), PHONE, timezone.now(), 30)


def test_tickets_out_of_sight_are_not_shown(office: Office, known: str) -> None:
    elsewhere = office.client("hotline", scope="4206/420602")
    assert known not in looked(elsewhere).content.decode()


def test_a_repeat_without_new_facts_is_told_linked_and_counted(caller: Client, known: str) -> None:
    cases = Case.objects.unscoped("test").count()
    answer = again(caller, known, "none")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert known in page
    assert "没有新的事实" in page
    ticket = ticket_clock(load_states(number=known)[0])
    assert ticket is not None and moment_text(ticket.due_at) in page, "what was promised"
    assert Case.objects.unscoped("test").count() == cases
    assert Report.objects.unscoped("test").filter(case__number=known).count() == 1
    repeat = RepeatCall.objects.unscoped("test").get()
    assert (repeat.case.number, repeat.state) == (known, "assigned")


def test_a_repeat_sent_twice_counts_once(caller: Client, known: str) -> None:
    form = call(caller, earlier=known, facts="none", known=known)
    for _ in range(2):
        assert caller.post(PATH, form).status_code == 200
    assert RepeatCall.objects.unscoped("test").count() == 1


def test_new_facts_about_an_open_case_join_it(office: Office, caller: Client, known: str) -> None:
    answer = again(caller, known, "new", description="垃圾现在着火冒烟了，生活垃圾")
    assert answer.context["receipt"].number == known
    reports = Report.objects.unscoped("test").filter(case__number=known)
    assert reports.count() == 2
    assert office.state(known).data["reports"] == 2


def test_new_facts_after_closing_open_a_linked_case(
    office: Office, caller: Client, known: str
) -> None:
    close(office, known)
    answer = again(caller, known, "new", description="又堆了一堆新的生活垃圾")
    number = answer.context["receipt"].number
    assert number != known
    assert office.state(known).state == "closed"
    new = office.state(number)
    assert new.data["follows"]["number"] == known
    link = FollowUp.objects.unscoped("test").get()
    assert (link.earlier.number, link.case.number) == (known, number)
    acceptor = office.client("acceptor")
    assert known in acceptor.get(f"/desk/cases/{number}/").content.decode()
    assert number in acceptor.get(f"/desk/cases/{known}/").content.decode()


def test_two_citizens_with_one_problem_each_have_a_ticket_of_their_own(
    office: Office, caller: Client, known: str
) -> None:
    first = Report.objects.unscoped("test").get(case__number=known)
    again(caller, known, "new", phone="13700000001", name="李先生")
    contacts = set(
        Report.objects.unscoped("test")
        .filter(case__number=known)
        .values_list("contact_id", flat=True)
    )
    assert len(contacts) == 2
    assert first.contact_id in contacts
    assert len(office.state(known).data["contacts"]) == 2


def test_a_case_out_of_sight_cannot_be_named(office: Office, known: str) -> None:
    actor = office.account("hotline", scope="4206/420602").actor()
    with pytest.raises(FieldError) as refused:
        register.tell_only(actor, known, "token", timezone.now())
    assert refused.value.field == "earlier"
    assert not RepeatCall.objects.unscoped("test").exists()


def test_whether_there_is_anything_new_must_be_said(caller: Client, known: str) -> None:
    answer = again(caller, known, "")
    assert answer.status_code == 422
    assert "facts" in answer.context["form"].errors
