"""Joint and early acceptance: opinions of departments, conclusions, rechecks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.cases import families
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.families import Family
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction import notices
from yishi.systems.construction.lifecycle.rounds import round_id
from yishi.systems.construction.models import DepartmentOpinion, Round, Unit
from yishi.systems.construction.rules import joint, units
from yishi.systems.construction.rules.joint import Opinion, Outcome, Part
from yishi.systems.construction.rules.union import day_of
from yishi.systems.construction.services.reading import Project, whole

MOST_LATER = 10


@dataclass(frozen=True, slots=True)
class OpinionInput:
    """An opinion as checked by its form alone."""

    part: str
    opinion: Opinion
    later: tuple[str, ...]
    text: str


def read_opinion(raw: Mapping[str, Any]) -> OpinionInput:
    """Raises FieldError."""
    try:
        opinion = Opinion(str(raw.get("opinion") or ""))
    except ValueError:
        raise FieldError("opinion", "请选择意见", "choice") from None
    later = raw.get("later") or ()
    if isinstance(later, str):
        later = later.splitlines()
    if not isinstance(later, list | tuple) or len(later) > MOST_LATER:
        raise FieldError("later", f"后续事项应为列表，最多{MOST_LATER}项", "type")
    lines = tuple(line for line in (clean_text("later", one, 100) for one in later) if line)
    return OpinionInput(
        clean_text("part", raw.get("part"), 48),
        opinion,
        lines,
        clean_text("text", raw.get("text"), 500),
    )


def part_of(row: DepartmentOpinion) -> Part:
    """A stored opinion as the rules see it."""
    opinion = Opinion(row.opinion)
    return Part(row.item_key, row.statutory, opinion, tuple(row.later), row.carried)


def _family(actor: Actor, number: str) -> tuple[Family, Project]:
    family = families.locked(number, actor)
    if family.root.number != number:
        raise MoveRefused("state", "请在项目上办理", family.root)
    return family, whole(family.root, family.members)


def _round(project: Project, item: str) -> tuple[Round, CaseState]:
    """The open round of the acceptance with number *item* (or of the only one)."""
    for one in reversed(project.rounds):
        member = project.member(one.item_id)
        if one.state == Outcome.OPEN and item in ("", member.number):
            return one, member
    raise FieldError("item", "没有进行中的验收", "unknown")


def give_opinion(
    actor: Actor, number: str, item: str, raw: Mapping[str, Any], now: datetime
) -> DepartmentOpinion:
    """Say something of one part of the open round.

    Raises:
        CaseNotFound, MoveRefused, FieldError.
    """
    wanted = read_opinion(raw)
    with transaction.atomic():
        family, project = _family(actor, number)
        one, member = _round(project, item)
        rows = project.opinions_of(one)
        row = next((row for row in rows if row.item_key == wanted.part), None)
        if row is None:
            raise FieldError("part", "本轮验收没有这个事项", "unknown")
        if actor.kind != "system" and row.office_id not in {g.unit_id for g in actor.grants}:
            raise MoveRefused("role", "意见由负责该事项的部门出具", project.case)
        reason = joint.refuse(part_of(row), wanted.opinion, wanted.later, wanted.text)
        if reason:
            raise FieldError("opinion", reason, "refused")
        if row.opinion and not row.carried:
            raise FieldError("opinion", "本轮意见已经出具", "given")
        row.opinion, row.later, row.text = str(wanted.opinion), list(wanted.later), wanted.text
        row.given_at, row.given_by = now, actor.ref
        row.save(update_fields=["opinion", "later", "text", "given_at", "given_by"])
        others = [other for other in rows if not other.opinion]
        facts = {
            "item": wanted.part,
            "round": one.number,
            "opinion": str(wanted.opinion),
            "office": row.office_id,
            "office_done": not _owed_elsewhere(project, one, row.office_id)
            and all(other.office_id != row.office_id for other in others),
            "all_done": not others,
            "concludes": member.unit_id,
            "member": member.number,
        }
        family.move(family.root.id, "give_opinion", actor, facts, now)
        commit(family.changes)
    return row


def _owed_elsewhere(project: Project, one: Round, office: int) -> bool:
    """Whether the office still owes an opinion in another open round."""
    return any(
        not row.opinion and row.office_id == office
        for other in project.rounds
        if other.state == Outcome.OPEN and other.pk != one.pk
        for row in project.opinions_of(other)
    )


def conclude(
    actor: Actor, number: str, item: str, raw: Mapping[str, Any], now: datetime
) -> Outcome:
    """Tell the owner the round's result in one document: passed, failed, or what to rectify.

    For rectification: ``notice`` (number of the notice) and ``planned_days``; the clock stands
    still from now until the owner reports.

    Raises:
        CaseNotFound, MoveRefused, FieldError.
    """
    with transaction.atomic():
        family, project = _family(actor, number)
        one, member = _round(project, item)
        result = joint.outcome([part_of(row) for row in project.opinions_of(one)])
        if result is Outcome.OPEN:
            raise FieldError("item", "还有部门没有出具意见", "opinions")
        if result is Outcome.PASSED:
            _refuse_stale(project, one)
        notice, days, note = _told(raw, result)
        one.state, one.concluded_at = str(result), now
        one.notice, one.planned_days, one.note = notice, days, note
        one.save()
        others = [other for other in project.rounds if other.state == Outcome.OPEN]
        facts = {
            "round": one.number,
            "result": str(result),
            "notice": notice,
            "last": not any(_all_given(project, o) for o in others if o.pk != one.pk),
        }
        change = family.move(family.root.id, "conclude_round", actor, facts, now)
        if result is Outcome.RECTIFY:
            told = {"kind": "rectification", "notice": notice, "planned_days": days, "note": note}
            family.move(member.id, "pause", actor, told, now, trusted=True)
            notices.rows_to_owner(change, "construction.rectify", now, notice=notice, days=days)
        else:
            granted = result is Outcome.PASSED
            decision = {"result": "granted" if granted else "refused", "note": note or "见意见书"}
            family.move(member.id, "decide", actor, decision, now, trusted=True)
        if result is Outcome.PASSED:
            _accepted(project, one, family, now)
        family.settle(now)
        if result is Outcome.PASSED and one.unit_id is None:
            facts = {"units": [unit.code for unit in project.units]}
            family.move(family.root.id, "pass_project", ITSELF, facts, now, trusted=True)
        commit(family.changes)
    return result


def _all_given(project: Project, one: Round) -> bool:
    return all(row.opinion for row in project.opinions_of(one))


def _told(raw: Mapping[str, Any], result: Outcome) -> tuple[str, int | None, str]:
    note = clean_text("note", raw.get("note"), 500)
    if result is not Outcome.RECTIFY:
        return "", None, note
    notice = clean_text("notice", raw.get("notice"), 60)
    if not notice:
        raise FieldError("notice", "整改应书面告知，请填写通知书文号", "SUSPENSION_NOTICE_MISSING")
    days = str(raw.get("planned_days") or "")
    if not days.isascii() or not days.isdigit() or not 1 <= int(days) <= 180:
        raise FieldError("planned_days", "请填写计划整改的工作日数（1至180）", "range")
    return notice, int(days), note


def _passing(project: Project, one: Round) -> list[Unit]:
    """Units that pass: the one of an early acceptance, else all that are left and outdoors."""
    mine = [unit for unit in project.units if unit.accepted_on is None]
    return [unit for unit in mine if one.unit_id in (None, unit.pk)]


def _refuse_stale(project: Project, one: Round) -> None:
    """A building that changed while it was being accepted is measured anew before it passes."""
    stale = [
        unit.code
        for unit in _passing(project, one)
        if unit.kind == Unit.BUILDING and project.facts_of(unit).survey != "current"
    ]
    if stale:
        text = f"{'、'.join(stale)}：{units.GATES['SURVEY_STALE']}"
        raise FieldError("item", text, "SURVEY_STALE")


def _accepted(project: Project, one: Round, family: Family, now: datetime) -> None:
    """What passed is accepted from today, and has fifteen days to be filed."""
    mine = _passing(project, one)
    Unit.objects.unscoped("the locked project's own").filter(
        pk__in=[unit.pk for unit in mine]
    ).update(accepted_on=day_of(now), early=one.unit_id is not None)
    calendar = family.contexts(project.case).calendar
    due = units.filing_due(day_of(now), project.book.policy.filing_days, calendar)
    what = "、".join(unit.code for unit in mine)
    notices.rows_to_owner(
        family.changes[0], "construction.passed", now, what=what, due=due.day.isoformat()
    )


def report_rectified(actor: Actor, number: str, item: str, now: datetime) -> Round:
    """The owner has put right what was wrong: a new round looks at that, and the clock runs.

    Raises:
        CaseNotFound, MoveRefused, FieldError.
    """
    with transaction.atomic():
        family, project = _family(actor, number)
        one = next(
            (
                one
                for one in reversed(project.rounds)
                if one.state == Outcome.RECTIFY and item in ("", project.member(one.item_id).number)
            ),
            None,
        )
        newest = [r for r in project.rounds if one is not None and r.item_id == one.item_id]
        if one is None or newest[-1].pk != one.pk:
            raise FieldError("item", "没有等待整改的验收", "unknown")
        member = project.member(one.item_id)
        made, offices = _next_round(project, one, now)
        parts = [row.item_key for row in project.opinions_of(one) if row.opinion == "rectify"]
        facts = {
            "item": one.item_id,
            "round": made.number,
            "offices": sorted(set(offices)),
            "parts": parts,
        }
        family.move(family.root.id, "report_rectified", actor, facts, now)
        family.move(member.id, "resume", actor, {"note": ""}, now, trusted=True)
        family.settle(now)
        commit(family.changes)
    return made


def _next_round(project: Project, one: Round, now: datetime) -> tuple[Round, list[int]]:
    """The round after *one*: what passed is carried over, the rest is open again."""
    rows = {row.item_key: row for row in project.opinions_of(one)}
    made = Round.objects.create(
        id=round_id(one.item_id, one.number + 1),
        case_id=one.case_id,
        item_id=one.item_id,
        unit_id=one.unit_id,
        number=one.number + 1,
        state=str(Outcome.OPEN),
        opened_at=now,
    )
    offices: list[int] = []
    fresh: list[DepartmentOpinion] = []
    for part in joint.recheck([part_of(row) for row in rows.values()]):
        old = rows[part.key]
        fresh.append(
            DepartmentOpinion(
                case_id=one.case_id,
                round=made,
                item_key=part.key,
                office_id=old.office_id,
                statutory=part.statutory,
                opinion=str(part.opinion),
                later=list(part.later),
                text=old.text if part.carried else "",
                carried=part.carried,
                given_at=old.given_at if part.carried else None,
                given_by=old.given_by if part.carried else "",
            )
        )
        if not part.carried:
            offices.append(old.office_id)
    DepartmentOpinion.objects.bulk_create(fresh)
    return made, offices


def mine(project: Project, units_of_actor: Sequence[int]) -> list[tuple[Round, DepartmentOpinion]]:
    """The open parts that an officer of these units has to say something about."""
    return [
        (one, row)
        for one in project.rounds
        if one.state == Outcome.OPEN
        for row in project.opinions_of(one)
        if not row.opinion and row.office_id in units_of_actor
    ]
