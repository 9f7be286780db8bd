"""What goes in and out of the API of city events, with an example of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field

from yishi.foundation.cases.models import Case
from yishi.foundation.cases.state import CaseState
from yishi.systems.city_events.lifecycle import STATES


def strict_config(example: dict[str, Any]) -> ConfigDict:
    """Unknown fields are refused, nothing is converted: ``"1"`` is no number, ``1`` no text."""
    return ConfigDict(extra="forbid", strict=True, json_schema_extra={"example": example})


def answer_config(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


class ReportFields(Schema):
    """What a report says, whoever sends it."""

    type: str | None = Field(None, description="事部件类别，如 event/01/10（见 /types）")
    standard: str | None = Field(None, description="立案条件的编号（见 /types）")
    description: str | None = Field(None, description="问题描述，最多 2000 字")
    lon: float | None = Field(None, description="经度")
    lat: float | None = Field(None, description="纬度")
    datum: str | None = Field(
        None, description="坐标系：EPSG:4490（默认）、EPSG:4326、GCJ-02、BD-09"
    )
    landmark: int | None = Field(None, description="地标编号")
    division: str | None = Field(None, description="区划或功能区编码")
    address: str | None = Field(None, description="补充地址，最多 120 字")
    name: str | None = Field(None, description="上报人称呼（加密保存）")
    phone: str | None = Field(None, description="上报人电话（加密保存）")
    email: str | None = Field(None, description="上报人邮箱（加密保存）")
    secret: bool | None = Field(None, description="身份对处置单位保密")
    appeal: str | None = Field(
        None,
        description="诉求类型：help 求助、complaint 投诉、tipoff 举报（一律保密）、"
        "question 咨询、advice 建议",
    )
    photos: list[str] | None = Field(None, description="照片编号（见 /photos），最多 9 张")
    object_ref: str | None = Field(None, description="已知设施的编号，同一设施的上报并为一件")
    confidence: float | None = Field(None, description="自动识别渠道的置信度，0 到 1")


class ReportIn(ReportFields):
    """A report. Place: ``landmark``, or ``lon`` and ``lat``, or ``division``."""

    model_config = strict_config(
        {
            "external_id": "12345-20260310-0007",
            "type": "event/01/10",
            "description": "生活垃圾堆在路边没人清运",
            "lon": 112.142,
            "lat": 32.05,
            "datum": "EPSG:4490",
        }
    )

    external_id: str | None = Field(
        None, max_length=128, description="渠道内唯一编号，重复发送得到同样的回答"
    )


class ReceiptOut(Schema):
    """The answer to a report: it is stored, and dispatched if all was certain."""

    model_config = answer_config(
        {
            "number": "XY20260310000007",
            "tracking_code": "7Q2MX-0RZ4T-K9WBC-31VHE",
            "state": "assigned",
            "unit": "樊城区环境卫生服务中心",
            "due_at": "2026-03-10T13:00:00+08:00",
            "merged": False,
            "reasons": ["事件先属地后属主", "樊城区承担环境卫生职能的单位"],
            "replayed": False,
        }
    )

    number: str
    tracking_code: str = Field(description="查询码，即查询的凭证，请转交上报人")
    state: str
    unit: str | None
    due_at: datetime | None
    merged: bool = Field(description="并入了正在办理的同一件事")
    reasons: list[str] = Field(description="派遣的理由，或者为何须由人工受理")
    replayed: bool


_CASE: dict[str, Any] = {
    "number": "XY20260310000007",
    "type": "event/01/10",
    "subject": "暴露生活垃圾 · 樊城区",
    "state": "handling",
    "state_label": "处置中",
    "stage": "handle",
    "division": "420606007",
    "managed_path": "4206/420606/420606007",
    "unit": "樊城区环境卫生服务中心",
    "received_at": "2026-03-10T09:00:00+08:00",
    "due_at": "2026-03-10T13:00:00+08:00",
    "timeliness": "",
    "version": 4,
}


class CaseOut(Schema):
    """A case as lists show it."""

    model_config = answer_config(_CASE)

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
    """Up to 50 cases, newest first; ``next`` is the cursor (``after``) of the following page."""

    model_config = answer_config({"items": [_CASE], "next": "123456"})

    items: list[CaseOut]
    next: str | None


class MoveIn(Schema):
    """The facts of a move (see the move's needs) and the version it was decided on."""

    model_config = strict_config({"version": 4, "facts": {"note": "已清运，现场恢复"}})

    version: int | None = Field(
        None, ge=1, le=2**31 - 1, description="看到的案件版本；已被他人办理时得到 409"
    )
    facts: dict[str, Any] = Field(default_factory=dict, description="此步骤需要填写的内容")


class PhotoOut(Schema):
    """An accepted photo; give its id in a report or a move."""

    model_config = answer_config({"id": "0198c2f4-6f3a-7b1e-9d55-0f8c1d2e3a4b"})

    id: str


class StandardOut(Schema):
    """A condition under which a type is filed, with its limit in official wording."""

    code: str
    filing: str
    limit: str


class TypeOut(Schema):
    """A public type of the catalogue."""

    model_config = answer_config(
        {
            "key": "event/01/10",
            "name": "暴露生活垃圾",
            "summary": "未放入容器的生活垃圾",
            "standards": [{"code": "1", "filing": "垃圾未放入容器", "limit": "4工作时"}],
        }
    )

    key: str
    name: str
    summary: str
    standards: list[StandardOut]


class StepOut(Schema):
    """One step of a case's progress."""

    at: datetime
    label: str


class ProgressOut(Schema):
    """A case as its reporter sees it."""

    model_config = answer_config(
        {
            "number": "XY20260310000007",
            "state": "处置中",
            "stage": "任务处理",
            "unit": "樊城区环境卫生服务中心",
            "due_at": "2026-03-10T13:00:00+08:00",
            "steps": [{"at": "2026-03-10T09:00:00+08:00", "label": "上报"}],
        }
    )

    number: str
    state: str
    stage: str
    unit: str | None
    due_at: datetime | None
    steps: list[StepOut]


def case_out(case: Case | CaseState, unit: str | None) -> CaseOut:
    """A row of a list, from a stored case or from the state that a move left."""
    return CaseOut(
        number=case.number,
        type=case.type_key,
        subject=case.subject,
        state=case.state,
        state_label=STATES[case.state].label,
        stage=case.stage,
        division=case.division,
        managed_path=case.managed_path,
        unit=unit,
        received_at=case.received_at,
        due_at=case.next_due_at,
        timeliness=case.timeliness,
        version=case.version,
    )
