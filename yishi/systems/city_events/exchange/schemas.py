"""What goes in and out of the exchange, with an example of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from yishi.systems.city_events.api_schemas import ReportFields, answer_config, strict_config

NUMBER = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$"
RETURNS = Literal["duty", "area", "owner"]
KINDS = Literal["receipt", "result", "return", "extension", "withdraw", "reopen"]


class SentCaseIn(ReportFields):
    """A case that another platform sends. Place: ``landmark``, ``lon`` and ``lat``, or
    ``division``."""

    model_config = strict_config(
        {
            "number": "12345-20260310-0007",
            "type": "event/01/10",
            "description": "市民反映生活垃圾堆在路边没人清运",
            "lon": 112.142,
            "lat": 32.05,
            "datum": "EPSG:4490",
        }
    )

    number: str = Field(
        pattern=NUMBER, description="来件方的案件编号；同号同内容重复发送得到同样的回答"
    )


class StatusIn(Schema):
    """A status message about a case, once and in turn.

    By the handling unit's platform: ``receipt`` 签收, ``result`` 办理结果, ``return`` 退单,
    ``extension`` 申请延期. By the platform that sent it: ``withdraw`` 撤回, ``reopen`` 重新办理.
    """

    model_config = strict_config(
        {
            "id": "9f1c0a52-1",
            "sequence": 1,
            "kind": "result",
            "text": "已清运，现场恢复",
            "photos": [],
        }
    )

    id: str = Field(pattern=NUMBER, max_length=64, description="来件方的消息编号，重发时不变")
    sequence: int = Field(ge=1, le=2**31 - 1, description="该案卷内从 1 起的序号，依次递增")
    kind: KINDS
    reason: RETURNS | None = Field(
        None,
        description="退单原因（return 必填，其他种类不填）：duty 不属于本单位法定职责；"
        "area 不在本单位管辖区域；owner 设施不归本单位权属或管养",
    )
    text: str = Field("", max_length=2000, description="办理结果或理由")
    photos: list[str] = Field([], max_length=9, description="照片编号（见 /exchange/photos）")


class UnitOut(Schema):
    """A unit."""

    code: str
    name: str


_STATUS: dict[str, Any] = {
    "number": "XY20260310000007",
    "your_number": "12345-20260310-0007",
    "state": "handling",
    "state_label": "处置中",
    "stage": "handle",
    "type": "event/01/10",
    "type_name": "暴露生活垃圾",
    "subject": "暴露生活垃圾 · 樊城区",
    "unit": {"code": "420606-HW", "name": "樊城区环境卫生服务中心"},
    "received_at": "2026-03-10T09:00:00+08:00",
    "due_at": "2026-03-10T13:00:00+08:00",
    "closed_at": None,
    "timeliness": "",
    "outcome": "",
    "next_sequence": 2,
}


class StatusOut(Schema):
    """A case as a partner sees it. ``next_sequence``: the number of its next status message."""

    model_config = answer_config(_STATUS)

    number: str
    your_number: str | None
    state: str
    state_label: str
    stage: str
    type: str
    type_name: str
    subject: str
    unit: UnitOut | None
    received_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    timeliness: str
    outcome: str
    next_sequence: int


class TakenOut(StatusOut):
    """The case after a status message; ``replayed``: it had been taken before."""

    model_config = answer_config({**_STATUS, "replayed": False})

    replayed: bool


class CaseDetailOut(StatusOut):
    """A case with what its handling unit needs. Contacts are not in it."""

    model_config = answer_config(
        {
            **_STATUS,
            "description": "生活垃圾堆在路边没人清运",
            "address": "樊城区 人民路12号门前",
            "division": "420606007",
            "lon": 112.142,
            "lat": 32.05,
            "datum": "EPSG:4490",
            "photos": ["0198c2f4-6f3a-7b1e-9d55-0f8c1d2e3a4b"],
        }
    )

    description: str
    address: str
    division: str
    lon: float | None
    lat: float | None
    datum: str
    photos: list[str]


class EventData(Schema):
    """One step of a case."""

    number: str
    your_number: str | None = Field(description="来件方编号（案件由贵平台送来时）")
    sequence: int = Field(description="案卷内递增，可能不连续")
    move: str
    move_label: str
    state: str
    state_label: str
    stage: str
    unit: UnitOut | None
    due_at: datetime | None
    reason: str | None
    text: str
    type: str
    type_name: str
    division: str
    address: str
    lon: float | None
    lat: float | None
    datum: str
    description: str | None = Field(None, description="仅在派遣给贵平台单位时给出")


class EventOut(Schema):
    """The body of a webhook (Standard Webhooks)."""

    model_config = answer_config(
        {
            "type": "case.dispatched",
            "timestamp": "2026-03-10T01:00:00Z",
            "data": {
                "number": "XY20260310000007",
                "your_number": None,
                "sequence": 3,
                "move": "dispatch",
                "move_label": "派遣",
                "state": "assigned",
                "state_label": "待签收",
                "stage": "dispatch",
                "unit": {"code": "420606-HW", "name": "樊城区环境卫生服务中心"},
                "due_at": "2026-03-10T05:00:00Z",
                "reason": None,
                "text": "",
                "type": "event/01/10",
                "type_name": "暴露生活垃圾",
                "division": "420606007",
                "address": "樊城区 人民路12号门前",
                "lon": 112.142,
                "lat": 32.05,
                "datum": "EPSG:4490",
                "description": "生活垃圾堆在路边没人清运",
            },
        }
    )

    type: Literal["case.dispatched", "case.moved", "case.replied", "case.closed"]
    timestamp: datetime
    data: EventData


#: Told to the API's document.
WEBHOOKS = {
    "case.dispatched": ("案件派遣给贵平台的单位", EventOut),
    "case.moved": ("案件有新的进展", EventOut),
    "case.replied": ("处置部门已反馈", EventOut),
    "case.closed": ("案件办结或不再办理", EventOut),
}
