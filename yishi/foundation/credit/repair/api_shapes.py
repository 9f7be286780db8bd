"""What programs send and get of credit repair."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from ninja import Schema
from pydantic import ConfigDict, Field

_SUBJECT = {"identifier_kind": "uscc", "identifier": "91420606MNXY0000XN"}
_RULING = {"court": "襄阳市中级人民法院", "number": "（2026）鄂06破3号", "on": "2026-09-01"}
_RECORD = {
    "record": "XY-20260520-0A1B2C3D",
    "document_no": "樊市监罚〔2026〕12号",
    "authority": "樊城区市场监督管理局",
    "severity": "general",
    "state": "PUBLISHED",
    "published": True,
    "last_day": "2027-05-20",
    "earliest": "2026-08-21",
    "outcome": "false",
    "pending": None,
    "conditions": [
        {
            "code": "MIN_PERIOD",
            "text": "未满最短公示期，最早可于2026年8月21日申请",
            "met": False,
            "day": "2026-08-21",
        }
    ],
}
_CASE = {
    "number": "XYXFJ20260901000002",
    "record": "XY-20260520-0A1B2C3D",
    "state": "checking",
    "state_label": "审查中",
    "outcome": "",
    "version": 2,
    "unit": "樊城区市场监督管理局",
    "due_at": "2026-09-10T23:59:59.999999+08:00",
    "earliest": None,
    "conditions": _RECORD["conditions"],
}
_APPLICATION = {
    "number": "XYXF20260901000001",
    "kind": "credit_repair",
    "state": "forwarded",
    "state_label": "已转认定单位",
    "outcome": "",
    "due_at": "2026-09-15T23:59:59.999999+08:00",
    "records": [_CASE],
}


def _strict(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", strict=True, json_schema_extra={"example": example})


def _shown(example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


class SubjectIn(Schema):
    """Whose records."""

    model_config = _strict(_SUBJECT)

    identifier_kind: str = Field("uscc", description="uscc 或 resident_id")
    identifier: str


class RulingIn(Schema):
    """The court's ruling that approves a plan or a settlement."""

    model_config = _strict(_RULING)

    court: str
    number: str
    on: str = Field(description="裁定日期，例如 2026-09-01")


class RepairIn(Schema):
    """An application for several records of one subject."""

    model_config = _strict(
        _SUBJECT
        | {
            "records": ["XY-20260520-0A1B2C3D"],
            "pledge": True,
            "declared": {"XY-20260520-0A1B2C3D": "2026-06-01"},
        }
    )

    identifier_kind: str = Field("uscc", description="uscc 或 resident_id")
    identifier: str
    records: list[str] = Field(description="信用记录编号，一次最多30条")
    pledge: bool = Field(False, description="申请人已作出信用承诺")
    declared: dict[str, str] = Field(
        default_factory=dict, description="按记录编号：申请人称义务履行完毕的日期"
    )
    ruling: RulingIn | None = Field(None, description="破产重整、和解：申请临时屏蔽")


class MoveIn(Schema):
    """The facts of a move, and the version of the case that they were decided on."""

    model_config = _strict({"facts": {"duty_done_on": "2026-06-01"}, "version": 1})

    facts: dict[str, Any] = Field(default_factory=dict)
    version: int | None = None


class ConditionOut(Schema):
    """One condition; ``met`` is null when it cannot be told."""

    code: str
    text: str
    met: bool | None
    day: date | None


class StandingOut(Schema):
    """A record with every condition of its repair as of today."""

    model_config = _shown(_RECORD)

    record: str
    document_no: str
    authority: str
    severity: str
    state: str
    published: bool
    last_day: date
    earliest: date | None
    outcome: str = Field(description="true 可以修复，false 不可以，unknown 有事实不清")
    pending: str | None
    conditions: list[ConditionOut]


class RecordCaseOut(Schema):
    """One record of an application."""

    model_config = _shown(_CASE)

    number: str
    record: str
    state: str
    state_label: str
    outcome: str
    version: int
    unit: str | None
    due_at: datetime | None
    earliest: date | None
    conditions: list[ConditionOut]


class RepairOut(Schema):
    """An application as it stands."""

    model_config = _shown(_APPLICATION)

    number: str
    kind: str
    state: str
    state_label: str
    outcome: str
    due_at: datetime | None
    records: list[RecordCaseOut]


class CopyIn(Schema):
    """What a copy shows."""

    model_config = _strict({"record": "XY-20260520-0A1B2C3D", "shown": True})

    record: str
    shown: bool
    note: str = ""


class CopyOut(Schema):
    """What it must show: 信用中国 prevails."""

    model_config = _shown(
        {"record": "XY-20260520-0A1B2C3D", "show": False, "differs": True, "last_day": "2027-05-20"}
    )

    record: str
    show: bool
    differs: bool
    last_day: date
