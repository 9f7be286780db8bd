"""The pages of an application: questions, place, needs, who applies, form, papers, check."""

from __future__ import annotations

import uuid
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from yishi.foundation.access.throttle import Limit
from yishi.foundation.approvals.catalogue.model import FORMS, SECTIONS
from yishi.foundation.approvals.values import shown_value
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.papers.models import Attachment
from yishi.foundation.papers.uploads import open_attachment
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import applicant_of, party_of
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.rendering import render_page
from yishi.systems.life_events import applications, submitting
from yishi.systems.life_events.applications import HELD
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.form import FormField
from yishi.systems.life_events.catalogue.measures import measures, promised_days
from yishi.systems.life_events.flowpicture import picture_of_route
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.made import rest_of
from yishi.systems.life_events.portal.flow import FOLDER, Flow, hand_over, page
from yishi.systems.life_events.portal.forms import (
    CheckForm,
    FilesForm,
    PickForm,
    PlaceForm,
    ProofForm,
    show,
    theme_form,
)
from yishi.systems.life_events.portal.paperlist import rows_of
from yishi.systems.life_events.words import in_words


@page("ask")
def ask(flow: Flow) -> HttpResponse:
    """One guiding question a page; ``?q=`` goes back to an answered one."""
    app = flow.application
    asked = {one.key: one for one in routes.asked(flow.theme, app.answers)}
    wanted = flow.request.GET.get("q", "")
    key = wanted if wanted in asked else applications.next_question(app)
    if key is None:
        return flow.go("where")
    question = asked[key]
    data = flow.request.POST if flow.posted else None
    given = app.answers.get(key)
    form = PickForm(
        data,
        label=question.ask,
        choices=[(k, v) for k, v in question.options.items()],
        hint=question.help,
        initial={"choice": question.option(given) if given is not None else ""},
    )
    if flow.posted and form.is_valid():
        try:
            applications.answer(app, key, form.cleaned_data["choice"], flow.now)
        except FieldError as error:
            form.add_error("choice", error.message)
        else:
            return flow.go("ask" if applications.next_question(app) else "where")
    keys = list(asked)
    number = keys.index(key)
    back = flow.url("ask") + f"?q={keys[number - 1]}" if number else flow.back()
    return flow.render(
        form, question=question, number=number + 1, back=back, open_answers=_answers(flow)
    )


def _answers(flow: Flow) -> list[tuple[str, str, str]]:
    """What was answered so far: question, answer, address to change it."""
    found = []
    for key, value in flow.application.answers.items():
        question = flow.theme.question(key)
        if question is not None:
            said = question.options[question.option(value)]
            found.append((question.ask, said, flow.url("ask") + f"?q={key}"))
    return found


@page("where")
def where(flow: Flow) -> HttpResponse:
    """Where it is to be settled: that decides which bodies handle it."""
    register = flow.registers.register
    data = flow.request.POST if flow.posted else None
    form = PlaceForm(data, register=register, initial={"division": flow.application.division})
    if flow.posted and form.is_valid():
        try:
            applications.place(flow.application, form.cleaned_data["division"], register, flow.now)
        except FieldError as error:
            show(form, error)
        else:
            return flow.go("needs")
    return flow.render(form)


@page("needs")
def needs(flow: Flow) -> HttpResponse:
    """What these answers come to, before anything is filled in."""
    if flow.posted:
        flow.seen("needs")
        return flow.go("who")
    made = flow.made
    route = rest_of(made)
    found = measures(flow.theme, route, made.book)
    bodies = submitting.bodies(flow.application, made, flow.registers, day_of(flow.now))
    return flow.render(
        made=made,
        measures=found,
        rows=[
            {"item": made.book.items[key], "body": bodies[key].unit_name}
            for key in made.to_do
            if key in bodies
        ],
        orphans=[made.book.items[key].name for key in made.to_do if key not in bodies],
        exempt=[made.book.items[key].name for key in made.exempt],
        days=promised_days(flow.theme, route, made.book)[0],
        picture=picture_of_route(flow.theme, route, made.book),
        answers=_answers(flow),
        forms=FORMS,
    )


@page("who")
def who(flow: Flow) -> HttpResponse:
    """Signed in or not, for oneself or for somebody else under a mandate."""
    actor = applicant_of(flow.request)
    allowed = actor is not None and ("*" in actor.matters or flow.theme.key in actor.matters)
    if flow.posted:
        flow.seen("who")
        if actor is not None and allowed and flow.request.POST.get("act") == "as":
            applications.take_party(
                flow.application, party_of(actor), flow.now, mandate=actor.mandate_id
            )
        else:
            flow.application.party = flow.application.mandate = None
            applications.save(flow.application, flow.now)
        return flow.go("form")
    back = flow.url("who") + "?" + urlencode({"k": hand_over(flow.application.id)})
    return flow.render(
        actor=actor,
        allowed=allowed,
        sign_in=reverse("portal:sign-in") + "?" + urlencode({"next": back}),
        acting=reverse("portal:acting"),
        here=back,
    )


@page("form")
def form(flow: Flow) -> HttpResponse:
    """All fields at once, each asked once; what is known is filled in and says where it is from."""
    app = flow.application
    if flow.posted:
        wrong = applications.fill(
            app,
            flow.made,
            flow.request.POST,
            flow.now,
            strict=flow.request.POST.get("act") != "save",
        )
        if flow.request.POST.get("act") == "save" and not wrong:
            return flow.go("saved")
        if not wrong:
            content = applications.unseal(app)
            open_ones = applications.unproven(app, flow.made, content)
            return flow.go("differs" if open_ones else "papers")
        return _form(flow, wrong)
    return _form(flow, {})


