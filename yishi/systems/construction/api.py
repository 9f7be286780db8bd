"""Construction projects for other programs: register, read, apply for items. The key says who and
where."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import ConfigDict, Field

from yishi.foundation.access.api_key import CLIENT_KEY
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.ui.api_errors import Fault
from yishi.systems.construction.context import city
from yishi.systems.construction.lifecycle.counting import used_of
from yishi.systems.construction.pages.listing import lines
from yishi.systems.construction.services import applying, picture
from yishi.systems.construction.services.reading import Project, read
from yishi.systems.construction.services.registering import register

router = Router(tags=["工程建设项目"])
_FAULTS: dict[int, Any] = {
    400: Fault,
    401: Fault,
    403: Fault,
    404: Fault,
    409: Fault,
    413: Fault,
    422: Fault,
}
MOST = 500


def _strict(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(extra="forbid", strict=True, json_schema_extra={"example": example})


def _shown(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"example": example})


_ITEM = {
    "number": "XYBJ20261130000002",
    "item": "gc_land_use_permit",
    "name": "建设用地规划许可证",
    "stage": 1,
    "counted": True,
    "unit": "",
    "state": "reviewing",
    "state_label": "审查中",
    "outcome": "",
}
_LINE = {
    "number": "XYGC20261130000003",
    "code": "2609-420606-04-01-123456",
    "name": "模拟智能装备产业园",
    "state": "open",
    "used": 17,
    "limit": 50,
    "light": "green",
}


class ProjectUnitIn(Schema):
    """A unit (单体) or outdoor works."""

    model_config = _strict({"code": "1#", "name": "1号厂房", "area": "12000"})

    code: str
    name: str = ""
    area: str = Field("", description="面积（m²）；室外工程不填")
    kind: str = Field("building", description="building 或 outdoor")
    use: str = ""
    fire_class: str = ""


class ParcelIn(Schema):
    """A parcel."""

    model_config = _strict({"number": "GX2026-018", "area": "33350"})

    number: str
    area: str
    use: str = ""


class ProjectIn(Schema):
    """A project as it is registered."""

    model_config = _strict(
        {
            "name": "零部件生产项目",
            "kind": "PRIVATE",
            "code": "2609-420606-04-01-123456",
            "division": "420606570",
            "site": "深圳大道18号",
            "owner_name": "襄阳模拟装备有限公司",
            "owner_uscc": "91420600MA49QK017J",
            "investment": "26000",
            "floor_area": "24500",
            "industrial": True,
        }
    )

    name: str
    kind: str = Field(description="GOV、PRIVATE 或 LAND_WITH_PLAN")
    code: str = Field("", description="项目代码，24位；涉密项目留空")
    secret: bool = False
    division: str = Field(description="乡镇（街道）或村（社区）编码")
    site: str
    owner_name: str
    owner_uscc: str
    agent_name: str = ""
    agent_phone: str = ""
    industry: str = ""
    industrial: bool = False
    real_estate: bool = False
    investment: str = Field(description="总投资（万元）")
    floor_area: str = Field(description="建筑面积（m²）")
    traits: list[str] = Field(default_factory=list)
    units: list[ProjectUnitIn] = Field(default_factory=list)
    parcels: list[ParcelIn] = Field(default_factory=list)


class RegisteredOut(Schema):
    """What was registered; the owner's code is shown this once."""

    model_config = _shown(
        {
            "number": "XYGC20261130000003",
            "state": "open",
            "limit": 50,
            "owner_code": "K7M2-9QXD-4HTA",
        }
    )

    number: str
    state: str
    limit: int
    owner_code: str


class ProjectWishIn(Schema):
    """An item that is applied for."""

    model_config = _strict({"key": "gc_land_use_permit"})

    key: str
    mode: str = Field("normal", description="normal、pledge 或 deferred")
    unit: str = Field("", description="单位工程编码")
    declared: list[str] = Field(default_factory=list)


class ProjectApplyIn(Schema):
    """Items that are applied for together."""

    model_config = _strict({"items": [{"key": "gc_land_use_permit"}]})

    items: list[ProjectWishIn]


class ProjectItemOut(Schema):
    """An item of a project as it stands."""

    model_config = _shown(_ITEM)

    number: str
    item: str
    name: str
    stage: int
    counted: bool
    unit: str
    state: str
    state_label: str
    outcome: str


class ProjectOut(Schema):
    """A project as it stands. Days are working days; ``used`` is the union over all items."""

    model_config = _shown(
        _LINE
        | {
            "kind": "PRIVATE",
            "due_at": "2026-12-16T23:59:59+08:00",
            "provisional": False,
            "turn": ["樊城区自然资源和规划局：设计方案审查"],
            "items": [_ITEM],
            "units_total": 3,
            "units_accepted": 1,
        }
    )

    number: str
    code: str
    name: str
    kind: str
    state: str
    used: int
    limit: int
    light: str
    due_at: datetime | None
    provisional: bool
    turn: list[str]
    items: list[ProjectItemOut]
    units_total: int
    units_accepted: int


