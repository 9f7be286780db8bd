"""Which items a project may apply for now, which only wait, and what is missing for the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from yishi.foundation.cases.state import CaseState
from yishi.systems.construction.catalogue.types import ProjectItem
from yishi.systems.construction.models import Unit
from yishi.systems.construction.rules import units as unit_rules
from yishi.systems.construction.services.reading import Project
from yishi.systems.construction.states import stage_number

FILING = "gc_completion_filing"


@dataclass(frozen=True, slots=True)
class Choice:
    """An item as offered. ``state``: ``granted``, ``open``, ``can`` or ``cannot``; ``waits``: names
    of what it would wait for; ``units``: codes of the units it may be applied for; ``missing``:
    earlier items that would have to be applied for too."""

    item: ProjectItem
    state: str
    why: str = ""
    waits: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    members: tuple[CaseState, ...] = ()
    missing: tuple[ProjectItem, ...] = ()


def offered(found: Sequence[Choice]) -> list[Choice]:
    """What can be ticked in one form: items that can be applied for, those for a further unit, and
    those whose missing earlier items are of the same stage and in the form too."""
    keys = {
        one.item.key
        for one in found
        if one.state == "can" or (one.state in ("open", "granted") and one.units)
    }
    while True:
        more = {
            one.item.key
            for one in found
            if one.item.key not in keys
            and one.state == "cannot"
            and one.missing
            and all(m.key in keys and m.stage == one.item.stage for m in one.missing)
        }
        if not more:
            return [one for one in found if one.item.key in keys]
        keys |= more


def choices(project: Project, stage: int | None = None) -> list[Choice]:
    """Every item of the project's stages, or of one."""
    traits = project.case.data.get("traits") or ()
    return [
        choice(project, item)
        for item in project.book.items_of(project.case.type_key, traits, stage)
    ]


def choice(project: Project, item: ProjectItem) -> Choice:
    """How *item* stands in *project*."""
    mine = tuple(member for member in project.members if member.type_key == item.key)
    whole = [member for member in mine if not member.data.get("unit")]
    units = tuple(_units_for(project, item))
    if item.key == project.book.policy.unit_item:
        granted = opened = False
    else:
        granted = (
            project.granted(item.key) is not None
            and any(member.outcome for member in whole)
            and bool([m for m in whole if m.outcome in ("granted", "exempt", "deemed_granted")])
        )
        opened = any(not member.outcome for member in whole)
    if item.joint and project.granted(project.book.policy.joint_item) is not None:
        return Choice(item, "granted", _("在联合验收中一并通过"), members=mine)
    if granted:
        return Choice(item, "granted", members=mine, units=())
    if opened:
        return Choice(item, "open", members=mine, units=units)
    why = why_not(project, item)
    waits = tuple(waits_for(project, item))
    missing = () if project.case.state == "accepted" else tuple(missing_of(project, item))
    return Choice(item, "cannot" if why else "can", why, waits, units, mine, missing)


def why_not(project: Project, item: ProjectItem) -> str:
    """What stands against applying for *item* at all, or nothing."""
    policy = project.book.policy
    if project.case.closed_at is not None:
        return _("项目已经办结")
    if project.case.state == "accepted" and item.key != FILING:
        return _("项目已经验收通过")
    if item.joint and item.key != policy.planning_item and _joint_open(project):
        return _("联合验收正在进行，本事项在其中一并查验")
    if item.key == FILING:
        return "" if any(unit.accepted_on for unit in project.buildings) else _("尚未验收通过")
    if item.key == policy.unit_item and not project.case.data.get("industrial"):
        return unit_rules.GATES["NOT_INDUSTRIAL"]
    missing = missing_of(project, item)
    if missing:
        names = "、".join(one.name for one in missing)
        return _("请先申请前置事项：%(names)s") % {"names": names}
    if item.key == policy.joint_item:
        return "；".join(text for _code, text in joint_faults(project))
    return ""


def missing_of(project: Project, item: ProjectItem) -> list[ProjectItem]:
    """Earlier items that nobody applied for yet."""
    if item.key == FILING:
        return []
    return [
        one
        for one in _before(project, item)
        if project.granted(one.key) is None and project.open_of(one.key) is None
    ]


def waits_for(project: Project, item: ProjectItem) -> list[str]:
    """Names of earlier items that are applied for but not granted yet."""
    if item.key == FILING:
        return []
    return [
        one.name
        for one in _before(project, item)
        if project.granted(one.key) is None and project.open_of(one.key) is not None
    ]


def _before(project: Project, item: ProjectItem) -> list[ProjectItem]:
    traits = project.case.data.get("traits") or ()
    return project.book.before(item, project.case.type_key, traits)


def _joint_open(project: Project) -> bool:
    return project.open_of(project.book.policy.joint_item) is not None


def _units_for(project: Project, item: ProjectItem) -> list[str]:
    if item.per != "unit" and item.key != FILING:
        return []
    found = []
    for unit in project.buildings:
        if project.open_of(item.key, unit.code) is not None:
            continue
        if item.key == FILING:
            wanted = unit.accepted_on is not None and project.filed_on(unit) is None
        else:
            wanted = unit.accepted_on is None and (
                item.key == project.book.policy.unit_item
                or project.granted(item.key, unit.code) is None
            )
        if wanted:
            found.append(unit.code)
    return found


def joint_faults(project: Project) -> list[tuple[str, str]]:
    """What stands against a joint acceptance of the whole project: (code, reason)."""
    found = []
    policy = project.book.policy
    facts = [project.facts_of(unit) for unit in project.buildings]
    if not facts:
        found.append(("UNITS_MISSING", _("没有登记单位工程")))
    if not unit_rules.area_fits(facts, project.permitted_area, policy.area_tolerance):
        percent = unit_rules.area_difference(facts, project.permitted_area)
        text = _("各单位工程面积之和与规划许可面积相差 %(percent)s%%，超过 %(most)s%%")
        found.append(("AREA_MISMATCH", text % {"percent": percent, "most": policy.area_tolerance}))
    for unit in facts:
        if unit.accepted_on is None and unit.survey != "current":
            code = "SURVEY_STALE" if unit.survey else "SURVEY_MISSING"
            found.append((code, f"{unit.code}：{unit_rules.GATES[code]}"))
    if not (project.case.data.get("works") or {}).get("started"):
        found.append(("WORKS_NOT_STARTED", _("尚未登记开工")))
    early = [
        unit.code for unit in project.buildings if project.open_of(policy.unit_item, unit.code)
    ]
    if early:
        text = _("%(units)s 正在提前验收，办结后才能申请联合验收")
        found.append(("UNIT_ACCEPTANCE_OPEN", text % {"units": "、".join(early)}))
    return found


def unit_faults(project: Project, unit: Unit, declared: frozenset[str]) -> list[tuple[str, str]]:
    """What stands against an early acceptance of *unit*: (code, reason)."""
    from dataclasses import replace

    facts = replace(project.facts_of(unit), declared=declared)
    industrial = bool(project.case.data.get("industrial"))
    found = [
        (code, unit_rules.GATES[code]) for code in unit_rules.gates(facts, industrial=industrial)
    ]
    if _joint_open(project):
        found.append(("JOINT_ACCEPTANCE_OPEN", _("联合验收正在进行，本单位工程在其中一并验收")))
    return found


def current_stage(project: Project) -> int:
    """The stage that the project is in; 1 before the first."""
    return max(1, stage_number(project.case.state))
