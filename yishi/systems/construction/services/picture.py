"""Whose turn it is, and the project's course for the picture."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.utils.translation import gettext as _

from yishi.foundation.calendars.calendar import Calendar
from yishi.foundation.cases.families.spans import spans_of, stops_of
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.state import CaseState, ClockState
from yishi.foundation.places.snapshot import Register
from yishi.foundation.places.values import PlaceError
from yishi.systems.construction.catalogue.types import ProjectItem
from yishi.systems.construction.lifecycle.counting import ITEM_CLOCK, used_of
from yishi.systems.construction.rules.timeline import Bar, Course, Mark
from yishi.systems.construction.rules.union import dated, day_of
from yishi.systems.construction.services.reading import Project, Turn
from yishi.systems.construction.states import PROJECT


def office_name(register: Register, unit_id: int | None) -> str:
    """The name of an office, or nothing for one that is not known."""
    try:
        return register.unit(unit_id).name if unit_id else ""
    except PlaceError:
        return ""


def turns(project: Project, register: Register) -> list[Turn]:
    """Everybody whose turn it is, offices before the owner; never empty."""
    case = project.case
    if case.state == "code_pending":
        return [Turn(_("综合窗口"), _("核验项目代码"), case.received_at)]
    if case.state == "secret_pending":
        return [Turn(_("综合窗口"), _("涉密项目审核"), case.received_at)]
    if case.state in ("completed", "terminated"):
        return [Turn("—", _("没有待办"))]
    found: list[Turn] = []
    owner: list[Turn] = []
    for item, member in project.items:
        if member.outcome or member.state == "waiting":
            continue
        name = office_name(register, member.unit_id)
        clock = member.clock(ITEM_CLOCK)
        since = (clock.paused_at or clock.started_at) if clock else member.received_at
        label = lifecycle_of(member.system).states[member.state].label
        if member.state == "correcting":
            owner.append(Turn(_("建设单位"), _("补正%(item)s") % {"item": item.name}, since, True))
        elif member.state == "suspended" and _rectifying(project, member):
            owner.append(Turn(_("建设单位"), _("验收整改"), since, True))
        else:
            found.append(Turn(name, f"{item.name}（{label}）", since))
    if not found and not owner:
        owner.append(Turn(_("建设单位"), _owner_work(project), None, True))
    return [*found, *owner]


def _rectifying(project: Project, member: CaseState) -> bool:
    mine = [one for one in project.rounds if one.item_id == member.id]
    return bool(mine) and mine[-1].state == "rectify"


def _owner_work(project: Project) -> str:
    case = project.case
    if case.state == "accepted":
        return _("办理竣工验收备案")
    works = case.data.get("works") or {}
    if case.state == "stage_3" and works and not works.get("started"):
        return _("开工并登记")
    return {
        "stage_1": _("申请立项用地阶段的事项"),
        "stage_2": _("设计，申请下一批事项"),
        "stage_3": _("施工图设计与施工准备"),
        "stage_4": _("施工、测绘，申请验收"),
    }.get(case.state, _("申请事项"))


def light_of(project: Project, calendar: Calendar, now: datetime) -> str:
    """The light of the whole limit: ``green`` … ``red``, ``paused`` while nothing counts."""
    clock = project.case.last_clock(PROJECT)
    return light_of_clock(clock, calendar, now, int(project.case.data["limit"]))


def light_of_clock(clock: ClockState | None, calendar: Calendar, now: datetime, limit: int) -> str:
    """The light of one clock of a project. Used up is red whether or not something counts now."""
    if clock is None:
        return "none"
    if clock.stopped_at is not None:
        return "red" if clock.late else "done"
    from yishi.systems.construction.rules.union import used_days

    left = limit - used_days(calendar, clock, now)
    if left < 0:
        return "red"
    if left <= max(1, -(-limit // 5)):
        return "yellow"
    return "paused" if clock.paused_at is not None else "green"


def course(
    project: Project,
    register: Register,
    calendar: Calendar,
    now: datetime,
    *,
    url_of: dict[str, str] | None = None,
) -> Course:
    """The project's course as the picture shows it; *url_of*: addresses of members by number."""
    today = day_of(now)
    case = project.case
    used, limit = used_of(case, calendar, now)
    clock = case.last_clock(PROJECT)
    end = day_of(clock.stopped_at) if clock and clock.stopped_at else today
    whose = turns(project, register)
    return Course(
        title=f"{case.subject}（{case.data.get('code') or case.number}）",
        today=today,
        bars=tuple(
            bar_of(item, member, today, (url_of or {}).get(member.number, ""))
            for item, member in project.items
        ),
        union=tuple(dated(spans_of(clock), min(today, end))) if clock else (),
        used=used,
        limit=limit,
        stages={stage.number: stage.name for stage in project.book.policy.stages},
        marks=tuple(_marks(project)),
        turn="；".join(f"{turn.who}：{turn.what}" for turn in whose[:3]),
        light=light_of(project, calendar, now),
    )


def bar_of(item: ProjectItem, member: CaseState, today: date, url: str = "") -> Bar:
    """One item as a bar."""
    clock = member.last_clock(ITEM_CLOCK)
    decided = None
    if member.outcome:
        at = (clock.stopped_at if clock else None) or member.closed_at
        decided = day_of(at) if at is not None else None
    label = lifecycle_of(member.system).states[member.state].label
    unit = member.data.get("unit", "")
    return Bar(
        name=f"{item.name}{f'（{unit}）' if unit else ''}",
        stage=item.stage,
        state=label,
        received=day_of(member.received_at),
        counted=tuple(dated(spans_of(clock), today)) if clock else (),
        stopped=tuple(_stops(clock, decided or today)) if clock else (),
        decided=decided,
        outcome=member.outcome,
        counts=item.counted,
        waiting=member.state == "waiting",
        url=url,
    )


def _stops(clock: ClockState, until: date) -> Iterable[tuple[date, date]]:
    for begin, end in stops_of(clock):
        a, b = day_of(begin), day_of(end) if end is not None else until
        if b > a:
            yield a, min(b, until)


def _marks(project: Project) -> Iterable[Mark]:
    works = project.case.data.get("works") or {}
    if works.get("started"):
        yield Mark(date.fromisoformat(works["started"]), _("开工"))
    for unit in project.buildings:
        if unit.accepted_on is not None and unit.early:
            yield Mark(unit.accepted_on, _("%(unit)s提前验收") % {"unit": unit.code})
