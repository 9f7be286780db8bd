"""The page of one case, its clocks day by day, its photos and the map's areas."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yishi.faces.desk import clocks, history
from yishi.faces.desk.case_table import case_light
from yishi.faces.desk.opening import open_case
from yishi.foundation.access.actors import ROLES
from yishi.foundation.access.models import User
from yishi.foundation.cases.advance import possible_moves
from yishi.foundation.cases.guide import state_guide
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.models import CasePaper, Evaluation
from yishi.foundation.cases.policy import NOT_YOURS
from yishi.foundation.cases.state import AssignmentState
from yishi.foundation.parties.masking import mask_numbers
from yishi.foundation.places.models import Boundary
from yishi.foundation.ui.desk import DeskSystem, Look
from yishi.foundation.ui.documents import file_answer, wants_small
from yishi.foundation.ui.judging import judged_at
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of
from yishi.foundation.ui.parts import Light, Picture, light

STEPS = {
    "before": _("上报"),
    "check": _("核查"),
    "after": _("处置后"),
    "verify": _("核实"),
    "joint": _("协办"),
    "forced": _("强制结案佐证"),
    "appeal": _("申诉材料"),
}

SCORES = {
    1: _("非常满意"),
    2: _("满意"),
    3: _("基本满意"),
    4: _("不满意"),
    5: _("非常不满意"),
}


@officers_only
@require_safe
def case(request: HttpRequest, number: str) -> HttpResponse:
    """Everything about one case that the looker may know, and what can be done with it."""
    system, look = open_case(request, number)
    state = lifecycle_of(system.system).states[look.case.state]
    view = system.view(look)
    people = people_of(look)
    context: dict[str, Any] = {
        "case": look.case,
        "title": look.case.subject,
        "now": look.now,
        "state": state,
        "view": view,
        "steps": _steps(system, look),
        "light": case_light(look.case, look.now, look.numbers),
        "because": clocks.because(system, look),
        "clocks": clocks.table(system, look),
        "assignments": assignments(look, people),
        "events": history.events(system, look, view, people),
        "photos": photos_of(look),
        "evaluations": evaluations(look),
        "main_panels": [panel for panel in view.panels if not panel.side],
        "side_panels": [panel for panel in view.panels if panel.side],
        "areas_url": reverse("desk:areas"),
        "guide": state_guide(lifecycle_of(system.system), look.case.state),
        **_moves(system, look),
    }
    return render_desk(request, "desk/case.html", context)


def _moves(system: DeskSystem, look: Look) -> dict[str, Any]:
    """Moves that can be made (with address and look), the others with the reason, and those of
    other roles with their names."""
    table = lifecycle_of(system.system).moves
    offered, others, not_yours = [], [], []
    for name, label, why in possible_moves(look.actor, look.case, look.now):
        if name in system.hidden_moves:
            continue
        if why is None:
            url = reverse("desk:move", args=[look.case.number, name])
            kind = "danger" if table[name].danger else "main" if table[name].primary else "plain"
            offered.append({"label": label, "url": url, "kind": kind})
        elif why == NOT_YOURS:
            who = [ROLES[role].label for role in sorted(table[name].roles) if role in ROLES]
            not_yours.append({"label": label, "who": who})
        else:
            others.append({"label": label, "why": why})
    order = {"main": 0, "plain": 1, "danger": 2}
    offered.sort(key=lambda move: order[move["kind"]])
    return {"moves": offered, "other_moves": others, "not_yours": not_yours}


def _steps(system: DeskSystem, look: Look) -> list[dict[str, Any]]:
    """The steps of the loop: done, current or still to come."""
    labels = lifecycle_of(system.system).stage_labels
    stage = system.standing.get(look.case.stage, look.case.stage)
    if stage not in system.steps:
        return [{"label": labels.get(stage, stage), "current": True, "done": False}]
    here = system.steps.index(stage)
    return [
        {"label": labels[name], "current": place == here, "done": place < here}
        for place, name in enumerate(system.steps)
    ]


def people_of(look: Look) -> dict[int, str]:
    """Names of the persons that the case was assigned to (at most 1 statement)."""
    ids = {a.person_id for a in look.case.assignments if a.person_id}
    if not ids:
        return {}
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "display_name"))


def assignments(look: Look, people: dict[int, str]) -> list[dict[str, Any]]:
    labels = lifecycle_of(look.case.system).duty_labels
    judged = judged_at(look.case.system, look.now, look.numbers)
    return [
        {
            "role": labels.get(a.role, a.role),
            "unit": look.register.unit(a.unit_id).name,
            "person": people.get(a.person_id or 0, ""),
            "since": a.created_at,
            "until": a.ended_at,
            "light": _light_of(a, look.now, judged) if a.open else None,
        }
        for a in look.case.assignments
    ]


def _light_of(one: AssignmentState, now: datetime, judged: datetime) -> Light:
    return light(one.due_at, now, warn_at=one.warn_at, judged=judged)


def photos_of(look: Look) -> list[tuple[str, list[Picture]]]:
    """Photos and files by the step that they document (1 statement)."""
    groups: dict[str, list[Picture]] = {}
    rows = CasePaper.objects.visible_to(look.actor).filter(case_id=look.case.id)
    for row in rows.select_related("attachment").order_by("at", "id"):
        found = row.attachment
        url = reverse("desk:paper", args=[look.case.number, found.id])
        thumb = f"{url}?size=small" if found.kind == "photo" else ""
        label = str(STEPS.get(row.step, gettext("其他")))
        groups.setdefault(row.step, []).append(
            Picture(
                url,
                found.original_name,
                thumb,
                gettext("%(step)s照片") % {"step": label},
                found.size,
            )
        )
    return [(str(STEPS.get(step, gettext("其他"))), found) for step, found in groups.items()]


def evaluations(look: Look) -> list[dict[str, Any]]:
    """Ratings (1 very satisfied … 5 very dissatisfied), the reporters' words without numbers."""
    rows = Evaluation.objects.visible_to(look.actor).filter(case_id=look.case.id).order_by("id")
    return [
        {
            "label": SCORES[row.score],
            "solved": row.solved,
            "at": row.at,
            "text": mask_numbers(row.text),
        }
        for row in rows
    ]


