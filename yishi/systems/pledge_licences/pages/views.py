"""The regulator's pages at the desk: what to check, and the record of a check."""

from __future__ import annotations

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.cases.advance import CaseNotFound
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places import register_at
from yishi.foundation.places.snapshot import Register
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.limits import largest_body
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of
from yishi.foundation.ui.parts import Tab
from yishi.systems.pledge_licences import sight
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue import version
from yishi.systems.pledge_licences.models import Check
from yishi.systems.pledge_licences.pages import recording, tasks
from yishi.systems.pledge_licences.pages.forms import FindingForm
from yishi.systems.pledge_licences.portal import looked

#: Who looks at licences.
CHECKERS = (s.REGULATOR, s.HEAD)
_BY = (
    (tasks.RISK, gettext_lazy("按风险")),
    (tasks.DAY, gettext_lazy("按期限")),
    (tasks.ROUTE, gettext_lazy("按乡镇街道走")),
)


def register_of(request: HttpRequest) -> Register:
    """The register of places as of this request."""
    return register_at(shell_of(request).numbers.get("places", 0))


@officers_only
@require_safe
def checks(request: HttpRequest) -> HttpResponse:
    """The unit's open checks, by risk, by day, or township by township."""
    actor, now = actor_of(request), timezone.now()
    if not actor.has(*CHECKERS):
        raise PermissionDenied(gettext("承诺核查由行业监管人员办理。"))
    by = request.GET.get("by", "")
    by = by if by in dict(_BY) else tasks.RISK
    rows = tasks.open_checks(actor)
    late = request.GET.get("late") == "1"
    if late:
        rows = rows.filter(tasks.overdue(now))
    found = tasks.tasks(rows.order_by("due_on", "id")[: tasks.MOST + 1], register_of(request))
    more, kept = len(found) > tasks.MOST, found[: tasks.MOST]
    kept.sort(key=lambda one: one.order(by))
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in kept:
        head = one.township if by == tasks.ROUTE else ""
        groups.setdefault(head, []).append({"task": one, "light": one.light(now)})
    address = reverse("desk:pledge_licences:checks")
    tail = "&late=1" if late else ""
    context = {
        "title": gettext("承诺核查"),
        "groups": groups,
        "count": len(kept),
        "more": more,
        "late": late,
        "tabs": [
            Tab(str(label), f"{address}?by={key}{tail}", None, key == by) for key, label in _BY
        ],
    }
    return render_desk(request, "pledge_licences/desk/checks.html", context)


def seen(request: HttpRequest, number: str) -> CaseState:
    """The case *number* if the officer may see it, else 404."""
    try:
        return sight.seen(actor_of(request), number)
    except CaseNotFound:
        raise Http404 from None


def may_check(request: HttpRequest, case: CaseState) -> bool:
    """Whether the officer belongs to the unit that checks the case."""
    unit = case.data.get("regulator")
    return any(g.role in CHECKERS and g.unit_id == unit for g in actor_of(request).grants)


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def _check(request: HttpRequest, number: str) -> HttpResponse:
    """The record of one check: every condition by itself, two officers, photos."""
    case, actor, now = seen(request, number), actor_of(request), timezone.now()
    if not may_check(request, case):
        raise PermissionDenied(gettext("这件许可由其他单位核查。"))
    task = Check.objects.visible_to(actor).filter(case_id=case.id, state=Check.OPEN).first()
    if task is None:
        return HttpResponseRedirect(reverse("desk:case", args=[number]))
    licence = version(case.catalogue_id).licences[case.type_key]
    again = case.state == "rectifying"
    form = FindingForm(
        licence,
        tasks.colleagues(actor, case.data["regulator"], now),
        tasks.latest_rectification(now),
        *((request.POST, request.FILES) if request.method == "POST" else ()),
        again=again,
    )
    if request.method == "POST" and form.is_valid():
        exception = request.POST.get("act") == "exception"
        raw, files = form.cleaned_data, form.files_by_field()
        try:
            recording.record(actor, number, licence, raw, files, now, exception=exception)
        except FieldError as error:
            form.refuse(error)
        except MoveRefused as error:
            form.add_error(None, error.message)
        else:
            return HttpResponseRedirect(reverse("desk:case", args=[number]))
    (row,) = tasks.tasks([task], register_of(request))
    context = {
        "title": gettext("核查记录"),
        "task": row,
        "light": row.light(now),
        "form": form,
        "again": again,
        "conditions": [
            (
                form[f"found_{one.key}"],
                form[f"note_{one.key}"],
                form[f"{recording.PHOTO}{one.key}"],
                one,
            )
            for one in licence.conditions
        ],
        "back": reverse("desk:pledge_licences:checks"),
    }
    status = 422 if form.errors else 200
    return render_desk(request, "pledge_licences/desk/check.html", context, status=status)


check = largest_body(60, gettext_lazy("照片合计超过 60 MB，没有上传。请减少照片。"))(_check)


@officers_only
@require_safe
def photo(request: HttpRequest, number: str, attachment: uuid.UUID) -> HttpResponseBase:
    """A photo of a finding, for whoever sees the case."""
    return looked.photo_of(seen(request, number), attachment, request)
