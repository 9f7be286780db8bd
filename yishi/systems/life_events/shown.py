"""The part of an application that one item's body sees on its own case."""

from __future__ import annotations

import uuid
from datetime import datetime

from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.submitted import Submitted, SubmittedField, SubmittedPaper
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.systems.life_events import applications, handling, paperwork
from yishi.systems.life_events.paperwork import DEFERRED, HELD
from yishi.systems.life_events.words import in_words

_STATUS = {HELD: "证照库已有，不用提交", DEFERRED: "容缺，待补交", "upload": "已提交"}


def show(actor: Actor, root_id: int, case: CaseState, now: datetime) -> Submitted:
    """Fields and papers of the item *case*; whoever sees the item sees its part (5 statements)."""
    (root,) = load_states([root_id])
    looked = handling.look(root, now)
    values = applications.unseal(looked.application).values
    states = paperwork.paper_states(looked.application, looked.made, looked.having)
    until = root.data.get("deferred") or {}
    papers, files = [], set()
    for paper in looked.made.papers:
        if case.type_key not in paper.items:
            continue
        state = states[paper.key]
        own = [uuid.UUID(one["id"]) for one in state.get("files", [])]
        files |= set(own)
        named = "、".join(name for item, name in paper.told_as if item == case.type_key)
        status = _STATUS.get(state.get("how", ""), "已提交" if own else "")
        if paper.key in until:
            status = f"容缺，{until[paper.key]}前补交"
        papers.append(SubmittedPaper(named, paper.name, status, own))
    fields = [
        SubmittedField(
            one.label,
            in_words(one.spec, values[one.key], looked.found.register),
            str(looked.application.sources.get(one.key, {}).get("from", "")),
        )
        for one in looked.made.form
        if case.type_key in one.items and values.get(one.key)
    ]
    name = values.get("organisation_name") or values.get("applicant_name") or ""
    return Submitted(name, fields, papers, frozenset(files))
