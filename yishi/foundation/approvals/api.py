"""Items for other programs: the catalogue, applying, following, moving, rating."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Path, Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.approvals import ratings, services, single
from yishi.foundation.approvals.context import registers
from yishi.foundation.approvals.lifecycle import LIFECYCLE, SYSTEM
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.policy import sees
from yishi.foundation.cases.scope import storable_number
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.api_errors import Fault

router = Router(tags=["审批办件"])
#: Moves that a program may make; a rating has an address of its own.
BY_HAND = [
    move.name
    for move in LIFECYCLE.moves.values()
    if move.roles and "" not in move.sources and move.name != "rate"
]
MOST_ITEMS = 200
_BODY: dict[int, Any] = {400: Fault, 401: Fault, 413: Fault, 422: Fault}
_MOVED: dict[int, Any] = {403: Fault, 404: Fault, 409: Fault, **_BODY}


def _strict(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", strict=True, json_schema_extra={"example": example})


def _shown(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


_ITEM = {
    "key": "food_business_licence",
    "name": "食品经营许可（新办）",
    "department": "市场监督管理",
    "kind": "01",
    "level": "county",
    "legal": "20工作日",
    "promise": "5工作日",
    "channels": ["window", "web"],
    "fields": ["applicant_name", "premises_address"],
    "materials": ["经营场所平面布局图"],
}
_CASE = {
    "number": "XYBJ20261130000001",
    "item": "food_business_licence",
    "subject": "食品经营许可（新办）",
    "state": "reviewing",
    "state_label": "审查中",
    "outcome": "",
    "version": 3,
    "unit": "樊城区市场监督管理局",
    "waiting_for": 0,
    "clocks": [
        {
            "kind": "promise",
            "limit": "5工作日",
            "started_at": "2026-11-30T09:00:00+08:00",
            "due_at": "2026-12-07T23:59:59+08:00",
            "provisional": False,
            "paused": False,
            "late": None,
        }
    ],
    "licence_no": None,
    "valid_to": None,
}


class ItemOut(Schema):
    """An item of the catalogue in force."""

    model_config = _shown(_ITEM)

    key: str
    name: str
    department: str
    kind: str
    level: str
    legal: str
    promise: str
    channels: list[str]
    fields: list[str]
    materials: list[str]


class ApplicationIn(Schema):
    """An application for one item."""

    model_config = _strict(
        {
            "item": "food_business_licence",
            "division": "420606007",
            "channel": "web",
            "values": {"applicant_name": "张三"},
        }
    )

    item: str = Field(description="事项代码（见 /approvals/items）")
    division: str = Field(description="区划或功能区编码")
    channel: str = Field("web", description="window、web、mobile 或 post")
    values: dict[str, str] = Field(default_factory=dict, description="申请表字段（加密保存）")
    renews: dict[str, Any] | None = Field(None, description="延续：licence_no、expires_on、version")


class ItemMoveIn(Schema):
    """The facts of a move, and the version of the case that they were decided on."""

    model_config = _strict({"facts": {"result": "granted"}, "version": 3})

    facts: dict[str, Any] = Field(default_factory=dict)
    version: int | None = None


class RatingIn(Schema):
    """A rating: the code (1 非常满意 … 5 非常不满意) or stars, which are 6 − code."""

    model_config = _strict({"code": 1, "way": "online"})

    code: int | None = None
    stars: int | None = None
    way: str = "online"
    visit: str = ""
    named: bool = False
    text: str = ""


class ClockOut(Schema):
    """A limit that runs or ran; ``late`` once it stopped."""

    kind: str
    limit: str
    started_at: datetime
    due_at: datetime
    provisional: bool
    paused: bool
    late: bool | None


class ItemCaseOut(Schema):
    """An item case as it stands."""

    model_config = _shown(_CASE)

    number: str
    item: str
    subject: str
    state: str
    state_label: str
    outcome: str
    version: int
    unit: str | None
    waiting_for: int
    clocks: list[ClockOut]
    licence_no: str | None = None
    valid_to: str | None = None


def case_out(case: CaseState) -> ItemCaseOut:
    """*case* for a program; nothing of the applicant."""
    places = registers().places
    return ItemCaseOut(
        number=case.number,
        item=case.type_key,
        subject=case.subject,
        state=case.state,
        state_label=LIFECYCLE.states[case.state].label,
        outcome=case.outcome,
        version=case.version,
        unit=places.unit(case.unit_id).name if case.unit_id else None,
        waiting_for=case.waiting_for,
        clocks=[
            ClockOut(
                kind=clock.kind,
                limit=clock.limit_text,
                started_at=clock.started_at.astimezone(SHANGHAI),
                due_at=clock.due_at.astimezone(SHANGHAI),
                provisional=clock.provisional,
                paused=clock.paused_at is not None,
                late=clock.late,
            )
            for clock in case.clocks
        ],
        licence_no=case.data.get("licence_no"),
        valid_to=case.data.get("valid_to"),
    )


@router.get(
    "/approvals/items",
    response=list[ItemOut],
    operation_id="get_items",
    summary="单项事项",
)
def get_items(
    request: HttpRequest,
    q: str = Query("", description="事项名称中的字", examples=["食品"]),  # type: ignore[type-arg]
) -> list[ItemOut]:
    """Items whose name contains *q*, 200 at most."""
    try:
        _version, book = registers().catalogue(timezone.now())
    except FieldError:
        return []
    wanted = [item for item in book.items.values() if q[:60] in item.name]
    return [
        ItemOut(
            key=item.key,
            name=item.name,
            department=item.department,
            kind=item.kind,
            level=item.level,
            legal=item.legal,
            promise=item.promise,
            channels=list(item.channels),
            fields=list(item.fields),
            materials=[wanted.named for wanted in item.materials],
        )
        for item in wanted[:MOST_ITEMS]
    ]


@router.post(
    "/approvals/cases",
    auth=CLIENT_KEY,
    response={201: ItemCaseOut, 403: Fault, **_BODY},
    operation_id="post_item_case",
    summary="单项事项申请",
)
def post_item_case(request: HttpRequest, body: ApplicationIn) -> Status[Any]:
    """Apply for one item."""
    actor = request.actor  # type: ignore[attr-defined]
    case = single.apply(actor, body.model_dump(), timezone.now())
    return Status(201, case_out(case))


@router.get(
    "/approvals/cases/{number}",
    auth=CLIENT_KEY,
    response={200: ItemCaseOut, 401: Fault, 404: Fault},
    operation_id="get_item_case",
    summary="办件",
)
def get_item_case(request: HttpRequest, number: str) -> ItemCaseOut:
    """One item case in the key's scope."""
    states = load_states(number=_storable(number))
    actor = request.actor  # type: ignore[attr-defined]
    if not states or states[0].system != SYSTEM or not sees(actor, states[0]):
        raise CaseNotFound(number)
    return case_out(states[0])


