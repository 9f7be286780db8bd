"""Certificates for programs: how one stands for anybody, the register and changes within scope."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from yishi.foundation.access.actors import SYSTEM, ActorGrant
from yishi.foundation.access.keys import issue_key
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.tests.making import issued, said
from yishi.foundation.parties.tests.making import firm, person

pytestmark = pytest.mark.django_db
HERE, THERE = "4206/420606", "4206/420602"


def program(role: str, scope: str) -> Client:
    now = timezone.now() - timedelta(minutes=5)
    key = issue_key(f"{role} {scope}", "test", [ActorGrant(role, None, scope)], now)
    return Client(headers={"X-API-Key": key})


def post(client: Client, identifier: str, **body: Any) -> Any:
    path = f"/api/v1/certificates/{identifier}/status"
    return client.post(path, json.dumps(body), content_type="application/json")


def test_anybody_asks_how_a_certificate_stands() -> None:
    company = firm(1)
    old = issued(company)
    fresh = certificates.renew(old, said(company), actor=SYSTEM, now=timezone.now())
    now = Client().get(f"/api/v1/certificates/verify/{old.verify_code}").json()
    assert (now["status"], now["status_code"], now["counts"]) == ("superseded", "99", False)
    assert now["current_identifier"] == fresh.identifier
    now = Client().get(f"/api/v1/certificates/verify/{fresh.identifier}").json()
    assert (now["status"], now["counts"], now["current_identifier"]) == ("valid", True, None)
    whole = issued(company, components=[fresh])
    now = Client().get(f"/api/v1/certificates/verify/{whole.verify_code}").json()
    assert [part["identifier"] for part in now["components"]] == [fresh.identifier]
    assert Client().get("/api/v1/certificates/verify/nothing").status_code == 404


def test_a_person_is_named_masked() -> None:
    one = issued(person(2, "欧阳模拟"), number="证1")
    text = Client().get(f"/api/v1/certificates/verify/{one.verify_code}").content.decode()
    assert "欧阳" not in text and certificates.open_holder(one)[1] not in text


def test_guessing_codes_is_stopped() -> None:
    for n in range(10):
        assert Client().get(f"/api/v1/certificates/verify/guess{n}").status_code == 404
    answer = Client().get("/api/v1/certificates/verify/guess")
    assert answer.status_code == 429 and answer["Retry-After"]


def test_a_program_reads_and_changes_within_its_scope_only() -> None:
    here, there = issued(firm(1), managed_path=HERE), issued(firm(2), managed_path=THERE)
    reader, keeper = program("window_clerk", HERE), program("administrator", HERE)
    listed = reader.get("/api/v1/certificates").json()
    assert [one["identifier"] for one in listed] == [here.identifier]
    query = {"holder_code": there.holder_code}
    assert reader.get("/api/v1/certificates", query).json() == []
    for client in (reader, keeper):
        assert client.get(f"/api/v1/certificates/{here.identifier}").status_code == 200
        assert client.get(f"/api/v1/certificates/{there.identifier}").status_code == 404
        assert post(client, there.identifier, status="revoked", reason="x").status_code == 404
    assert post(Client(), here.identifier, status="revoked", reason="x").status_code == 401
    assert post(reader, here.identifier, status="revoked", reason="x").status_code == 403
    answer = post(keeper, here.identifier, status="nonsense", reason="x")
    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "status"
    answer = post(keeper, here.identifier, status="revoked", reason=" ")
    assert answer.json()["errors"][0]["field"] == "reason"
    answer = post(keeper, here.identifier, status="revoked", reason="虚假承诺")
    assert answer.status_code == 200 and answer.json()["status_code"] == "03"
    again = post(keeper, here.identifier, status="valid", reason="x")
    assert again.status_code == 422 and again.json()["errors"][0]["code"] == "final"
