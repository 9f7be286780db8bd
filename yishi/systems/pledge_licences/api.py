"""Licences by pledge for other programs: what may be pledged, applying, signing, findings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.state import CaseState
from yishi.foundation.ui.api_errors import Fault
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.context import city, seen
from yishi.systems.pledge_licences.services import (
    beginning,
    checking,
    leaving,
    screening,
    signing,
    texts,
)

router = Router(tags=["承诺即入"])
_FAULTS: dict[int, Any] = {
    400: Fault,
    401: Fault,
    403: Fault,
    404: Fault,
    409: Fault,
    413: Fault,
    422: Fault,
}
_NUMBER = "XYCN20261130000007"
_CASE = {
    "number": _NUMBER,
    "licence": "public_place_hygiene",
    "name": "公共场所卫生许可（新办）",
    "state": "pushed",
    "state_label": "已发证待签收",
    "outcome": "granted",
    "screening": "PASS",
    "certificate": "0193a7c2-5f10-7c3e-9b1a-1f2e3d4c5b6a",
    "licence_no": "20261130K7M29QXD4H",
    "valid_to": "2030-11-29",
    "level": "normal",
    "check_due": "2027-02-01T23:59:59.999999+08:00",
    "check_provisional": True,
    "item_number": "",
}


def _strict(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", strict=True, json_schema_extra={"example": example})


def _shown(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


class PledgeLicenceOut(Schema):
    """An entry of the published list."""

    model_config = _shown(
        {
            "key": "public_place_hygiene",
            "name": "公共场所卫生许可（新办）",
            "item": "public_place_hygiene",
            "department": "卫生健康",
            "certificate": "公共场所卫生许可证",
            "risk": "medium",
            "holders": ["enterprise", "individual_business"],
            "check": "决定之日起两个月内",
            "conditions": ["场所周围二十五米内没有污染源"],
        }
    )

    key: str
    name: str
    item: str = Field(description="普通程序的单项事项")
    department: str
    certificate: str
    risk: str
    holders: list[str]
    check: str
    conditions: list[str]


class PledgeApplyIn(Schema):
    """An application by pledge."""

    model_config = _strict(
        {
            "licence": "public_place_hygiene",
            "division": "420606007",
            "holder_name": "襄阳模拟便利店有限公司",
            "holder_uscc": "91420600MA49QK017J",
            "values": {
                "premises_address": "人民路1号",
                "legal_representative": "王示意",
                "legal_representative_id": "420606198001010015",
            },
        }
    )

    licence: str
    division: str = Field(description="乡镇（街道）编码")
    holder_name: str
    holder_uscc: str
    trade: str = ""
    values: dict[str, str] = Field(default_factory=dict, description="单项事项的字段")


class PledgeCaseOut(Schema):
    """A case as it stands."""

    model_config = _shown(_CASE)

    number: str
    licence: str
    name: str
    state: str
    state_label: str
    outcome: str
    screening: str = Field(description="PASS、EXCLUDED、UNKNOWN，尚未筛查为空")
    certificate: str
    licence_no: str
    valid_to: date | None
    level: str
    check_due: datetime | None
    check_provisional: bool
    item_number: str


class PledgePartOut(Schema):
    """A part of a text."""

    model_config = _shown({"title": "选择", "text": "是否采用告知承诺由你选择。", "lines": []})

    title: str
    text: str
    lines: list[str]


class PledgeConditionOut(Schema):
    """A condition that is promised."""

    model_config = _shown({"key": "site", "text": "场所周围没有污染源", "when": "before"})

    key: str
    text: str
    when: str


class PledgeTextOut(Schema):
    """Both texts as they are shown and signed."""

    model_config = _shown(
        {
            "shown_hash": "5f1c0e0b8d3a4c6e9f2b7a1d4c8e0f3a6b9c2d5e8f1a4b7c0d3e6f9a2b5c8d1e",
            "notice": [{"title": "选择", "text": "由你选择。", "lines": []}],
            "pledge": [{"title": "", "text": "一、已经知晓告知书的全部内容。", "lines": []}],
            "conditions": [{"key": "site", "text": "场所周围没有污染源", "when": "before"}],
        }
    )

    shown_hash: str
    notice: list[PledgePartOut]
    pledge: list[PledgePartOut]
    conditions: list[PledgeConditionOut]


class PledgeSignIn(Schema):
    """The applicant's signature."""

    model_config = _strict(
        {
            "shown_hash": "5f1c0e0b8d3a4c6e9f2b7a1d4c8e0f3a6b9c2d5e8f1a4b7c0d3e6f9a2b5c8d1e",
            "agreed": ["site", "layout"],
        }
    )

    shown_hash: str
    agreed: list[str] = Field(description="逐项承诺的条件代码，须全部列出")


class PledgeOrdinaryOut(Schema):
    """The ordinary application that was opened."""

    model_config = _shown({"number": "XYBJ20261130000011", "item": "public_place_hygiene"})

    number: str
    item: str


