"""What the hotline's desk does with a call, for the platform of a 12345 centre (§S2.4).

The key's role is ``hotline`` or ``acceptor``; what it may see and reach is its scope.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Router, Status
from ninja.errors import HttpError

from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.api_errors import Fault
from yishi.systems.city_events.api_schemas import ReceiptOut
from yishi.systems.city_events.context import city
from yishi.systems.city_events.hotline import callbacks, history, referrals, register
from yishi.systems.city_events.hotline.api_schemas import (
    CallBackOut,
    CallBacksOut,
    CallerIn,
    ExclusionIn,
    ExclusionOut,
    FollowUpIn,
    ReferralOut,
    RepeatIn,
    TicketOut,
    TryIn,
)
from yishi.systems.city_events.hotline.models import CallBack, Referral
from yishi.systems.city_events.intake import IntakeConflict, Receipt
from yishi.systems.city_events.states import REJECT_REASONS

router = Router(tags=["热线"])
_REFUSED: dict[int, Any] = {401: Fault, 403: Fault}
_BODY: dict[int, Any] = {400: Fault, 413: Fault, 422: Fault, **_REFUSED}
#: Call-backs that one answer lists.
MOST = 50


def _actor(request: HttpRequest) -> Any:
    """The key's actor.

    Raises:
        HttpError: 403 for a key that does not belong to the hotline.
    """
    actor = request.actor  # type: ignore[attr-defined]
    if not actor.has(*history.ROLES):
        raise HttpError(403, "此密钥没有热线的权限")
    return actor


def _channel(request: HttpRequest) -> str:
    return str(request.client.channel)  # type: ignore[attr-defined]


@router.get(
    "/referrals",
    auth=CLIENT_KEY,
    response={200: list[ReferralOut], **_REFUSED},
    operation_id="get_referrals",
    summary="六类不予受理的告知渠道",
)
def get_referrals(request: HttpRequest) -> list[ReferralOut]:
    """The channels in force today, by reason."""
    _actor(request)
    return [_referral(one) for one in referrals.in_force(timezone.now())]


@router.post(
    "/exclusions",
    auth=CLIENT_KEY,
    response={200: ExclusionOut, 201: ExclusionOut, 409: Fault, **_BODY},
    operation_id="post_exclusion",
    summary="登记不予受理的来电",
)
def post_exclusion(request: HttpRequest, body: ExclusionIn) -> Status[Any]:
    """Keep a call as a ticket that is never dispatched. Of secrets neither words nor caller are
    kept. 409 (`conflict`) when the ``external_id`` was used before with another body."""
    actor, now = _actor(request), timezone.now()
    raw = body.model_dump(exclude_none=True)
    named = referrals.chosen(raw.pop("referral"), now)
    if named is None:
        raise FieldError("referral", "没有这个渠道，或它不适用于所选原因", "choice")
    try:
        receipt, _ = register.exclude(actor, raw, named, now, _channel(request))
    except IntakeConflict as error:
        return _conflict(error)
    answer = ExclusionOut(
        number=receipt.number,
        tracking_code=receipt.tracking_code,
        state=receipt.state,
        replayed=receipt.replayed,
        referral=_referral(named),
    )
    return Status(200 if receipt.replayed else 201, answer)


@router.post(
    "/repeats",
    auth=CLIENT_KEY,
    response={200: TicketOut, **_BODY},
    operation_id="post_repeat",
    summary="登记没有新事实的重复来电",
)
def post_repeat(request: HttpRequest, body: RepeatIn) -> TicketOut:
    """Count a repeated call; no case is made. The answer says how the earlier ticket stands."""
    told = register.tell_only(_actor(request), body.earlier, body.external_id, timezone.now())
    return _ticket(history.earlier_of(told.case))


@router.post(
    "/follow-ups",
    auth=CLIENT_KEY,
    response={200: ReceiptOut, 201: ReceiptOut, 409: Fault, **_BODY},
    operation_id="post_follow_up",
    summary="登记有新事实的重复来电",
)
def post_follow_up(request: HttpRequest, body: FollowUpIn) -> Status[Any]:
    """One more report of the earlier ticket while it is open, else a new case linked to it.

    409 (`conflict`) when the ``external_id`` was used before with another body.
    """
    actor, raw = _actor(request), body.model_dump(exclude_none=True)
    earlier = raw.pop("earlier")
    try:
        receipt: Receipt = register.with_new_facts(
            actor, earlier, raw, timezone.now(), _channel(request)
        )
    except IntakeConflict as error:
        return _conflict(error)
    return Status(200 if receipt.replayed else 201, asdict(receipt))


@router.post(
    "/callers",
    auth=CLIENT_KEY,
    response={200: list[TicketOut], **_BODY},
    operation_id="post_caller",
    summary="查来电历史",
)
def post_caller(request: HttpRequest, body: CallerIn) -> list[TicketOut]:
    """The open and recent tickets of a number that the key may see; each look is logged."""
    actor, now = _actor(request), timezone.now()
    days = int(city().rulebook.value("repeat_days", now) or 180)
    return [_ticket(one) for one in history.of_phone(actor, body.phone, now, days)]


@router.get(
    "/call-backs",
    auth=CLIENT_KEY,
    response={200: CallBacksOut, **_REFUSED},
    operation_id="get_call_backs",
    summary="待回访工单",
)
def get_call_backs(request: HttpRequest) -> CallBacksOut:
    """Whom to call back now (1 statement beside the key's)."""
    rows = callbacks.waiting(_actor(request), timezone.now())[:MOST]
    return CallBacksOut(items=[_task(one) for one in rows])


@router.post(
    "/call-backs/{task}/tries",
    auth=CLIENT_KEY,
    response={200: CallBackOut, 404: Fault, **_BODY},
    operation_id="post_call_back",
    summary="登记一次回访",
)
def post_call_back(
    request: HttpRequest,
    body: TryIn,
    task: int = Path(ge=1, le=2**62),  # type: ignore[type-arg]
) -> CallBackOut:
    """Record one try with its answers; what was not settled is done again by rule. 422 on ``task``
    for a call-back that is not open, or out of sight."""
    outcome = callbacks.attempt(
        _actor(request), task, body.model_dump(exclude_none=True), timezone.now()
    )
    return _task(outcome.call_back, outcome.refused)


def _conflict(error: IntakeConflict) -> Status[Any]:
    fault = {"field": "external_id", "message": str(error), "code": "conflict"}
    content = {"code": "conflict", "message": str(error), "errors": [fault]}
    return Status(409, content | {"number": error.number})


def _referral(one: Referral) -> ReferralOut:
    return ReferralOut(
        key=one.key,
        reason=one.reason,
        reason_label=dict(REJECT_REASONS)[one.reason],
        name=one.name,
        phone=one.phone,
        address=one.address,
        say=one.say,
        illustrative=one.illustrative,
    )


def _ticket(one: history.Earlier) -> TicketOut:
    return TicketOut(**asdict(one), state_label=TicketOut.label(one.state))


def _task(one: CallBack, refused: str = "") -> CallBackOut:
    return CallBackOut(
        id=one.pk,
        number=one.case.number,
        subject=one.case.subject,
        channel=one.report.channel,
        secret=one.report.secret,
        state=one.state,
        tries=one.tries,
        closed_at=one.closed_at,
        next_at=one.next_at,
        redone=one.redone,
        refused=refused,
    )
