"""The credit file for other programs: records, screening, what is published. The key says who."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from ninja.errors import HttpError
from pydantic import ConfigDict, Field

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.audit import access_log
from yishi.foundation.credit import policy, records, screening, subjects
from yishi.foundation.credit.asking import Subject
from yishi.foundation.credit.judging import Policy
from yishi.foundation.credit.models import CreditRecord, Screening
from yishi.foundation.credit.records import RecordInput
from yishi.foundation.ui.api_errors import Fault

router = Router(tags=["信用"])
MOST = 100
_NO: dict[int, Any] = {400: Fault, 401: Fault, 403: Fault, 422: Fault}


def _strict(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", strict=True, json_schema_extra={"example": example})


def _shown(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


_RECORD = {
    "number": "XY-20260520-1A2B3C4D",
    "subject": "襄阳示例食品有限公司",
    "identifier": "91420600MA48X2K128",
    "kind": "penalty",
    "list": "",
    "severity": "general",
    "activity": "food",
    "authority": "襄阳市市场监督管理局",
    "document_no": "襄市监罚〔2026〕0520号",
    "document_date": "2026-05-20",
    "summary": "销售超过保质期的食品，罚款（模拟）",
    "state": "PUBLISHED",
    "visible": True,
    "in_force": True,
    "min_end": "2026-08-20",
    "max_end": "2027-05-20",
    "rules": "ndrc36@1",
    "disputed": False,
}


class RecordOut(Schema):
    """A record; people are masked."""

    model_config = _shown(_RECORD)

    number: str
    subject: str
    identifier: str
    kind: str
    list: str
    severity: str
    activity: str
    authority: str
    document_no: str
    document_date: date
    summary: str
    state: str
    visible: bool
    in_force: bool
    min_end: date
    max_end: date
    rules: str
    disputed: bool


class RecordIn(Schema):
    """A record that a body states."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "kind": "penalty",
                "name": "襄阳示例食品有限公司",
                "identifier": "91420600MA48X2K128",
                "identifier_kind": "uscc",
                "severity": "general",
                "activity": "food",
                "authority": "襄阳市市场监督管理局",
                "document_no": "襄市监罚〔2026〕0520号",
                "document_date": "2026-05-20",
                "summary": "销售超过保质期的食品，罚款（模拟）",
            }
        },
    )

    kind: str = Field(max_length=32)
    name: str = Field(max_length=200)
    identifier: str = Field(max_length=60)
    identifier_kind: str = Field("uscc", max_length=20)
    severity: str = Field("", max_length=8, description="light、general、serious；可由种类确定")
    activity: str = Field("", max_length=32)
    list_key: str = Field("", max_length=48)
    authority: str = Field(max_length=200)
    document_no: str = Field(max_length=200)
    document_date: date
    summary: str = Field(max_length=1000)
    basis: str = Field("", max_length=400)
    duty_done_on: date | None = None


_SUBJECT = {
    "role": "applicant",
    "name": "襄阳示例食品有限公司",
    "identifier": "91420600MA48X2K128",
    "identifier_kind": "uscc",
}


class ScreenedIn(Schema):
    """Somebody to ask about."""

    model_config = _strict(_SUBJECT)

    role: str = Field("applicant", max_length=24)
    name: str = Field(max_length=200)
    identifier: str = Field("", max_length=60)
    identifier_kind: str = Field("uscc", max_length=20)


class ScreeningIn(Schema):
    """Whom to screen, for what, and what counts (the city's default where nothing is said)."""

    model_config = _strict({"subjects": [_SUBJECT], "purpose": "办理食品经营许可告知承诺"})

    subjects: list[ScreenedIn] = Field(min_length=1, max_length=20)
    purpose: str = Field(max_length=200)
    roles: list[str] | None = Field(None, max_length=10)
    excludes: list[str] | None = Field(None, max_length=20)


class ScreeningOut(Schema):
    """A stored answer."""

    model_config = _shown(
        {
            "id": 7,
            "outcome": "UNKNOWN",
            "purpose": "办理食品经营许可告知承诺",
            "at": "2026-11-30T09:00:00+08:00",
            "reasons": [
                {
                    "code": "SOURCE_DOWN",
                    "text": "失信被执行人名单：超过时限未答复，未取得可用的答复",
                    "effect": "unknown",
                    "source": "court",
                    "at": "2026-11-30T09:00:00+08:00",
                }
            ],
            "sources": [{"key": "court", "state": "down", "version": "", "attempts": []}],
        }
    )

    id: int
    outcome: Literal["PASS", "EXCLUDED", "UNKNOWN"]
    purpose: str
    at: str
    reasons: list[dict[str, Any]]
    sources: list[dict[str, Any]]


