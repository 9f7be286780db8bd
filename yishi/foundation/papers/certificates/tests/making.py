"""Made-up certificates for tests."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.models import Certificate
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.tests.making import SYSTEM, firm

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 30)
TYPE = "11420600MB1A2C3D0L001"
ISSUER = "11420600MB1A2C3D0L"
CODE = {"type_code": TYPE, "issuer_code": ISSUER, "issuer_name": "襄阳市樊城区行政审批局"}
FIELDS = (
    certificates.CertificateField("premises", "经营场所", "襄阳市樊城区模拟路12号"),
    certificates.CertificateField("scope", "经营项目", "预包装食品销售"),
    certificates.CertificateField("person_in_charge", "负责人", "王模拟", personal=True),
)


def said(party: Party, **more: Any) -> certificates.CertificateInput:
    """A certificate to be issued."""
    values: dict[str, Any] = {
        "type_key": "food_business_licence",
        "name": "食品经营许可证",
        "holder": certificates.holder_of(party),
        "issued_on": TODAY,
        "valid_to": date(2031, 11, 29),
        "region": "420606000000",
        "managed_path": "4206/420606",
        "fields": FIELDS,
        "simulated": True,
        **CODE,
        **more,
    }
    return certificates.CertificateInput(**values)


def issued(party: Party | None = None, **more: Any) -> Certificate:
    """A certificate."""
    holder = party or firm(1)
    return certificates.issue(said(holder, **more), actor=SYSTEM, now=NOW)
