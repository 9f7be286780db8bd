"""A project as its pages show it, the same for officers and for the owner."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from yishi.foundation.calendars.counting import effective_moment
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.state import CaseState
from yishi.foundation.ui import parts
from yishi.foundation.ui.parts import Fact, Light
from yishi.systems.construction.catalogue.types import MODES
from yishi.systems.construction.context import City
from yishi.systems.construction.lifecycle.counting import ITEM_CLOCK, used_of
from yishi.systems.construction.models import DepartmentOpinion, Round, Unit
from yishi.systems.construction.pages.listing import LIGHTS
from yishi.systems.construction.rules import joint, units
from yishi.systems.construction.rules.joint import Opinion, Outcome
from yishi.systems.construction.services import choices, picture
from yishi.systems.construction.services.reading import Project
from yishi.systems.construction.states import STATE_OF_STAGE, STATES

AddressOf = Callable[[CaseState], str]


#: A member: name, address, state with its tone, light.
MemberLine = tuple[str, str, str, str, Light | None]


@dataclass(frozen=True, slots=True)
class ItemLine:
    """An item in the stage panel."""

    name: str
    counted: bool
    state: str
    tone: str
    note: str
    members: tuple[MemberLine, ...] = ()


@dataclass(frozen=True, slots=True)
class StagePanel:
    """One stage with its days and items."""

    number: int
    name: str
    lead: str
    used: int
    limit: int
    state: str
    tone: str
    items: tuple[ItemLine, ...]
    current: bool


_TONES = {"granted": "good", "exempt": "good", "deemed_granted": "good", "": "active"}


def stages(
    project: Project, registers: City, now: datetime, address_of: AddressOf
) -> list[StagePanel]:
    """The four stages."""
    found = []
    judged = effective_moment(registers.calendar, now)
    opened = project.case.data.get("stages") or {}
    for stage in project.book.policy.stages:
        used, limit = used_of(project.case, registers.calendar, now, STATE_OF_STAGE[stage.number])
        entry = opened.get(str(stage.number)) or {}
        lead = picture.office_name(registers.register, entry.get("lead")) or str(
            registers.register.functions.get(stage.lead, stage.lead)
        )
        state, tone = _("未开始"), "neutral"
        if entry.get("closed"):
            state, tone = _("%(day)s 完成") % {"day": entry["closed"]}, "good"
        elif entry:
            state, tone = _("进行中"), "active"
        found.append(
            StagePanel(
                stage.number,
                stage.name,
                lead,
                used,
                limit,
                state,
                tone,
                tuple(
                    _item(one, now, judged, address_of)
                    for one in choices.choices(project, stage.number)
                ),
                stage.number == choices.current_stage(project),
            )
        )
    return found


def _item(one: choices.Choice, now: datetime, judged: datetime, address_of: AddressOf) -> ItemLine:
    labels = {
        "granted": (_("已办结"), "good"),
        "open": (_("办理中"), "active"),
        "can": (_("可以申请"), "neutral"),
        "cannot": (_("暂不能申请"), "neutral"),
    }
    state, tone = labels[one.state]
    note = one.why
    if one.waits:
        note = _("将等待：%(names)s") % {"names": "、".join(one.waits)}
    members = tuple(_member(member, now, judged, address_of) for member in one.members)
    return ItemLine(one.item.name, one.item.counted, state, tone, note, members)


def _member(
    member: CaseState, now: datetime, judged: datetime, address_of: AddressOf
) -> MemberLine:
    label = lifecycle_of(member.system).states[member.state].label
    mode = member.data.get("mode") or member.data.get("wanted_mode")
    unit = member.data.get("unit", "")
    name = member.number + (f"（{unit}）" if unit else "")
    label = _(label)
    if mode and mode != "normal":
        label += f"（{_(MODES.get(mode, mode))}）"
    clock = member.last_clock(ITEM_CLOCK)
    light = None
    if clock is not None:
        light = parts.light(
            clock.due_at,
            now,
            warn_at=clock.warn_at,
            paused=clock.paused_at is not None,
            done_at=clock.stopped_at,
            provisional=clock.provisional,
            judged=judged,
        )
    return name, address_of(member), label, _TONES.get(member.outcome, "warn"), light


def days(project: Project, registers: City, now: datetime) -> dict[str, Any]:
    """Used, limit, light and whose turn it is."""
    used, limit = used_of(project.case, registers.calendar, now)
    light = picture.light_of(project, registers.calendar, now)
    clock = project.case.clock("project")
    running = clock is not None and clock.running
    return {
        "used": used,
        "limit": limit,
        "left": limit - used,
        "over": max(0, used - limit),
        "light": light,
        "light_label": LIGHTS[light],
        "due": clock.due_at if clock is not None and running else None,
        "provisional": bool(clock is not None and running and clock.provisional),
        "turns": picture.turns(project, registers.register),
    }


def facts(project: Project, registers: City) -> list[Fact]:
    """What the project is."""
    data, case = project.case.data, project.case
    kind = project.book.kind[case.type_key].name
    traits = [project.book.policy.traits[key] for key in data.get("traits") or ()]
    code = str(data.get("code") or "")
    hint = _("旧代码（2016—2020年）") if data.get("legacy") else ""
    rows = [
        Fact(_("项目代码"), code or _("涉密项目，无代码"), hint=hint),
        Fact(_("类型"), kind, hint=str(data.get("limit_source", ""))),
        Fact(_("建设单位"), f"{data.get('owner', '')}（{data.get('owner_uscc', '')}）"),
        Fact(_("区域"), registers.register.label(case.managed_path), hint=_zone(data)),
        Fact(_("建设地点"), data.get("site", "")),
        Fact(_("行业"), data.get("industry") or "—"),
        Fact(_("投资"), _("%(n)s 万元") % {"n": data.get("investment", "")}),
        Fact(_("规划许可面积"), f"{data.get('floor_area', '')} m²"),
        Fact(_("项目情形"), "、".join([*_what(data), *traits]) or "—"),
    ]
    if len(project.codes) > 1:
        old = "；".join(row.code for row in project.codes if row.state != "current")
        rows.append(Fact(_("曾用代码"), old))
    if data.get("kinds"):
        old = "；".join(f"{key}（{day} 前，{document}）" for key, day, document in data["kinds"])
        rows.append(Fact(_("类型变更"), old, hint=_("总时限按开始时的类型，不变")))
    if project.parcels:
        text = "；".join(f"{p.number}（{p.area} m²）" for p in project.parcels)
        rows.append(Fact(_("宗地"), text))
    return rows


def _zone(data: dict[str, Any]) -> str:
    zone = data.get("zone")
    return _("功能区 %(zone)s，没有独立的区划代码") % {"zone": zone} if zone else ""


def _what(data: dict[str, Any]) -> list[str]:
    found = []
    if data.get("industrial"):
        found.append(_("产业（工业）项目"))
    if data.get("real_estate"):
        found.append(_("房地产开发项目"))
    return found


def works(project: Project) -> list[Fact]:
    """The construction permit and the start of works."""
    data = project.case.data.get("works") or {}
    if not data:
        return []
    clock = project.case.clock("start")
    rows = [Fact(_("施工许可"), _("%(day)s 核发") % {"day": data["issued"]})]
    if data.get("started"):
        rows.append(Fact(_("开工"), data["started"]))
    elif clock is not None:
        from yishi.systems.construction.rules.union import day_of

        text = day_of(clock.due_at).isoformat() + (_("（暂定）") if clock.provisional else "")
        rows.append(
            Fact(
                _("开工期限"),
                text,
                hint=_("已延期 %(n)d 次，以两次为限") % {"n": len(data["extensions"])},
            )
        )
    return rows


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit with where it stands."""

    unit: Unit
    state: str
    tone: str
    planning: bool
    survey: str
    filing_due: date | None
    filed_on: date | None


