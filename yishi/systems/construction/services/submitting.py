"""Papers that the owner hands in for an item, and what the deciding body sees of them."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.catalogue import Item
from yishi.foundation.approvals.context import context_for as item_context
from yishi.foundation.approvals.submitted import (
    Submitted,
    SubmittedField,
    SubmittedPaper,
    paper_step,
)
from yishi.foundation.cases import families
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.uploads import save_upload
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.construction.models import SurveyResult

#: Fields that the registration answered for every item.
FIELDS = (
    ("owner", "建设单位"),
    ("owner_uscc", "统一社会信用代码"),
    ("code", "项目代码"),
    ("name", "项目名称"),
    ("site", "建设地点"),
    ("industry", "行业代码"),
    ("investment", "总投资（万元）"),
    ("floor_area", "建筑面积（m²）"),
)
RESULTS = "gc_survey_results"


def item_of(member: CaseState) -> Item:
    """What the item catalogue says of a member, in its own version."""
    found: Item = item_context(member).catalogue.items[member.type_key]
    return found


def hand_in(actor: Actor, number: str, item: str, material: str, file: Any, now: datetime) -> None:
    """Hand in one paper for an item of the project; one that was to come later is supplied by it.

    Raises:
        CaseNotFound, MoveRefused, FieldError: the last on ``material`` or ``file``.
    """
    with transaction.atomic():
        family = families.locked(number, actor)
        root = family.root
        member = next((one for one in family.members if one.number == item), None)
        if member is None or root.number != number:
            raise FieldError("item", "项目没有这个事项", "unknown")
        if member.outcome:
            raise MoveRefused("state", "事项已经办结，不再收材料", member)
        if material not in {wanted.material for wanted in item_of(member).materials}:
            raise FieldError("material", "事项没有要这份材料", "unknown")
        saved = save_upload(file, actor_ref=actor.ref, now=now, field="file")
        facts = {"item": member.number, "material": material, "file": saved.pk.hex}
        family.move(root.id, "hand_in", actor, facts, now)
        if material in (member.data.get("deferred") or {}):
            family.move(member.id, "supply", actor, {"material": material}, now, trusted=True)
            family.settle(now)
        row = {
            "case_id": member.id,
            "attachment_id": saved.pk,
            "step": paper_step(material),
            "at": now,
        }
        commit(family.changes, [(CasePaper, row)])


def show(actor: Actor, root: int, member: CaseState, now: datetime) -> Submitted:
    """What was submitted for *member*: the project's own figures, and its papers."""
    (project,) = load_states([root])
    data = project.data
    item = item_of(member)
    papers = CasePaper.objects.unscoped("papers of a member in sight").filter(case_id=member.id)
    found: dict[str, list[uuid.UUID]] = {}
    for step, attachment in papers.order_by("id").values_list("step", "attachment_id"):
        found.setdefault(step, []).append(attachment)
    measured = _measured(root, member) if RESULTS in {w.material for w in item.materials} else 0
    deferred = member.data.get("deferred") or {}
    lines = []
    for wanted in item.materials:
        files = found.get(paper_step(wanted.material), [])
        lines.append(
            SubmittedPaper(
                wanted.named,
                status=_status(wanted.material, files, deferred, measured, wanted.required),
                attachments=files,
            )
        )
    return Submitted(
        str(data.get("owner") or ""),
        [
            SubmittedField(_(label), str(data[key]), _("项目登记"))
            for key, label in FIELDS
            if data.get(key)
        ],
        lines,
        frozenset(one for files in found.values() for one in files),
    )


def _status(
    material: str,
    files: list[uuid.UUID],
    deferred: dict[str, str],
    measured: int,
    required: bool,
) -> str:
    if files:
        return _("已提交")
    if material in deferred:
        return _("容缺，%(day)s 前补交") % {"day": deferred[material]}
    if material == RESULTS and measured:
        return _("共享 %(n)d 项有效成果，免提交") % {"n": measured}
    if material == "gc_application_form":
        return _("由项目登记自动生成")
    return _("待提交") if required else _("选交")


def _measured(root: int, member: CaseState) -> int:
    rows = SurveyResult.objects.unscoped("results that the item took over").filter(
        case_id=root, state=SurveyResult.CURRENT
    )
    unit = member.data.get("unit")
    return (rows.filter(unit_code__in=("", unit)) if unit else rows).count()
