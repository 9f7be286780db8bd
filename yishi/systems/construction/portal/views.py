"""The owner's pages: register a project, see where it stands, act on it. Made for a telephone."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.access.actors import PUBLIC, Actor
from yishi.foundation.access.throttle import Throttle
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.applicant import applicant_of
from yishi.foundation.ui.errors import PageError, render_error
from yishi.foundation.ui.rendering import render_page
from yishi.systems.construction.context import city
from yishi.systems.construction.owner_keys import project_of
from yishi.systems.construction.pages import paper_views, shown
from yishi.systems.construction.pages.forms import (
    ApplyForm,
    ChangeForm,
    RegisterForm,
    SurveyForm,
    add_error,
)
from yishi.systems.construction.pages.orders import orders, result_file
from yishi.systems.construction.pages.views import svg_answer
from yishi.systems.construction.pages.work_views import survey_told
from yishi.systems.construction.portal.access import own_projects, owners_only, remember
from yishi.systems.construction.portal.forms import CodeForm, StartForm
from yishi.systems.construction.rules.joint import Outcome
from yishi.systems.construction.rules.timeline import svg
from yishi.systems.construction.services import (
    accepting,
    applying,
    choices,
    picture,
    surveying,
)
from yishi.systems.construction.services.moving import advance
from yishi.systems.construction.services.reading import Project
from yishi.systems.construction.services.registering import correct_code, register

FOLDER = "construction/portal"
GET_AND_POST = ["GET", "HEAD", "POST"]
GUESSES = Throttle("projects")
NEW = "project_new"


def own_address(name: str, project: Project | str, *args: Any) -> str:
    number = project if isinstance(project, str) else project.case.number
    return reverse(f"projects:{name}", args=[number, *args])


@never_cache
@require_http_methods(GET_AND_POST)
def enter(request: HttpRequest) -> HttpResponse:
    """The page that asks for the code, with the projects that are open already."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if GUESSES.waits(request):
            message = gettext("查询码输错的次数太多，请十分钟后再试。")
            back = reverse("projects:enter")
            return render_error(request, 429, message, back=back, retry_after=GUESSES.seconds)
        found = project_of(form.cleaned_data["code"])
        if found is not None:
            (case,) = load_states([found])
            remember(request, case.number, case.id)
            return HttpResponseRedirect(own_address("project", case.number))
        GUESSES.wrong(request)
        form.add_error("code", gettext("没有找到这个查询码，请核对后再试"))
    context = {"form": form, "projects": own_projects(request)}
    return render_page(request, f"{FOLDER}/enter.html", context, status=422 if form.errors else 200)


@never_cache
@require_http_methods(GET_AND_POST)
def start(request: HttpRequest) -> HttpResponse:
    """Register a project."""
    now = timezone.now()
    registers = city()
    _version, book = registers.catalogue(now)
    data = request.POST if request.method == "POST" else None
    form = RegisterForm(book, registers.register, data, window=False)
    if request.method == "POST" and form.is_valid():
        try:
            made = register(applicant_of(request) or PUBLIC, form.raw(), now)
        except FieldError as error:
            add_error(form, error)
        except MoveRefused as error:
            raise PageError(409, error.message, back=reverse("projects:enter")) from error
        else:
            remember(request, made.case.number, made.case.id)
            request.session[NEW] = [made.case.number, made.owner_code]
            return HttpResponseRedirect(own_address("project", made.case.number))
    context = {
        "form": form,
        "title": gettext("登记工程建设项目"),
        "areas_url": reverse("projects:areas"),
        "back": reverse("projects:enter"),
    }
    return render_page(request, f"{FOLDER}/form.html", context, status=422 if form.errors else 200)


@require_safe
@owners_only
def project(request: HttpRequest, actor: Actor, found: Project) -> HttpResponse:
    """Where the project stands, whose turn it is, and what the owner can do."""
    registers, now = city(), timezone.now()
    new = request.session.pop(NEW, None)
    case = found.case
    rounds = shown.rounds(found, registers)
    waiting = [one for one in rounds if one.row.state == Outcome.RECTIFY]
    newest = {one.row.item_id: one.row.pk for one in reversed(rounds)}
    context = {
        "title": case.subject,
        "case": case,
        "project": found,
        "code": new[1] if new and new[0] == case.number else "",
        "state": shown.state_label(found),
        "days": shown.days(found, registers, now),
        "facts": shown.facts(found, registers),
        "works": shown.works(found),
        "stages": shown.stages(
            found, registers, now, lambda m: own_address("item", found, m.number)
        ),
        "units": shown.unit_lines(found, registers),
        "standing": found.standing,
        "rounds": rounds,
        "rectify": [one for one in waiting if newest[one.row.item_id] == one.row.pk],
        "orders": orders(found, registers.calendar, now),
        "may": _may(case),
        "now": now,
    }
    return render_page(request, f"{FOLDER}/project.html", context)


def _may(case: CaseState) -> dict[str, bool]:
    running = case.state in ("stage_1", "stage_2", "stage_3", "stage_4")
    works = case.data.get("works") or {}
    return {
        "apply": running or case.state == "accepted",
        "survey": running,
        "start": running and bool(works) and not works.get("started"),
        "code": case.state == "code_pending",
    }


