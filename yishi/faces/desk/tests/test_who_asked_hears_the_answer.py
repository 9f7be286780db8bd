"""An application is seen by whoever decides it, and whoever asked hears what came of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from yishi.foundation.access.actors import Actor, ActorGrant
from yishi.foundation.messages.models import Message
from yishi.systems.city_events import moves
from yishi.systems.city_events.tests.office import Office, photo

LATER: dict[str, Any] = {"until": (timezone.localdate() + timedelta(days=3)).isoformat()}
WHY = "清运车检修，三日后恢复"


def _told(office: Office, number: str, template: str) -> list[Message]:
    case = office.state(number)
    found = Message.objects.filter(template=template, about_kind="case", about_id=str(case.id))
    return list(found)


@pytest.mark.parametrize(
    ("ask", "decide", "raw", "template"),
    [
        ("ask_suspension", "refuse_suspension", LATER, "case.suspension_refused"),
        ("ask_suspension", "grant_suspension", LATER, "case.suspended"),
        ("ask_extension", "refuse_extension", {}, "case.extension_refused"),
        ("ask_extension", "grant_extension", {}, "case.extended"),
    ],
)
def test_the_decision_is_made_in_sight_of_the_application_and_told_to_the_unit(
    office: Office, ask: str, decide: str, raw: dict[str, Any], template: str
) -> None:
    number = office.apart().number
    office.move(number, "sign")
    unit = office.state(number).unit_id
    office.move(number, ask, note=WHY, **raw)
    dispatcher = office.client("dispatcher")
    page = dispatcher.get(f"/desk/cases/{number}/{decide}/").content.decode()
    assert WHY in page
    answer = dispatcher.post(f"/desk/cases/{number}/{decide}/", {"note": "见材料"})
    assert answer.status_code == 302
    (message,) = _told(office, number, template)
    assert message.unit_id == unit


def test_a_refused_forced_close_is_told_to_whoever_asked(office: Office) -> None:
    number = office.apart().number
    asker = office.account("dispatcher")
    client = office.signed_in(asker)
    values = {"reason": "impossible", "note": "围挡占用", "photos": [photo()]}
    path = f"/desk/cases/{number}/"
    assert client.post(f"{path}ask_forced_close/", values).status_code == 302
    leader = office.client("duty_leader")
    assert "围挡占用" in leader.get(f"{path}refuse_forced_close/").content.decode()
    leader.post(f"{path}refuse_forced_close/", {"note": "请补充材料"})
    (message,) = _told(office, number, "case.forced_refused")
    assert message.user_id == asker.pk
    client.post(f"{path}ask_forced_close/", values | {"photos": [photo()]})
    unit = office.state(number).unit_id
    leader.post(f"{path}grant_forced_close/", {})
    (message,) = _told(office, number, "case.forced")
    assert message.unit_id == unit


def test_the_history_says_what_a_verification_came_to(office: Office) -> None:
    number = office.apart().number
    office.until(number, "sign", "finish", "confirm", "forward", "report_verification")
    for path in ("", "close/"):
        page = office.client("acceptor").get(f"/desk/cases/{number}/{path}").content.decode()
        assert "核实结论：已解决，符合结案条件" in page


def test_a_case_that_stands_still_keeps_its_place_among_the_steps(office: Office) -> None:
    number = office.apart().number
    office.move(number, "sign")
    office.move(number, "ask_suspension", note=WHY, **LATER)
    office.move(number, "grant_suspension")
    page = office.unit_client(number).get(f"/desk/cases/{number}/").content.decode()
    assert page.count('<li class="step') == 7


def test_who_has_the_case_is_not_suggested_as_its_helper(office: Office) -> None:
    number = office.apart().number
    unit = office.state(number).unit_id
    assert unit is not None
    page = office.client("dispatcher").get(f"/desk/cases/{number}/add_co_unit/").content.decode()
    assert 'name="unit"' in page
    assert f'name="unit" value="{unit}"' not in page


def test_the_main_line_comes_first_among_the_duties(office: Office) -> None:
    page = office.client("dispatcher").get("/desk/").content.decode()
    assert page.index("派遣</") < page.index("延期审批</") < page.index("申诉初审</")


def test_the_file_names_the_channel_that_a_caller_was_told(office: Office) -> None:
    number = office.report("hotline", type=None, description="欠薪一案法院已经立案").number
    actor = Actor("user", "user:0", "测试", (ActorGrant("hotline", None, "4206"),), None)
    raw = {"reason": "2", "referral": "litigation"}
    moves.advance(actor, number, "exclude", raw, timezone.now())
    page = office.client("acceptor").get(f"/desk/cases/{number}/").content.decode()
    assert "人民法院诉讼服务 12368" in page
