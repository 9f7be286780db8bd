"""What checks found, for the holder's page and for the desk: results, conditions, photos."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import FileResponse, Http404, HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.state import CaseState
from yishi.foundation.ui.documents import file_answer, wants_small
from yishi.foundation.ui.parts import Picture
from yishi.systems.pledge_licences.catalogue.model import Licence
from yishi.systems.pledge_licences.models import Check, Finding
from yishi.systems.pledge_licences.services import checking


def checks_of(
    actor: Actor, case: CaseState, entry: Licence, *, at_desk: bool = False
) -> list[dict[str, Any]]:
    """The checks of a case with what was found, newest first (3 statements)."""
    rows = Check.objects.visible_to(actor).filter(case_id=case.id).order_by("-opened_at", "-id")
    findings = {
        one.check_task_id: one
        for one in Finding.objects.visible_to(actor)
        .filter(case_id=case.id)
        .select_related("officer", "second")
    }
    photos = _photos(actor, case, entry, at_desk=at_desk) if findings else []
    return [_check(row, findings.get(row.pk), entry, photos, at_desk) for row in rows]


def _photos(
    actor: Actor, case: CaseState, entry: Licence, *, at_desk: bool
) -> list[tuple[datetime, Picture]]:
    """The photos of checks with the moment they were stored; the file's name says of what."""
    papers = CasePaper.objects.visible_to(actor).filter(case_id=case.id, step=checking.CHECKED)
    texts = {c.key: c.text for c in entry.conditions}
    found = []
    for paper in papers.select_related("attachment").order_by("id"):
        name = texts.get(paper.attachment.original_name.rpartition(".")[0], _("核查照片"))
        if at_desk:
            url = reverse("desk:pledge_licences:photo", args=[case.number, paper.attachment_id])
        else:
            url = reverse("licences:photo", args=[case.number, paper.attachment_id])
        found.append((paper.at, Picture(url, name, f"{url}?size=small", caption=name)))
    return found


def _check(
    row: Check,
    finding: Finding | None,
    entry: Licence,
    photos: list[tuple[datetime, Picture]],
    at_desk: bool,
) -> dict[str, Any]:
    labels = {Check.OPEN: _("待核查"), Check.DONE: _("已核查"), Check.VOID: _("不再需要")}
    shown: dict[str, Any] = {
        "kind": row.get_kind_display(),
        "state": labels[row.state],
        "tone": "active" if row.state == Check.OPEN else "neutral",
        "due": row.due_on if row.state == Check.OPEN else None,
    }
    if finding is None:
        return shown
    texts = {c.key: c.text for c in entry.conditions}
    every = [{**one, "text": texts.get(one["key"], one["key"])} for one in finding.conditions]
    more = {"officers": f"{finding.officer}、{finding.second}", "all": every} if at_desk else {}
    return {
        **shown,
        **more,
        "tone": {"met": "good", "not_met": "warn"}.get(finding.result, "bad"),
        "found_at": finding.found_at,
        "result": finding.get_result_display(),
        "note": finding.note,
        "evidence": finding.evidence,
        "bad": [one for one in every if not one["met"]],
        "photos": [picture for at, picture in photos if at == finding.at],
    }


def photo_of(case: CaseState, attachment: uuid.UUID, request: HttpRequest) -> FileResponse:
    """A photo of a finding of this case, else 404."""
    own = CasePaper.objects.unscoped("a case in sight").filter(
        case_id=case.id, step=checking.CHECKED, attachment_id=attachment
    )
    if not own.exists():
        raise Http404
    return file_answer(attachment, small=wants_small(request))