@officers_only
@require_safe
def paper(request: HttpRequest, number: str, paper: uuid.UUID) -> HttpResponseBase:
    """A photo or file of a case, for whoever may see the case."""
    _, look = open_case(request, number)
    papers = CasePaper.objects.visible_to(actor_of(request))
    if not papers.filter(case_id=look.case.id, attachment_id=paper).exists():
        raise Http404
    return file_answer(paper, small=wants_small(request))


@officers_only
@require_safe
def clock(request: HttpRequest, number: str, clock: int) -> HttpResponse:
    """Why a clock is due when it is, day by day."""
    system, look = open_case(request, number)
    found = next((c for c in look.case.clocks if c.id == clock), None)
    if found is None:
        raise Http404
    context = {
        "title": gettext("截止时间是怎样算出来的"),
        "back": reverse("desk:case", args=[number]),
        "number": number,
        "clock": clocks.row(system, look, found),
        "lines": clocks.lines(found),
        "because": clocks.sentence(system, found, look.now),
        "extensions": clocks.extension_text(found),
    }
    return render_desk(request, "desk/clock.html", context)


@officers_only
@require_safe
def areas(request: HttpRequest) -> HttpResponse:
    """Outlines of the counties as GeoJSON (EPSG:4490)."""
    etag = f'"{shell_of(request).numbers.get("places", 0)}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=3600"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    rows = Boundary.objects.select_related("division").order_by("division_id")
    features = [
        {"type": "Feature", "properties": {"name": row.division.name}, "geometry": row.geometry}
        for row in rows
    ]
    return JsonResponse({"type": "FeatureCollection", "features": features}, headers=headers)
