"""The exchange's API: partners send cases, ask for them, and report what was done (OAuth 2.0)."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import FileResponse, HttpRequest
from django.utils import timezone
from ninja import File, Path, Router, Status
from ninja.decorators import decorate_view
from ninja.files import UploadedFile

from yishi.foundation import revisions
from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.models import CasePaper, IntakeKey
from yishi.foundation.cases.scope import storable_number
from yishi.foundation.cases.state import CaseState
from yishi.foundation.exchange import incoming
from yishi.foundation.exchange.auth import BearerRefused, OAuth2
from yishi.foundation.exchange.models import Incoming, Partner
from yishi.foundation.exchange.partners import HANDLE, SEND
from yishi.foundation.papers.models import Attachment
from yishi.foundation.papers.uploads import open_attachment, save_upload
from yishi.foundation.places.loading import load_register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.api_errors import Fault, fault, limit_body
from yishi.systems.city_events import privacy
from yishi.systems.city_events.api_schemas import PhotoOut, ReceiptOut
from yishi.systems.city_events.exchange import handling
from yishi.systems.city_events.exchange.events import described, described_in_full
from yishi.systems.city_events.exchange.schemas import (
    NUMBER,
    CaseDetailOut,
    SentCaseIn,
    StatusIn,
    StatusOut,
    TakenOut,
)
from yishi.systems.city_events.intake import IntakeConflict, report
from yishi.systems.city_events.lifecycle import STATES, SYSTEM
from yishi.systems.city_events.reports import body_hash

router = Router(tags=["数据交换"])
_REFUSED: dict[int, Any] = {401: Fault, 403: Fault}
_BODY: dict[int, Any] = {400: Fault, 413: Fault, 422: Fault, **_REFUSED}
PARTNER, SENDER = OAuth2(SEND, HANDLE), OAuth2(SEND)


def _scoped(*scopes: str) -> dict[str, Any]:
    """The security of an operation with its scopes, which ninja leaves out."""
    return {"security": [{"OAuth2": [scope]} for scope in scopes]}


@router.post(
    "/cases",
    auth=SENDER,
    response={200: ReceiptOut, 201: ReceiptOut, 409: Fault, **_BODY},
    operation_id="send_case",
    summary="送来案件",
    openapi_extra=_scoped(SEND),
)
def send_case(request: HttpRequest, body: SentCaseIn) -> Status[Any]:
    """Send a case. 201 when it was taken in, 200 when this number and content were known.

    409 (`conflict`) when the number was used before with another content.
    """
    raw = body.model_dump(exclude_none=True)
    raw["external_id"] = raw.pop("number")
    partner, actor = _who(request)
    try:
        receipt = report(actor, raw, partner.client.channel, timezone.now())
    except IntakeConflict as error:
        content = fault("number", "conflict", "这个编号已用于另一份内容不同的案件")
        return Status(409, content | {"number": error.number})
    except FieldError as error:
        if error.field != "external_id":
            raise
        raise FieldError("number", error.message, error.code) from error
    return Status(200 if receipt.replayed else 201, asdict(receipt))


@router.get(
    "/sent/{number}",
    auth=SENDER,
    response={200: StatusOut, 404: Fault, 422: Fault, **_REFUSED},
    operation_id="get_sent_case",
    summary="按来件编号查询",
    openapi_extra=_scoped(SEND),
)
def get_sent_case(request: HttpRequest, number: str = Path(pattern=NUMBER)) -> StatusOut:  # type: ignore[type-arg]
    """Where a case stands that the partner sent, by its own number."""
    partner, actor = _who(request)
    keys = IntakeKey.objects.filter(channel=partner.client.channel, key=number)
    ours = keys.filter(case__system=SYSTEM).values_list("case__number", flat=True).first()
    if ours is None:
        raise CaseNotFound(number)
    case = incoming.case_of(partner, actor, ours)
    return StatusOut(**_status(partner, case, _next(partner, case.id)))


@router.get(
    "/cases/{number}",
    auth=PARTNER,
    response={200: CaseDetailOut, 404: Fault, **_REFUSED},
    operation_id="get_exchanged_case",
    summary="查询案件",
    openapi_extra=_scoped(SEND, HANDLE),
)
def get_exchanged_case(request: HttpRequest, number: str) -> CaseDetailOut:
    """A case that the partner handles or sent. Personal numbers in its words are masked for all
    but the handling unit."""
    partner, actor = _who(request)
    case = _case(partner, actor, number)
    open_numbers = privacy.sees_numbers(actor, case)
    now = timezone.now()
    return CaseDetailOut(
        **_status(partner, case, _next(partner, case.id)),
        description=described_in_full(case.id, now) if open_numbers else described(case.id, now),
        address=str(case.data.get("where") or ""),
        division=case.division,
        lon=case.lon,
        lat=case.lat,
        datum="EPSG:4490",
        photos=[str(row.attachment_id) for row in _papers(case).order_by("id")],
    )


@router.get(
    "/cases/{number}/photos/{photo}",
    auth=PARTNER,
    response={200: None, 404: Fault, 422: Fault, **_REFUSED},
    operation_id="get_exchanged_photo",
    summary="下载照片",
    openapi_extra={
        **_scoped(SEND, HANDLE),
        "responses": {
            200: {
                "description": "The photo",
                "content": {"image/*": {"schema": {"type": "string", "format": "binary"}}},
            }
        },
    },
)
def get_exchanged_photo(request: HttpRequest, number: str, photo: uuid.UUID) -> Any:
    """A photo of a case that the partner handles or sent."""
    partner, actor = _who(request)
    case = _case(partner, actor, number)
    if not _papers(case).filter(attachment_id=photo).exists():
        raise CaseNotFound(number)
    try:
        found = open_attachment(photo)
    except Attachment.DoesNotExist as error:
        raise CaseNotFound(number) from error
    return FileResponse(found.path.open("rb"), content_type=found.media_type, headers=found.headers)


@router.post(
    "/photos",
    auth=PARTNER,
    response={201: PhotoOut, **_BODY},
    operation_id="post_exchange_photo",
    summary="上传照片",
    openapi_extra=_scoped(SEND, HANDLE),
)
@decorate_view(limit_body(16, "file"))
def post_exchange_photo(request: HttpRequest, file: UploadedFile = File(...)) -> Status[PhotoOut]:  # type: ignore[type-arg]  # noqa: B008
    """Upload a photo for a case or a result (JPEG, PNG, WebP, up to 15 MB)."""
    _, actor = _who(request)
    photo = save_upload(file, actor_ref=actor.ref, now=timezone.now(), photos_only=True)
    return Status(201, PhotoOut(id=str(photo.id)))


@router.post(
    "/cases/{number}/messages",
    auth=PARTNER,
    response={200: TakenOut, 404: Fault, 409: Fault, **_BODY},
    operation_id="post_status",
    summary="回报办理情况",
    openapi_extra=_scoped(SEND, HANDLE),
)
def post_status(request: HttpRequest, number: str, body: StatusIn) -> TakenOut:
    """Report receipt, result, return, extension, withdrawal or reopening of a case.

    The same ``id`` and content again get the same answer. 409 ``conflict``: the ``id`` was used
    for another content; ``order``: ``expected`` is the sequence that comes next; any other code:
    the step is not possible in the case's state. What was refused may be sent again with the same
    ``id`` and ``sequence``.
    """
    partner, actor = _who(request)
    needed = SEND if body.kind in handling.BY_SENDER else HANDLE
    if needed not in request.scopes:  # type: ignore[attr-defined]
        raise BearerRefused("insufficient_scope", "访问令牌没有所需的权限范围", needed)
    now = timezone.now()
    # What is not given is not in the hash: a message repeated after an update counts as the same.
    raw = {key: value for key, value in body.model_dump().items() if value is not None}
    notice = incoming.Notice(body.id, body.sequence, body.kind, body_hash(raw))

    def apply(acting: Actor, case: CaseState) -> dict[str, Any]:
        after = handling.apply(acting, case, body.kind, body.text, body.photos, now, body.reason)
        return TakenOut(**_status(partner, after, body.sequence + 1), replayed=False).model_dump(
            mode="json"
        )

    taken = incoming.receive(partner, actor, _number(number), notice, apply, now)
    return TakenOut(**taken.answer | {"replayed": taken.replayed})


def _who(request: HttpRequest) -> tuple[Partner, Actor]:
    return request.partner, request.actor  # type: ignore[attr-defined]


def _number(text: str) -> str:
    """*text* as the database may be asked for it. Raises CaseNotFound."""
    if not storable_number(text):
        raise CaseNotFound(text)
    return text


def _case(partner: Partner, actor: Actor, number: str) -> CaseState:
    case = incoming.case_of(partner, actor, _number(number))
    if case.system != SYSTEM:
        raise CaseNotFound(number)
    return case


def _papers(case: CaseState) -> Any:
    return CasePaper.objects.unscoped("the case is in the partner's sight").filter(case_id=case.id)


def _next(partner: Partner, case_id: int) -> int:
    rows = Incoming.objects.filter(partner_id=partner.pk, case_id=case_id)
    last: int | None = rows.order_by("-seq").values_list("seq", flat=True).first()
    return (last or 0) + 1


def _status(partner: Partner, case: CaseState, next_sequence: int) -> dict[str, Any]:
    unit = None
    if case.unit_id:
        found = revisions.kept("places", load_register).unit(case.unit_id)
        unit = {"code": found.code, "name": found.name}
    due: datetime | None = None
    clock = case.clock("handling")
    if clock is not None and clock.running:
        due = clock.due_at
    return {
        "number": case.number,
        "your_number": incoming.their_number(partner, case),
        "state": case.state,
        "state_label": STATES[case.state].label,
        "stage": case.stage,
        "type": case.type_key,
        "type_name": str(case.data.get("type_name") or ""),
        "subject": case.subject,
        "unit": unit,
        "received_at": case.received_at,
        "due_at": due,
        "closed_at": case.closed_at,
        "timeliness": case.timeliness,
        "outcome": case.outcome,
        "next_sequence": next_sequence,
    }
