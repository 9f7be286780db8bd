"""拆案: a report that does not belong gets a case of its own, and its reporter follows it."""

from __future__ import annotations

import pytest
from django.utils import timezone

from yishi.foundation.audit.chain import link
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.models import Trace
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.city_events.intake import Receipt
from yishi.systems.city_events.merging import unmerge
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.office import Office
from yishi.systems.city_events.tracking_view import track


@pytest.fixture
def office(city: None) -> Office:
    """Officers and cases."""
    return Office()


@pytest.fixture
def merged(office: Office) -> tuple[Receipt, Receipt]:
    """Two reports that intake took for one thing; the second left a number."""
    first = office.report(description="生活垃圾堆在路边")
    second = office.report(
        description="生活垃圾堆在路边，另一侧", phone="13812345678", external_id="again-1"
    )
    assert second.merged
    assert second.number == first.number
    return first, second


def reports(office: Office, number: str) -> list[Report]:
    """The reports of a case, oldest first."""
    rows = Report.objects.unscoped("test").filter(case_id=office.state(number).id)
    return list(rows.order_by("received_at", "id"))


def test_the_report_gets_its_own_case(office: Office, merged: tuple[Receipt, Receipt]) -> None:
    first, second = merged
    leaving = reports(office, first.number)[1]
    new = unmerge(office.holder(first.number), first.number, leaving.pk, timezone.now())
    assert new.number != first.number
    assert new.state == "assigned"
    assert new.data["split_from"] == first.number
    assert office.state(first.number).data["reports"] == 1
    assert office.state(first.number).data["contacts"] == []
    assert office.state(new.number).data["contacts"][0][0] == str(leaving.contact_id)
    found = track(second.tracking_code)
    assert found is not None
    assert found.case.number == new.number
    kept = track(first.tracking_code)
    assert kept is not None
    assert kept.case.number == first.number


def test_the_repeated_report_answers_with_the_new_case(
    office: Office, merged: tuple[Receipt, Receipt]
) -> None:
    first, _ = merged
    leaving = reports(office, first.number)[1]
    new = unmerge(office.holder(first.number), first.number, leaving.pk, timezone.now())
    again = office.report(
        description="生活垃圾堆在路边，另一侧", phone="13812345678", external_id="again-1"
    )
    assert again.replayed
    assert again.number == new.number


def test_both_traces_tell_of_it_and_verify(office: Office, merged: tuple[Receipt, Receipt]) -> None:
    first, _ = merged
    leaving = reports(office, first.number)[1]
    new = unmerge(office.holder(first.number), first.number, leaving.pk, timezone.now())
    for number in (first.number, new.number):
        state = office.state(number)
        head = b""
        for row in Trace.objects.unscoped("test").filter(case_id=state.id).order_by("seq"):
            head = link(bytes(row.body), head)
            assert bytes(row.hash) == head
        assert head == state.trace_head
    last = Trace.objects.unscoped("test").filter(case_id=office.state(first.number).id)
    assert last.latest("seq").move == "unmerge_report"
    assert new.number in bytes(last.latest("seq").body).decode()


def test_the_first_report_and_foreign_reports_stay(
    office: Office, merged: tuple[Receipt, Receipt]
) -> None:
    first, _ = merged
    foreign = reports(office, office.apart().number)[0]
    before = office.state(first.number)
    for pk in (reports(office, first.number)[0].pk, foreign.pk, 0):
        with pytest.raises(FieldError):
            unmerge(office.holder(first.number), first.number, pk, timezone.now())
    assert office.state(first.number).version == before.version


def test_only_an_acceptor_of_the_place_takes_reports_out(
    office: Office, merged: tuple[Receipt, Receipt]
) -> None:
    first, _ = merged
    leaving = reports(office, first.number)[1]
    dispatcher = office.account("dispatcher").actor()
    with pytest.raises(MoveRefused):
        unmerge(dispatcher, first.number, leaving.pk, timezone.now())
    path = f"/desk/cases/{first.number}/reports/{leaving.pk}/unmerge/"
    assert office.client("dispatcher").post(path).status_code == 403
    assert office.client("acceptor", scope="4206/420602").post(path).status_code == 404


def test_the_desk_asks_and_then_leads_to_the_new_case(
    office: Office, merged: tuple[Receipt, Receipt]
) -> None:
    first, _ = merged
    leaving = reports(office, first.number)[1]
    client = office.client("acceptor")
    path = f"/desk/cases/{first.number}/reports/{leaving.pk}/unmerge/"
    assert path in client.get(f"/desk/cases/{first.number}/").content.decode()
    assert client.get(path).status_code == 200
    answer = client.post(path)
    assert answer.status_code == 302
    assert answer.headers["Location"] != f"/desk/cases/{first.number}/"
    assert client.post(path).status_code == 409, "a second press finds the report gone"
