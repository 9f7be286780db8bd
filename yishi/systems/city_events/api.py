"""City events for other programs: report, follow, list, move. The key says who and where."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import File, Path, Query, Router, Status
from ninja.decorators import decorate_view
from ninja.files import UploadedFile

from yishi.foundation import revisions
from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.access.throttle import Throttle
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.scope import storable_number
from yishi.foundation.cases.worklists import case_page
from yishi.foundation.papers.uploads import save_upload
from yishi.foundation.places.loading import load_register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.api_errors import Fault, limit_body
from yishi.systems.city_events import moves
from yishi.systems.city_events.api_schemas import (
    CaseOut,
    CasePageOut,
    MoveIn,
    PhotoOut,
    ProgressOut,
    ReceiptOut,
    ReportIn,
    StandardOut,
    StepOut,
    TypeOut,
    case_out,
)
from yishi.systems.city_events.context import city
from yishi.systems.city_events.devices.api import router as device_router
from yishi.systems.city_events.exchange.api import router as exchange
from yishi.systems.city_events.hotline.api import router as hotline_router
from yishi.systems.city_events.hotline.ticket_api import router as ticket_router
from yishi.systems.city_events.intake import IntakeConflict, report
from yishi.systems.city_events.lifecycle import STATES, SYSTEM
from yishi.systems.city_events.tracking_view import track

router = Router(tags=["城市事件"])
router.add_router("/exchange", exchange)
router.add_router("/hotline", hotline_router)
router.add_router("/hotline", ticket_router)
router.add_router("/devices", device_router)
#: A code has 100 bits; this only keeps a guesser from costing anything.
_GUESSES = Throttle("api.progress")
_BODY: dict[int, Any] = {400: Fault, 401: Fault, 413: Fault, 422: Fault}


@router.post(
    "/reports",
    auth=CLIENT_KEY,
    response={200: ReceiptOut, 201: ReceiptOut, 409: Fault, **_BODY},
    operation_id="post_report",
    summary="上报",
)
def post_report(request: HttpRequest, body: ReportIn) -> Status[Any]:
    """Report an event. 201 when it was taken in, 200 when this key and body were known.

    409 (`conflict`) when the ``external_id`` was used before with another body.
    """
    raw = body.model_dump(exclude_none=True)
    client = request.client  # type: ignore[attr-defined]
    try:
        receipt = report(request.actor, raw, client.channel, timezone.now())  # type: ignore[attr-defined]
    except IntakeConflict as error:
        fault = {"field": "external_id", "message": str(error), "code": "conflict"}
        content = {"code": "conflict", "message": str(error), "errors": [fault]}
        return Status(409, content | {"number": error.number})
    return Status(200 if receipt.replayed else 201, asdict(receipt))


@router.get(
    "/reports/{code}",
    response={200: ProgressOut, 404: Fault, 429: Fault},
    operation_id="get_progress",
    summary="凭查询码查询进度",
)
def get_progress(request: HttpRequest, code: str) -> ProgressOut:
    """Progress by tracking code; the code is the permission, no key is needed."""
    _GUESSES.check(request)
    progress = track(code)
    if progress is None:
        _GUESSES.wrong(request)
        raise CaseNotFound(code)
    case = progress.case
    return ProgressOut(
        number=case.number,
        state=progress.state,
        stage=progress.stage,
        unit=case.unit.name if case.unit else None,
        due_at=case.next_due_at,
        steps=[StepOut(at=step.at, label=step.label) for step in progress.steps],
    )


@router.post(
    "/photos",
    auth=CLIENT_KEY,
    response={201: PhotoOut, **_BODY},
    operation_id="post_photo",
    summary="上传照片",
)
@decorate_view(limit_body(16, "file"))
def post_photo(request: HttpRequest, file: UploadedFile = File(...)) -> Status[PhotoOut]:  # type: ignore[type-arg]  # noqa: B008
    """Upload a photo (JPEG, PNG, WebP, up to 15 MB); it is re-encoded, its metadata removed."""
    actor = request.actor  # type: ignore[attr-defined]
    photo = save_upload(file, actor_ref=actor.ref, now=timezone.now(), photos_only=True)
    return Status(201, PhotoOut(id=str(photo.id)))


@router.get("/types", response=list[TypeOut], operation_id="get_types", summary="公开的事部件类别")
def get_types(request: HttpRequest, q: str = "") -> list[TypeOut]:
    """Public types whose name, alias or keywords contain *q*, with their filing conditions."""
    try:
        _, catalogue = city().catalogue(timezone.now())
    except LookupError:
        return []
    return [
        TypeOut(
            key=kind.key,
            name=kind.name,
            summary=kind.summary,
            standards=[
                StandardOut(code=s.code, filing=s.filing, limit=s.wording) for s in kind.standards
            ],
        )
        for kind in catalogue.search(q[:60])
    ]


@router.get(
    "/cases",
    auth=CLIENT_KEY,
    response={200: CasePageOut, 401: Fault, 422: Fault},
    operation_id="get_cases",
    summary="案件列表",
)
def get_cases(
    request: HttpRequest,
    state: str = "",
    type: str = Query("", max_length=64),  # type: ignore[type-arg]
    after: str = Query("", pattern=r"^[0-9]{0,18}$"),  # type: ignore[type-arg]
) -> CasePageOut:
    """The cases in the key's scope, newest first, 50 at a time (1 statement beside the key's)."""
    rows = Case.objects.visible_to(request.actor).filter(system=SYSTEM)  # type: ignore[attr-defined]
    if state:
        if state not in STATES:
            raise FieldError("state", "没有这个状态", "unknown")
        rows = rows.filter(state=state)
    if type:
        if "\x00" in type:
            raise FieldError("type", "没有这个类别", "unknown")
        rows = rows.filter(type_key=type)
    page = case_page(rows, after)
    items = [case_out(case, case.unit.name if case.unit else None) for case in page.rows]
    return CasePageOut(items=items, next=page.next)


@router.get(
    "/cases/{number}",
    auth=CLIENT_KEY,
    response={200: CaseOut, 401: Fault, 404: Fault},
    operation_id="get_case",
    summary="案件",
)
def get_case(request: HttpRequest, number: str) -> CaseOut:
    """One case in the key's scope."""
    rows = Case.objects.visible_to(request.actor).select_related("unit")  # type: ignore[attr-defined]
    case = rows.filter(number=_storable(number), system=SYSTEM).first()
    if case is None:
        raise CaseNotFound(number)
    return case_out(case, case.unit.name if case.unit else None)


@router.post(
    "/cases/{number}/moves/{move}",
    auth=CLIENT_KEY,
    response={200: CaseOut, 403: Fault, 404: Fault, 409: Fault, **_BODY},
    operation_id="post_move",
    summary="办理步骤",
)
def post_move(
    request: HttpRequest,
    number: str,
    body: MoveIn,
    move: str = Path(enum=list(moves.BY_HAND)),  # type: ignore[type-arg]
) -> CaseOut:
    """Make a move. 409 with the present state when it is not possible or somebody was first.

    403 (`role`) when the case may be seen but the move belongs to somebody else.
    """
    actor = request.actor  # type: ignore[attr-defined]
    state = moves.advance(
        actor, _storable(number), move, body.facts, timezone.now(), expected_version=body.version
    )
    register = revisions.kept("places", load_register)
    return case_out(state, register.unit(state.unit_id).name if state.unit_id else None)


def _storable(number: str) -> str:
    """*number* as the database may be asked for it.

    Raises:
        CaseNotFound: for text that no case number can be.
    """
    if not storable_number(number):
        raise CaseNotFound(number)
    return number
