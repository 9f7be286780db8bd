"""Service request updates: the loop's steps go out, supplements and wishes come in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from yishi.faces.open311.tests.conftest import Program, row_counts, said, state_of
from yishi.foundation.cases.models import Case, Trace
from yishi.foundation.cases.verify import verify_traces
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tests.conftest import Town


def update(program: Program, number: str, **fields: Any) -> Any:
    """Send an update as FixMyStreet words it."""
    given = {
        "service_request_id": number,
        "updated_datetime": "2026-11-24T00:00:00Z",
        "status": "OPEN",
        "description": "还是没有人来",
        "first_name": "三",
        "last_name": "-",
        **fields,
    }
    return program.post("servicerequestupdates.json", **given)


def closed_case(program: Program, town: Town) -> str:
    number = program.report()
    town.now = timezone.now()
    town.handled(number)
    town.move(number, "close")
    return number


def test_the_steps_that_reporters_are_told_are_the_updates(program: Program, town: Town) -> None:
    number = closed_case(program, town)
    later = town.now + timedelta(minutes=1)
    window = {"start_date": (later - timedelta(days=1)).isoformat(), "end_date": later.isoformat()}
    found = program.get("servicerequestupdates.json", **window).json()
    mine = [row for row in found if row["service_request_id"] == number]
    words = [row["description"].partition("：")[0] for row in mine]
    assert words == [
        *("上报", "立案", "派遣", "签收", "填报处置结果", "确认反馈"),
        *("批转核实", "核实反馈", "结案"),
    ]
    assert [row["status"] for row in mine] == ["open"] * 8 + ["closed"]
    assert len({row["update_id"] for row in mine}) == len(mine)
    assert "已清运" not in str(mine), "officers' notes stay inside"
    narrow = window | {"end_date": (later - timedelta(minutes=15)).isoformat()}
    fewer = program.get("servicerequestupdates.json", **narrow).json()
    assert len([row for row in fewer if row["service_request_id"] == number]) < len(mine)


def test_a_supplement_is_one_more_report_of_the_case(program: Program) -> None:
    number = program.report()
    answer = update(program, number, email="b@a.cn", update_id="77")
    assert answer.status_code == 200, answer.content.decode()
    (row,) = answer.json()
    case = state_of(number)
    assert row == {"update_id": f"{number}-{case.trace_length}", "service_request_id": number}
    reports = Report.objects.unscoped("test").filter(case_id=case.id).order_by("id")
    assert [report.text for report in reports] == ["生活垃圾堆在路边", "还是没有人来"]
    assert reports[1].merged
    assert len(case.data["contacts"]) == 1, "who sent it is answered when the case is closed"
    rows = Trace.objects.unscoped("test").filter(case_id=case.id).order_by("seq")
    assert list(rows.values_list("move", flat=True))[-1] == "merge_report"
    assert not any(faults for _, faults in verify_traces())


def test_the_same_update_twice_is_one(program: Program) -> None:
    number = program.report()
    first = update(program, number, update_id="5").json()
    before = row_counts()
    assert update(program, number, update_id="5").json() == first
    other = update(program, number, update_id="5", description="别的话")
    assert other.status_code == 409
    said(other)
    assert row_counts() == before
    assert update(Program(), number, update_id="5").status_code == 200, "another program's own"


def test_open_on_a_closed_case_has_it_done_again(program: Program, town: Town) -> None:
    number = closed_case(program, town)
    answer = update(program, number, update_id="9")
    assert answer.status_code == 200, answer.content.decode()
    case = state_of(number)
    assert case.state == "assigned"
    assert case.data["round"] == 2
    assert update(program, number, update_id="9").json() == answer.json()
    assert state_of(number) == case
    (row,) = program.get(f"requests/{number}.json").json()
    assert row["status"] == "open"


@pytest.mark.parametrize("status", ["CLOSED", "FIXED", "NO_FURTHER_ACTION"])
def test_no_status_that_is_sent_closes_a_case(program: Program, status: str) -> None:
    number = program.report()
    assert update(program, number, status=status).status_code == 200
    assert state_of(number).closed_at is None


def test_a_closed_case_takes_no_more_words(program: Program, town: Town) -> None:
    number = closed_case(program, town)
    stranger = Program()
    before = row_counts()
    refused = update(program, number, status="CLOSED")
    assert refused.status_code == 409
    assert "已结案" in said(refused)
    assert update(stranger, number).status_code == 409, "only who reported it may ask"
    long_ago = timezone.now() - timedelta(days=16)
    Case.objects.unscoped("test").filter(number=number).update(closed_at=long_ago)
    assert "15天" in said(update(program, number))
    assert row_counts() == before


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"service_request_id": ""}, 400, "service_request_id"),
        ({"service_request_id": "XY20200101000001"}, 404, "service_request_id"),
        ({"service_request_id": "' OR 1=1"}, 404, "service_request_id"),
        ({"service_request_id": "\x00"}, 404, "service_request_id"),
        ({"description": ""}, 400, "description"),
        ({"status": "EXPLODED"}, 400, "status"),
        ({"email": "nobody@"}, 400, "email"),
        ({"update_id": "x" * 81}, 400, "update_id"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({"api_key": "wrong"}, 403, "api_key"),
    ],
)
def test_a_wrong_update_is_named_and_changes_nothing(
    program: Program, change: dict[str, str], status: int, field: str
) -> None:
    number = program.report()
    before = row_counts()
    answer = update(program, **({"number": number} | change))
    assert answer.status_code == status, answer.content.decode()
    assert said(answer).startswith(f"{field}: ")
    assert row_counts() == before


@pytest.mark.django_db(transaction=True)
def test_an_update_is_one_commit_and_at_most_eight_statements(city: None) -> None:
    program = Program()
    number = program.report()
    update(program, number)
    with CaptureQueriesContext(connection) as queries:
        assert update(program, number, email="b@a.cn").status_code == 200
    sql = [query["sql"] for query in queries.captured_queries]
    assert sql.count("COMMIT") == 1
    assert len([text for text in sql if text not in ("BEGIN", "COMMIT")]) <= 8, sql
