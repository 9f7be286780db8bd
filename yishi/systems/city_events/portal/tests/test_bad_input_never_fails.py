"""Whatever is sent to a page of the report, the answer says what to do and nothing breaks."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yishi.foundation.cases.models import Case
from yishi.systems.city_events.portal.tests.support import Walk, picture

PAGES = ("where", "place", "what", "type", "standard", "similar", "photos", "contact", "check")
NAMES = (
    "choice",
    "act",
    "lon",
    "lat",
    "accuracy",
    "q",
    "area",
    "group",
    "address",
    "description",
    "name",
    "phone",
    "email",
    "secret",
    "photos",
)
ODD = (
    "\x00",
    "\ud800",
    "landmark:",
    "landmark:99999999999999999999",
    "landmark:-1",
    "division:4206' --",
    "division:\x00",
    "point",
    "nan",
    "inf",
    "1e400",
    "٣",
    "x" * 50_000,
    "remove:" + str(uuid.uuid4()),
    "remove:\ud800",
    "unsure",
    "component/01/01",
    "locate",
    "next",
)
TEXT = st.one_of(
    st.sampled_from(ODD), st.text(max_size=60), st.text("\ud800\udfff\x00 1a", max_size=8)
)
FORM = st.dictionaries(
    st.sampled_from(NAMES), st.one_of(TEXT, st.lists(TEXT, max_size=3)), max_size=6
)
CALM = settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def encoded(data: dict[str, Any]) -> bytes:
    """A form body as raw bytes: what no browser, but any program may send."""
    pairs = []
    for name, value in data.items():
        for one in value if isinstance(value, list) else [value]:
            raw = one.encode("utf-8", "surrogatepass")
            pairs.append(name.encode() + b"=" + b"".join(b"%%%02X" % byte for byte in raw))
    return b"&".join(pairs)


@CALM
@given(st.sampled_from(PAGES), FORM)
def test_any_form_is_answered(walk: Walk, name: str, data: dict[str, Any]) -> None:
    walk = Walk(walk.client)
    walk.to_check()
    url = walk.url(name)
    kind = "application/x-www-form-urlencoded"
    response = walk.client.post(url, encoded(data), content_type=kind)
    assert response.status_code < 500
    if response.status_code == 302:
        assert walk.client.get(response["Location"]).status_code < 500


@CALM
@given(st.sampled_from(PAGES), st.binary(max_size=300), st.booleans())
def test_any_body_is_answered(walk: Walk, name: str, body: bytes, multipart: bool) -> None:
    walk = Walk(walk.client)
    walk.to_check()
    kind = "multipart/form-data; boundary=x" if multipart else "application/json"
    assert walk.client.post(walk.url(name), body, content_type=kind).status_code < 500


@CALM
@given(FORM, st.sampled_from(("where", "area", "type", "photos")))
def test_any_query_is_answered(walk: Walk, data: dict[str, Any], name: str) -> None:
    query = encoded({**data, "in": data.get("area", "")}).decode("ascii")
    assert walk.client.get(f"{walk.url(name)}?{query}").status_code < 500


@CALM
@given(TEXT)
def test_any_code_is_answered(walk: Walk, code: str) -> None:
    body = encoded({"code": code})
    client = Client(REMOTE_ADDR=f"10.2.{hash(code) % 250}.{len(code) % 250}")
    kind = "application/x-www-form-urlencoded"
    response = client.post(reverse("events:track"), body, content_type=kind)
    assert response.status_code in (422, 429)


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.jpg", b"not a picture", "image/jpeg"),
        ("a.jpg", b"", "image/jpeg"),
        ("a.gif", b"GIF89a" + b"\0" * 20, "image/gif"),
        ("a.pdf", b"%PDF-1.4\n%%EOF", "application/pdf"),
        ("a\x00.jpg", picture()[:200], "image/jpeg"),
    ],
)
def test_a_bad_file_is_said_at_the_photos(
    walk: Walk, name: str, data: bytes, media_type: str
) -> None:
    walk.to_check()
    files = [
        SimpleUploadedFile("good.jpg", picture(), "image/jpeg"),
        SimpleUploadedFile(name, data, media_type),
    ]
    response = walk.post("photos", act="next", photos=files)
    assert response.status_code == 422
    assert "第 2 张" in response.context["form"].errors["photos"][0]
    assert response.context["draft"].photos == [], "all of them or none"


def test_too_many_photos_are_counted(walk: Walk) -> None:
    walk.to_check()
    files = [SimpleUploadedFile(f"{n}.jpg", picture(), "image/jpeg") for n in range(10)]
    response = walk.post("photos", act="next", photos=files)
    assert response.status_code == 422
    assert response.context["form"].errors["photos"]


def test_an_oversized_upload_says_what_to_do(walk: Walk) -> None:
    walk.to_check()
    response = walk.client.post(
        walk.url("photos"),
        b"",
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(80 * 1024 * 1024),
    )
    assert response.status_code == 413
    page = response.content.decode()
    assert "60 MB" in page
    assert walk.url("photos") in page


def test_the_forgery_check_still_guards_the_photos(walk: Walk) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = walk.client.cookies
    walk.to_check()
    assert strict.post(walk.url("photos"), {"act": "next"}).status_code == 403


def test_what_the_register_lost_meanwhile_is_asked_again(walk: Walk) -> None:
    walk.to_check()
    from yishi.foundation import revisions
    from yishi.foundation.places.models import Landmark

    Landmark.objects.all().delete()
    revisions.bump("places")
    response = walk.post("check")
    assert response.status_code == 422
    assert response.context["form"].non_field_errors()
    assert response.context["wrong"] == walk.url("where")
    assert Case.objects.unscoped("none was made").count() == 0