def _out(case: CaseState) -> PledgeCaseOut:
    clock = case.clock(s.CHECK_CLOCK)
    data = case.data
    return PledgeCaseOut(
        number=case.number,
        licence=case.type_key,
        name=case.subject,
        state=case.state,
        state_label=lifecycle_of(case.system).states[case.state].label,
        outcome=case.outcome,
        screening=(data.get("screening") or {}).get("outcome", ""),
        certificate=data.get("certificate", ""),
        licence_no=data.get("licence_no", ""),
        valid_to=date.fromisoformat(data["valid_to"]) if data.get("valid_to") else None,
        level=data.get("level", ""),
        check_due=clock.due_at if clock else None,
        check_provisional=bool(clock and clock.provisional),
        item_number=data.get("item_number", ""),
    )


@router.get(
    "/pledge-licences",
    auth=CLIENT_KEY,
    response={200: list[PledgeLicenceOut], 401: Fault, 422: Fault},
    operation_id="list_pledge_licences",
    summary="告知承诺清单",
)
def get_pledge_list(request: HttpRequest) -> list[PledgeLicenceOut]:
    """The published list in force: what may be had by pledge."""
    _version, book = city().list_at(timezone.now())
    return [
        PledgeLicenceOut(
            key=one.key,
            name=one.name,
            item=one.item,
            department=one.department,
            certificate=one.certificate.name,
            risk=one.risk,
            holders=list(one.holders),
            check=book.profiles[one.check.profile].name,
            conditions=[condition.text for condition in one.conditions],
        )
        for one in book.licences.values()
    ]


@router.post(
    "/pledge-cases",
    auth=CLIENT_KEY,
    response={201: PledgeCaseOut, **_FAULTS},
    operation_id="apply_by_pledge",
    summary="告知承诺申请并筛查",
)
def post_pledge(request: HttpRequest, body: PledgeApplyIn) -> Status[Any]:
    """Take in an application and screen it. The state is ``offered`` (to be read and signed) or
    ``not_eligible`` (the ordinary route stands open)."""
    actor, now = request.actor, timezone.now()  # type: ignore[attr-defined]
    case = beginning.begin(actor, {**body.model_dump(), "channel": "api"}, now)
    return Status(201, _out(screening.screen(actor, case.number, now)))


@router.get(
    "/pledge-cases/{number}",
    auth=CLIENT_KEY,
    response={200: PledgeCaseOut, 401: Fault, 404: Fault},
    operation_id="get_pledge_case",
    summary="告知承诺办件",
)
def get_pledge(request: HttpRequest, number: str) -> PledgeCaseOut:
    """A case in the key's scope."""
    return _out(seen(request.actor, number))  # type: ignore[attr-defined]


@router.get(
    "/pledge-cases/{number}/text",
    auth=CLIENT_KEY,
    response={200: PledgeTextOut, 401: Fault, 404: Fault, 409: Fault},
    operation_id="get_pledge_text",
    summary="告知书与承诺书",
)
def get_pledge_text(request: HttpRequest, number: str) -> PledgeTextOut:
    """What the applicant reads and signs; ``shown_hash`` is signed."""
    shown = texts.show(request.actor, number, timezone.now())  # type: ignore[attr-defined]
    return PledgeTextOut(
        shown_hash=shown.hash,
        notice=[_part(part) for part in shown.notice.parts],
        pledge=[_part(part) for part in shown.pledge.parts],
        conditions=[
            PledgeConditionOut(key=key, text=text, when=when)
            for key, text, when in shown.conditions
        ],
    )


def _part(part: texts.Part) -> PledgePartOut:
    return PledgePartOut(title=part.title, text=part.text, lines=list(part.lines))


@router.post(
    "/pledge-cases/{number}/signature",
    auth=CLIENT_KEY,
    response={200: PledgeCaseOut, **_FAULTS},
    operation_id="sign_pledge",
    summary="签署承诺，当场决定",
)
def post_pledge_signature(
    request: HttpRequest,
    body: PledgeSignIn,
    number: str,
) -> PledgeCaseOut:
    """Sign what was shown; the decision follows at once. The same again gives the same answer."""
    actor = request.actor  # type: ignore[attr-defined]
    return _out(signing.sign(actor, number, body.model_dump(), timezone.now()))


@router.post(
    "/pledge-cases/{number}/ordinary",
    auth=CLIENT_KEY,
    response={201: PledgeOrdinaryOut, **_FAULTS},
    operation_id="pledge_to_ordinary",
    summary="转普通程序",
)
def post_pledge_ordinary(request: HttpRequest, number: str) -> Status[Any]:
    """Open the ordinary application with the values that were given."""
    opened = leaving.to_ordinary(request.actor, number, timezone.now())  # type: ignore[attr-defined]
    return Status(201, PledgeOrdinaryOut(number=opened.number, item=opened.type_key))


@router.post(
    "/pledge-cases/{number}/receipt",
    auth=CLIENT_KEY,
    response={200: PledgeCaseOut, **_FAULTS},
    operation_id="receive_pledge_push",
    summary="监管签收",
)
def post_pledge_receipt(request: HttpRequest, number: str) -> PledgeCaseOut:
    """The regulator has the message."""
    return _out(checking.receipt(request.actor, number, timezone.now()))  # type: ignore[attr-defined]
