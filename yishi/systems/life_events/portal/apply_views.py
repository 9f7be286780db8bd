"""The pages of an application: questions, place, needs, who applies, form, papers, check."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy

from yishi.foundation.access.actors import Actor
from yishi.foundation.access.throttle import Limit
from yishi.foundation.approvals.catalogue.model import FORMS, SECTIONS
from yishi.foundation.approvals.values import shown_value
from yishi.foundation.parties.file_models import Mandate
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import applicant_of, party_of
from yishi.foundation.ui.limits import largest_body
from yishi.systems.life_events import applications, paperwork, submitting, together
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.form import FormField
from yishi.systems.life_events.catalogue.measures import measures, promised_days
from yishi.systems.life_events.flowpicture import picture_of_route
from yishi.systems.life_events.lifecycle import day_of
from yishi.systems.life_events.made import rest_of
from yishi.systems.life_events.portal.flow import Flow, hand_over, page
from yishi.systems.life_events.portal.forms import (
    PickForm,
    PlaceForm,
    ProofForm,
    show,
    theme_form,
)


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
        form, question=question, number=number + 1, back=back, open_answers=answers_of(flow)
    )


def answers_of(flow: Flow) -> list[tuple[str, str, str]]:
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
        answers=answers_of(flow),
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
        mandate=_mandate(actor),
        sign_in=reverse("portal:sign-in") + "?" + urlencode({"next": back}),
        acting=reverse("portal:acting"),
        here=back,
    )


def _mandate(actor: Actor | None) -> Mandate | None:
    """The mandate under which somebody acts (1 statement, none for oneself)."""
    if actor is None or actor.mandate_id is None:
        return None
    return Mandate.objects.filter(pk=actor.mandate_id).first()


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
        together.unsettle(app, applications.unseal(app).values)
        if flow.request.POST.get("act") == "save" and not wrong:
            return flow.go("saved")
        if not wrong:
            content = applications.unseal(app)
            open_ones = applications.unproven(app, flow.made, content)
            return flow.go("differs" if open_ones else "papers")
        return _form(flow, wrong)
    return _form(flow, {})


@page("differs")
def _differs(flow: Flow) -> HttpResponse:
    """Known values that the applicant says are wrong: why, so that their owner can look."""
    app = flow.application
    content = applications.unseal(app)
    wrong = _proved(flow) if flow.posted else {}
    fields = applications.unproven(app, flow.made, applications.unseal(app))
    if not fields:
        return flow.go("papers")
    data = (flow.request.POST, flow.request.FILES) if flow.posted else (None, None)
    found = ProofForm(*data, fields=fields)
    if flow.posted:
        found.full_clean()
        for key, message in wrong.items():
            found.add_error(key, message)
    rows = [
        {
            "bound": found[one.key],
            "file": found[f"{one.key}.file"],
            "known": shown_value(one.spec, content.known.get(one.key, "")),
            "given": shown_value(one.spec, content.values.get(one.key, "")),
            "source": app.sources[one.key],
        }
        for one in fields
    ]
    return flow.render(found, rows=rows, back=flow.url("form"))


def _proved(flow: Flow) -> dict[str, str]:
    """Take words and files; what is wrong by field."""
    app, given = flow.application, dict(flow.request.POST.items())
    content = applications.unseal(app)
    refused: dict[str, str] = {}
    for one in applications.unproven(app, flow.made, content):
        file = flow.request.FILES.get(f"{one.key}.file")
        given.pop(f"{one.key}.file", None)
        if file is None:
            continue
        most = settings.YISHI_UPLOADS_PER_ADDRESS
        Limit("portal.photos", most, 600, shared=True).take_for(flow.request)
        try:
            given[f"{one.key}.file"] = paperwork.add_evidence(app, one.key, file, flow.now)
        except FieldError as error:
            refused[one.key] = error.message
    left = {key: value for key, value in given.items() if key not in refused}
    return applications.prove(app, flow.made, left, flow.now) | refused


differs = largest_body(60, gettext_lazy("文件合计超过 60 MB，没有上传。请分几次添加。"))(_differs)


def _form(flow: Flow, wrong: dict[str, str]) -> HttpResponse:
    content = applications.unseal(flow.application)
    data = flow.request.POST if flow.posted else None
    values = content.values | together.confirmed_values(together.people_of(flow.application))
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