def _form(
    request: HttpRequest,
    found: Project,
    form: Any,
    title: str,
    act: Callable[[], str],
    **more: Any,
) -> HttpResponse:
    """A page with one form: *act* does it and says what was done."""
    back = own_address("project", found)
    if request.method == "POST" and form.is_valid():
        try:
            done = act()
        except FieldError as error:
            add_error(form, error)
        except MoveRefused as error:
            raise PageError(409, error.message, back=back) from error
        else:
            messages.success(request, done)
            return HttpResponseRedirect(back)
    context = {"form": form, "title": title, "back": back, "case": found.case, **more}
    return render_page(request, f"{FOLDER}/form.html", context, status=422 if form.errors else 200)


@require_http_methods(GET_AND_POST)
@owners_only
def apply(request: HttpRequest, actor: Actor, found: Project) -> HttpResponse:
    """Apply for the next items, joint and early acceptance among them."""
    form = ApplyForm(choices.choices(found), request.POST or None)

    def act() -> str:
        wishes = applying.read_wishes(form.raw())
        made = applying.apply(actor, found.case.number, wishes, timezone.now(), channel="mobile")
        return gettext("已申请 %(n)d 个事项。") % {"n": len(made)}

    lead = gettext("勾选要申请的事项。前置事项未办结的会自动等待。")
    return _form(request, found, form, gettext("申请事项"), act, lead=lead)


@require_http_methods(GET_AND_POST)
@owners_only
def survey(request: HttpRequest, actor: Actor, found: Project) -> HttpResponse:
    """Order a merged survey."""
    form = SurveyForm(found, request.POST or None)

    def act() -> str:
        raw = form.cleaned_data
        return survey_told(surveying.order(actor, found.case.number, raw, timezone.now()))

    return _form(request, found, form, gettext("委托多测合一"), act)


@require_http_methods(GET_AND_POST)
@owners_only
def change(request: HttpRequest, actor: Actor, found: Project) -> HttpResponse:
    """Tell that a unit changed after it was measured."""
    form = ChangeForm(found, request.POST or None)

    def act() -> str:
        raw = form.cleaned_data
        again = surveying.report_change(actor, found.case.number, raw, timezone.now())
        names = "、".join(found.book.discipline[key].name for key in again)
        return gettext("已登记。需要补充测绘：%(names)s") % {"names": names or "—"}

    return _form(request, found, form, gettext("报告建筑变更"), act)


@require_http_methods(GET_AND_POST)
@owners_only
def works(request: HttpRequest, actor: Actor, found: Project) -> HttpResponse:
    """Tell that works began."""
    form = StartForm(request.POST or None)

    def act() -> str:
        advance(actor, found.case.number, "report_start", form.cleaned_data, timezone.now())
        return gettext("已登记开工。")

    return _form(request, found, form, gettext("登记开工"), act)


class _CodeChange(CodeForm):
    """Another project code."""


@require_http_methods(GET_AND_POST)
@owners_only
def code(request: HttpRequest, actor: Actor, found: Project) -> HttpResponse:
    """Correct the project code."""
    form = _CodeChange(request.POST or None)
    form.fields["code"].label = gettext("新项目代码")
    form.fields["code"].help_text = ""

    def act() -> str:
        raw = {"code": form.cleaned_data["code"], "reason": "wrong"}
        case = correct_code(actor, found.case.number, raw, timezone.now())
        waits = case.state == "code_pending"
        return gettext("已更正，等待核验。") if waits else gettext("已更正并通过核验。")

    return _form(request, found, form, gettext("更正项目代码"), act)


def attempt_act(
    request: HttpRequest, back: str, action: Callable[[], Any], done: str
) -> HttpResponse:
    try:
        action()
    except (FieldError, MoveRefused) as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return HttpResponseRedirect(back)


@require_POST
@owners_only
def rectified(request: HttpRequest, actor: Actor, found: Project, item: str) -> HttpResponse:
    """Everything was put right: look again at what failed."""
    return attempt_act(
        request,
        own_address("project", found),
        lambda: accepting.report_rectified(actor, found.case.number, item, timezone.now()),
        gettext("已报告。只复验未通过的事项。"),
    )


@require_safe
@owners_only
def timeline_svg(request: HttpRequest, actor: Actor, found: Project) -> HttpResponse:
    """The project's course as a picture."""
    registers = city()
    course = picture.course(found, registers.register, registers.calendar, timezone.now())
    return svg_answer(request, svg(course), found.case.number)


@require_safe
@owners_only
def timeline_pdf(request: HttpRequest, actor: Actor, found: Project) -> HttpResponse:
    """全流程时间轴."""
    return paper_views.timeline_answer(request, found, city(), actor.ref)


@require_safe
@owners_only
def opinion(
    request: HttpRequest, actor: Actor, found: Project, round_id: uuid.UUID
) -> HttpResponse:
    """联合验收意见书 or 单位工程提前验收意见书."""
    return paper_views.opinion_answer(request, found, round_id, city(), actor.ref)


@require_safe
@owners_only
def survey_file(
    request: HttpRequest, actor: Actor, found: Project, result: int
) -> HttpResponseBase:
    """The file of one survey result."""
    return result_file(found, result)


@require_safe
@owners_only
def survey_pdf(request: HttpRequest, actor: Actor, found: Project, order: str) -> HttpResponse:
    """多测合一成果书."""
    return paper_views.survey_answer(request, found, order, city(), actor.ref)
