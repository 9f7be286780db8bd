"""Objections to a notice: those that wait, and the decision on one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.audit.access_log import look
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.foundation.ui.parts import Fact, Tab, light
from yishi.systems.direct_benefits import sight
from yishi.systems.direct_benefits import states as s
from yishi.systems.direct_benefits.models import Objection
from yishi.systems.direct_benefits.pages import common
from yishi.systems.direct_benefits.services import objecting

MOST = 100


@require_safe
@role_only(s.OFFICER)
def objections(request: HttpRequest) -> HttpResponseBase:
    """The objections that wait, the earliest due first; or those decided."""
    actor, now = actor_of(request), timezone.now()
    done = request.GET.get("done") == "1"
    rows = Objection.objects.visible_to(actor).select_related("payout__party", "payout__batch")
    if done:
        rows = rows.exclude(state=Objection.OPEN).order_by("-decided_at")
    else:
        rows = rows.filter(state=Objection.OPEN).order_by("due_at")
    address = reverse("desk:direct_benefits:objections")
    context = {
        "rows": [
            {
                "objection": one,
                "name": one.payout.party.name,
                "item": one.payout.batch.item_name,
                "light": light(one.due_at, now, done_at=one.decided_at),
                "url": reverse("desk:direct_benefits:objection", args=[one.number]),
                "tone": "bad" if one.state == Objection.UPHELD else "good",
            }
            for one in rows[:MOST]
        ],
        "done": done,
        "tabs": [
            Tab(_("待核实"), address, None, not done),
            Tab(_("已有结论"), f"{address}?done=1", None, done),
        ],
    }
    return render_desk(request, "benefit_studio/desk/objections.html", context)


@require_http_methods(common.GET_AND_POST)
@role_only(s.OFFICER)
@common.answered
def objection(request: HttpRequest, number: str) -> HttpResponseBase:
    """What somebody objects, and the decision. Opening it is a look that is logged: it names who
    objects."""
    actor, now = actor_of(request), timezone.now()
    found = sight.objection_of(actor, number)
    error, finding = "", ""
    if request.method == "POST":
        choice, finding = request.POST.get("decision", ""), request.POST.get("finding", "")
        try:
            if choice not in ("upheld", "rejected"):
                raise FieldError("decision", "请选择异议成立还是不成立", "required")
            objecting.decide_objection(actor, number, choice == "upheld", finding, now)
        except FieldError as wrong:
            if wrong.field not in ("decision", "finding"):
                raise
            error = wrong.message
        else:
            messages.success(request, _("结论已记录。"))
            return HttpResponseRedirect(request.path)
    words = objecting.unseal(found)
    look(actor.ref, "objection", f"objection:{found.pk}", "核实公示异议", now)
    batch, party = found.payout.batch, found.payout.party
    mine = any(g.role == s.OFFICER and g.unit_id == batch.unit_id for g in actor.grants)
    context = {
        "objection": found,
        "title": _("对 %(name)s 的异议") % {"name": party.name},
        "light": light(found.due_at, now, done_at=found.decided_at),
        "facts": [
            Fact(_("事项"), batch.item_name, url=_batch_url(batch.number)),
            Fact(_("企业"), party.name, url=reverse("desk:case", args=[found.payout.case.number])),
            Fact(_("金额"), common.yuan(found.payout.amount_fen)),
            Fact(_("提出时间"), f"{timezone.localtime(found.raised_at):%Y-%m-%d %H:%M}"),
            Fact(_("异议人"), words.get("name") or _("未署名")),
            Fact(_("联系方式"), words.get("contact", "")),
        ],
        "reason": words.get("reason", ""),
        "may": mine and found.state == Objection.OPEN,
        "error": error,
        "finding": finding,
        "back": reverse("desk:direct_benefits:objections"),
    }
    return render_desk(
        request, "benefit_studio/desk/objection.html", context, status=422 if error else 200
    )


def _batch_url(number: str) -> str:
    return reverse("desk:direct_benefits:batch", args=[number])
