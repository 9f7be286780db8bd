"""Whatever is sent: a 4xx that names the field, never a 5xx, and no row more or less."""

from __future__ import annotations

import io
import json
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from yishi.faces.api.tests.conftest import RUBBISH, Api, jpeg, row_counts, state_of
from yishi.systems.city_events.reports import FIELDS

FUZZ = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
GOOD: dict[str, Any] = {"type": RUBBISH, "lon": 112.142, "lat": 32.05, "description": "垃圾"}


def nasty_text() -> st.SearchStrategy[str]:
    """Texts with what programs forget: NUL, directions, noncharacters, emoji, length."""
    odd = st.sampled_from(
        [
            "\x00",
            "a\x00b",
            "\u202e",
            "\ufffe",
            "\U0010ffff",
            "👩‍👩‍👧",
            "' OR 1=1 --",
            "%s%n",
            "../..",
            "x" * 5000,
        ]
    )
    return st.one_of(odd, st.text(max_size=40))


def nasty_value() -> st.SearchStrategy[Any]:
    """Any JSON value: wrong types, huge numbers, nested lists and objects."""
    leaf = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.sampled_from([2**31, 2**63, 2**64, -(2**63), 10**300, -1, 0, 1e308, -1e308, 1e-320]),
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


def refused(answer: Any) -> None:
    """A 4xx in the form of the API, with a field where a field is to blame."""
    assert 400 <= answer.status_code < 500, answer.content[:300]
    content = answer.json()
    assert content["code"], content
    assert content["message"], content
    if answer.status_code in (400, 413, 422):
        assert content["errors"], content
        assert all(error["field"] and error["message"] for error in content["errors"]), content


def judged(answer: Any, before: dict[str, int]) -> None:
    """Either taken in, or refused without a trace."""
    if answer.status_code >= 400:
        refused(answer)
        assert row_counts() == before


@FUZZ
@given(
    field=st.sampled_from([*sorted(FIELDS), "no_such_field", "id", "state"]), value=nasty_value()
)
def test_one_wrong_field_of_a_report(api: Api, field: str, value: Any) -> None:
    before = row_counts()
    answer = api.post("/reports", GOOD | {field: value})
    judged(answer, before)
    if answer.status_code == 422:
        named = {error["field"].split(".")[0] for error in answer.json()["errors"]}
        pairs = {"lon": "lat", "lat": "lon"}
        assert named & {field, pairs.get(field, field)}, answer.json()


@FUZZ
@given(body=nasty_value())
def test_a_body_that_is_no_report(api: Api, body: Any) -> None:
    before = row_counts()
    judged(api.post("/reports", body), before)


@FUZZ
@given(raw=st.binary(max_size=200))
def test_a_body_that_is_no_json(api: Api, raw: bytes) -> None:
    before = row_counts()
    answer = api.post("/reports", raw)
    refused(answer)
    assert row_counts() == before


@pytest.mark.parametrize(
    "raw",
    [
        '{"description": "\\ud800", "external_id": "s"}',
        '{"\\udfff": 1}',
        '{"description": NaN}',
        '{"lon": Infinity, "lat": 1}',
        '{"description": "unfinished',
        "[" * 100_000,
        '{"facts": ' * 5_000 + "{}" + "}" * 5_000,
        b'{"description": "\xed\xa0\x80"}',
        b"\xff\xfe{}",
        "\x00",
    ],
)
def test_json_that_cannot_be_read_is_a_400(api: Api, raw: str | bytes) -> None:
    number = api.report().json()["number"]
    before = row_counts()
    for path in ("/reports", f"/cases/{number}/moves/amend"):
        answer = api.post(path, raw)
        refused(answer)
        assert (answer.status_code, answer.json()["code"]) == (400, "json")
    assert row_counts() == before


def test_a_body_that_is_too_large_is_a_413(api: Api) -> None:
    before = row_counts()
    answer = api.post("/reports", {"description": "长" * 1_000_000})
    refused(answer)
    assert answer.status_code == 413
    assert row_counts() == before


@FUZZ
@given(
    kind=st.one_of(
        st.sampled_from(
            [
                "text/plain",
                "application/xml",
                "application/x-www-form-urlencoded",
                "multipart/form-data",
                "multipart/form-data; boundary=" + "b" * 300,
                "application/json; charset=utf-16",
                "application/json; charset=nonsense",
                "",
            ]
        ),
        st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=30),
    ),
    raw=st.sampled_from([b"", b"a=b", b"--x\r\n\r\n", b"<xml/>", b"\xff"]),
)
def test_wrong_content_types(api: Api, kind: str, raw: bytes) -> None:
    before = row_counts()
    for path in ("reports", "photos"):
        answer = api.client.generic("POST", f"/api/v1/{path}", raw, content_type=kind)
        refused(answer)
    assert row_counts() == before


@FUZZ
@given(
    move=st.one_of(
        st.sampled_from(["file", "amend", "reject", "request_check", "receive", "merge_report"]),
        nasty_text().filter(lambda text: "/" not in text and text not in ("", ".", "..")),
    ),
    facts=st.dictionaries(
        st.one_of(
            st.sampled_from(["type", "standard", "note", "place", "reason", "unit", "photos"]),
            nasty_text(),
        ),
        nasty_value(),
        max_size=3,
    ),
    version=nasty_value(),
)
def test_wrong_moves(api: Api, move: str, facts: dict[str, Any], version: Any) -> None:
    number = api.report(type=None, description="这里有点情况").json()["number"]
    before, state = row_counts(), state_of(number)
    answer = api.client.post(
        f"/api/v1/cases/{number}/moves/{_quoted(move)}",
        json.dumps({"facts": facts, "version": version}),
        content_type="application/json",
    )
    if answer.status_code != 200:
        refused(answer)
        assert row_counts() == before
        assert state_of(number) == state


