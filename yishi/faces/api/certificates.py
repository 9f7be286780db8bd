"""Certificates for other programs: how one stands (anybody), the register, a status changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema
from ninja.errors import HttpError
from pydantic import ConfigDict, Field

from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.access.throttle import Throttle
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.papers.certificates.access import may_change, visible_certificates
from yishi.foundation.papers.certificates.models import STATUS_CODES, SUPERSEDED, Certificate
from yishi.foundation.papers.certificates.reading import stands
from yishi.foundation.papers.certificates.states import Standing
from yishi.foundation.ui.api_errors import Fault

router = Router(tags=["电子证照"])
#: Shared with the public page: one count of wrong codes.
GUESSES = Throttle("verify")
MOST = 100
STATUSES = [key for key in STATUS_CODES if key != SUPERSEDED]

_STATE: dict[str, Any] = {
    "identifier": "1.2.156.3005.2.11420600MB1A2C3D0L001.420606.20261130K3M7Q2X9TB.001.X",
    "name": "食品经营许可证",
    "number": "JY14206060012345",
    "holder": "襄阳模拟一号餐饮管理有限公司",
    "holder_code": "91420600MA48X2K128",
    "holder_code_kind": "001",
    "issuer": "襄阳市樊城区行政审批局",
    "issued_on": "2026-11-30",
    "valid_from": "2026-11-30",
    "valid_to": "2031-11-29",
    "status": "valid",
    "status_code": "01",
    "status_label": "有效",
    "counts": True,
    "version": 1,
    "current_identifier": None,
    "simulated": True,
    "components": [],
}


class ComponentOut(Schema):
    """A certificate that a composite one brings together, with its own validity."""

    identifier: str
    name: str
    number: str
    valid_to: date | None
    status: str
    status_code: str
    counts: bool


class CertificateOut(Schema):
    """A certificate as it stands now. ``counts``: whether one may rely on it today;
    ``current_identifier``: the version that took its place. People are named masked."""

    model_config = ConfigDict(json_schema_extra={"example": _STATE})

    identifier: str
    name: str
    number: str
    holder: str
    holder_code: str
    holder_code_kind: str
    issuer: str
    issued_on: date
    valid_from: date
    valid_to: date | None
    status: str
    status_code: str
    status_label: str
    counts: bool
    version: int
    current_identifier: str | None
    simulated: bool
    components: list[ComponentOut]


class CertificateLineOut(Schema):
    """A certificate of the register, without its versions and components."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "identifier": _STATE["identifier"],
                "name": "食品经营许可证",
                "number": "JY14206060012345",
                "holder": "襄阳模拟一号餐饮管理有限公司",
                "valid_to": "2031-11-29",
                "status": "valid",
                "status_at": "2026-11-30T09:30:00+08:00",
                "version": 1,
            }
        }
    )

    identifier: str
    name: str
    number: str
    holder: str
    valid_to: date | None
    status: str
    status_at: datetime
    version: int


class CertificateStatusIn(Schema):
    """The status after, and why."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"example": {"status": "suspended", "reason": "责令停业整顿"}},
    )

    status: str = Field(json_schema_extra={"enum": [*STATUSES]})
    reason: str = Field(max_length=300)


def certificate_out(found: Certificate) -> CertificateOut:
    """*found* as it stands now (2 statements)."""
    state = stands(found, timezone.now())
    name, code = certificates.shown_holder(found)
    return CertificateOut(
        identifier=found.identifier,
        name=found.name,
        number=found.number,
        holder=name,
        holder_code=code,
        holder_code_kind=found.holder_code_kind,
        issuer=found.issuer_name,
        issued_on=found.issued_on,
        valid_from=found.valid_from,
        valid_to=found.valid_to,
        status=state.standing.key,
        status_code=state.standing.code,
        status_label=str(state.standing.label),
        counts=state.standing.counts,
        version=found.version,
        current_identifier=None if state.current else state.newest.identifier,
        simulated=found.simulated,
        components=[_component(part, own) for part, own in state.components],
    )


def _component(part: Certificate, own: Standing) -> ComponentOut:
    return ComponentOut(
        identifier=part.identifier,
        name=part.name,
        number=part.number,
        valid_to=part.valid_to,
        status=own.key,
        status_code=own.code,
        counts=own.counts,
    )


@router.get(
    "/certificates/verify/{code}",
    response={200: CertificateOut, 404: Fault, 429: Fault},
    operation_id="verify_certificate",
    summary="核验证照",
)
def verify_certificate(request: HttpRequest, code: str) -> CertificateOut:
    """How the certificate with this 核验码 or 证照标识 stands now; open to anybody."""
    GUESSES.check(request)
    found = certificates.find(code)
    if found is None:
        GUESSES.wrong(request)
        raise HttpError(404, "没有登记这个核验码的证照")
    return certificate_out(found)


@router.get(
    "/certificates",
    auth=CLIENT_KEY,
    response={200: list[CertificateLineOut], 401: Fault, 422: Fault},
    operation_id="get_certificates",
    summary="证照登记簿",
)
def get_certificates(
    request: HttpRequest,
    number: str = Query("", max_length=80, description="证照编号"),  # type: ignore[type-arg]
    holder_code: str = Query(  # type: ignore[type-arg]
        "", max_length=40, description="组织的统一社会信用代码"
    ),
) -> list[CertificateLineOut]:
    """Certificates in the key's scope, newest first, 100 at most."""
    rows = visible_certificates(request.actor)  # type: ignore[attr-defined]
    if "\x00" in number + holder_code:
        return []
    if number:
        rows = rows.filter(number=number)
    if holder_code:
        rows = rows.filter(holder_code=holder_code.upper())
    return [
        CertificateLineOut(
            identifier=row.identifier,
            name=row.name,
            number=row.number,
            holder=certificates.shown_holder(row)[0],
            valid_to=row.valid_to,
            status=row.status,
            status_at=row.status_at,
            version=row.version,
        )
        for row in rows.order_by("-id")[:MOST]
    ]


@router.get(
    "/certificates/{identifier}",
    auth=CLIENT_KEY,
    response={200: CertificateOut, 401: Fault, 404: Fault},
    operation_id="get_certificate",
    summary="证照",
)
def get_certificate(request: HttpRequest, identifier: str) -> CertificateOut:
    """One certificate in the key's scope."""
    return certificate_out(_of(request, identifier))


@router.post(
    "/certificates/{identifier}/status",
    auth=CLIENT_KEY,
    response={
        200: CertificateOut,
        400: Fault,
        401: Fault,
        403: Fault,
        404: Fault,
        413: Fault,
        422: Fault,
    },
    operation_id="post_certificate_status",
    summary="变更证照状态",
)
def post_certificate_status(
    request: HttpRequest, identifier: str, body: CertificateStatusIn
) -> CertificateOut:
    """Change the status; what lost its force never gets it back (422 on ``status``)."""
    found, actor = _of(request, identifier), request.actor  # type: ignore[attr-defined]
    if not may_change(actor, found):
        raise HttpError(403, "凭证不能变更这份证照的状态")
    said: dict[str, Any] = {"actor": actor, "now": timezone.now()}
    return certificate_out(certificates.set_status(found, body.status, body.reason, **said))


def _of(request: HttpRequest, identifier: str) -> Certificate:
    rows = visible_certificates(request.actor)  # type: ignore[attr-defined]
    found = None
    if identifier.isascii() and "\x00" not in identifier and len(identifier) <= 100:
        found = rows.filter(identifier=identifier.upper()).first()
    if found is None:
        raise HttpError(404, "没有这份证照，或无权查看")
    return found