@router.post(
    "/approvals/cases/{number}/moves/{move}",
    auth=CLIENT_KEY,
    response={200: ItemCaseOut, **_MOVED},
    operation_id="post_item_move",
    summary="办件步骤",
)
def post_item_move(
    request: HttpRequest,
    number: str,
    body: ItemMoveIn,
    move: str = Path(enum=BY_HAND),  # type: ignore[type-arg]
) -> ItemCaseOut:
    """Make a move. 409 with the present state when it is not possible or somebody was first."""
    actor = request.actor  # type: ignore[attr-defined]
    case = services.advance(
        actor,
        _storable(number),
        move,
        body.facts,
        timezone.now(),
        expected_version=body.version,
    )
    return case_out(case)


@router.post(
    "/approvals/cases/{number}/ratings",
    auth=CLIENT_KEY,
    response={200: ItemCaseOut, **_MOVED},
    operation_id="post_item_rating",
    summary="好差评",
)
def post_item_rating(request: HttpRequest, number: str, body: RatingIn) -> ItemCaseOut:
    """Rate a case: once online, once for each visit."""
    actor = request.actor  # type: ignore[attr-defined]
    given = body.model_dump()
    return case_out(ratings.rate(actor, _storable(number), timezone.now(), **given))


def _storable(number: str) -> str:
    """*number* as the database may be asked for it. Raises CaseNotFound."""
    if not storable_number(number):
        raise CaseNotFound(number)
    return number
