"""What officers do on a project beyond plain moves: items, surveys, opinions, conclusions."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, role_only
from yishi.systems.construction.models import SurveyOrder
from yishi.systems.construction.pages import shown
from yishi.systems.construction.pages.common import address, attempt, project_of, registers_of
from yishi.systems.construction.pages.forms import (
    AmendForm,
    ApplyForm,
    ChangeForm,
    ConcludeForm,
    OpinionForm,
    ResultsForm,
    SurveyForm,
    add_error,
)
from yishi.systems.construction.rules import joint
from yishi.systems.construction.rules.joint import Outcome
from yishi.systems.construction.services import accepting, amending, applying, choices, surveying
from yishi.systems.construction.states import WINDOW

GET_AND_POST = ["GET", "HEAD", "POST"]


def _form_page(request: HttpRequest, form: Any, title: str, back: str, **more: Any) -> HttpResponse:
    context = {"title": title, "form": form, "back": back, **more}
    status = 422 if form.errors else 200
    template = more.get("template", "construction/form.html")
    return render_desk(request, template, context, status=status)


_window_only = role_only(WINDOW, refusal=_("由综合窗口办理。"))


@_window_only
@require_http_methods(GET_AND_POST)
def apply(request: HttpRequest, number: str) -> HttpResponse:
    """The window applies for items in the owner's name; with one tick it accepts them all."""
    found = project_of(request, number)
    back = address("project", number)
    form = ApplyForm(choices.choices(found), request.POST or None, unified=True)
    if request.method == "POST" and form.is_valid():
        try:
            made = attempt(lambda: _apply(request, number, form), back)
        except FieldError as error:
            add_error(form, error)
        else:
            messages.success(request, gettext("已申请 %(n)d 个事项。") % {"n": len(made)})
            return HttpResponseRedirect(back)
    return _form_page(request, form, gettext("申请事项"), back, template="construction/apply.html")


def _apply(request: HttpRequest, number: str, form: ApplyForm) -> list[Any]:
    wishes = applying.read_wishes(form.raw())
    return applying.apply(
        actor_of(request),
        number,
        wishes,
        timezone.now(),
        channel="window",
        unified=bool(form.cleaned_data.get("unified")),
    )


@_window_only
@require_http_methods(GET_AND_POST)
def amend(request: HttpRequest, number: str) -> HttpResponse:
    """Bring the project's figures and circumstances up to date."""
    found = project_of(request, number)
    back = address("project", number)
    form = AmendForm(found.book, request.POST or None, found.case.data)
    if request.method == "POST" and form.is_valid():
        raw = form.cleaned_data
        try:
            attempt(lambda: amending.amend(actor_of(request), number, raw, timezone.now()), back)
        except FieldError as error:
            add_error(form, error)
        else:
            messages.success(request, gettext("项目信息已更新，原值留痕。"))
            return HttpResponseRedirect(back)
    return _form_page(request, form, gettext("更新项目信息"), back)


@_window_only
@require_http_methods(GET_AND_POST)
def survey(request: HttpRequest, number: str) -> HttpResponse:
    """Order a merged survey."""
    found = project_of(request, number)
    back = address("project", number)
    form = SurveyForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        raw = form.cleaned_data
        try:
            made = attempt(
                lambda: surveying.order(actor_of(request), number, raw, timezone.now()), back
            )
        except FieldError as error:
            add_error(form, error)
        else:
            messages.success(request, survey_told(made))
            return HttpResponseRedirect(back)
    return _form_page(request, form, gettext("委托多测合一"), back)


def survey_told(made: SurveyOrder) -> str:
    """What an order comes to."""
    text = gettext("已委托。分别测绘需 %(baseline)d 个工作日，合并后不超过 %(limit)d 个。")
    told = text % {"baseline": made.baseline, "limit": made.limit_days}
    if made.unsatisfiable:
        told += gettext("基准不足20个工作日，“至少节省20个工作日”无法满足，按减半计。")
    return told


