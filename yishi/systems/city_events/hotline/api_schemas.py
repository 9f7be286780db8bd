"""What goes in and out of the hotline's API, with an example of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from yishi.systems.city_events.api_schemas import ReportFields, answer_config, strict_config
from yishi.systems.city_events.states import STATES

_CALL: dict[str, Any] = {
    "external_id": "12345-20260310-0007",
    "description": "我和物业的官司法院已经受理了，你们管不管",
    "phone": "13800138000",
}
_REFERRAL: dict[str, Any] = {
    "key": "litigation",
    "reason": "2",
    "reason_label": "已进入诉讼、仲裁、复议、信访等法定渠道",
    "name": "人民法院诉讼服务",
    "phone": "12368",
    "address": "",
    "say": "您反映的事项已进入诉讼途径，请向审理法院咨询。",
    "illustrative": True,
}
_EXTERNAL_ID = Field(None, max_length=128, description="登记编号，重复发送得到同样的回答")
_EARLIER = Field(max_length=40, description="来电人此前的案卷编号")


class ReferralOut(Schema):
    """A channel that callers with an excluded matter are told."""

    model_config = answer_config(_REFERRAL)

    key: str
    reason: str = Field(description="六类不予受理的代码，1 至 6")
    reason_label: str
    name: str
    phone: str
    address: str
    say: str = Field(description="告知来电人的话")
    illustrative: bool


class ExclusionIn(ReportFields):
    """A call whose matter is excluded, with the channel that the caller was told."""

    model_config = strict_config({**_CALL, "referral": "litigation"})

    external_id: str | None = _EXTERNAL_ID
    referral: str = Field(max_length=32, description="告知的渠道（见 /hotline/referrals）")


class ExclusionOut(Schema):
    """The ticket that is kept, and what to tell the caller."""

    model_config = answer_config(
        {
            "number": "XY20260310000007",
            "tracking_code": "7Q2MX-0RZ4T-K9WBC-31VHE",
            "state": "voided",
            "replayed": False,
            "referral": _REFERRAL,
        }
    )

    number: str
    tracking_code: str
    state: str
    replayed: bool
    referral: ReferralOut


class RepeatIn(Schema):
    """A caller who asks again and says nothing new."""

    model_config = strict_config(
        {"earlier": "XY20260310000007", "external_id": "12345-20260311-0012"}
    )

    earlier: str = _EARLIER
    external_id: str = Field(max_length=128, description="登记编号，重复发送不重复计数")


class FollowUpIn(ReportFields):
    """A caller who says something new about an earlier ticket."""

    model_config = strict_config({**_CALL, "earlier": "XY20260310000007"})

    earlier: str = _EARLIER
    external_id: str | None = _EXTERNAL_ID


class CallerIn(Schema):
    """Whose tickets are looked for; the look is logged."""

    model_config = strict_config({"phone": "13800138000"})

    phone: str = Field(max_length=40, description="来电号码；查询留有记录")


class TicketOut(Schema):
    """An earlier ticket, without anything personal."""

    model_config = answer_config(
        {
            "number": "XY20260310000007",
            "subject": "暴露生活垃圾 · 樊城区",
            "state": "handling",
            "state_label": "处置中",
            "unit": "樊城区环境卫生服务中心",
            "received_at": "2026-03-10T09:00:00+08:00",
            "closed_at": None,
            "due_at": "2026-03-10T13:00:00+08:00",
            "reason": "",
        }
    )

    number: str
    subject: str
    state: str
    state_label: str
    unit: str
    received_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    reason: str = Field("", description="不予立案原因的代码")

    @staticmethod
    def label(state: str) -> str:
        """The state in words."""
        return STATES[state].label


_TASK: dict[str, Any] = {
    "id": 12,
    "number": "XY20260310000007",
    "subject": "暴露生活垃圾 · 樊城区",
    "channel": "hotline",
    "secret": False,
    "state": "open",
    "tries": 0,
    "closed_at": "2026-03-10T12:00:00+08:00",
    "next_at": "2026-03-10T12:00:00+08:00",
    "redone": False,
}


class CallBackOut(Schema):
    """One ticket to call back. ``redone``: by rule the case is done again; ``refused``: why not."""

    model_config = answer_config(_TASK)

    id: int
    number: str
    subject: str
    channel: str
    secret: bool
    state: str = Field(description="open、reached、unreached、refused、lapsed")
    tries: int
    closed_at: datetime
    next_at: datetime
    redone: bool
    refused: str = ""


class CallBacksOut(Schema):
    """Up to 50 call-backs whose time has come, who has waited longest first."""

    model_config = answer_config({"items": [_TASK]})

    items: list[CallBackOut]


class TryIn(Schema):
    """One try of a call-back. The answers belong to a connected call."""

    model_config = strict_config(
        {"result": "connected", "in_time": True, "solved": True, "score": 2}
    )

    result: str = Field(description="connected 接通、missed 未接通、refused 拒绝回访")
    in_time: bool | None = Field(None, description="承办单位是否及时联系")
    solved: bool | None = Field(None, description="问题是否解决")
    score: int | None = Field(None, description="满意度，1 非常满意至 5 非常不满意")
    cause: str | None = Field(None, description="未解决或不满意的原因")
    excluded: str | None = Field(None, description="剔除评价的原因，须在 text 写明理由")
    text: str | None = Field(None, description="诉求人的意见，最多 1000 字")
