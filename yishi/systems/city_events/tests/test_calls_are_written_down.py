"""The hotline's form: words first, type and place found with help, one call one report."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.office import RUBBISH, Office

PATH = "/desk/hotline/"


@pytest.fixture
def office(city: None) -> Office:
    """Officers and cases."""
    return Office()


@pytest.fixture
def caller(office: Office) -> Client:
    """A browser at the hotline."""
    return office.client("hotline")


def landmark(client: Client) -> str:
    """Some landmark, found as a person would."""
    found = client.post(PATH, {"look": "1", "place_q": "小学"})
    return str(found.context["form"].fields["landmark"].choices[1][0])


def call(client: Client, **more: Any) -> dict[str, Any]:
    """A filled form."""
    token = client.get(PATH).context["form"].initial["external_id"]
    return {
        "external_id": token,
        "description": "小学门口生活垃圾堆了三天没人清运",
        "type": RUBBISH,
        "landmark": landmark(client),
        "name": "王女士",
        "phone": "13912345678",
        "confirmed": "1",
        **more,
    }


def test_types_are_suggested_from_the_words(caller: Client) -> None:
    found = caller.post(PATH, {"look": "1", "description": "路灯不亮了"})
    choices = [str(label) for _, label in found.context["form"].fields["suggested"].choices]
    assert any("路灯" in label for label in choices)
    assert found.context["form"].errors == {}
    assert "路灯不亮了" in found.content.decode()


def test_a_call_becomes_a_case_with_a_tracking_code(office: Office, caller: Client) -> None:
    answer = caller.post(PATH, call(caller))
    receipt = answer.context["receipt"]
    assert answer.status_code == 200
    assert receipt.tracking_code in answer.content.decode()
    assert office.state(receipt.number).state == "assigned"
    report = Report.objects.unscoped("test").get(case_id=office.state(receipt.number).id)
    assert (report.channel, report.contact_id is not None) == ("hotline", True)


def test_a_double_submit_is_one_case(caller: Client) -> None:
    form = call(caller)
    first, second = caller.post(PATH, form), caller.post(PATH, form)
    assert first.context["receipt"].number == second.context["receipt"].number
    assert second.context["receipt"].tracking_code == first.context["receipt"].tracking_code
    rows = Report.objects.unscoped("test").filter(external_id=form["external_id"])
    assert rows.count() == 1


def test_a_form_sent_again_with_other_words_is_told_so(caller: Client) -> None:
    form = call(caller)
    number = caller.post(PATH, form).context["receipt"].number
    answer = caller.post(PATH, form | {"description": "改了内容，生活垃圾"})
    assert answer.status_code == 409
    assert number in answer.content.decode()


def test_open_cases_near_by_are_shown_before_filing(office: Office, caller: Client) -> None:
    form = call(caller)
    number = caller.post(PATH, form).context["receipt"].number
    again = call(caller, landmark=form["landmark"], confirmed="")
    asked = caller.post(PATH, again)
    assert number in asked.content.decode()
    assert not Report.objects.unscoped("test").filter(external_id=again["external_id"]).exists()
    done = caller.post(PATH, again | {"confirmed": "1"})
    assert done.context["receipt"].tracking_code


def test_without_a_type_the_acceptor_decides(office: Office, caller: Client) -> None:
    receipt = caller.post(PATH, call(caller, type="", description="说不清楚是什么")).context[
        "receipt"
    ]
    assert office.state(receipt.number).state == "reported"


@pytest.mark.parametrize(
    ("more", "anchor"),
    [
        ({"description": ""}, "id_description"),
        ({"phone": "12"}, "id_phone"),
        ({"email": "no"}, "id_email"),
        ({"type": "event/99/99"}, "id_type"),
        ({"description": "x" * 2001}, "id_description"),
    ],
)
def test_wrong_input_is_said_at_its_field(
    caller: Client, more: dict[str, str], anchor: str
) -> None:
    form = call(caller, **more)
    answer = caller.post(PATH, form)
    assert answer.status_code == 422
    assert f'href="#{anchor}"' in answer.content.decode()
    assert not Report.objects.unscoped("test").filter(external_id=form["external_id"]).exists()


def test_secrecy_is_kept_with_the_report(office: Office, caller: Client) -> None:
    receipt = caller.post(PATH, call(caller, secret="on")).context["receipt"]
    assert office.state(receipt.number).secret


@pytest.mark.parametrize("role", ["dispatcher", "auditor", "unit_officer"])
def test_others_do_not_take_calls(office: Office, role: str) -> None:
    assert office.client(role).get(PATH).status_code == 403
