"""Calls of the hotline's exchange, for programs."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema
from ninja.errors import HttpError
from pydantic import ConfigDict
from pydantic.config import JsonDict

from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.ui.api_errors import Fault
from yishi.systems.city_events.hotline import calls

router = Router(tags=["热线"])
_CALL: JsonDict = {
    "key": "20260511-000001",
    "offered_at": "2026-05-11T08:00:00+08:00",
    "waited": 9,
    "talked": 184,
}


class CallIn(Schema):
    """One call offered to the hotline."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": _CALL},
    )

    key: str = Field(max_length=64, description="通话编号，同一来源内唯一；重复发送不重复计数")
    offered_at: datetime = Field(description="呼入时间，须带时区")
    waited: int | None = Field(
        None, ge=0, le=86_400, strict=True, description="人工应答前等待的秒数；未接通为空"
    )
    talked: int | None = Field(None, ge=0, le=86_400, strict=True, description="通话秒数")


class CallsIn(Schema):
    """Up to 1000 calls."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"calls": [_CALL]}})

    calls: list[CallIn] = Field(max_length=calls.MOST)


class CallsOut(Schema):
    """How many were stored, and how many were known before."""

    model_config = ConfigDict(json_schema_extra={"example": {"stored": 118, "known": 2}})

    stored: int
    known: int


@router.post(
    "/calls",
    auth=CLIENT_KEY,
    response={200: CallsOut, 400: Fault, 401: Fault, 403: Fault, 413: Fault, 422: Fault},
    operation_id="post_calls",
    summary="报送通话记录",
)
def post_calls(request: HttpRequest, body: CallsIn) -> CallsOut:
    """Store calls of the exchange; the same call again is left as it is. All or nothing."""
    client = request.client  # type: ignore[attr-defined]
    if not request.actor.has("hotline"):  # type: ignore[attr-defined]
        raise HttpError(403, "此密钥没有热线的权限")
    given = [call.model_dump() for call in body.calls]
    stored, known = calls.store(client.channel, given, timezone.now())
    return CallsOut(stored=stored, known=known)