@FUZZ
@given(text=nasty_text())
def test_wrong_words_in_addresses(api: Api, text: str) -> None:
    before = row_counts()
    for path, name in (
        ("/cases", "after"),
        ("/cases", "state"),
        ("/cases", "type"),
        ("/types", "q"),
        ("/deadline", "start"),
        ("/deadline", "limit"),
        ("/deadline", "pause"),
    ):
        query = {"start": "2026-03-02T09:00", "limit": "4小时"} if path == "/deadline" else {}
        answer = api.get(path, **(query | {name: text}))
        if answer.status_code != 200:
            refused(answer)
    word = _quoted(text)
    if word not in ("", ".", ".."):
        for path in (f"/cases/{word}", f"/reports/{word}"):
            assert api.client.get(f"/api/v1{path}").status_code in (404, 429)
        answer = api.client.post(
            f"/api/v1/cases/{word}/moves/sign", b"{}", content_type="application/json"
        )
        assert answer.status_code in (404, 422)
    assert row_counts() == before


@pytest.mark.parametrize("broken", ["%ED%A0%80", "%00", "%FF%FE", "%C3", "%2e%2e", "%E2%80%AE"])
def test_broken_encodings_in_addresses(api: Api, broken: str) -> None:
    for path in (
        f"/api/v1/cases/{broken}",
        f"/api/v1/reports/{broken}",
        f"/api/v1/cases?state={broken}",
        f"/api/v1/cases?after={broken}",
        f"/api/v1/cases?type={broken}",
        f"/api/v1/types?q={broken}",
        f"/api/v1/deadline?start={broken}&limit={broken}",
        f"/api/{broken}",
    ):
        assert api.client.get(path).status_code < 500, path
    answer = api.post(f"/cases/{broken}/moves/{broken}", {"facts": {}})
    assert 400 <= answer.status_code < 500


@FUZZ
@given(
    name=st.sampled_from(
        ["X-API-Key", "Authorization", "Accept-Language", "Cookie", "Accept", "Content-Length"]
    ),
    value=st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=60),
)
def test_garbage_in_headers(api: Api, name: str, value: str) -> None:
    before = row_counts()
    client = Client(raise_request_exception=False)
    header = {f"HTTP_{name.upper().replace('-', '_')}": value}
    if name == "Content-Length":
        header = {"CONTENT_LENGTH": value}
    for answer in (
        client.get("/api/v1/cases", **header),  # type: ignore[arg-type]
        client.post("/api/v1/reports", "{}", content_type="application/json", **header),  # type: ignore[arg-type]
    ):
        assert 400 <= answer.status_code < 500
    assert row_counts() == before


def broken_photos() -> Iterator[tuple[str, bytes]]:
    """What arrives as a photo and is none."""
    good = jpeg((400, 300))
    png = io.BytesIO()
    Image.new("RGB", (40, 30)).save(png, "PNG")
    yield "empty", b""
    yield "text", b"not a picture"
    yield "truncated", good[: len(good) // 2]
    yield "head only", good[:20]
    yield "noise behind a magic number", b"\xff\xd8\xff" + bytes(range(256)) * 20
    yield "png truncated", png.getvalue()[:40]
    yield "bomb", _png_that_claims(60_000, 60_000)
    yield "no pixels", _png_that_claims(0, 0)
    yield "svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"
    yield "pdf", b"%PDF-1.4 %%EOF"
    yield "gif", b"GIF89a" + b"\x01" * 40


def _png_that_claims(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\x00" * 1000)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(("name", "data"), list(broken_photos()))
def test_photos_that_are_none(api: Api, name: str, data: bytes) -> None:
    before = row_counts()
    answer = api.photo(data)
    refused(answer)
    assert answer.json()["errors"][0]["field"] == "file"
    assert row_counts() == before


@FUZZ
@given(
    cut=st.integers(3, 3000),
    flips=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=8),
)
def test_damaged_photos(api: Api, cut: int, flips: list[tuple[int, int]]) -> None:
    data = bytearray(jpeg((200, 150)))
    for place, value in flips:
        data[place % len(data)] = value
    before = row_counts()
    judged(api.photo(bytes(data[:cut])), before)


def test_photos_that_are_too_large(api: Api) -> None:
    before = row_counts()
    answer = api.photo(b"\xff\xd8\xff" + b"\x00" * (17 * 1024 * 1024))
    refused(answer)
    assert answer.status_code == 413
    assert row_counts() == before


def test_the_photo_has_another_name(api: Api) -> None:
    upload = SimpleUploadedFile("a.jpg", jpeg(), "image/jpeg")
    answer = api.client.post("/api/v1/photos", {"picture": upload})
    refused(answer)
    assert answer.json()["errors"][0]["field"].startswith("file")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("landmark", 999_999_999),
        ("division", "999999"),
        ("datum", "EPSG:3857"),
        ("photos", ["00000000-0000-0000-0000-000000000000"]),
        ("lon", 181.0),
        ("phone", "not a number"),
        ("email", "nobody@"),
        ("confidence", 2),
    ],
)
def test_unknown_codes_are_named(api: Api, field: str, value: Any) -> None:
    body = dict(GOOD)
    if field in ("landmark", "division"):
        body.pop("lon")
        body.pop("lat")
    before = row_counts()
    answer = api.post("/reports", body | {field: value})
    refused(answer)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert row_counts() == before


def _quoted(text: str) -> str:
    from urllib.parse import quote

    return quote(text, safe="")
