"""Projects at the desk: the list, the map, one project, and its picture."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.columns import Part
from yishi.foundation.ui.exports import Offer, described, export_page, export_url
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, role_only
from yishi.systems.construction.pages import listing, shown
from yishi.systems.construction.pages.common import (
    address,
    attempt,
    project_of,
    registers_of,
)
from yishi.systems.construction.pages.forms import RegisterForm, add_error
from yishi.systems.construction.pages.map import picture as map_picture
from yishi.systems.construction.pages.orders import orders
from yishi.systems.construction.rules.timeline import svg
from yishi.systems.construction.services import picture
from yishi.systems.construction.services.registering import register, verify_again
from yishi.systems.construction.states import OFFICE, STAGE_LEAD, SURVEYOR, WINDOW

ROLES = frozenset({WINDOW, OFFICE, STAGE_LEAD, SURVEYOR, "approver", "duty_leader", "auditor"})
GET_AND_POST = ["GET", "HEAD", "POST"]


def _lines(request: HttpRequest) -> tuple[listing.FilterForm, list[listing.Line], Any]:
    form = listing.FilterForm(request.GET)
    form.is_valid()
    registers = registers_of(request)
    found = listing.lines(
        actor_of(request),
        registers.calendar,
        registers.register,
        timezone.now(),
        form.cleaned_data,
    )
    return form, found, registers


@officers_only
@require_safe
def projects(request: HttpRequest) -> HttpResponse:
    """All projects in sight with the days that each has used of its limit."""
    form, found, _registers = _lines(request)
    page = (
        int(request.GET["page"])
        if request.GET.get("page", "").isascii() and (request.GET.get("page", "").isdigit())
        else 1
    )
    pages = max(1, -(-len(found) // listing.PAGE))
    page = min(max(1, page), pages)
    query = request.GET.copy()
    query.pop("page", None)
    counts = {key: sum(1 for one in found if one.light == key) for key in listing.LIGHTS}
    context = {
        "title": gettext("工程建设项目"),
        "form": form,
        "rows": found[(page - 1) * listing.PAGE : page * listing.PAGE],
        "total": len(found),
        "counts": [(listing.LIGHTS[key], counts[key], key) for key in listing.LIGHTS],
        "page": page,
        "pages": pages,
        "query": query.urlencode(),
        "lights": listing.LIGHTS,
        "may_register": actor_of(request).has(WINDOW),
        "export_url": export_url(request, "desk:construction:projects-export"),
        "map_url": address("map") + (f"?{query.urlencode()}" if query else ""),
    }
    return render_desk(request, "construction/projects.html", context, fragment="results")


@officers_only
@require_http_methods(GET_AND_POST)
def projects_export(request: HttpRequest) -> HttpResponseBase:
    """The list as Excel."""
    form, found, _registers = _lines(request)
    offer = Offer(
        key="construction-projects",
        title=gettext("工程建设项目"),
        parts=lambda: [Part(listing.TABLE, found)],
        count=len(found),
        filters=lambda: described(form),
        back=address("projects"),
    )
    return export_page(request, offer)


@officers_only
@require_safe
def map_page(request: HttpRequest) -> HttpResponse:
    """The projects on a map that needs no network."""
    form, found, registers = _lines(request)
    spots = _spots(request, registers.register, found)
    context = {
        "title": gettext("项目地图"),
        "map": map_picture(registers.register, found, spots),
        "lights": listing.LIGHTS,
        "back": address("projects"),
        "total": len(found),
        "form": form,
    }
    return render_desk(request, "construction/map.html", context)


def _spots(
    request: HttpRequest, register: Register, found: list[listing.Line]
) -> dict[str, tuple[float, float]]:
    """Where projects without a position are drawn: at the label of their division."""
    from yishi.foundation.cases.models import Case
    from yishi.foundation.places.models import Division

    numbers = [one.number for one in found if one.lon is None]
    cases = Case.objects.visible_to(actor_of(request)).filter(number__in=numbers)
    codes = dict(cases.values_list("number", "division"))
    wanted = set(codes.values())
    rows = Division.objects.filter(code__in=wanted, lon__isnull=False, lat__isnull=False)
    at = {one.code: (one.lon or 0.0, one.lat or 0.0) for one in rows}
    return {number: at[code] for number, code in codes.items() if code in at}


@role_only(WINDOW, refusal=_("登记项目由综合窗口办理。"))
@require_http_methods(GET_AND_POST)
def new(request: HttpRequest) -> HttpResponse:
    """The window registers a project."""
    registers = registers_of(request)
    now = timezone.now()
    _version, book = registers.catalogue(now)
    data = request.POST if request.method == "POST" else None
    form = RegisterForm(book, registers.register, data, window=True)
    if request.method == "POST" and form.is_valid():
        try:
            found = attempt(
                lambda: register(actor_of(request), form.raw(), now), address("projects")
            )
        except FieldError as error:
            add_error(form, error)
        else:
            text = gettext("已登记。请把查询码交给建设单位：%(code)s")
            messages.success(request, text % {"code": found.owner_code})
            return HttpResponseRedirect(address("project", found.case.number))
    context = {
        "title": gettext("登记项目"),
        "form": form,
        "back": address("projects"),
        "areas_url": reverse("desk:areas"),
    }
    return render_desk(
        request, "construction/form.html", context, status=422 if form.errors else 200
    )


@officers_only
@require_safe
def project(request: HttpRequest, number: str) -> HttpResponse:
    """One project: its course, its stages, units, surveys and acceptances."""
    found = project_of(request, number)
    registers, now, actor = registers_of(request), timezone.now(), actor_of(request)
    case = found.case
    context = {
        "title": case.subject,
        "project": found,
        "case": case,
        "state": shown.state_label(found),
        "days": shown.days(found, registers, now),
        "facts": shown.facts(found, registers),
        "works": shown.works(found),
        "stages": shown.stages(found, registers, now, member_url),
        "units": shown.unit_lines(found, registers),
        "standing": found.standing,
        "orders": orders(found, registers.calendar, now),
        "rounds": shown.rounds(found, registers),
        "cards": found.cards,
        "timeline": address("timeline-svg", number),
        "back": address("projects"),
        "may": _may(found, actor),
        "moves_url": reverse("desk:case", args=[number]),
    }
    return render_desk(request, "construction/project.html", context)


def member_url(member: Any) -> str:
    """The page of an item's case."""
    return reverse("desk:case", args=[member.number])


