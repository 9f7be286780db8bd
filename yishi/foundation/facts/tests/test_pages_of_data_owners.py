"""The owner of data delivers and answers at the desk; nobody else sees what was delivered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.actors import SYSTEM
from yishi.foundation.access.models import Grant, User
from yishi.foundation.facts import corrections
from yishi.foundation.facts.models import Correction, Delivery, Source
from yishi.foundation.parties.synthetic import enterprise_number

A = enterprise_number("420606", 1)
EARLIER = datetime(2020, 1, 1, tzinfo=UTC)


def owner_of(source: Source) -> Client:
    user = User.objects.create(username=f"owner-{source.key}", display_name="模拟数据员")
    Grant.objects.create(
        user=user, role="data_owner", unit=source.unit, scope="", valid_from=EARLIER
    )
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def hr(city: None) -> Source:
    return Source.objects.select_related("unit").get(key="hr")


@pytest.fixture
def owner(hr: Source) -> Client:
    return owner_of(hr)


@pytest.fixture
def stranger(hr: Source) -> Client:
    return owner_of(Source.objects.exclude(unit=hr.unit).exclude(unit=None).order_by("key")[0])


def upload(client: Client, text: str) -> str:
    """Deliver a part; returns the address of what came of it."""
    moment = timezone.localtime(timezone.now() - timedelta(hours=1))
    answer = client.post(
        "/desk/facts/sources/hr/deliver/",
        {
            "file": SimpleUploadedFile("f.csv", text.encode()),
            "as_of": f"{moment:%Y-%m-%dT%H:%M}",
            "whole": "part",
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    return str(answer["Location"])


def test_the_owner_delivers_a_file_and_sees_and_downloads_what_was_refused(owner: Client) -> None:
    for path in ("", "sources/hr/", "sources/hr/deliver/", "sources/hr/columns.csv"):
        assert owner.get(f"/desk/facts/{path}").status_code == 200
    where = upload(owner, f"party,insured_heads_now\n{A},12\n{A[:-1]}!,=1+1\n")
    page = owner.get(where).content.decode()
    assert "下载拒收的行" in page
    refused = b"".join(owner.get(f"{where}refused.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "'=1+1" in refused
    made = Delivery.objects.unscoped("the test").get(kind="csv")
    assert (made.rows, made.rejected) == (1, 1)


def test_what_is_wrong_with_a_file_is_said_at_its_field(owner: Client) -> None:
    answer = owner.post(
        "/desk/facts/sources/hr/deliver/",
        {
            "file": SimpleUploadedFile("f.csv", "甲,乙\n".encode()),
            "as_of": "2026-01-01T00:00",
            "whole": "part",
        },
    )
    assert answer.status_code == 422
    assert "不认识的列" in answer.content.decode()


def test_the_owner_of_other_data_sees_none_of_it(owner: Client, stranger: Client) -> None:
    where = upload(owner, f"party,insured_heads_now\n{A},12\n")
    made = corrections.ask(A, "insured_heads_now", 9, "应为9人", SYSTEM, timezone.now())
    for path in (
        "/desk/facts/sources/hr/",
        "/desk/facts/sources/hr/deliver/",
        where,
        f"{where}refused.csv",
        f"/desk/facts/corrections/{made.pk}/",
    ):
        assert stranger.get(path).status_code == 404
    assert A not in stranger.get("/desk/facts/corrections/").content.decode()


def test_an_upheld_correction_is_a_delivery_of_one_row(owner: Client) -> None:
    made = corrections.ask(A, "insured_heads_now", 9, "应为9人", SYSTEM, timezone.now())
    path = f"/desk/facts/corrections/{made.pk}/"
    assert owner.post(path, {"outcome": "rejected", "value": "", "answer": ""}).status_code == 422
    assert owner.post(path, {"outcome": "upheld", "value": "九", "answer": ""}).status_code == 422
    assert owner.post(path, {"outcome": "upheld", "value": "9", "answer": ""}).status_code == 302
    made.refresh_from_db()
    assert made.state == Correction.State.UPHELD
    assert made.delivery_id is not None
    delivery = Delivery.objects.unscoped("the test").get(pk=made.delivery_id)
    assert (delivery.kind, delivery.rows, delivery.columns) == ("fix", 1, ["insured_heads_now"])