@_window_only
@require_http_methods(GET_AND_POST)
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Note that a unit changed after it was measured."""
    found = project_of(request, number)
    back = address("project", number)
    form = ChangeForm(found, request.POST or None)
    if request.method == "POST" and form.is_valid():
        raw = form.cleaned_data
        again = attempt(
            lambda: surveying.report_change(actor_of(request), number, raw, timezone.now()), back
        )
        names = "、".join(found.book.discipline[key].name for key in again)
        text = gettext("已登记。需要补充测绘：%(names)s") % {"names": names or "—"}
        messages.success(request, text)
        return HttpResponseRedirect(back)
    return _form_page(request, form, gettext("登记建筑变更"), back)


@officers_only
@require_http_methods(GET_AND_POST)
def _deliver(request: HttpRequest, order: str) -> HttpResponse:
    """The surveying institution hands in its results."""
    rows = SurveyOrder.objects.visible_to(actor_of(request)).select_related("case")
    row = rows.filter(number=order[:48].replace("\x00", "")).first()
    if row is None:
        raise Http404
    found = project_of(request, row.case.number)
    back = address("project", row.case.number)
    expected = [
        (key, unit, f"{found.book.discipline[key].name} {unit}".strip())
        for key in row.disciplines
        for unit in (row.units or [""])
    ]
    files = request.FILES if request.method == "POST" else None
    form = ResultsForm(expected, request.POST or None, files)
    if request.method == "POST" and form.is_valid():
        raw = form.raw()
        try:
            made = attempt(
                lambda: surveying.deliver(actor_of(request), order, raw, timezone.now()), back
            )
        except FieldError as error:
            add_error(form, error)
        else:
            text = gettext("成果已提交，比分别测绘节省 %(n)d 个工作日。")
            messages.success(request, text % {"n": made.saved_days or 0})
            return HttpResponseRedirect(back)
    lead = f"{row.number} · {found.case.subject}"
    return _form_page(request, form, gettext("提交测绘成果"), back, lead=lead)


deliver = largest_body(100, _("文件合计超过 100 MB，没有上传。请压缩后再试。"))(_deliver)


@officers_only
@require_safe
def acceptance(request: HttpRequest, number: str) -> HttpResponse:
    """The rounds of a project's acceptances: what each department says, and one's own part."""
    found = project_of(request, number)
    registers = registers_of(request)
    units = {grant.unit_id for grant in actor_of(request).grants if grant.unit_id}
    panels = []
    for one in shown.rounds(found, registers):
        own = [
            (line, OpinionForm(line.row.statutory))
            for line in one.opinions
            if not line.row.opinion
            and line.row.office_id in units
            and one.row.state == Outcome.OPEN
        ]
        result = joint.outcome([accepting.part_of(line.row) for line in one.opinions])
        concludes = (
            one.row.state == Outcome.OPEN
            and result is not Outcome.OPEN
            and any(held.unit_id in units for held in found.case.duties("conclude"))
        )
        panels.append(
            {
                "round": one,
                "own": own,
                "conclude": ConcludeForm(result is Outcome.RECTIFY) if concludes else None,
                "result": gettext(joint.OUTCOMES[result]),
            }
        )
    context = {
        "title": gettext("验收"),
        "project": found,
        "case": found.case,
        "panels": panels,
        "window": actor_of(request).has(WINDOW),
        "back": address("project", number),
    }
    return render_desk(request, "construction/acceptance.html", context)


@officers_only
@require_POST
def opinion(request: HttpRequest, number: str, item: str) -> HttpResponse:
    """A department's opinion on its part."""
    back = address("acceptance", number)
    raw = {key: request.POST.get(key, "") for key in ("part", "opinion", "text", "later")}
    _attempt_plain(
        request,
        lambda: accepting.give_opinion(actor_of(request), number, item, raw, timezone.now()),
        gettext("意见已出具。"),
        back,
    )
    return HttpResponseRedirect(back)


@officers_only
@require_POST
def conclude(request: HttpRequest, number: str, item: str) -> HttpResponse:
    """The lead concludes the round."""
    back = address("acceptance", number)
    raw = {key: request.POST.get(key, "") for key in ("notice", "planned_days", "note")}
    _attempt_plain(
        request,
        lambda: accepting.conclude(actor_of(request), number, item, raw, timezone.now()),
        gettext("已汇总并告知建设单位。"),
        back,
    )
    return HttpResponseRedirect(back)


@_window_only
@require_POST
def rectified(request: HttpRequest, number: str, item: str) -> HttpResponse:
    """The window notes in the owner's name that everything was put right."""
    back = address("acceptance", number)
    _attempt_plain(
        request,
        lambda: accepting.report_rectified(actor_of(request), number, item, timezone.now()),
        gettext("已开始新一轮，只复验未通过的事项。"),
        back,
    )
    return HttpResponseRedirect(back)


def _attempt_plain(request: HttpRequest, action: Any, done: str, back: str) -> None:
    """Do *action* and say so; what the form got wrong is a message, for these forms stand on a
    page of many."""
    try:
        attempt(action, back)
    except FieldError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
