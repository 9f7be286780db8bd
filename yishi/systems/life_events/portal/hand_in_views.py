"""The last pages of an application: kept for later, looked at once more, handed in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from yishi.foundation.access.throttle import Limit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.rendering import render_page
from yishi.systems.life_events import applications, paperwork, submitting, together
from yishi.systems.life_events.portal.apply_views import answers_of
from yishi.systems.life_events.portal.flow import FOLDER, Flow, page
from yishi.systems.life_events.portal.forms import (
    CheckForm,
)
from yishi.systems.life_events.portal.paper_views import paper_rows
from yishi.systems.life_events.portal.together_views import TONES
from yishi.systems.life_events.words import in_words


@page("saved")
def saved(flow: Flow) -> HttpResponse:
    """The draft is kept: the code with which to come back."""
    return flow.render(
        code=applications.code_of(flow.application.id),
        until=flow.now + applications.DRAFTS_KEPT,
        resume=flow.url(flow.open_step()),
    )


@page("check")
def check(flow: Flow) -> HttpResponse:
    """Everything once more; from here it is handed in."""
    content = applications.unseal(flow.application)
    people = together.people_of(flow.application)
    content.values |= together.confirmed_values(people)
    if applications.missing_fields(flow.made, content.values):
        return flow.go("form")
    if paperwork.missing_papers(flow.application, flow.made, flow.having):
        return flow.go("papers")
    found = CheckForm(flow.request.POST if flow.posted else None)
    if flow.posted and found.is_valid():
        Limit("portal.report", settings.YISHI_REPORTS_PER_ADDRESS, 600, shared=True).take_for(
            flow.request
        )
        try:
            submitting.submit(flow.application.id, submitting.applicant(flow.application), flow.now)
        except FieldError as error:
            found.add_error(None, error.message)
        except MoveRefused as error:
            found.add_error(None, error.message)
        else:
            return flow.go("done")
    register = flow.registers.register
    return flow.render(
        found,
        answers=answers_of(flow),
        values=[
            (one.label, in_words(one.spec, content.values.get(one.key, ""), register), one.key)
            for one in flow.made.form
            if content.values.get(one.key)
        ],
        rows=paper_rows(flow, {}),
        people=[(together.name_of(one.party), one, TONES[one.state]) for one in people],
        waiting=together.waited_for(people),
        agent=together.agent_of(flow.application),
        place=register.label(register.managed_path(flow.application.division)),
        made=flow.made,
    )


@page("done")
def done(flow: Flow) -> HttpResponse:
    """The receipt: number, code, and what happens next."""
    app = flow.application
    if app.case_id is None:
        return flow.go("check")
    from yishi.foundation.cases.load import load_states

    (case,) = load_states([app.case_id])
    code = applications.code_of(app.id)
    address = flow.request.build_absolute_uri(reverse("themes:enter"))
    unit = flow.registers.register.unit(case.unit_id) if case.unit_id else None
    return flow.render(
        case=case,
        code=code,
        qr=qr_svg(f"{address}#{code}"),
        track_url=address,
        unit=unit,
        prereview=case.clock("prereview"),
    )


def qr_svg(text: str) -> Any:
    """A QR code as an inline picture; the code stands behind ``#``, so that it is in no log."""
    import segno
    from django.utils.safestring import mark_safe

    drawn = segno.make(text, error="m").svg_inline(
        border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None, omitsize=True
    )
    return mark_safe(drawn)  # drawn from the text's modules, nothing of it is quoted


@require_safe
def expired(request: HttpRequest) -> HttpResponse:
    """The draft is gone, or belongs to another browser: the code brings it back."""
    return render_page(request, f"{FOLDER}/expired.html", {}, status=404)
