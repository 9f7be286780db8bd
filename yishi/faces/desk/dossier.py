"""案卷: everything that an officer may see of a case, as a numbered PDF.

It is drawn from what the case's page is drawn from, so that the same masks hold: numbers in words,
contacts and a secret reporter stay hidden where the page hides them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext, override
from django.views.decorators.http import require_safe

from yishi.faces.desk import clocks, history
from yishi.faces.desk.case import STEPS, assignments, evaluations, people_of
from yishi.faces.desk.case_table import case_light
from yishi.faces.desk.opening import open_case
from yishi.foundation.audit import access_log
from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.papers import storage
from yishi.foundation.papers.issuing import issue
from yishi.foundation.ui.desk import CaseView, DeskSystem, Look
from yishi.foundation.ui.documents import pdf_answer, verify_address
from yishi.foundation.ui.officer import actor_of, officers_only
from yishi.foundation.ui.timetext import moment_text

KIND = "dossier"
MOST_PHOTOS = 60


@officers_only
@require_safe
def dossier(request: HttpRequest, number: str) -> HttpResponse:
    """The dossier as the officer may see it; each look at it is logged."""
    system, look = open_case(request, number)
    actor = actor_of(request)
    with override("zh-hans"):
        photos, shown = _photos(look)
        data = dossier_data(system, look) | shown
    about = ("case", look.case.id)
    issued = issue(
        KIND,
        "desk/dossier",
        data,
        about=about,
        actor_ref=actor.ref,
        now=look.now,
        verify_url=verify_address(request),
        photos=photos,
    )
    purpose = f"案卷 {issued.paper.number}"
    access_log.look(actor.ref, "paper.dossier", f"case:{look.case.id}", purpose, look.now)
    return pdf_answer(issued.pdf, f"{look.case.number}-dossier")


def dossier_data(system: DeskSystem, look: Look) -> dict[str, Any]:
    """The values that ``desk/dossier.typ`` prints (as many statements as the case's page)."""
    case, view = look.case, system.view(look)
    people = people_of(look)
    events = list(reversed(history.events(system, look, view, people)))
    state = lifecycle_of(system.system).states[case.state]
    because = clocks.because(system, look)
    return {
        "city": look.register.node(look.register.root).name,
        "demo": bool(settings.DEMO),
        "number": case.number,
        "subject": case.subject,
        "state": gettext(state.label),
        "light": case_light(case, look.now, look.numbers).text if case.closed_at else "",
        "facts": [[fact.label, str(fact.value or "—"), fact.hint] for fact in view.facts],
        "words": view.words,
        "because": because["text"] if because else "",
        "clocks": _clocks(system, look),
        "assignments": _assignments(look, people),
        "events": [
            {
                "number": place,
                "at": moment_text(event.at),
                "actor": event.actor,
                "title": event.title,
                "text": event.text,
                "reasons": list(event.reasons),
            }
            for place, event in enumerate(events, start=1)
        ],
        "sections": _sections(view),
        "evaluations": _evaluations(look),
        "steps": len(events),
        "head": case.trace_head.hex()[:16],
    }


def _clocks(system: DeskSystem, look: Look) -> list[dict[str, str]]:
    """Each clock; what still runs says so without a remainder, which would change by the minute."""
    rows = []
    for clock in look.case.clocks:
        row = clocks.row(system, look, clock)
        result = row.light.text if clock.stopped_at else gettext("计时中")
        if clock.paused_at is not None:
            result = gettext("计时暂停")
        more = [gettext("暂停 %(n)d 次") % {"n": row.pauses}] if row.pauses else []
        more += [gettext("延期 %(n)d 次") % {"n": row.extensions}] if row.extensions else []
        more += [gettext("暂定")] if row.provisional else []
        rows.append(
            {
                "label": row.label,
                "limit": row.limit,
                "started": moment_text(row.started),
                "due": moment_text(row.due),
                "result": "，".join([result, *more]),
            }
        )
    return rows


def _assignments(look: Look, people: dict[int, str]) -> list[dict[str, str]]:
    return [
        {
            "role": gettext(item["role"]),
            "who": " · ".join(filter(None, [item["unit"], item["person"]])),
            "span": moment_text(item["since"])
            + (f" – {moment_text(item['until'])}" if item["until"] else " –"),
        }
        for item in assignments(look, people)
    ]


def _sections(view: CaseView) -> list[dict[str, Any]]:
    return [
        {"title": title, "lines": [{"level": level, "text": text} for level, text in lines]}
        for title, lines in view.sections
    ]


def _evaluations(look: Look) -> list[dict[str, str]]:
    solved = {True: gettext("问题已解决"), False: gettext("问题未解决"), None: ""}
    return [
        {
            "label": str(item["label"]),
            "solved": solved[item["solved"]],
            "at": moment_text(item["at"]),
            "text": item["text"],
        }
        for item in evaluations(look)
    ]


def _photos(look: Look) -> tuple[Sequence[Path], dict[str, Any]]:
    """The case's photos with a caption each, and the names of other files (1 statement)."""
    rows = CasePaper.objects.visible_to(look.actor).filter(case_id=look.case.id)
    found = list(rows.select_related("attachment").order_by("at", "id"))
    photos = [row for row in found if row.attachment.kind == "photo"]
    shown = photos[:MOST_PHOTOS]
    captions = [
        f"{STEPS.get(row.step, gettext('其他'))} {moment_text(row.attachment.at)}" for row in shown
    ]
    return [storage.path_of(row.attachment.stored_as) for row in shown], {
        "captions": captions,
        "left_out": len(photos) - len(shown),
        "files": [r.attachment.original_name for r in found if r.attachment.kind != "photo"],
    }
