"""GET: everybody sees types, areas, states, units and times of public cases, and nothing else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from yishi.faces.open311.tests.conftest import Program, good, said, spot, state_of, tree
from yishi.foundation.cases.models import Case
from yishi.foundation.ui.open311 import Query
from yishi.systems.city_events.context import city as registers
from yishi.systems.city_events.open311 import SOURCE
from yishi.systems.city_events.tests.conftest import Town

WORDS = "李四家门口的垃圾，电话13812345678"


def numbers(answer: Any) -> set[str]:
    assert answer.status_code == 200, answer.content.decode()
    return {row["service_request_id"] for row in answer.json()}


def hidden_type() -> str:
    _, catalogue = registers().catalogue(timezone.now())
    return next(kind.key for kind in catalogue.types if not kind.public)


def test_discovery_names_the_endpoint_its_formats_and_whom_to_ask(program: Program) -> None:
    found = program.get("discovery.json").json()
    assert set(found) == {"changeset", "contact", "key_service", "endpoints"}
    (endpoint,) = found["endpoints"]
    assert endpoint["specification"] == "http://wiki.open311.org/GeoReport_v2"
    assert endpoint["url"] == "http://testserver/open311/"
    assert endpoint["formats"] == ["text/xml", "application/json"]
    assert endpoint["type"] == "production"
    root = tree(program.get("discovery.xml"))
    assert root.findtext("endpoints/endpoint/url") == endpoint["url"]
    assert [each.text for each in root.iter("format")] == endpoint["formats"]


def test_behind_a_proxy_the_origin_is_a_setting(program: Program, settings: Any) -> None:
    settings.SITE_ORIGIN = "https://city.example"
    (endpoint,) = program.get("discovery.json").json()["endpoints"]
    assert endpoint["url"] == "https://city.example/open311/"


def test_the_service_list_is_the_public_types(program: Program) -> None:
    _, catalogue = registers().catalogue(timezone.now())
    found = program.get("services.json").json()
    public = {kind.key.replace("/", "-") for kind in catalogue.types if kind.public}
    assert {row["service_code"] for row in found} == public
    assert len(public) < len(catalogue.types)
    assert all(row["metadata"] is True and row["type"] == "realtime" for row in found)
    assert len(tree(program.get("services.xml"))) == len(found)


def test_a_definition_asks_for_the_condition_of_the_type(program: Program) -> None:
    found = program.get("services/component-01-37.json").json()
    by_code = {each["code"]: each for each in found["attributes"]}
    _, catalogue = registers().catalogue(timezone.now())
    standards = catalogue.by_key["component/01/37"].standards
    assert by_code["standard"]["datatype"] == "singlevaluelist"
    asked = [(value["key"], value["name"]) for value in by_code["standard"]["values"]]
    assert asked == [(each.code, each.filing) for each in standards]
    assert by_code["object_ref"]["variable"] is True
    assert by_code["limits"]["variable"] is False
    assert "示意" in by_code["limits"]["description"]
    root = tree(program.get("services/component-01-37.xml"))
    values = root.findall("attributes/attribute/values/value")
    assert [value.findtext("name") for value in values][: len(asked)] == [name for _, name in asked]


def test_types_that_are_not_public_are_unknown(program: Program, town: Town) -> None:
    code = hidden_type().replace("/", "-")
    assert program.get(f"services/{code}.json").status_code == 404
    assert program.get("requests.json", service_code=code).status_code == 404
    assert program.post(**(good() | {"service_code": code})).status_code == 404
    number = town.report(type=hidden_type()).number
    assert program.get(f"requests/{number}.json").status_code == 404
    assert number not in numbers(program.get("requests.json"))
    assert number not in program.get("servicerequestupdates.json").content.decode()
    answer = supplemented(program, number)
    assert answer.status_code == 404


def supplemented(program: Program, number: str) -> Any:
    fields = {"service_request_id": number, "description": "还在", "status": "OPEN"}
    return program.post("servicerequestupdates.json", **fields)


def test_cases_in_secrecy_or_of_privacy_are_unknown(program: Program, town: Town) -> None:
    secret = program.report(**{"attribute[secret]": "1"})
    private = town.report(type=None, description="想反映一件事", **metres()).number
    town.move(private, "amend", type="event/01/10", standard="1")
    seen = town.report(type=None, description="想再反映一件事", **metres()).number
    town.move(seen, "amend", type="event/01/10", standard="1")
    town.move(private, "reject", reason="4", note="涉及隐私")
    town.move(seen, "reject", reason="7", note="不属实")
    for number in (secret, private):
        assert program.get(f"requests/{number}.json").status_code == 404
        assert program.get(f"requests/{number}.json", api_key=program.key).status_code == 404
        assert number not in program.get("requests.json").content.decode()
        assert number not in program.get("servicerequestupdates.json").content.decode()
        assert supplemented(program, number).status_code == 404
    (row,) = program.get(f"requests/{seen}.json").json()
    assert (row["status"], row["status_notes"]) == ("closed", "不予立案：经核查情况不属实")


def metres() -> dict[str, float]:
    """A position of its own, as intake reads it."""
    where = spot()
    return {"lat": float(where["lat"]), "lon": float(where["long"])}


def test_a_withdrawn_report_is_closed(program: Program, town: Town) -> None:
    number = program.report(lat="", long="", address_string="路边")
    state = state_of(number)
    Case.objects.unscoped("test").filter(pk=state.id).update(
        state="voided", stage="void", outcome="withdrawn", closed_at=timezone.now()
    )
    (row,) = program.get(f"requests/{number}.json").json()
    assert (row["status"], row["status_notes"]) == ("closed", "上报人已撤回")


def test_nothing_that_a_reporter_wrote_is_shown_to_others(program: Program) -> None:
    number = program.report(
        description=WORDS, first_name="四", last_name="李", address_string="李四家旁边"
    )
    stranger = Program()
    for answer in (
        program.get(f"requests/{number}.json", extensions="true"),
        stranger.get(f"requests/{number}.xml", api_key=stranger.key),
        stranger.get("requests.json", api_key=stranger.key, extensions="true"),
        program.get("servicerequestupdates.json"),
    ):
        text = answer.content.decode()
        assert number in text
        assert "李四" not in text
        assert "138" not in text
    (own,) = program.get(f"requests/{number}.json", api_key=program.key).json()
    assert own["description"] == WORDS.replace("13812345678", "*" * 11)


def test_positions_are_rounded_to_some_ten_metres(program: Program) -> None:
    number = program.report(lat="32.0512345", long="112.1498765")
    (row,) = program.get(f"requests/{number}.json").json()
    assert (row["lat"], row["long"]) == (32.0512, 112.1499)


def test_a_request_says_who_has_it_and_until_when(program: Program, town: Town) -> None:
    number = program.report()
    state = state_of(number)
    (row,) = program.get(f"requests/{number}.json", extensions="true").json()
    clock = state.clock("handling")
    assert clock is not None
    assert row["expected_datetime"] == town_time(clock.due_at)
    assert row["requested_datetime"] == town_time(state.received_at)
    assert row["agency_responsible"] == registers().register.unit(state.unit_id or 0).name
    assert (row["status"], row["status_notes"]) == ("open", "待签收")
    assert row["extended_attributes"]["stage"] == "任务派遣"
    town.now = timezone.now()
    town.handled(number)
    closed = town.move(number, "close", timedelta(minutes=1))
    (row,) = program.get(f"requests/{number}.json").json()
    assert (row["status"], row["status_notes"]) == ("closed", "已结案")
    assert row["updated_datetime"] == town_time(closed.closed_at)


def town_time(moment: Any) -> str:
    from zoneinfo import ZoneInfo

    text = moment.astimezone(ZoneInfo("Asia/Shanghai")).isoformat(timespec="seconds")
    assert text.endswith("+08:00")
    return str(text)


@pytest.fixture
def three(program: Program, town: Town) -> tuple[str, str, str]:
    """An old one, a closed one, and a lamp of today."""
    old = program.report()
    closed = program.report()
    lamp = program.report(service_code="component-01-37", **{"attribute[standard]": "3"})
    before = timezone.now() - timedelta(days=100)
    row = Case.objects.unscoped("test").filter(number=old)
    row.update(received_at=before, received_on=before.date())
    town.now = timezone.now()
    town.handled(closed)
    town.move(closed, "close")
    return old, closed, lamp


def test_searches_narrow(program: Program, three: tuple[str, str, str]) -> None:
    old, closed, lamp = three
    day = timedelta(days=1)
    now = timezone.now()

    def asked(**query: Any) -> set[str]:
        return numbers(program.get("requests.json", **query)) & set(three)

    assert asked() == {closed, lamp}, "the last 90 days"
    assert asked(service_request_id=f"{old},{lamp}") == {old, lamp}
    assert asked(service_request_id=old, status="closed", start_date=now.isoformat()) == {old}
    assert asked(status="open") == {lamp}
    assert asked(status="closed") == {closed}
    assert asked(status="open,closed") == {closed, lamp}
    assert asked(service_code="component-01-37") == {lamp}
    assert asked(service_code="component-01-37,event-01-10") == {closed, lamp}
    ago = now - timedelta(days=101)
    assert asked(start_date=ago.isoformat()) == {old}
    assert asked(start_date=ago.isoformat().replace("+", " ")) == {old}
    assert asked(end_date=(now - 20 * day).isoformat()) == {old}
    assert asked(start_date=(now - day).isoformat(), end_date=(now + day).isoformat()) == {
        closed,
        lamp,
    }
    assert asked(start_date=(now - day).date().isoformat()) == {closed, lamp}
    after = (timezone.now() + timedelta(minutes=5)).isoformat()
    assert asked(updated_after=after) == {closed}, "its last steps were made later"
    assert asked(updated_before=after, status="open") == {old, lamp}
    state = state_of(lamp)
    here = {"lat": state.lat, "long": state.lon}
    assert asked(**here, radius=100) == {lamp}
    assert asked(lat=33, long=113, radius=100) == set()


def test_pages_follow_one_another(program: Program) -> None:
    made = [program.report() for _ in range(5)]
    pages = [
        [
            row["service_request_id"]
            for row in program.get("requests.json", page=p, page_size=2).json()
        ]
        for p in (1, 2, 3, 4)
    ]
    assert [number for page in pages for number in page] == made[::-1]
    assert [len(page) for page in pages] == [2, 2, 1, 0]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"start_date": "yesterday"}, "start_date"),
        ({"start_date": "0001-01-01T00:00:00Z"}, "start_date"),
        ({"end_date": "9999-12-31T23:59:59Z"}, "end_date"),
        ({"start_date": "2026-01-01", "end_date": "2026-06-01"}, "end_date"),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "end_date"),
        ({"updated_after": "2026-01-01", "updated_before": "2026-06-01"}, "updated_before"),
        ({"status": "pending"}, "status"),
        ({"page": "0"}, "page"),
        ({"page": "-1"}, "page"),
        ({"page": "１"}, "page"),
        ({"page_size": "100000"}, "page_size"),
        ({"lat": "32"}, "long"),
        ({"lat": "nan", "long": "112", "radius": "5"}, "lat"),
        ({"lat": "32", "long": "112", "radius": "-5"}, "radius"),
        ({"service_request_id": ",".join(str(n) for n in range(101))}, "service_request_id"),
    ],
)
def test_wrong_searches_are_named(program: Program, query: dict[str, str], field: str) -> None:
    answer = program.get("requests.json", **query)
    assert answer.status_code == 400
    assert said(answer).startswith(f"{field}: ")


def test_a_wrong_key_is_told_although_none_is_needed(program: Program) -> None:
    assert program.get("requests.json", api_key="wrong").status_code == 403
    assert program.get("servicerequestupdates.xml", api_key="wrong").status_code == 403


def test_a_jurisdiction_is_looked_at_where_the_city_named_its_own(
    program: Program, settings: Any
) -> None:
    assert program.get("services.xml", jurisdiction_id="anything").status_code == 200
    settings.OPEN311_JURISDICTION = "xy.gov.example"
    for given, status in (("", 200), ("xy.gov.example", 200), ("4206", 200), ("other", 404)):
        assert program.get("services.xml", jurisdiction_id=given).status_code == status
        assert program.post(**good(), jurisdiction_id=given).status_code == status


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("get", "", 404),
        ("get", "services", 404),
        ("get", "nothing/here.json", 404),
        ("get", "services.yaml", 404),
        ("post", "services.json", 405),
        ("put", "requests.xml", 405),
        ("delete", "requests/1.xml", 405),
    ],
)
def test_other_addresses_and_methods_get_an_error_of_the_protocol(
    program: Program, method: str, path: str, status: int
) -> None:
    answer = getattr(program.client, method)(f"/open311/{path}")
    assert answer.status_code == status
    if path.endswith(".json"):
        said(answer)
    else:
        assert tree(answer).findtext("error/code") == str(status)


def test_a_list_of_fifty_costs_four_statements_at_most(program: Program) -> None:
    for _ in range(53):
        program.report()
    for path, key, most in (
        ("requests.json", program.key, 4),
        ("requests.xml", "", 4),
        ("servicerequestupdates.json", program.key, 4),
        ("services.json", "", 4),
        ("services/event-01-10.json", "", 4),
    ):
        query = {"page_size": 50, **({"api_key": key} if key else {})}
        program.get(path, **query)
        with CaptureQueriesContext(connection) as queries:
            answer = program.get(path, **query)
        assert len(queries) <= most, [query["sql"][:90] for query in queries.captured_queries]
        if path == "requests.json":
            assert len(answer.json()) == 50


def test_the_rule_for_one_case_is_the_rule_for_the_list(program: Program) -> None:
    shown = {row.number for row in SOURCE.requests(Query(limit=1000), timezone.now())}
    number = program.report()
    again = {row.number for row in SOURCE.requests(Query(limit=1000), timezone.now())}
    assert again - shown == {number}
