"""Programs that others wrote: the client `georeport`, and FixMyStreet's way of asking and sending.

FixMyStreet (perllib/Open311.pm) cannot run here; what stands below sends the same requests in the
same order and reads the same elements of the answers.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from django.core.cache import cache
from django.utils import timezone
from georeport import GeoReport

from yishi.faces.open311.tests.conftest import RUBBISH, Program, state_of
from yishi.systems.city_events.tests.conftest import Town


@pytest.fixture
def endpoint(live_server: Any, city: None) -> str:
    """The endpoint of a site that answers over HTTP."""
    cache.clear()
    return f"{live_server.url}/open311/"


@pytest.mark.parametrize("form", ["json", "xml"])
def test_georeport_reads_services_definitions_and_requests(endpoint: str, form: str) -> None:
    program = Program()
    numbers = [program.report(), program.report()]
    client = GeoReport(endpoint, jurisdiction="4206", output_format=form)
    services: list[Any] = client.get_service_list()
    assert RUBBISH in {service["service_code"] for service in services}
    definition: Any = client.get_service_definition("component-01-37")
    assert definition["service_code"] == "component-01-37"
    assert definition["attributes"]
    found: list[Any] = client.get_service_requests(service_code=RUBBISH, status="open")
    assert [row["service_request_id"] for row in found] == numbers[::-1]
    ids = ",".join(numbers)
    assert len(client.get_service_requests(service_request_id=ids)) == 2
    start = (timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert len(client.get_service_requests(start_date=start)) == 2
    one: Any = client.get_service_request(numbers[0])
    assert one["service_request_id"] == numbers[0]
    assert one["status"] == "open"


class FixMyStreet:
    """What FixMyStreet's client sends, and what it looks for in the answers."""

    def __init__(self, endpoint: str, key: str) -> None:
        self.endpoint = endpoint
        self.jurisdiction = {"jurisdiction_id": "fixmystreet"}
        self.key = key

    def get(self, path: str, **params: str) -> ElementTree.Element:
        """GET with the jurisdiction; the body is XML."""
        answer = httpx.get(self.endpoint + path, params=params | self.jurisdiction)
        assert answer.is_success, answer.text
        return ElementTree.fromstring(answer.content)

    def post(self, path: str, **params: str) -> httpx.Response:
        """POST a form with jurisdiction and key."""
        data = params | self.jurisdiction | {"api_key": self.key}
        return httpx.post(self.endpoint + path, data=data)

    def categories(self) -> dict[str, list[str]]:
        """Name of each service with the codes of the fields that it is asked for."""
        found: dict[str, list[str]] = {}
        for service in self.get("services.xml").findall("service"):
            code, name = service.findtext("service_code"), service.findtext("service_name")
            assert code
            assert name
            if len(found) < 3 and (service.findtext("metadata") or "").lower() == "true":
                fields = self.get(f"services/{code}.xml").findall("attributes/attribute")
                fields.sort(key=lambda field: int(field.findtext("order") or 0))
                found[name] = [field.findtext("code") or "" for field in fields]
        return found

    def send(self, problem: int, **more: str) -> httpx.Response:
        """A problem as its `send_service_request` words it."""
        params = {
            "service_code": RUBBISH,
            "description": "垃圾\n\n堆在路边\n\nhttps://fms.example/report/17\n",
            "first_name": "Ada",
            "last_name": "Lovelace",
            "email": "ada@fms.example",
            "phone": "+447700900123",
            "lat": "32.05",
            "long": "112.142",
            "media_url": "https://fms.example/photo/17.0.full.jpeg",
            "attribute[fixmystreet_id]": str(problem),
            "attribute[easting]": "390000",
        }
        return self.post("requests.xml", **(params | more))


def test_fixmystreet_sends_follows_and_updates_a_problem(endpoint: str) -> None:
    program = Program()
    fms = FixMyStreet(endpoint, program.key)
    assert all("standard" in fields for fields in fms.categories().values())
    sent = fms.send(17)
    assert sent.status_code == 200, sent.text
    number = ElementTree.fromstring(sent.content).findtext("request/service_request_id")
    assert number
    assert fms.send(17).content == sent.content, "sent again after a lost answer"
    (row,) = fms.get("requests.xml", service_request_id=number).findall("request")
    assert row.findtext("status") == "open"
    update = fms.post(
        "servicerequestupdates.xml",
        updated_datetime="2026-11-24T08:00:00+00:00",
        service_request_id=number,
        status="OPEN",
        description="还在",
        last_name="-",
        first_name="Ada",
        email="ada@fms.example",
        update_id="3",
    )
    made = ElementTree.fromstring(update.content).findtext("request_update/update_id")
    assert made == f"{number}-{state_of(number).trace_length}"
    town = Town()
    town.now = timezone.now()
    town.handled(number)
    town.move(number, "close")
    now = datetime.now(UTC).replace(microsecond=0)
    window = {
        "start_date": (now - timedelta(hours=2)).isoformat().replace("+00:00", "Z"),
        "end_date": (now + timedelta(hours=2)).isoformat().replace("+00:00", "Z"),
    }
    steps = fms.get("servicerequestupdates.xml", api_key=program.key, **window)
    last = [step for step in steps.findall("request_update") if step.findtext("description")][-1]
    assert last.findtext("service_request_id") == number
    assert last.findtext("update_id")
    assert last.findtext("status") == "closed"
    when = datetime.fromisoformat(last.findtext("updated_datetime") or "")
    assert window["start_date"] <= when.astimezone(UTC).isoformat() <= window["end_date"]


def test_fixmystreet_reads_why_something_was_refused(endpoint: str) -> None:
    fms = FixMyStreet(endpoint, "wrong")
    refused = fms.send(1)
    assert refused.status_code == 403
    (error,) = ElementTree.fromstring(refused.content).findall("error")
    assert error.findtext("code") == "403"
    assert error.findtext("description")


def test_fixmystreet_asks_a_token_only_where_no_number_came(endpoint: str) -> None:
    program = Program()
    fms = FixMyStreet(endpoint, program.key)
    row = ElementTree.fromstring(fms.send(5).content).find("request")
    assert row is not None
    assert row.find("token") is None
    code = (row.findtext("service_notice") or "").partition("查询码 ")[2][:23]
    token = fms.get(f"tokens/{code}.xml").findtext("request/service_request_id")
    assert token == row.findtext("service_request_id")
