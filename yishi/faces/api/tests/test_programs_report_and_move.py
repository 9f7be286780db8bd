"""Other programs report, follow, list and move, each within its key's scope."""

from __future__ import annotations

import pytest
from django.test import Client

from yishi.faces.api.tests.conftest import COUNTY, ELSEWHERE, Api, jpeg, row_counts, state_of


def test_a_certain_report_is_dispatched_when_201_returns(api: Api) -> None:
    answer = api.report()
    assert answer.status_code == 201
    receipt = answer.json()
    case = state_of(receipt["number"])
    assert (receipt["state"], case.state) == ("assigned", "assigned")
    assert receipt["unit"]
    assert receipt["due_at"]
    assert receipt["reasons"]
    assert case.trace_length == 3


def test_a_repeated_report_gets_the_same_answer_and_changes_nothing(api: Api) -> None:
    body = {"type": "event/01/10", "lon": 112.142, "lat": 32.05, "external_id": "again"}
    first = api.post("/reports", body)
    before = row_counts()
    second = api.post("/reports", body)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json() == first.json() | {"replayed": True}
    assert row_counts() == before


def test_a_known_key_with_another_body_is_a_conflict(api: Api) -> None:
    number = api.report(external_id="taken").json()["number"]
    before = row_counts()
    answer = api.report(external_id="taken", description="别的内容")
    assert answer.status_code == 409
    assert answer.json()["code"] == "conflict"
    assert answer.json()["number"] == number
    assert answer.json()["errors"][0]["field"] == "external_id"
    assert row_counts() == before


def test_another_program_may_use_the_same_key_for_its_own_report(api: Api) -> None:
    other = Api("hotline")
    assert api.report(external_id="ours").status_code == 201
    assert other.report(external_id="ours").status_code == 201


@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "wrong"}, {"Authorization": "Bearer no"}])
def test_without_a_key_nothing_is_taken_or_shown(city: None, headers: dict[str, str]) -> None:
    client = Client(headers=headers)
    for answer in (
        client.post("/api/v1/reports", "{}", content_type="application/json"),
        client.get("/api/v1/cases"),
        client.get("/api/v1/cases/XY1"),
        client.post("/api/v1/cases/XY1/moves/sign", "{}", content_type="application/json"),
        client.post("/api/v1/photos"),
    ):
        assert answer.status_code == 401
        assert answer.json()["errors"][0]["field"] == "X-API-Key"


def test_a_bearer_token_is_as_good_as_the_header(api: Api) -> None:
    client = Client(headers={"Authorization": f"Bearer {api.key}"})
    assert client.get("/api/v1/cases").status_code == 200


def test_photos_are_uploaded_first_and_named_in_the_report(api: Api) -> None:
    uploaded = api.photo(jpeg())
    assert uploaded.status_code == 201
    answer = api.report(photos=[uploaded.json()["id"]])
    assert answer.status_code == 201
    again = Api("acceptor").report(photos=[uploaded.json()["id"]])
    assert again.status_code == 422, "another program's photo"
    assert again.json()["errors"][0]["field"] == "photos.1"


def test_progress_needs_the_code_and_nothing_else(api: Api) -> None:
    receipt = api.report(name="张三", phone="13800001111").json()
    answer = Client().get(f"/api/v1/reports/{receipt['tracking_code']}")
    assert answer.status_code == 200
    assert answer.json()["number"] == receipt["number"]
    assert [step["label"] for step in answer.json()["steps"]][:1] == ["上报"]
    assert "1380000" not in answer.content.decode()


def test_who_guesses_codes_has_to_wait(city: None) -> None:
    client = Client(REMOTE_ADDR="203.0.113.9")
    seen = [client.get(f"/api/v1/reports/WRONG-{n}").status_code for n in range(12)]
    assert seen == [404] * 10 + [429] * 2


def test_types_are_public_and_searchable(city: None) -> None:
    found = Client().get("/api/v1/types", {"q": "垃圾"}).json()
    assert {"event/01/10"} <= {kind["key"] for kind in found}
    assert all(kind["standards"] for kind in found)


def test_the_list_of_cases_goes_on_where_it_stopped(api: Api) -> None:
    numbers = [api.report().json()["number"] for _ in range(53)]
    first = api.get("/cases").json()
    second = api.get("/cases", after=first["next"]).json()
    listed = [case["number"] for case in first["items"] + second["items"]]
    assert len(first["items"]) == 50
    assert listed[:53] == numbers[::-1]


def test_a_key_sees_its_scope_and_no_more(api: Api) -> None:
    here, there = Api("acceptor", scope=COUNTY), Api("acceptor", scope=ELSEWHERE)
    number = here.report(lon=112.142, lat=32.05).json()["number"]
    assert here.get(f"/cases/{number}").json()["number"] == number
    assert there.get(f"/cases/{number}").status_code == 404
    assert number not in there.get("/cases").content.decode()
    assert there.post(f"/cases/{number}/moves/amend", {"facts": {}}).status_code == 404
    assert api.get("/cases", state="assigned").json()["items"][0]["number"] == number
    assert api.get("/cases", type="event/99/99").json()["items"] == []


def test_moves_tell_why_they_cannot_be_made(api: Api) -> None:
    number = api.report(type=None, description="这里有点情况").json()["number"]
    filed = {"version": 1, "facts": {"type": "event/01/10"}}
    other_role = api.post(f"/cases/{number}/moves/report_check", {"facts": {"result": "true"}})
    assert (other_role.status_code, other_role.json()["code"]) == (409, "state")
    missing = api.post(f"/cases/{number}/moves/reject", {"facts": {}})
    assert missing.status_code == 422
    assert missing.json()["errors"][0]["field"] == "reason"
    unknown = api.post(f"/cases/{number}/moves/no_such_move", {"facts": {}})
    assert unknown.json()["errors"][0]["field"] == "move"
    done = api.post(f"/cases/{number}/moves/request_check", {"version": 1, "facts": {}})
    assert done.status_code == 200
    assert done.json()["state"] == "checking"
    late = api.post(f"/cases/{number}/moves/file", filed)
    assert (late.status_code, late.json()["code"]) == (409, "version")
    assert late.json()["state"] == "checking"


def test_a_move_of_another_role_is_refused_with_403(api: Api) -> None:
    number = api.report().json()["number"]
    answer = api.post(f"/cases/{number}/moves/sign", {"facts": {}})
    assert (answer.status_code, answer.json()["code"]) == (403, "role")


def test_deadlines_are_explained_to_anybody(city: None) -> None:
    query = {"start": "2026-02-13T16:00", "limit": "5工作日"}
    answer = Client().get("/api/v1/deadline", query)
    assert answer.status_code == 200
    assert answer.json()["due_at"]
    wrong = Client().get("/api/v1/deadline", query | {"limit": "很快"})
    assert wrong.status_code == 422
    assert wrong.json()["errors"][0]["field"] == "limit"


def test_unknown_addresses_answer_in_the_form_of_the_api(db: None) -> None:
    answer = Client().get("/api/v2/reports")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"
