"""POST requests: the one intake of the house, in the protocol's words."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from yishi.faces.open311.tests.conftest import (
    RUBBISH,
    Program,
    good,
    row_counts,
    said,
    spot,
    state_of,
    tree,
)
from yishi.foundation.parties.contacts import details
from yishi.foundation.parties.models import Contact
from yishi.foundation.places.loading import load_register
from yishi.systems.city_events.models import Report
from yishi.systems.city_events.tracking_view import track


def report_of(number: str) -> Any:
    return Report.objects.unscoped("test").get(case_id=state_of(number).id)


def test_a_form_is_taken_in_filed_and_dispatched_at_once(program: Program) -> None:
    answer = program.post(**good(), account_id="u-7")
    (row,) = answer.json()
    case = state_of(row["service_request_id"])
    assert (case.type_key, case.state) == ("event/01/10", "assigned")
    assert row["account_id"] == "u-7"
    assert "环境卫生" in row["service_notice"]
    assert report_of(case.number).channel == "open311"


def test_json_is_taken_in_alike(program: Program) -> None:
    sent = good()
    body: dict[str, Any] = {**sent, "api_key": program.key, "attribute": {"standard": "1"}}
    body |= {"lat": float(sent["lat"]), "long": float(sent["long"])}
    answer = program.post_json(body)
    assert answer.status_code == 200, answer.content
    assert state_of(answer.json()[0]["service_request_id"]).data["standard"] == "1"


def test_xml_is_answered_in_xml(program: Program) -> None:
    root = tree(program.post("requests.xml", **good()))
    assert root.tag == "service_requests"
    assert root.findtext("request/service_request_id")


@pytest.mark.parametrize("place", ["api_key", "X-API-Key", "Authorization", "query"])
def test_the_key_is_a_field_or_a_header(program: Program, place: str) -> None:
    fields: dict[str, Any] = good()
    headers = {"X-API-Key": {"X-API-Key": program.key}}.get(place)
    if place == "Authorization":
        headers = {"Authorization": f"Bearer {program.key}"}
    if place == "api_key":
        fields["api_key"] = program.key
    path = "/open311/requests.json" + (f"?api_key={program.key}" if place == "query" else "")
    assert program.client.post(path, fields, headers=headers).status_code == 200


@pytest.mark.parametrize("key", [None, "", "yishi_wrong", "\x00"])
def test_without_a_known_key_it_is_403_and_nothing_is_stored(
    program: Program, key: str | None
) -> None:
    before = row_counts()
    fields = good() if key is None else good() | {"api_key": key}
    answer = program.client.post("/open311/requests.json", fields)
    assert answer.status_code == 403
    assert "api_key" in said(answer)
    assert row_counts() == before


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"service_code": ""}, 400, "service_code"),
        ({"service_code": "no-such"}, 404, "service_code"),
        ({"service_code": "event/01/10"}, 404, "service_code"),
        ({"lat": "", "long": ""}, 400, "lat"),
        ({"lat": "x"}, 400, "lat"),
        ({"long": ""}, 400, "long"),
        ({"long": "181"}, 400, "long"),
        ({"lat": "", "long": "", "address_id": "999999999"}, 400, "address_id"),
        ({"lat": "", "long": "", "address_id": "#NOTPINPOINTED#"}, 400, "address_id"),
        ({"email": "nobody@"}, 400, "email"),
        ({"phone": "call me"}, 400, "phone"),
        ({"first_name": "长" * 61}, 400, "first_name"),
        ({"description": "长" * 4001}, 400, "description"),
        ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
        ({"media_url": "https://user@host/a.jpg"}, 400, "media_url"),
        ({"media_url": "https://"}, 400, "media_url"),
        ({"attribute[standard]": "99"}, 400, "attribute[standard]"),
        ({"attribute[standard][]": ["1", "2"]}, 400, "attribute[standard]"),
        ({"attribute[secret]": "maybe"}, 400, "attribute[secret]"),
        ({"account_id": "x" * 129}, 400, "account_id"),
        ({"external_id": "x" * 81}, 400, "external_id"),
        ({"lat": ["32.05", "32.06"]}, 400, "lat"),
    ],
)
def test_what_is_wrong_is_named_and_changes_nothing(
    program: Program, change: dict[str, Any], status: int, field: str
) -> None:
    before = row_counts()
    answer = program.post(**(good() | change))
    assert answer.status_code == status, answer.content.decode()
    assert said(answer).startswith(f"{field}: ")
    root = tree(program.post("requests.xml", **(good() | change)))
    assert root.tag == "errors"
    assert root.findtext("error/code") == str(status)
    assert str(root.findtext("error/description")).startswith(f"{field}: ")
    assert row_counts() == before


def test_a_file_is_refused_with_the_way_out(program: Program) -> None:
    upload = SimpleUploadedFile("a.jpg", b"x", "image/jpeg")
    answer = program.post(**good(), media=upload)
    assert answer.status_code == 400
    assert "media_url" in said(answer)


def test_the_contact_is_kept_encrypted_and_whole(program: Program) -> None:
    fields = {"first_name": "三", "last_name": "张", "phone": "13812345678", "email": "z@a.cn"}
    number = program.report(**fields)
    contact = details(Contact.objects.get(id=report_of(number).contact_id))
    assert (contact.name, contact.phone, contact.email) == ("张三", "13812345678", "z@a.cn")
    latin = program.report(first_name="Ada", last_name="Lovelace", email="a@a.cn")
    assert details(Contact.objects.get(id=report_of(latin).contact_id)).name == "Ada Lovelace"


def test_links_and_unknown_attributes_are_kept_with_the_words(program: Program) -> None:
    number = program.report(
        **{"media_url": "https://photos.example/1.jpg", "attribute[easting]": "390000"}
    )
    lines = report_of(number).text.split("\n")
    assert lines == [
        "生活垃圾堆在路边",
        "easting：390000",
        "照片链接：https://photos.example/1.jpg",
    ]


def test_a_landmark_or_an_address_is_a_place_too(program: Program) -> None:
    mark = load_register().landmarks[0]
    nowhere = {"lat": "", "long": ""}
    by_mark = state_of(program.report(**nowhere, address_id=str(mark.id)))
    assert by_mark.division == mark.division
    assert by_mark.state == "assigned"
    by_words = state_of(program.report(**nowhere, address_string="某路12号门前"))
    assert by_words.state == "reported", "words are no place: a person looks"
    assert by_words.data["where"] == "某路12号门前"


def test_the_notice_gives_the_code_that_follows_the_report(program: Program) -> None:
    (row,) = program.post(**good()).json()
    code = row["service_notice"].partition("查询码 ")[2][:23]
    progress = track(code)
    assert progress is not None
    assert progress.case.number == row["service_request_id"]
    (found,) = program.get(f"tokens/{code}.json").json()
    assert found == {"service_request_id": row["service_request_id"], "token": code}


def test_who_guesses_tokens_has_to_wait(program: Program) -> None:
    statuses = {program.get("tokens/00000-00000-00000-00000.json").status_code for _ in range(12)}
    assert statuses == {404, 429}


@pytest.mark.parametrize("carrier", ["header", "external_id", "attribute"])
def test_the_same_report_under_the_same_key_is_one(program: Program, carrier: str) -> None:
    fields: dict[str, Any] = good()
    headers = None
    if carrier == "header":
        headers = {"Idempotency-Key": "fms-17"}
    elif carrier == "external_id":
        fields["external_id"] = "fms-17"
    else:
        fields["attribute[fixmystreet_id]"] = "fms-17"
    first = program.post(headers=headers, **fields)
    before = row_counts()
    again = program.post(headers=headers, **fields)
    assert again.json() == first.json()
    other = program.post(headers=headers, **(fields | {"description": "另一件事"}))
    assert other.status_code == 409
    said(other)
    assert row_counts() == before
    stranger = Program()
    assert stranger.post(headers=headers, **(fields | spot())).status_code == 200


def test_without_a_key_of_its_own_every_report_counts(program: Program) -> None:
    fields = good() | {"service_code": "event-02-01"}
    first, second = program.post(**fields).json()[0], program.post(**fields).json()[0]
    notices = {row["service_notice"] for row in (first, second)}
    assert len(notices) == 2


@pytest.mark.django_db(transaction=True)
def test_a_report_is_one_commit_and_at_most_ten_statements(city: None) -> None:
    program = Program()
    program.report()
    fields = good() | {"first_name": "某人", "phone": "13900000000", "email": "a@a.cn"}
    with CaptureQueriesContext(connection) as queries:
        answer = program.post(**fields)
    assert answer.status_code == 200
    said_sql = [query["sql"] for query in queries.captured_queries]
    assert said_sql.count("COMMIT") == 1
    plain = [sql for sql in said_sql if sql not in ("BEGIN", "COMMIT")]
    assert len(plain) <= 10, plain
    assert fields["service_code"] == RUBBISH


def test_a_description_may_have_four_thousand_characters(program: Program) -> None:
    """GeoReport v2's limit; attributes and links come on top of it."""
    links = [f"https://photos.example/{n}/" + "x" * 300 for n in range(9)]
    fields: dict[str, Any] = {"description": "长" * 4000, "media_url[]": links}
    sent = program.post(**(good() | fields))
    assert sent.status_code == 200, sent.content.decode()


@pytest.mark.parametrize("name", ["attribute[colour]", "attribute[colour][]"])
def test_an_attribute_may_have_several_values(program: Program, name: str) -> None:
    """multivaluelist of the specification; one of ours with two values is refused above."""
    values: dict[str, Any] = {name: ["red", "blue"]}
    sent = program.post(**(good() | values))
    (row,) = sent.json()
    stored = Report.objects.unscoped("test").get(case__number=row["service_request_id"])
    assert "colour：red\ncolour：blue" in stored.text