def _may(found: Any, actor: Any) -> dict[str, bool]:
    units = {grant.unit_id for grant in actor.grants}
    window = actor.has(WINDOW)
    running = found.case.state in ("stage_1", "stage_2", "stage_3", "stage_4", "accepted")
    return {
        "verify": window and found.case.state == "code_pending",
        "apply": window and running,
        "survey": window and running,
        "amend": window and running,
        "acceptance": bool(found.rounds),
        "deliver": any(
            order.office_id in units and order.delivered_at is None for order in found.orders
        ),
    }


@officers_only
@require_safe
def timeline_svg(request: HttpRequest, number: str) -> HttpResponse:
    """The project's course as a picture; ``?download`` names a file."""
    found = project_of(request, number)
    return svg_answer(request, drawn(request, found), number)


def drawn(request: HttpRequest, found: Any) -> str:
    """The picture of *found* now."""
    registers = registers_of(request)
    return svg(picture.course(found, registers.register, registers.calendar, timezone.now()))


def svg_answer(request: HttpRequest, text: str, number: str) -> HttpResponse:
    """A picture as an answer."""
    headers = {"Cache-Control": "private, no-store"}
    if "download" in request.GET:
        headers["Content-Disposition"] = f'attachment; filename="{number}-timeline.svg"'
    return HttpResponse(text, content_type="image/svg+xml; charset=utf-8", headers=headers)


@officers_only
@require_POST
def verify(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the platform for the code once more."""
    back = address("project", number)
    case = attempt(lambda: verify_again(actor_of(request), number, timezone.now()), back)
    if case.state == "code_pending":
        messages.warning(request, gettext("平台没有给出有效结果，项目继续等待核验。"))
    else:
        messages.success(request, gettext("项目代码已核验，第一阶段已开启。"))
    return HttpResponseRedirect(back)