class ProjectLineOut(Schema):
    """A project in the list."""

    model_config = _shown(_LINE)

    number: str
    code: str
    name: str
    state: str
    used: int
    limit: int
    light: str


class ProjectUnitOut(Schema):
    """A unit with what is known of its acceptance."""

    model_config = _shown(
        {
            "code": "2#",
            "name": "2号厂房",
            "area": "8000.00",
            "accepted_on": "2026-09-18",
            "early": True,
            "planning_checked": True,
        }
    )

    code: str
    name: str
    area: str
    accepted_on: date | None
    early: bool
    planning_checked: bool


def item_out(project: Project) -> list[ProjectItemOut]:
    """The items of *project*."""
    return [
        ProjectItemOut(
            number=member.number,
            item=item.key,
            name=item.name,
            stage=item.stage,
            counted=item.counted,
            unit=str(member.data.get("unit", "")),
            state=member.state,
            state_label=lifecycle_of(member.system).states[member.state].label,
            outcome=member.outcome,
        )
        for item, member in project.items
    ]


@router.get(
    "/projects",
    auth=CLIENT_KEY,
    response={200: list[ProjectLineOut], 401: Fault},
    operation_id="list_projects",
    summary="未办结的项目与已用时限",
)
def get_projects(request: HttpRequest) -> list[ProjectLineOut]:
    """Open projects in the key's scope with the days used, the most urgent first (500 at most)."""
    registers = city()
    found = lines(
        request.actor,  # type: ignore[attr-defined]
        registers.calendar,
        registers.register,
        timezone.now(),
        {},
    )
    return [
        ProjectLineOut(
            number=one.number,
            code=one.code,
            name=one.subject,
            state=one.state,
            used=one.used,
            limit=one.limit,
            light=one.light,
        )
        for one in found[:MOST]
    ]


@router.post(
    "/projects",
    auth=CLIENT_KEY,
    response={201: RegisteredOut, **_FAULTS},
    operation_id="register_project",
    summary="登记项目",
)
def post_project(request: HttpRequest, body: ProjectIn) -> Status[Any]:
    """Register a project; its code is verified with the platform."""
    made = register(request.actor, body.model_dump(), timezone.now())  # type: ignore[attr-defined]
    return Status(
        201,
        RegisteredOut(
            number=made.case.number,
            state=made.case.state,
            limit=int(made.case.data["limit"]),
            owner_code=made.owner_code,
        ),
    )


@router.get(
    "/projects/{number}",
    auth=CLIENT_KEY,
    response={200: ProjectOut, **_FAULTS},
    operation_id="get_project",
    summary="项目进度",
)
def get_project(request: HttpRequest, number: str) -> ProjectOut:
    """A project with its items, days and whose turn it is."""
    found = read(request.actor, number)  # type: ignore[attr-defined]
    registers, now = city(), timezone.now()
    used, limit = used_of(found.case, registers.calendar, now)
    clock = found.case.clock("project")
    running = clock is not None and clock.running
    standing = found.standing
    return ProjectOut(
        number=found.case.number,
        code=str(found.case.data.get("code") or ""),
        name=found.case.subject,
        kind=found.case.type_key,
        state=found.case.state,
        used=used,
        limit=limit,
        light=picture.light_of(found, registers.calendar, now),
        due_at=clock.due_at if clock is not None and running else None,
        provisional=bool(clock is not None and running and clock.provisional),
        turn=[f"{one.who}：{one.what}" for one in picture.turns(found, registers.register)],
        items=item_out(found),
        units_total=standing.total,
        units_accepted=standing.accepted,
    )


@router.get(
    "/projects/{number}/units",
    auth=CLIENT_KEY,
    response={200: list[ProjectUnitOut], **_FAULTS},
    operation_id="list_project_units",
    summary="项目的单位工程",
)
def get_project_units(request: HttpRequest, number: str) -> list[ProjectUnitOut]:
    """The units of a project."""
    found = read(request.actor, number)  # type: ignore[attr-defined]
    return [
        ProjectUnitOut(
            code=unit.code,
            name=unit.name,
            area=str(unit.area),
            accepted_on=unit.accepted_on,
            early=unit.early,
            planning_checked=found.facts_of(unit).planning_checked,
        )
        for unit in found.buildings
    ]


@router.post(
    "/projects/{number}/items",
    auth=CLIENT_KEY,
    response={201: list[ProjectItemOut], **_FAULTS},
    operation_id="apply_for_project_items",
    summary="申请事项",
)
def post_project_items(request: HttpRequest, body: ProjectApplyIn, number: str) -> Status[Any]:
    """Apply for items; later ones wait for earlier ones that are undecided."""
    actor = request.actor  # type: ignore[attr-defined]
    wishes = applying.read_wishes([one.model_dump() for one in body.items])
    made = {case.number for case in applying.apply(actor, number, wishes, timezone.now())}
    return Status(201, [one for one in item_out(read(actor, number)) if one.number in made])
