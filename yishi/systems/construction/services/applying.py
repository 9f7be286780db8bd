"""Applying for items: members start under the project, in order, in one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.context import Registers, registers
from yishi.foundation.approvals.starting import Wish, prepare
from yishi.foundation.cases import families
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.families import Edge, Family, Member
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.values import Place
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.catalogue.types import MODES, ProjectItem
from yishi.systems.construction.lifecycle import LIFECYCLE
from yishi.systems.construction.models import SurveyResult, Unit
from yishi.systems.construction.rules.union import day_of
from yishi.systems.construction.rules.units import DECLARED
from yishi.systems.construction.services import choices
from yishi.systems.construction.services.reading import Project, whole
from yishi.systems.construction.states import STATE_OF_STAGE, stage_number

MOST_AT_ONCE = 30
#: Days in which papers that may come later are handed in, where nobody says another day.
DEFERRED_DAYS = 15
#: Items that take over what was measured.
REUSES = ("gc_planning_check", "gc_land_check", "gc_joint_acceptance", "gc_unit_acceptance")


@dataclass(frozen=True, slots=True)
class ItemWish:
    """One item as applied for. ``unit``: code of the unit it is for; ``declared``: what the owner
    states for an early acceptance."""

    key: str
    mode: str = "normal"
    unit: str = ""
    declared: frozenset[str] = field(default_factory=frozenset)


def read_wishes(raw: Any) -> list[ItemWish]:
    """Wishes from a form or a program. Raises FieldError on ``items``."""
    if not isinstance(raw, list | tuple) or not raw:
        raise FieldError("items", "请至少选择一个事项", "required")
    if len(raw) > MOST_AT_ONCE:
        raise FieldError("items", f"一次最多申请{MOST_AT_ONCE}个事项", "too_many")
    found = []
    for one in raw:
        if not isinstance(one, Mapping):
            raise FieldError("items", "应为事项的列表", "type")
        mode = clean_text("items", one.get("mode"), 12) or "normal"
        if mode not in MODES:
            raise FieldError("items", f"没有办理方式 {mode}", "mode")
        declared = one.get("declared") or ()
        if not isinstance(declared, list | tuple | set | frozenset):
            raise FieldError("items", "declared 应为列表", "type")
        found.append(
            ItemWish(
                clean_text("items", one.get("key"), 48),
                mode,
                clean_text("items", one.get("unit"), 12),
                frozenset(str(name) for name in declared) & set(DECLARED),
            )
        )
    return found


def apply(
    actor: Actor,
    number: str,
    wishes: Sequence[ItemWish],
    now: datetime,
    *,
    channel: str = "web",
    unified: bool = False,
) -> list[CaseState]:
    """Apply for *wishes* of the project *number*; returns the new items.

    Later items wait for earlier ones that are undecided; an item of a later stage opens that stage.
    *unified*: the window accepts all of them at once.

    Raises:
        CaseNotFound, MoveRefused, FieldError: the last on ``items``, its code telling why.
    """
    with transaction.atomic():
        family = families.locked(number, actor)
        root = family.root
        if root.number != number:
            raise MoveRefused("state", "请在项目上申请事项", root)
        project = whole(root, family.members)
        items = [_checked(project, wish, wishes) for wish in wishes]
        found = registers()
        members = _members(project, items, wishes, found, now, channel, unified)
        planned = _parent(family, project, items, members, actor, now)
        family.keep(planned[0])
        started = families.start(
            planned[-1],
            members,
            actor=actor,
            now=now,
            existing=_existing(project),
            contexts=family.contexts,
        )
        for change in planned[1:] or ():
            family.keep(change)
        for change in started[1:]:
            family.keep(change, "receive")
        if unified:
            family.settle(now)
        _note(project, wishes, members)
        commit(family.changes)
    return [family.states[member.case.id] for member in members]


def _checked(project: Project, wish: ItemWish, wishes: Sequence[ItemWish]) -> ProjectItem:
    item = project.book.item.get(wish.key)
    traits = project.case.data.get("traits") or ()
    if item is None or not item.fits(project.case.type_key, traits):
        raise FieldError("items", f"本项目没有事项 {wish.key}", "unknown")
    if sum(1 for one in wishes if (one.key, one.unit) == (wish.key, wish.unit)) > 1:
        raise FieldError("items", f"{item.name}重复", "double")
    if wish.mode not in item.modes:
        raise FieldError("items", f"{item.name}不能以{MODES[wish.mode]}办理", "mode")
    _check_unit(project, item, wish)
    _check_order(project, item, wishes)
    _check_gates(project, item, wish)
    return item


def _check_unit(project: Project, item: ProjectItem, wish: ItemWish) -> None:
    if wish.unit and wish.unit not in {unit.code for unit in project.buildings}:
        raise FieldError("items", f"没有单位工程 {wish.unit}", "unit")
    if wish.unit and item.per != "unit" and item.key != choices.FILING:
        raise FieldError("items", f"{item.name}按项目办理，不按单位工程", "unit")
    if item.key == project.book.policy.unit_item and not wish.unit:
        raise FieldError("items", "请选择要提前验收的单位工程", "unit")
    if project.open_of(item.key, wish.unit) is not None:
        raise FieldError("items", f"{item.name}正在办理", "open")
    if item.key != project.book.policy.unit_item and project.granted(item.key, wish.unit):
        raise FieldError("items", f"{item.name}已经办结", "granted")


def _check_order(project: Project, item: ProjectItem, wishes: Sequence[ItemWish]) -> None:
    if item.key == choices.FILING:
        if not any(unit.accepted_on for unit in project.buildings):
            raise FieldError("items", "尚未验收通过，不能备案", "order")
        return
    together = {wish.key for wish in wishes}
    traits = project.case.data.get("traits") or ()
    missing = [
        one.name
        for one in project.book.before(item, project.case.type_key, traits)
        if one.key not in together
        and project.granted(one.key) is None
        and project.open_of(one.key) is None
    ]
    if missing:
        text = f"{item.name}的前置事项还没有申请：{'、'.join(missing)}"
        raise FieldError("items", text, "order")


def _check_gates(project: Project, item: ProjectItem, wish: ItemWish) -> None:
    policy = project.book.policy
    if item.key == policy.joint_item:
        faults = choices.joint_faults(project)
    elif item.key == policy.unit_item:
        unit = next(unit for unit in project.buildings if unit.code == wish.unit)
        faults = choices.unit_faults(project, unit, wish.declared)
    elif item.key == choices.FILING and wish.unit:
        unit = next(unit for unit in project.buildings if unit.code == wish.unit)
        faults = [] if unit.accepted_on else [("NOT_ACCEPTED", f"{wish.unit} 尚未验收通过")]
    else:
        faults = []
    if faults:
        raise FieldError("items", "；".join(reason for _, reason in faults), faults[0][0])


def _key(item: str, unit: str) -> str:
    return f"{item}|{unit}" if unit else item


def _existing(project: Project) -> dict[str, CaseState]:
    """Members that later ones may come after: what is open, or granted."""
    found: dict[str, CaseState] = {}
    for member in project.members:
        key = _key(member.type_key, member.data.get("unit", ""))
        if not member.outcome or project.granted(member.type_key) is member:
            found[key] = member
    return found


def _members(
    project: Project,
    items: Sequence[ProjectItem],
    wishes: Sequence[ItemWish],
    found: Registers,
    now: datetime,
    channel: str,
    unified: bool,
) -> list[Member]:
    case = project.case
    place = Place(case.lon, case.lat, None, case.division, case.managed_path, True)
    together = {wish.key: _key(wish.key, wish.unit) for wish in wishes}
    existing = _existing(project)
    units = {unit.code: unit for unit in project.units}
    members: list[Member] = []
    for case_id, item, wish in zip(reserve(len(items)), items, wishes, strict=True):
        edges = _edges(project, item, together, existing)
        asked = Wish(
            item=item.key,
            channel=channel,
            unified=unified,
            joint=item.key == project.book.policy.joint_item,
            mode="pledge" if wish.mode == "pledge" else "",
            deferred=_deferred(found, item, wish, now),
            subject=f"{item.name}｜{case.subject}{f'（{wish.unit}）' if wish.unit else ''}",
        )
        member = prepare(
            found, case_id, asked, place, now, key=_key(item.key, wish.unit), after=edges
        )
        member.case.data["project"] = case.number
        if wish.mode == "deferred":
            member.case.data["wanted_mode"] = wish.mode
        if wish.unit:
            member.case.data |= {"unit": wish.unit, "unit_id": units[wish.unit].pk}
        member.case.secret = case.secret
        members.append(member)
    return members


def _edges(
    project: Project,
    item: ProjectItem,
    together: Mapping[str, str],
    existing: Mapping[str, CaseState],
) -> tuple[Edge, ...]:
    if item.key == choices.FILING:
        return ()
    edges = []
    traits = project.case.data.get("traits") or ()
    for one in project.book.before(item, project.case.type_key, traits):
        if one.key in together:
            edges.append(Edge(together[one.key]))
        elif project.granted(one.key) is None and one.key in existing:
            edges.append(Edge(one.key))
    return tuple(edges)


def _deferred(
    found: Registers, item: ProjectItem, wish: ItemWish, now: datetime
) -> dict[str, date] | None:
    if wish.mode != "deferred":
        return None
    _version, book = found.catalogue(now)
    until = found.calendar.calendar_days_rolled(day_of(now), DEFERRED_DAYS).day
    return {
        wanted.material: until for wanted in book.items[item.key].materials if wanted.deferrable
    } or None


def _parent(
    family: Family,
    project: Project,
    items: Sequence[ProjectItem],
    members: Sequence[Member],
    actor: Actor,
    now: datetime,
) -> list[Change]:
    """The project's own changes: the application, and the stage that it opens."""
    case = project.case
    context = family.contexts(case)
    facts = {
        "items": [
            {
                "number": member.case.number,
                "key": item.key,
                "mode": str(member.facts.get("mode") or "normal"),
                "office": member.facts["unit"],
            }
            for item, member in zip(items, members, strict=True)
        ]
    }
    changes = [plan(LIFECYCLE, case, "apply", actor, facts, now, context)]
    stage = max(item.stage for item in items)
    if stage > stage_number(case.state):
        move = f"open_stage_{stage}"
        after = changes[-1].after
        changes.append(plan(LIFECYCLE, after, move, ITSELF, {}, now, context, trusted=True))
        assert changes[-1].after.state == STATE_OF_STAGE[stage]
    return changes


def _note(project: Project, wishes: Sequence[ItemWish], members: Sequence[Member]) -> None:
    """What is stated of units, and which items took measured results over."""
    for wish, member in zip(wishes, members, strict=True):
        if wish.declared:
            Unit.objects.unscoped("the locked project's own").filter(
                case_id=project.case.id, code=wish.unit
            ).update(declared=sorted(wish.declared))
        if wish.key in REUSES:
            for row in project.results:
                if row.state == SurveyResult.CURRENT and (
                    not wish.unit or row.unit_code in ("", wish.unit)
                ):
                    row.reused_by = [*row.reused_by, member.case.number]
                    row.save(update_fields=["reused_by"])
