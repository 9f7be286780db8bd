"""Sensors and cameras for programs: the same messages as over MQTT, with an API key."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, Router, Schema, Status
from ninja.decorators import decorate_view

from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.ui.api_errors import Fault, limit_body
from yishi.systems.city_events.api_schemas import answer_config, strict_config
from yishi.systems.city_events.devices.service import Answer, UnknownDevice, take
from yishi.systems.city_events.intake import IntakeConflict

router = Router(tags=["感知设备"])
_AT = "2026-05-12T09:00:00+08:00"
_RESPONSES: dict[int, Any] = dict.fromkeys((400, 401, 404, 409, 413, 422), Fault)


class MessageIn(Schema):
    """What every message of a device has."""

    id: str = Field(description="消息编号，设备内唯一，最多48位；重复发送得到同样的回答")
    at: str | None = Field(None, description="观测时间，ISO 8601，须带时区；没有时钟的设备可不填")
    battery: int | None = Field(None, description="电量百分数，0 到 100")


class SampleIn(Schema):
    """Values measured at one moment."""

    model_config = strict_config({"at": _AT, "values": {"water_depth": 16.5}})

    at: str
    values: dict[str, float]


class ReadingsIn(MessageIn):
    """Readings: ``values`` of one moment, or ``readings`` of several (a backlog)."""

    model_config = strict_config(
        {"id": "20260512-0001", "at": _AT, "battery": 87, "values": {"water_depth": 16.5}}
    )

    values: dict[str, float] | None = Field(None, description="指标与数值，指标见城市的阈值文件")
    readings: list[SampleIn] | None = Field(None, description="多个时刻的读数，最多 200 个")


class DetectionIn(MessageIn):
    """Something that a camera recognised, with its picture."""

    model_config = strict_config(
        {
            "id": "20260512-0091",
            "at": _AT,
            "type": "event/04/98",
            "confidence": 0.93,
            "picture": "nvr-7/2026-05-12/0091",
        }
    )

    type: str | None = Field(None, description="事件类别，须为设备登记的类别之一；不填为其第一个")
    standard: str | None = Field(None, description="立案条件的编号")
    confidence: float = Field(description="置信度，0 到 1；不足的转人工核查")
    picture: str | None = Field(None, description="画面在视频平台中的编号或地址，最多 300 字")
    photo: str | None = Field(None, description="照片编号（先用 /photos 上传）")
    image: str | None = Field(None, description="图片内容，Base64，最大 2 MB；与 photo 二选一")


class StatusIn(MessageIn):
    """A sign of life."""

    model_config = strict_config({"id": "20260512-0002", "battery": 86})


class ReportedOut(Schema):
    """A case that a message was reported as."""

    number: str
    state: str
    merged: bool = Field(description="并入了正在办理的同一件事")
    type: str
    metric: str = Field(description="触发的指标；视频识别为空")


class TakenOut(Schema):
    """The message is stored, and what became of it."""

    model_config = answer_config(
        {
            "id": "20260512-0091",
            "replayed": False,
            "cases": [
                {
                    "number": "XY20260512000007",
                    "state": "assigned",
                    "merged": False,
                    "type": "event/04/98",
                    "metric": "",
                }
            ],
        }
    )

    id: str
    replayed: bool = Field(description="以前收到过同一消息")
    cases: list[ReportedOut] = Field(description="由这条消息上报的案件；未达到阈值的没有")


def _taken(request: HttpRequest, ref: str, kind: str, body: MessageIn) -> Status[Any]:
    raw = body.model_dump(exclude_none=True)
    actor = request.actor  # type: ignore[attr-defined]
    try:
        answer: Answer = take(actor, ref, kind, raw, timezone.now())
    except UnknownDevice:
        return Status(404, {"code": "not_found", "message": "没有这台设备，或不在密钥的范围内"})
    except IntakeConflict:
        message = "这个消息编号已用于另一份内容"
        fault = {"field": "id", "message": message, "code": "conflict"}
        return Status(409, {"code": "conflict", "message": message, "errors": [fault]})
    told = {"id": answer.id, "replayed": answer.replayed, "cases": answer.cases}
    return Status(200 if answer.replayed else 201, told)


@router.post(
    "/{ref}/readings",
    auth=CLIENT_KEY,
    response={200: TakenOut, 201: TakenOut, **_RESPONSES},
    operation_id="post_readings",
    summary="上报读数",
)
@decorate_view(limit_body(1, "body"))
def post_readings(request: HttpRequest, ref: str, body: ReadingsIn) -> Status[Any]:
    """Readings of a sensor in the key's scope. What passes a threshold for long enough is reported
    once; 200 when this message was known. 404 for devices that are unknown or elsewhere.
    """
    return _taken(request, ref, "readings", body)


@router.post(
    "/{ref}/detections",
    auth=CLIENT_KEY,
    response={200: TakenOut, 201: TakenOut, **_RESPONSES},
    operation_id="post_detection",
    summary="上报视频识别结果",
)
@decorate_view(limit_body(4, "image"))
def post_detection(request: HttpRequest, ref: str, body: DetectionIn) -> Status[Any]:
    """A detection of a camera in the key's scope: sure ones are filed and dispatched at once, the
    others looked at by a person (核查).
    """
    return _taken(request, ref, "detections", body)


@router.post(
    "/{ref}/status",
    auth=CLIENT_KEY,
    response={200: TakenOut, 201: TakenOut, **_RESPONSES},
    operation_id="post_device_status",
    summary="设备心跳",
)
@decorate_view(limit_body(1, "body"))
def post_device_status(request: HttpRequest, ref: str, body: StatusIn) -> Status[Any]:
    """A sign of life, with the battery's charge where the device has one."""
    return _taken(request, ref, "status", body)
