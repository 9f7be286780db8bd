"""The port of the service networks: their acknowledgements, and what was sent, to be read again."""

from __future__ import annotations

import uuid
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Router, Schema, Status
from pydantic import ConfigDict, Field

from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.exchange.auth import OAuth2
from yishi.foundation.exchange.partners import NETWORK
from yishi.foundation.ui.api_errors import Fault
from yishi.systems.direct_benefits.exchange import receipts
from yishi.systems.direct_benefits.exchange.models import NetworkMessage
from yishi.systems.direct_benefits.exchange.outbox import body_of

router = Router(tags=["惠企政策交换"])
OF_NETWORK = OAuth2(NETWORK)
SCOPED: dict[str, Any] = {"security": [{"OAuth2": [NETWORK]}]}
_RECEIPT: dict[str, Any] = {
    "id": "R-2026-000001",
    "message": "019384d0-1f00-7abc-8def-0123456789ab",
    "result": "accepted",
    "number": "GJ-2026-42",
    "reason": "",
}
_TAKEN: dict[str, Any] = {
    "message": "019384d0-1f00-7abc-8def-0123456789ab",
    "subject": "item:industry.first_batch",
    "sequence": 3,
    "state": "accepted",
    "number": "GJ-2026-42",
    "replayed": False,
}


_SENT: dict[str, Any] = {
    "type": "policy.published",
    "timestamp": "2026-11-28T08:00:00Z",
    "data": {"subject": "item:industry.first_batch", "sequence": 3},
}
_FAULTS: dict[int, Any] = {401: Fault, 403: Fault, 422: Fault}


class PolicyMessageOut(Schema):
    """A message as it was sent (docs/policy-exchange.md)."""

    model_config = ConfigDict(json_schema_extra={"example": _SENT})

    type: str
    timestamp: str
    data: dict[str, Any]


class ReceiptIn(Schema):
    """An acknowledgement: ``result`` is ``accepted`` or ``refused``; ``number`` its own."""

    model_config = ConfigDict(json_schema_extra={"example": _RECEIPT})

    id: str = Field(max_length=64, examples=["R-2026-000001"])
    message: str = Field(max_length=64, examples=["019384d0-1f00-7abc-8def-0123456789ab"])
    result: str = Field(max_length=8, examples=["accepted"])
    number: str = Field("", max_length=64, examples=["GJ-2026-42"])
    reason: str = Field("", max_length=200)


class ReceiptOut(Schema):
    """What the message has become. ``replayed``: the receipt was known already."""

    model_config = ConfigDict(json_schema_extra={"example": _TAKEN})

    message: str
    subject: str
    sequence: int
    state: str
    number: str
    replayed: bool


@router.post(
    "/policy-exchange/receipts",
    auth=OF_NETWORK,
    openapi_extra=SCOPED,
    response={
        200: ReceiptOut,
        400: Fault,
        401: Fault,
        403: Fault,
        409: Fault,
        413: Fault,
        422: Fault,
    },
    operation_id="post_policy_receipt",
    summary="回送惠企政策消息的回执",
)
def post_policy_receipt(request: HttpRequest, body: ReceiptIn) -> ReceiptOut:
    """Acknowledge a message. The same receipt again gets the same answer."""
    receipt = receipts.read(body.model_dump())
    partner = request.partner  # type: ignore[attr-defined]
    message, replayed = receipts.take(partner, receipt, timezone.now())
    return ReceiptOut(
        message=str(message.id),
        subject=message.subject,
        sequence=message.seq,
        state=message.state,
        number=message.their_number,
        replayed=replayed,
    )


@router.get(
    "/policy-exchange/messages/{message}",
    auth=OF_NETWORK,
    openapi_extra=SCOPED,
    response={200: PolicyMessageOut, 404: Fault, **_FAULTS},
    operation_id="get_policy_message",
    summary="重读一条惠企政策消息",
)
def get_policy_message(request: HttpRequest, message: Path[uuid.UUID]) -> Status[Any]:
    """A message that was sent to this network, as it was sent."""
    import orjson

    rows = NetworkMessage.objects.filter(
        partner=request.partner,  # type: ignore[attr-defined]
        pk=message,
        attempts__gt=0,
    )
    found = rows.first()
    if found is None:
        raise CaseNotFound(str(message))
    return Status(200, orjson.loads(body_of(found)))
