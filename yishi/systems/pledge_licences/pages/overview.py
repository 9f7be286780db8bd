"""The approval body's overview: from applied to revoked, each figure with the cases behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yishi.foundation.cases.models import Case
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk
from yishi.foundation.ui.parts import Tab
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue import version
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Check, Finding, Pledge
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.pages.tasks import overdue

READERS = (s.REGULATOR, s.APPROVER, s.HEAD, s.CLERK, s.OFFICE)
SPANS = (30, 90, 365)
MOST = 200


def _own(model: Any, **how: Any) -> Exists:
    rows = model.objects.unscoped("narrowed by the cases that the officer sees")
    return Exists(rows.filter(case_id=OuterRef("pk"), **how))


def _open_late(now: datetime) -> Exists:
    rows = Check.objects.unscoped("narrowed by the cases that the officer sees")
    return Exists(rows.filter(overdue(now), case_id=OuterRef("pk"), state=Check.OPEN))


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure and the condition on cases that it counts. ``group``: funnel, or what to look at."""

    key: str
    label: str | Promise
    group: str
    where: Callable[[datetime], Q | Exists]
    hint: str | Promise = ""


FIGURES = (
    Figure("applied", _("申请"), "funnel", lambda now: Q()),
    Figure(
        "screened",
        _("筛查通过"),
        "funnel",
        lambda now: Q(data__screening__outcome="PASS") & ~Q(state="not_eligible"),
    ),
    Figure("pledged", _("签署承诺"), "funnel", lambda now: _own(Pledge, signed_at__isnull=False)),
    Figure("licensed", _("发证"), "funnel", lambda now: _own(Held)),
    Figure("checked", _("已核查"), "funnel", lambda now: _own(Finding)),
    Figure("met", _("核查合格"), "funnel", lambda now: _own(Finding, result=Finding.MET)),
    Figure(
        "revoked",
        _("撤销"),
        "funnel",
        lambda now: _own(Held, state=Held.REVOKED),
    ),
    Figure(
        "closed",
        _("不适用告知承诺"),
        "watch",
        lambda now: Q(data__screening__outcome="EXCLUDED"),
        _("有不适用的信用记录，普通程序照样开放"),
    ),
    Figure(
        "unknown",
        _("筛查不了"),
        "watch",
        lambda now: Q(data__screening__outcome="UNKNOWN"),
        _("有数据来源没有应答或者过期"),
    ),
    Figure("ordinary", _("转普通程序"), "watch", lambda now: Q(state="ordinary")),
    Figure("withdrawn", _("撤回"), "watch", lambda now: Q(state="withdrawn")),
    Figure(
        "waiting",
        _("待核查"),
        "watch",
        lambda now: _own(Check, state=Check.OPEN),
    ),
    Figure(
        "late",
        _("核查逾期"),
        "watch",
        _open_late,
        _("责任在监管部门，许可有效"),
    ),
    Figure("rectifying", _("整改中"), "watch", lambda now: Q(state="rectifying")),
    Figure(
        "exception",
        _("例外审查中"),
        "watch",
        lambda now: Q(state="exception_review"),
    ),
)
_BY_KEY = {one.key: one for one in FIGURES}


def _days(request: HttpRequest) -> int:
    given = request.GET.get("days", "")
    return next((span for span in SPANS if str(span) == given), SPANS[1])


def _cases(request: HttpRequest, now: datetime, days: int) -> QuerySet[Any]:
    actor = actor_of(request)
    if not actor.has(*READERS):
        raise PermissionDenied(gettext("承诺即入概览由审批和监管人员查看。"))
    rows: QuerySet[Any] = Case.objects.visible_to(actor).filter(
        system=s.SYSTEM, received_at__gte=now - timedelta(days=days)
    )
    return rows


@officers_only
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """All figures in one statement, those of the funnel as bars."""
    now, days = timezone.now(), _days(request)
    rows = _cases(request, now, days)
    counts = rows.aggregate(**{one.key: Count("pk", filter=_counted(one, now)) for one in FIGURES})
    most = max(counts.values(), default=0) or 1
    shown = [
        {
            "figure": one,
            "count": counts[one.key],
            "url": reverse("desk:pledge_licences:behind", args=[one.key]) + f"?days={days}",
        }
        for one in FIGURES
    ]
    address = reverse("desk:pledge_licences:overview")
    context = {
        "title": gettext("承诺即入概览"),
        "most": most,
        "funnel": [one for one in shown if one["figure"].group == "funnel"],
        "watch": [one for one in shown if one["figure"].group == "watch"],
        "tabs": [
            Tab(gettext("近%(n)d天") % {"n": span}, f"{address}?days={span}", None, span == days)
            for span in SPANS
        ],
    }
    return render_desk(request, "pledge_licences/desk/overview.html", context)


def _counted(figure: Figure, now: datetime) -> Q | None:
    found = figure.where(now)
    if isinstance(found, Exists):
        return Q(found)
    return found or None


@officers_only
@require_safe
def behind(request: HttpRequest, figure: str) -> HttpResponse:
    """The cases that a figure counts, newest first."""
    found = _BY_KEY.get(figure)
    if found is None:
        raise Http404
    now, days = timezone.now(), _days(request)
    rows = _cases(request, now, days).filter(found.where(now)).order_by("-received_at", "-id")
    cases = list(rows[: MOST + 1])
    context = {
        "title": found.label,
        "hint": found.hint,
        "more": len(cases) > MOST,
        "most": MOST,
        "rows": [
            {
                "case": one,
                "licence": version(one.catalogue_id).licences[one.type_key].certificate.name,
                "state": LIFECYCLE.states[one.state].label,
                "url": reverse("desk:case", args=[one.number]),
            }
            for one in cases[:MOST]
        ],
        "back": reverse("desk:pledge_licences:overview") + f"?days={days}",
    }
    return render_desk(request, "pledge_licences/desk/behind.html", context)
