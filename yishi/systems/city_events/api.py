"""City events for other programs: report, follow, list and move, within the key's scope."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import File, Query, Router, Schema
from ninja.files import UploadedFile
from pydantic import ConfigDict, Field

from yishi.foundation import revisions
from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.worklists import case_page
from yishi.foundation.papers.uploads import save_upload
from yishi.foundation.places.loading import load_register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.api_errors import Fault
from yishi.systems.city_events import moves
from yishi.systems.city_events.context import city
from yishi.systems.city_events.intake import IntakeConflict, report
from yishi.systems.city_events.lifecycle import STATES, SYSTEM
from yishi.systems.city_events.tracking_view import track

router = Router(tags=["城市事件"])


class ReportIn(Schema):
    """A report. Place: ``landmark``, or ``lon`` and ``lat``, or ``division``."""

    model_config = ConfigDict(extra="forbid", strict=True)

    external_id: str | None = Field(None, max_length=128, description="渠道内唯一编号，用于防重")
    type: str | None = Field(None, examples=["event/01/10"])
    standard: str | None = None
    description: str | None = None
    lon: float | None = None
    lat: float | None = None
    datum: str | None = Field(None, examples=["EPSG:4490", "GCJ-02"])
    landmark: int | None = None
    division: str | None = None
    address: str | None = None
    name: str | None = None
    phone: str | None = None
    email: str | None = None
    secret: bool | None = None
    photos: list[str] | None = None
    object_ref: str | None = None
    confidence: float | None = None


class ReceiptOut(Schema):
    """The answer to a report: it is stored, and dispatched if all was certain."""

    number: str
    tracking_code: str
    state: str
    unit: str | None
    due_at: datetime | None
    merged: bool
    reasons: list[str]
    replayed: bool


class CaseOut(Schema):
    """A case as lists show it."""

    number: str
    type: str
    subject: str
    state: str
    state_label: str
    stage: str
    division: str
    managed_path: str
    unit: str | None
    received_at: datetime
    due_at: datetime | None
    timeliness: str
    version: int


class CasePageOut(Schema):
    """Up to 50 cases, newest first; ``next`` is the cursor of the following page."""

    items: list[CaseOut]
    next: str | None


class MoveIn(Schema):
    """The facts of a move (see the move's needs) and the version it was decided on."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(None, ge=1)
    facts: dict[str, Any] = Field(default_factory=dict)


class PhotoOut(Schema):
    """An accepted photo; give its id in a report or a move."""

    id: str


class TypeOut(Schema):
    """A public type of the catalogue."""

    key: str
    name: str
    summary: str
    standards: list[dict[str, str]]


class StepOut(Schema):
    """One step of a case's progress."""

    at: datetime
    label: str


class ProgressOut(Schema):
    """A case as its reporter sees it."""

    number: str
    state: str
    stage: str
    unit: str | None
    due_at: datetime | None
    steps: list[StepOut]


_FAULTS = {401: Fault, 404: Fault, 409: Fault, 413: Fault, 422: Fault}


def case_out(case: Case) -> CaseOut:
    """A row of a list (its unit must be loaded with it)."""
    return CaseOut(
        number=case.number,
        type=case.type_key,
        subject=case.subject,
        state=case.state,
        state_label=STATES[case.state].label,
        stage=case.stage,
        division=case.division,
        managed_path=case.managed_path,
        unit=case.unit.name if case.unit else None,
        received_at=case.received_at,
        due_at=case.next_due_at,
        timeliness=case.timeliness,
        version=case.version,
    )


@router.post(
    "/reports",
    auth=CLIENT_KEY,
    response={200: ReceiptOut, 201: ReceiptOut, **_FAULTS},
    summary="上报",
)
def post_report(request: HttpRequest, body: ReportIn) -> tuple[int, Any]:
    """Report an event. 201 when it was taken in, 200 when this key and body were known."""
    raw = body.model_dump(exclude_none=True)
    client = request.client  # type: ignore[attr-defined]
    try:
        receipt = report(request.actor, raw, client.channel, timezone.now())  # type: ignore[attr-defined]
    except IntakeConflict as error:
        fault = {"field": "external_id", "message": str(error), "code": "conflict"}
        return 409, {
            "code": "conflict",
            "message": str(error),
            "errors": [fault],
            "number": error.number,
        }
    return 200 if receipt.replayed else 201, asdict(receipt)


@router.get("/reports/{code}", response={200: ProgressOut, 404: Fault}, summary="凭查询码查询进度")
def get_progress(request: HttpRequest, code: str) -> ProgressOut:
    """Progress by tracking code; the code is the permission."""
    progress = track(code)
    if progress is None:
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


@router.post("/photos", auth=CLIENT_KEY, response={201: PhotoOut, **_FAULTS}, summary="上传照片")
def post_photo(request: HttpRequest, file: UploadedFile = File(...)) -> tuple[int, PhotoOut]:  # noqa: B008
    """Upload a photo; it is re-encoded and its metadata removed."""
    actor = request.actor  # type: ignore[attr-defined]
    photo = save_upload(file, actor_ref=actor.ref, now=timezone.now(), photos_only=True)
    return 201, PhotoOut(id=str(photo.id))


@router.get("/types", response=list[TypeOut], summary="公开的事部件类别")
def get_types(request: HttpRequest, q: str = "") -> list[TypeOut]:
    """Public types whose name, alias or keywords contain *q*."""
    _, catalogue = city().catalogue(timezone.now())
    return [
        TypeOut(
            key=kind.key,
            name=kind.name,
            summary=kind.summary,
            standards=[
                {"code": s.code, "filing": s.filing, "limit": s.wording} for s in kind.standards
            ],
        )
        for kind in catalogue.search(q[:60])
    ]


@router.get("/cases", auth=CLIENT_KEY, response={200: CasePageOut, **_FAULTS}, summary="案件列表")
def get_cases(
    request: HttpRequest,
    state: str = "",
    type: str = "",
    after: str = Query("", max_length=18),
) -> CasePageOut:
    """The cases in the key's scope, newest first."""
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
    return CasePageOut(items=[case_out(case) for case in page.rows], next=page.next)


@router.get("/cases/{number}", auth=CLIENT_KEY, response={200: CaseOut, **_FAULTS}, summary="案件")
def get_case(request: HttpRequest, number: str) -> CaseOut:
    """One case in the key's scope."""
    rows = Case.objects.visible_to(request.actor).select_related("unit")  # type: ignore[attr-defined]
    case = None if "\x00" in number else rows.filter(number=number, system=SYSTEM).first()
    if case is None:
        raise CaseNotFound(number)
    return case_out(case)


@router.post(
    "/cases/{number}/moves/{move}",
    auth=CLIENT_KEY,
    response={200: CaseOut, 403: Fault, **_FAULTS},
    summary="办理步骤",
)
def post_move(request: HttpRequest, number: str, move: str, body: MoveIn) -> CaseOut:
    """Make a move. 409 with the present state when it is not possible or somebody was first."""
    actor = request.actor  # type: ignore[attr-defined]
    state = moves.advance(
        actor, number, move, body.facts, timezone.now(), expected_version=body.version
    )
    register = revisions.kept("places", load_register)
    unit = register.unit(state.unit_id).name if state.unit_id else None
    return CaseOut(
        number=state.number,
        type=state.type_key,
        subject=state.subject,
        state=state.state,
        state_label=STATES[state.state].label,
        stage=state.stage,
        division=state.division,
        managed_path=state.managed_path,
        unit=unit,
        received_at=state.received_at,
        due_at=state.next_due_at,
        timeliness=state.timeliness,
        version=state.version,
    )
