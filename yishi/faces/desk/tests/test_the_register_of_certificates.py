"""The register of certificates: found within sight, changed by who may, exported masked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from yishi.foundation.audit.models import Look
from yishi.foundation.papers.certificates import access
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.models import Certificate
from yishi.foundation.papers.certificates.tests.making import issued
from yishi.foundation.parties.tests.making import firm, person
from yishi.foundation.places.models import Unit
from yishi.systems.city_events.tests.office import COUNTY, ELSEWHERE, Office


@pytest.fixture
def unit() -> Unit:
    """A body that keeps certificates."""
    return Unit.objects.filter(managed_path__startswith=COUNTY).order_by("pk")[0]


@pytest.fixture
def here(office: Office, unit: Unit) -> Certificate:
    return issued(firm(1), managed_path=COUNTY, unit_id=unit.pk)


@pytest.fixture
def elsewhere(office: Office) -> Certificate:
    return issued(firm(2), managed_path=ELSEWHERE, number="JY别处")


def found(client: Client, q: str) -> str:
    answer = client.get(reverse("desk:certificates"), {"q": q})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_certificate_is_found_by_whatever_stands_on_it(
    office: Office, here: Certificate, elsewhere: Certificate
) -> None:
    client = office.client("window_clerk", None, COUNTY)
    for q in (
        "",
        here.number,
        here.number.lower(),
        here.identifier,
        here.verify_code,
        here.holder_code,
        here.holder_name[:6],
    ):
        text = found(client, q)
        assert str(here.pk) in text and str(elsewhere.pk) not in text, q
    for q in (elsewhere.number, elsewhere.identifier, "没有"):
        assert str(here.pk) not in found(client, q)
        assert str(elsewhere.pk) not in found(client, q)
    assert client.get(reverse("desk:certificate", args=[elsewhere.pk])).status_code == 404
    assert client.get(reverse("desk:certificates"), {"status": "x"}).status_code == 422


def test_who_does_not_work_on_licences_does_not_see_the_register(
    office: Office, here: Certificate
) -> None:
    client = office.client("dispatcher", None, COUNTY)
    assert str(here.pk) not in found(client, "")
    assert client.get(reverse("desk:certificate", args=[here.pk])).status_code == 404


def change(client: Client, one: Certificate, **said: Any) -> Any:
    return client.post(reverse("desk:certificate-status", args=[one.pk]), said)


def test_the_unit_that_keeps_it_changes_the_status_and_says_why(
    office: Office, here: Certificate, unit: Unit
) -> None:
    clerk = office.client("window_clerk", None, COUNTY)
    assert change(clerk, here, status="revoked", reason="x").status_code == 404
    other = Unit.objects.exclude(pk=unit.pk).order_by("pk")[0]
    stranger = office.client("approver", other.pk, other.managed_path)
    assert change(stranger, here, status="revoked", reason="x").status_code == 404
    approver = office.client("approver", unit.pk, unit.managed_path)
    page = approver.get(reverse("desk:certificate", args=[here.pk])).content.decode()
    assert "变更状态" in page
    for said, field in (
        ({"status": "revoked"}, "请填写原因和依据"),
        ({"reason": "x"}, "请选择状态"),
        ({"status": "superseded", "reason": "x"}, "不能改为这个状态"),
    ):
        answer = change(approver, here, **said)
        assert answer.status_code == 422 and field in answer.content.decode()
    assert change(approver, here, status="revoked", reason="虚假承诺").status_code == 302
    page = approver.get(reverse("desk:certificate", args=[here.pk])).content.decode()
    assert "虚假承诺" in page and "y-tone-bad" in page
    here.refresh_from_db()
    assert here.status == "revoked"
    answer = change(approver, here, status="valid", reason="x")
    assert answer.status_code == 422, "a final status"


def test_opening_a_persons_certificate_is_logged(office: Office, unit: Unit) -> None:
    one = issued(person(1), managed_path=COUNTY, unit_id=unit.pk, number="证1")
    client = office.client("window_clerk", None, COUNTY)
    answer = client.get(reverse("desk:certificate-file", args=[one.pk, "pdf"]))
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    assert Look.objects.filter(action="certificate.file", subject=f"party:{one.holder_id}").exists()
    page = client.get(reverse("desk:certificate", args=[one.pk])).content.decode()
    assert certificates.open_holder(one)[1] not in page
    assert client.get(reverse("desk:certificate-file", args=[one.pk, "exe"])).status_code == 404


def test_the_file_of_a_party_leads_to_the_certificate(office: Office, here: Certificate) -> None:
    client = office.client("administrator", None, "4206")
    answer = client.post(reverse("desk:party", args=[here.holder_id]), {"purpose": "测试"})
    assert here.identifier in answer.content.decode()


def test_the_roles_that_read_are_named_by_packages() -> None:
    assert {"approver", "agency_head", "window_clerk", "administrator"} <= access.reading_roles()
    assert "dispatcher" not in access.reading_roles()
