"""Credit repair for other programs: standing, applying, following, moving, copies elsewhere."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Router, Status

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.scope import storable_number
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit.repair import applying, copies, reading, services
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.api_shapes import (
    ConditionOut,
    CopyIn,
    CopyOut,
    MoveIn,
    RecordCaseOut,
    RepairIn,
    RepairOut,
    StandingOut,
    SubjectIn,
)
from yishi.foundation.credit.repair.lifecycle import RECORD_LIFECYCLE
from yishi.foundation.credit.repair.registers import registers
from yishi.foundation.credit.scope import keeps_records
from yishi.foundation.exchange.auth import OAuth2
from yishi.foundation.exchange.partners import COPIES
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.registering import by_identifier
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.api_errors import Fault

router = Router(tags=["信用修复"])
KEEPER = OAuth2(COPIES)
PURPOSE = "信用修复接口"
#: Moves that a program may make.
BY_HAND = [
    move.name for move in RECORD_LIFECYCLE.moves.values() if move.roles and "" not in move.sources
]
_BODY: dict[int, Any] = {400: Fault, 401: Fault, 413: Fault, 422: Fault}
_MOVED: dict[int, Any] = {403: Fault, 404: Fault, 409: Fault, **_BODY}


@router.post(
    "/credit-repairs/standing",
    auth=CLIENT_KEY,
    response={200: list[StandingOut], 403: Fault, 404: Fault, **_BODY},
    operation_id="post_credit_standing",
    summary="信用记录的修复条件",
)
def post_credit_standing(request: HttpRequest, body: SubjectIn) -> list[StandingOut]:
    """The records of a subject, each with every condition of its repair today; the look is
    logged."""
    actor, now = _keeping(request), timezone.now()
    party = _party(actor, body.identifier_kind, body.identifier, now)
    return [_standing(one) for one in reading.offers_of(party, now, registers())]


@router.post(
    "/credit-repairs",
    auth=CLIENT_KEY,
    response={201: RepairOut, 403: Fault, 404: Fault, **_BODY},
    operation_id="post_credit_repair",
    summary="申请信用修复",
)
def post_credit_repair(request: HttpRequest, body: RepairIn) -> Status[Any]:
    """Apply for several records: each is judged at once and goes to the body that recorded it."""
    actor, now = _keeping(request), timezone.now()
    ruling = None
    if body.ruling is not None:
        given = body.ruling
        ruling = applying.Ruling(
            _said("ruling.court", given.court),
            _said("ruling.number", given.number),
            _day("ruling.on", given.on),
        )
    declared = {number: _day(f"declared.{number}", day) for number, day in body.declared.items()}
    wanted = applying.Application(
        party=_party(actor, body.identifier_kind, body.identifier, now),
        records=tuple(body.records),
        pledge=body.pledge,
        channel="api",
        declared=declared,
        ruling=ruling,
    )
    case = applying.apply(actor, wanted, now)
    return Status(201, _whole(actor, case.number))


@router.get(
    "/credit-repairs/{number}",
    auth=CLIENT_KEY,
    response={200: RepairOut, 401: Fault, 404: Fault},
    operation_id="get_credit_repair",
    summary="查询信用修复申请",
)
def get_credit_repair(request: HttpRequest, number: str) -> RepairOut:
    """An application in the key's scope, by its number or that of one of its records."""
    return _whole(request.actor, number)  # type: ignore[attr-defined]


@router.post(
    "/credit-repairs/{number}/moves/{move}",
    auth=CLIENT_KEY,
    response={200: RepairOut, **_MOVED},
    operation_id="post_credit_repair_move",
    summary="办理一条信用记录的修复",
)
def post_credit_repair_move(
    request: HttpRequest,
    number: str,
    body: MoveIn,
    move: str = Path(enum=BY_HAND),  # type: ignore[type-arg]
) -> RepairOut:
    """Make a move on a record's case. 409 when it is not possible or somebody was first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not storable_number(number):
        raise CaseNotFound(number)
    case = services.advance(
        actor, number, move, body.facts, timezone.now(), expected_version=body.version
    )
    return _whole(actor, case.number)


@router.post(
    "/credit-copies",
    auth=KEEPER,
    response={200: CopyOut, 403: Fault, **_BODY},
    operation_id="post_credit_copy",
    summary="报告副本现状",
    openapi_extra={"security": [{"OAuth2": [COPIES]}]},
)
def post_credit_copy(request: HttpRequest, body: CopyIn) -> CopyOut:
    """What the partner's copy shows of a record; the answer says what it must show."""
    partner = request.partner  # type: ignore[attr-defined]
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = copies.report(
        body.record, body.shown, actor, timezone.now(), partner=partner, note=body.note
    )
    record = found.record
    return CopyOut(
        record=record.number,
        show=record.visible,
        differs=body.shown != record.visible,
        last_day=record.max_end,
    )


def _keeping(request: HttpRequest) -> Actor:
    """The client, which must keep credit records for the whole city."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not keeps_records(actor, s.WINDOW):
        raise MoveRefused("role", "只有信用管理员的接口可以办理", _nobody())
    return actor


def _nobody() -> CaseState:
    now = timezone.now()
    return CaseState(0, "", s.SYSTEM, "", 0, "", "", "", now, now.date())


def _party(actor: Actor, kind: str, number: str, now: datetime) -> Party:
    party = by_identifier(kind, number, actor=actor, purpose=PURPOSE, now=now)
    if party is None:
        raise FieldError("identifier", "没有这个号码的档案", "unknown")
    return party


def _said(name: str, value: str) -> str:
    text = clean_text(name, value, 80)
    if not text:
        raise FieldError(name, "请填写", "required")
    return text


def _day(name: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise FieldError(name[:80], "应为日期，例如2026-06-01", "format") from error


def _standing(offer: reading.Offer) -> StandingOut:
    record, verdict = offer.record, offer.verdict
    return StandingOut(
        record=record.number,
        document_no=record.document_no,
        authority=record.authority,
        severity=record.severity,
        state=record.state,
        published=record.visible,
        last_day=record.max_end,
        earliest=offer.standing.subject.earliest,
        outcome=verdict.outcome.value,
        pending=offer.pending or None,
        conditions=[
            ConditionOut(code=one.code, text=one.text, met=one.met, day=one.day)
            for one in verdict.conditions
        ],
    )


def _whole(actor: Actor, number: str) -> RepairOut:
    whole = reading.whole_of(actor, number)
    if whole is None:
        raise CaseNotFound(number)
    places, root = registers().places, whole.root
    return RepairOut(
        number=root.number,
        kind=root.type_key,
        state=root.state,
        state_label=lifecycle_of(s.SYSTEM).states[root.state].label,
        outcome=root.outcome,
        due_at=_local(root.next_due_at),
        records=[
            RecordCaseOut(
                number=case.number,
                record=whole.records[case.id].number,
                state=case.state,
                state_label=RECORD_LIFECYCLE.states[case.state].label,
                outcome=case.outcome,
                version=case.version,
                unit=places.unit(case.unit_id).name if case.unit_id else None,
                due_at=_local(case.next_due_at),
                earliest=case.data.get("earliest"),
                conditions=[ConditionOut(**row) for row in case.data["conditions"]],
            )
            for case in whole.members
        ],
    )


def _local(moment: datetime | None) -> datetime | None:
    return moment.astimezone(SHANGHAI) if moment is not None else None