def unit_lines(project: Project, registers: City) -> list[UnitLine]:
    """The units and outdoor works."""
    found = []
    for unit in project.units:
        known = project.facts_of(unit)
        if unit.accepted_on and unit.early:
            state, tone = _("%(day)s 提前验收通过") % {"day": unit.accepted_on}, "good"
        elif unit.accepted_on:
            state, tone = _("%(day)s 验收通过") % {"day": unit.accepted_on}, "good"
        else:
            state, tone = _("未验收"), "neutral"
        due = None
        if unit.accepted_on and unit.kind == Unit.BUILDING:
            days_ = project.book.policy.filing_days
            due = units.filing_due(unit.accepted_on, days_, registers.calendar).day
        surveys = {"current": _("有效"), "stale": _("已过时"), "": "—"}
        found.append(
            UnitLine(
                unit,
                state,
                tone,
                known.planning_checked,
                surveys[known.survey],
                due,
                project.filed_on(unit),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class OpinionLine:
    """A department's opinion."""

    row: DepartmentOpinion
    item: str
    office: str
    label: str
    tone: str


@dataclass(frozen=True, slots=True)
class RoundPanel:
    """A round with its opinions."""

    row: Round
    item: CaseState
    what: str
    state: str
    tone: str
    opinions: tuple[OpinionLine, ...]
    left: int


_OPINION_TONES = {
    Opinion.PASS: "good",
    Opinion.LATER: "good",
    Opinion.RECTIFY: "warn",
    Opinion.FAIL: "bad",
    Opinion.NONE: "neutral",
}
_ROUND_TONES = {
    Outcome.OPEN: "active",
    Outcome.RECTIFY: "warn",
    Outcome.PASSED: "good",
    Outcome.FAILED: "bad",
}


def rounds(project: Project, registers: City) -> list[RoundPanel]:
    """The rounds, newest first."""
    found = []
    for row in reversed(project.rounds):
        member = project.member(row.item_id)
        opinions = tuple(_opinion(project, registers, one) for one in project.opinions_of(row))
        outcome = Outcome(row.state)
        unit = member.data.get("unit", "")
        what = _("%(unit)s 提前验收") % {"unit": unit} if unit else _("竣工联合验收")
        found.append(
            RoundPanel(
                row,
                member,
                what,
                _(joint.OUTCOMES[outcome]),
                _ROUND_TONES[outcome],
                opinions,
                sum(1 for one in opinions if not one.row.opinion),
            )
        )
    return found


def _opinion(project: Project, registers: City, row: DepartmentOpinion) -> OpinionLine:
    opinion = Opinion(row.opinion)
    item = project.book.item.get(row.item_key)
    return OpinionLine(
        row,
        item.name if item else row.item_key,
        picture.office_name(registers.register, row.office_id),
        _(joint.LABELS[opinion]),
        _OPINION_TONES[opinion],
    )


def state_label(project: Project) -> str:
    """The project's state."""
    return _(STATES[project.case.state].label)