class RecordQuery(Schema):
    """Which records: by whole number, name or state."""

    identifier: str = Field("", max_length=60, description="统一社会信用代码，完整")
    name: str = Field("", max_length=200, description="组织名称的一部分，至少4个字")
    state: str = Field("", max_length=12)


@router.get(
    "/credit/records",
    auth=CLIENT_KEY,
    response={200: list[RecordOut], **_NO},
    operation_id="list_credit_records",
    summary="信用记录：公示中的，和本单位认定的",
)
def list_credit_records(request: HttpRequest, query: Query[RecordQuery]) -> Any:
    """Records in sight of the key, newest documents first, at most 100."""
    actor = _actor(request)
    rows = CreditRecord.objects.visible_to(actor)
    if query.identifier:
        rows = rows.filter(identifier=query.identifier.strip().upper())
    if len(query.name) >= 4:
        rows = rows.filter(subject_name__contains=query.name)
    if query.state:
        rows = rows.filter(state=query.state)
    found = list(rows.order_by("-document_date", "-id")[:MOST])
    access_log.look(
        actor.ref, "credit.search", "credit", "接口查询信用记录", timezone.now(), rows=len(found)
    )
    return [_out(one) for one in found]


@router.post(
    "/credit/records",
    auth=CLIENT_KEY,
    response={201: RecordOut, 413: Fault, **_NO},
    operation_id="post_credit_record",
    summary="报送信用记录",
)
def post_credit_record(request: HttpRequest, body: RecordIn) -> Status[Any]:
    """Take up a record; a document is taken up once for a subject."""
    actor = _actor(request)
    if not policy.may_add(actor):
        raise HttpError(403, "没有报送信用记录的权限")
    units = policy.units_of(actor)
    unit = None if policy.keeps(actor) or not units else units[0]
    made = records.add(RecordInput(**body.model_dump(), unit_id=unit), actor, timezone.now())
    return Status(201, _out(made))


@router.post(
    "/credit/screenings",
    auth=CLIENT_KEY,
    response={201: ScreeningOut, 413: Fault, **_NO},
    operation_id="post_credit_screening",
    summary="信用筛查：通过、不适用或无法确定",
)
def post_credit_screening(request: HttpRequest, body: ScreeningIn) -> Status[Any]:
    """Screen and store the answer. A source that fails gives UNKNOWN, never PASS."""
    actor = _actor(request)
    if not policy.may_add(actor):
        raise HttpError(403, "没有信用筛查的权限")
    default = screening.default_policy()
    chosen = Policy(
        default.roles if body.roles is None else frozenset(body.roles),
        default.excludes if body.excludes is None else frozenset(body.excludes),
    )
    units = policy.units_of(actor)
    made = screening.screen(
        [
            Subject(one.role, None, one.name, one.identifier, one.identifier_kind)
            for one in body.subjects
        ],
        body.purpose,
        timezone.now(),
        actor,
        policy=chosen,
        unit_id=units[0] if units else None,
    )
    return Status(201, _answer(made))


@router.get(
    "/credit/screenings/{pk}",
    auth=CLIENT_KEY,
    response={200: ScreeningOut, 404: Fault, **_NO},
    operation_id="get_credit_screening",
    summary="已保存的筛查结论",
)
def get_credit_screening(request: HttpRequest, pk: int) -> Status[Any]:
    """An answer that the key's unit or the key itself asked for."""
    actor = _actor(request)
    rows = Screening.objects.all()
    if not policy.reads_all(actor):
        rows = rows.filter(Q(unit_id__in=policy.units_of(actor)) | Q(actor_ref=actor.ref))
    found = rows.filter(pk=pk).first() if 0 < pk < 2**63 else None
    if found is None:
        raise HttpError(404, "没有这次筛查")
    return Status(200, _answer(found))


def _actor(request: HttpRequest) -> Actor:
    found: Actor = request.actor  # type: ignore[attr-defined]
    return found


def _out(one: CreditRecord) -> dict[str, Any]:
    return {
        "number": one.number,
        "subject": subjects.shown_name(one),
        "identifier": subjects.shown_number(one),
        "list": one.list_key,
        **{
            name: getattr(one, name)
            for name in (
                *("kind", "severity", "activity", "authority", "document_no", "document_date"),
                *("summary", "state", "visible", "in_force", "min_end", "max_end", "rules"),
                "disputed",
            )
        },
    }


def _answer(one: Screening) -> dict[str, Any]:
    return {
        "id": one.pk,
        "outcome": one.outcome,
        "purpose": one.purpose,
        "at": one.at.isoformat(),
        "reasons": one.reasons,
        "sources": one.sources,
    }
