"""Whatever is sent: an answer of the protocol, never a 5xx, and what was refused left no trace."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.faces.open311.answers import answer, xml
from yishi.faces.open311.tests.conftest import Program, good, row_counts, said, state_of

FUZZ = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
FIELDS = [
    *("api_key", "jurisdiction_id", "service_code", "lat", "long", "address_string", "address_id"),
    *("email", "device_id", "account_id", "first_name", "last_name", "phone", "description"),
    *("media_url", "external_id", "attribute[standard]", "attribute[secret][]", "attribute[x]"),
    *("attribute", "attributes", "status", "service_request_id", "update_id", "no_such_field"),
]
QUERY = [
    *("service_request_id", "service_code", "start_date", "end_date", "updated_after"),
    *("updated_before", "status", "page", "page_size", "lat", "long", "radius", "extensions"),
    *("jurisdiction_id", "api_key"),
]
PATHS = ["requests", "servicerequestupdates", "services", "discovery", "requests/x", "tokens/x"]


def nasty_text() -> st.SearchStrategy[str]:
    """Texts with what programs forget."""
    odd = ["\x00", "a\x00b", "\u202e", "\ufffe", "\x0b\x1b", "\U0010ffff", "]]>", "<a>&amp;"]
    odd += ["' OR 1=1 --", "%s%n", "../..", "x" * 5000, "1e999", "nan", "-0", "2026-02-30"]
    odd += ["9999-12-31T23:59:59-23:59", "0001-01-01", "2026-W01-1", "٣", "1_0", "32.05,112.1"]
    return st.one_of(st.sampled_from(odd), st.text(max_size=40))


def nasty_value() -> st.SearchStrategy[Any]:
    """Any JSON value."""
    leaf = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([2**63, 2**64, -(2**63), 10**300, 1e308, -1e-320]),
        st.floats(allow_nan=False, allow_infinity=False),
        nasty_text(),
    )
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(nasty_text(), inner, max_size=3)
        ),
        max_leaves=6,
    )


def judged(found: Any, before: dict[str, int]) -> None:
    """Taken in, or an error of the protocol and nothing stored."""
    assert found.status_code < 500, found.content[:300]
    if found.status_code >= 400:
        if found["Content-Type"].startswith("text/xml"):
            code = ElementTree.fromstring(found.content).findtext("error/code")
            assert code == str(found.status_code)
        else:
            assert said(found)
        assert row_counts() == before


@FUZZ
@given(field=st.sampled_from(FIELDS), value=nasty_text(), ending=st.sampled_from(["json", "xml"]))
def test_one_wrong_field_of_a_form(program: Program, field: str, value: str, ending: str) -> None:
    before = row_counts()
    judged(program.post(f"requests.{ending}", **(good() | {field: _form(value)})), before)


@FUZZ
@given(field=st.sampled_from(FIELDS), value=nasty_value())
def test_one_wrong_field_of_json(program: Program, field: str, value: Any) -> None:
    before = row_counts()
    body = good() | {"api_key": program.key} | {field: value}
    judged(program.post_json(body), before)


@FUZZ
@given(body=nasty_value())
def test_json_that_is_no_report(program: Program, body: Any) -> None:
    before = row_counts()
    for path in ("requests.json", "servicerequestupdates.xml"):
        judged(program.post_json(body, path, **{"X-API-Key": program.key}), before)


@FUZZ
@given(
    raw=st.one_of(st.binary(max_size=200), st.just(b"\xff=%ff&lat=%00&%5b%5d=1")),
    kind=st.sampled_from(
        [
            "application/json",
            "application/x-www-form-urlencoded",
            "application/x-www-form-urlencoded; charset=gb18030",
            "multipart/form-data",
            "multipart/form-data; boundary=x",
            "text/plain",
            "",
        ]
    ),
)
def test_bodies_that_are_none(program: Program, raw: bytes, kind: str) -> None:
    before = row_counts()
    for path in ("requests.xml", "servicerequestupdates.json"):
        found = program.client.generic("POST", f"/open311/{path}", raw, content_type=kind)
        judged(found, before)
        assert found.status_code >= 400


@FUZZ
@given(field=st.sampled_from(FIELDS), value=nasty_text())
def test_one_wrong_field_of_an_update(program: Program, field: str, value: str) -> None:
    number = program.report()
    before, state = row_counts(), state_of(number)
    fields = {"service_request_id": number, "description": "还在", "status": "OPEN"}
    found = program.post("servicerequestupdates.json", **(fields | {field: _form(value)}))
    judged(found, before)
    if found.status_code >= 400:
        assert state_of(number) == state


@FUZZ
@given(
    query=st.dictionaries(st.sampled_from(QUERY), nasty_text(), max_size=3),
    path=st.sampled_from(PATHS),
    ending=st.sampled_from(["json", "xml"]),
)
def test_wrong_searches(program: Program, query: dict[str, str], path: str, ending: str) -> None:
    before = row_counts()
    sent = {name: _form(value) for name, value in query.items()}
    judged(program.client.get(f"/open311/{path}.{ending}", sent), before)


@FUZZ
@given(word=nasty_text())
def test_wrong_words_in_addresses(program: Program, word: str) -> None:
    from urllib.parse import quote

    quoted = quote(_form(word), safe="")
    for path in (f"services/{quoted}.xml", f"requests/{quoted}.json", f"tokens/{quoted}.xml"):
        assert program.client.get(f"/open311/{path}").status_code in (400, 404, 429)


@pytest.mark.parametrize(
    "broken", ["%ED%A0%80", "%00", "%FF%FE", "%C3", "%0A", "%E2%80%AE", "a%2Fb"]
)
def test_broken_encodings_in_addresses(program: Program, broken: str) -> None:
    for path in (
        *(f"{kind}/{broken}.xml" for kind in ("services", "requests", "tokens")),
        *(f"requests.json?{name}={broken}" for name in QUERY),
        broken,
    ):
        assert program.client.get(f"/open311/{path}").status_code < 500, path


@FUZZ
@given(
    name=st.sampled_from(["X-API-Key", "Authorization", "Idempotency-Key", "Cookie", "Accept"]),
    value=st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=60),
)
def test_garbage_in_headers(program: Program, name: str, value: str) -> None:
    before = row_counts()
    header = {f"HTTP_{name.upper().replace('-', '_')}": value}
    client = Client(raise_request_exception=False)
    judged(client.post("/open311/requests.json", good(), **header), before)  # type: ignore[arg-type]
    assert client.get("/open311/discovery.json", **header).status_code < 500  # type: ignore[arg-type]


def test_a_body_that_is_too_large(program: Program) -> None:
    before = row_counts()
    found = program.post_json(b'{"description": "' + b"x" * (3 * 1024 * 1024) + b'"}')
    judged(found, before)
    assert found.status_code == 413


@given(text=st.text(alphabet=st.characters(exclude_categories=())))
def test_xml_is_well_formed_whatever_a_text_holds(text: str) -> None:
    root = ElementTree.fromstring(xml("service_requests", [{"description": text}]))
    kept = root.findtext("request/description") or ""
    assert len(kept) == len(text)
    assert all(b in (a, "\ufffd") for a, b in zip(text, kept, strict=True))


@given(text=st.text(alphabet=st.characters(exclude_categories=())))
def test_json_is_sound_whatever_a_text_holds(text: str) -> None:
    found = answer("errors", [{"code": "400", "description": text}], "json")
    assert len(json.loads(found.content)[0]["description"]) == len(text)


def test_control_characters_of_a_reporter_come_back_as_xml(program: Program) -> None:
    number = program.report(description="坏\x01字\x0b符\x1f]]>&<")
    found = program.get(f"requests/{number}.xml", api_key=program.key)
    root = ElementTree.fromstring(found.content)
    assert root.findtext("request/description") == "坏\ufffd字\ufffd符\ufffd]]>&<"


def _form(value: str) -> str:
    """*value* as a form can carry it: halves of characters are no UTF-8."""
    return value.encode("utf-8", "replace").decode()