@page("differs")
def differs(flow: Flow) -> HttpResponse:
    """Known values that the applicant says are wrong: why, so that their owner can look."""
    app = flow.application
    content = applications.unseal(app)
    wrong = applications.prove(app, flow.made, flow.request.POST, flow.now) if flow.posted else {}
    fields = applications.unproven(app, flow.made, applications.unseal(app))
    if not fields:
        return flow.go("papers")
    found = ProofForm(flow.request.POST if flow.posted else None, fields=fields)
    if flow.posted:
        found.full_clean()
        for key, message in wrong.items():
            found.add_error(key, message)
    rows = [
        {
            "bound": found[one.key],
            "known": shown_value(one.spec, content.known.get(one.key, "")),
            "given": shown_value(one.spec, content.values.get(one.key, "")),
            "source": app.sources[one.key],
        }
        for one in fields
    ]
    return flow.render(found, rows=rows, back=flow.url("form"))


def _form(flow: Flow, wrong: dict[str, str]) -> HttpResponse:
    content = applications.unseal(flow.application)
    data = flow.request.POST if flow.posted else None
    values = dict(content.values)
    values.setdefault("premises_division", flow.application.division)
    found = theme_form(flow.made.form, data, values, flow.registers.register)
    if flow.posted:
        found.full_clean()
        for key, message in wrong.items():
            found.add_error(key, message)
    sections = form_sections(flow.made.form, found, flow.application.sources, {})
    return flow.render(found, sections=sections, made=flow.made)


def form_sections(
    fields: tuple[FormField, ...], form: Any, sources: dict[str, Any], marks: dict[str, str]
) -> list[dict[str, Any]]:
    """The fields by section, with their sources and what was told of them."""
    sections: dict[str, list[dict[str, Any]]] = {}
    for one in fields:
        if one.key not in form.fields:
            continue
        sections.setdefault(one.spec.section, []).append(
            {
                "bound": form[one.key],
                "source": sources.get(one.key),
                "mark": marks.get(one.key, ""),
                "uses": len(set(one.items)),
            }
        )
    return [
        {"key": key, "label": SECTIONS[key], "fields": sections[key]}
        for key in SECTIONS
        if key in sections
    ]


@page("papers")
def _papers(flow: Flow) -> HttpResponse:
    """The papers, each once: on file, uploaded, or promised for later."""
    app, made = flow.application, flow.made
    if flow.posted:
        act, _colon, rest = flow.request.POST.get("act", "").partition(":")
        try:
            done = _paper_act(flow, act, rest)
        except FieldError as error:
            return _papers_page(flow, {rest: error.message})
        if done:
            return flow.go("papers", f"#paper-{rest.partition('|')[0]}" if rest else "")
        missing = applications.missing_papers(app, made, flow.having)
        if act == "save":
            return flow.go("saved")
        if missing:
            return _papers_page(flow, {key: _("请上传，或按提示处理") for key in missing})
        return flow.go("check")
    return _papers_page(flow, {})


papers = largest_body(60, gettext_lazy("文件合计超过 60 MB，没有上传。请分几次添加。"))(_papers)


def _paper_act(flow: Flow, act: str, rest: str) -> bool:
    app, made = flow.application, flow.made
    if act == "upload":
        most = settings.YISHI_UPLOADS_PER_ADDRESS
        Limit("portal.photos", most, 600, shared=True).take_for(flow.request)
        files = FilesForm(flow.request.POST, flow.request.FILES)
        files.full_clean()
        chosen = files.cleaned_data.get("files") or []
        if not chosen:
            raise FieldError(rest, _("请先选择文件"), "required")
        applications.add_files(app, made, rest, chosen, flow.now)
    elif act == "remove":
        key, _bar, file_id = rest.partition("|")
        applications.remove_file(app, key, file_id, flow.now)
    elif act == "defer":
        applications.defer(app, made, rest, flow.now)
    elif act == "undo":
        applications.undo(app, rest, flow.now)
    else:
        return False
    return True


def _papers_page(flow: Flow, wrong: dict[str, str]) -> HttpResponse:
    rows = paper_rows(flow, wrong)
    return flow.render(
        rows=rows,
        wrong=[row for row in rows if row["wrong"]],
        files=FilesForm(),
        held=sum(row["how"] == HELD for row in rows),
        status=422 if wrong else 200,
    )


def paper_rows(flow: Flow, wrong: dict[str, str]) -> list[dict[str, Any]]:
    """Each paper with how it comes."""
    return rows_of(flow.application, flow.made, flow.having, wrong, {})


@page("file")
def file(flow: Flow, file_id: uuid.UUID) -> HttpResponse:
    """A file of this draft."""
    own = {
        one["id"] for paper in flow.application.papers.values() for one in paper.get("files", [])
    }
    if str(file_id) not in own:
        raise Http404
    return send_file(file_id)


def send_file(file_id: uuid.UUID) -> HttpResponse:
    """The bytes of an upload; whether it may be seen was checked before."""
    try:
        found = open_attachment(file_id)
        data = found.path.read_bytes()
    except (Attachment.DoesNotExist, OSError):
        raise Http404 from None
    return HttpResponse(data, content_type=found.media_type, headers=found.headers)


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
    if applications.missing_fields(flow.made, content.values):
        return flow.go("form")
    if applications.missing_papers(flow.application, flow.made, flow.having):
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
        answers=_answers(flow),
        values=[
            (one.label, in_words(one.spec, content.values.get(one.key, ""), register), one.key)
            for one in flow.made.form
            if content.values.get(one.key)
        ],
        rows=paper_rows(flow, {}),
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
