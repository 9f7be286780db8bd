"""Every move has a page with a form: made, refused at its field, or lost to somebody faster."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from yishi.foundation.cases.models import CasePaper, Trace
from yishi.systems.city_events.lifecycle import MOVES
from yishi.systems.city_events.tests.beside import BEFORE
from yishi.systems.city_events.tests.office import RUBBISH, Office, photo

DONE = ("sign", "finish")
FED_BACK = (*DONE, "confirm")
VERIFIED = (*FED_BACK, "forward", "report_verification")

#: move: steps before it, role, what is filled in, state after it.
PATHS: dict[str, tuple[tuple[str, ...], str, dict[str, Any], str]] = {
    "sign": ((), "unit", {}, "handling"),
    "assign_person": (("sign",), "unit", {"person": "own"}, "handling"),
    "give_back": ((), "unit", {"reason": "duty", "note": "不属于本单位职责"}, "returned"),
    "finish": (("sign",), "unit", {"note": "已清运"}, "on_site_done"),
    "redo": (DONE, "unit", {"note": "清运不彻底"}, "handling"),
    "confirm": (DONE, "unit", {"note": ""}, "fed_back"),
    "ask_extension": (("sign",), "unit", {"note": "需要大型机械"}, "handling"),
    "grant_extension": (("sign", "ask_extension"), "dispatcher", {}, "handling"),
    "refuse_extension": (("sign", "ask_extension"), "dispatcher", {"note": "不同意"}, "handling"),
    "dispatch": (("give_back",), "dispatcher", {"unit": "other"}, "assigned"),
    "back_to_acceptor": (("give_back",), "dispatcher", {"note": "类别有误"}, "reported"),
    "forward": (FED_BACK, "dispatcher", {}, "verifying"),
    "rework": (FED_BACK, "dispatcher", {"note": "照片看不清"}, "assigned"),
    "report_verification": ((*FED_BACK, "forward"), "verify", {"result": "pass"}, "verified"),
    "close": (VERIFIED, "acceptor", {"note": "符合结案条件"}, "closed"),
    "reopen": ((*VERIFIED, "close"), "acceptor", {"note": "又出现了"}, "assigned"),
}
#: Moves on a case that waits for its acceptor.
EARLY: dict[str, tuple[dict[str, Any], str]] = {
    "file": ({"type": RUBBISH, "standard": "first"}, "assigned"),
    "amend": ({"type": RUBBISH, "standard": "first", "note": "按照片改"}, "reported"),
    "request_check": ({"note": "请核查"}, "checking"),
    "reject": ({"reason": "5", "note": "不属于职责范围"}, "voided"),
}
#: Moves that only tickets of the hotline have: steps before, role, what is filled in.
TICKETS: dict[str, tuple[tuple[str, ...], str, dict[str, Any]]] = {
    "contact_caller": (("sign",), "unit", {"note": "已电话联系"}),
    "extend_ticket": ((), "dispatcher", {"note": "需要协调两个单位"}),
}


def browser(office: Office, number: str, role: str) -> Client:
    """A browser of whoever makes the move."""
    if role == "unit":
        return office.unit_client(number)
    if role in ("verify", "check"):
        return office.unit_client(number, "collector", role)
    return office.client(role)


def filled(office: Office, number: str, client: Client, raw: dict[str, Any]) -> dict[str, Any]:
    """What is posted: placeholders become real choices."""
    state = office.state(number)
    values: dict[str, Any] = {"version": state.version, **raw}
    if values.get("unit") == "other":
        values["unit"] = office.other_unit(state.data.get("returned_by"))
    if values.get("person") == "own":
        main = state.duty("main")
        assert main is not None
        values["person"] = office.account("handler", main.unit_id, "").pk
    if values.get("standard") == "first":
        page = client.post(f"/desk/cases/{number}/file/", {"look": "1", "type": values["type"]})
        choices = page.context["form"].fields["standard"].choices
        values["standard"] = choices[0][0]
    return values


@pytest.mark.parametrize("move", list(PATHS))
def test_a_move_is_made(office: Office, move: str) -> None:
    before, role, raw, after = PATHS[move]
    number = office.report().number
    office.until(number, *before)
    client = browser(office, number, role)
    path = f"/desk/cases/{number}/{move}/"
    assert path in client.get(f"/desk/cases/{number}/").content.decode(), "offered as a button"
    assert client.get(path).status_code == 200
    answer = client.post(path, filled(office, number, client, raw))
    assert answer.status_code == 302, answer.content.decode()
    assert answer.headers["Location"] == f"/desk/cases/{number}/"
    assert office.state(number).state == after


@pytest.mark.parametrize("move", list(TICKETS))
def test_a_move_on_a_ticket_is_made(office: Office, move: str) -> None:
    before, role, raw = TICKETS[move]
    number = office.report("hotline").number
    state = office.until(number, *before)
    client = browser(office, number, role)
    path = f"/desk/cases/{number}/{move}/"
    assert client.get(path).status_code == 200
    answer = client.post(path, filled(office, number, client, raw))
    assert answer.status_code == 302, answer.content.decode()
    after = office.state(number)
    assert (after.state, after.version) == (state.state, state.version + 1)


@pytest.mark.parametrize("move", list(EARLY))
def test_an_early_move_is_made(office: Office, move: str) -> None:
    raw, after = EARLY[move]
    number = office.report(type=None, description="路边有情况").number
    client = office.client("acceptor")
    path = f"/desk/cases/{number}/{move}/"
    assert client.get(path).status_code == 200
    answer = client.post(path, filled(office, number, client, raw))
    assert answer.status_code == 302, answer.content.decode()
    assert office.state(number).state == after


def test_a_check_is_reported_with_a_photo(office: Office) -> None:
    number = office.report(type=None, description="路边有情况").number
    office.move(number, "request_check")
    client = browser(office, number, "check")
    values = {"version": office.state(number).version, "result": "true", "photos": [photo()]}
    answer = client.post(f"/desk/cases/{number}/report_check/", values)
    assert answer.status_code == 302, answer.content.decode()
    paper = CasePaper.objects.unscoped("test").get(case_id=office.state(number).id)
    assert paper.step == "check"


def test_a_person_is_taken_off_again(office: Office) -> None:
    number = office.report().number
    client = office.unit_client(number)
    values = filled(office, number, client, {"person": "own"})
    office.move(number, "sign")
    office.move(number, "assign_person", person=str(values["person"]))
    path = f"/desk/cases/{number}/revoke_person/"
    assert client.post(path, {"version": office.state(number).version}).status_code == 302
    main = office.state(number).duty("main")
    assert main is not None
    assert main.person_id is None


def test_the_place_is_put_right_by_landmark_and_by_division(office: Office) -> None:
    number = office.report(
        type=None, description="路边有情况", lon=None, lat=None, address="不清楚"
    ).number
    client = office.client("acceptor")
    path = f"/desk/cases/{number}/amend/"
    found = client.post(path, {"look": "1", "place_q": "小学"})
    assert found.status_code == 200
    landmarks = found.context["form"].fields["landmark"].choices
    values = {
        "version": office.state(number).version,
        "place_q": "小学",
        "landmark": landmarks[1][0],
    }
    assert client.post(path, values).status_code == 302
    assert office.state(number).data["place_certain"] is True
    looked = client.post(path, {"look": "1", "county": "420606"}).context["form"]
    township = looked.fields["township"].choices[1][0]
    values = {"version": office.state(number).version, "county": "420606", "township": township}
    assert client.post(path, values).status_code == 302
    assert office.state(number).division.startswith(township)


@pytest.mark.parametrize(
    ("move", "raw", "anchor"),
    [
        ("give_back", {"reason": "duty", "note": ""}, "id_note"),
        ("give_back", {"reason": "duty", "note": "字" * 2001}, "id_note"),
        ("finish", {"note": ""}, "id_photos"),
        ("assign_person", {"person": "999999"}, "id_person"),
        ("assign_person", {}, "id_person"),
        ("finish", {"note": "x", "photos": "bad"}, "id_photos"),
    ],
)
def test_wrong_input_is_said_at_its_field(
    office: Office, move: str, raw: dict[str, Any], anchor: str
) -> None:
    number = office.report().number
    if move != "give_back":
        office.move(number, "sign")
    client = office.unit_client(number)
    before = office.state(number)
    values: dict[str, Any] = {"version": before.version, **raw}
    if raw.get("photos") == "bad":
        bad = SimpleUploadedFile("x.jpg", b"not a picture at all", content_type="image/jpeg")
        values["photos"] = [bad]
    answer = client.post(f"/desk/cases/{number}/{move}/", values)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert f'href="#{anchor}"' in page, "the summary leads to the field"
    assert f'id="{anchor}_error"' in page
    after = office.state(number)
    assert (after.version, after.state) == (before.version, before.state)


def test_whoever_comes_second_is_told_the_winner_s_state(office: Office) -> None:
    number = office.report().number
    office.until(number, *FED_BACK)
    version = office.state(number).version
    first, second = office.client("dispatcher"), office.client("dispatcher")
    assert first.post(f"/desk/cases/{number}/forward/", {"version": version}).status_code == 302
    answer = second.post(
        f"/desk/cases/{number}/rework/", {"version": version, "note": "照片看不清"}
    )
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "核实中" in page
    assert "批转核实" in page
    assert f"/desk/cases/{number}/" in page
    assert office.state(number).state == "verifying"


def test_a_double_submit_is_one_move(office: Office) -> None:
    number = office.report().number
    client = office.unit_client(number)
    values = {"version": office.state(number).version}
    for _ in range(2):
        answer = client.post(f"/desk/cases/{number}/sign/", values)
        assert answer.status_code == 302
    rows = Trace.objects.unscoped("test").filter(case_id=office.state(number).id, move="sign")
    assert rows.count() == 1


def test_a_role_that_does_not_make_the_move_is_refused(office: Office) -> None:
    number = office.report().number
    values = {"version": office.state(number).version}
    answer = office.client("auditor").post(f"/desk/cases/{number}/sign/", values)
    assert answer.status_code == 403
    assert office.state(number).state == "assigned"


def test_unknown_and_inner_moves_have_no_page(office: Office) -> None:
    number = office.report().number
    client = office.client("acceptor")
    for move in ("no_such_move", "receive", "merge_report", "unmerge_report"):
        assert client.get(f"/desk/cases/{number}/{move}/").status_code == 404


def test_the_page_says_why_other_moves_are_not_open(office: Office) -> None:
    number = office.report().number
    page = office.client("acceptor").get(f"/desk/cases/{number}/").content.decode()
    assert "其他步骤为什么不能办" in page
    assert "需由承担该环节的岗位或单位办理" in page


def test_the_responsible_unit_is_suggested_first(office: Office) -> None:
    number = office.report().number
    unit = office.state(number).unit_id
    office.move(number, "give_back", reason="duty", note="不属于本单位")
    page = office.client("dispatcher").get(f"/desk/cases/{number}/dispatch/")
    choices = page.context["form"].fields["unit"].choices
    assert choices[0][0] == str(unit)
    assert "按职责推荐" in str(choices[0][1])


def test_units_are_found_by_name(office: Office) -> None:
    number = office.report().number
    office.move(number, "give_back", reason="duty", note="不属于本单位")
    client = office.client("dispatcher")
    found = client.post(
        f"/desk/cases/{number}/dispatch/", {"look": "1", "unit_q": "樊城 路灯", "note": "保留"}
    )
    names = [str(label) for _, label in found.context["form"].fields["unit"].choices]
    assert any("路灯" in name for name in names)
    assert "保留" in found.content.decode(), "what was typed stays"
    assert "请选择" not in [e for es in found.context["form"].errors.values() for e in es]


def test_every_move_with_a_page_is_covered_here() -> None:
    covered = {*PATHS, *EARLY, *TICKETS, *BEFORE, "report_check", "revoke_person"}
    inner = {"receive", "withdraw", "merge_report", "unmerge_report", "join_case", "exclude"}
    assert covered == {name for name, move in MOVES.items() if move.roles} - inner
