"""What data leave unknown: tasks for the data's owners, answered or switched to the quick mode."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.facts import Fact
from yishi.foundation.ui import parts
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.foundation.ui.parts import Tab, light
from yishi.systems.direct_benefits.pages import common
from yishi.systems.direct_benefits.pages.run_views import names_of
from yishi.systems.direct_benefits.policies import facts
from yishi.systems.direct_benefits.runs import unknown as service
from yishi.systems.direct_benefits.runs.models import UnknownTask

MOST = 200
_TONES = {"open": "warn", "answered": "active", "quick": "active", "closed": "good"}


def _label(name: str, known: Mapping[str, Fact]) -> str:
    fact = known.get(name)
    return fact.label if fact is not None else name


@require_safe
@role_only(*common.READERS)
def tasks(request: HttpRequest) -> HttpResponseBase:
    """The tasks, those that keep most pairs unknown first."""
    actor, now = actor_of(request), timezone.now()
    state = request.GET.get("state", UnknownTask.State.OPEN)
    state = state if state in UnknownTask.State.values else UnknownTask.State.OPEN
    rows = UnknownTask.objects.visible_to(actor).filter(state=state)
    found = rows.select_related("source").order_by("-pairs", "pk")[:MOST]
    address, known = reverse("desk:direct_benefits:unknown"), facts.declared().every
    context = {
        "rows": [
            {
                "task": one,
                "fact": _label(one.fact, known),
                "url": reverse("desk:direct_benefits:unknown-task", args=[one.pk]),
                "light": light(one.due_at, now, done_at=one.answered_at),
                "items": len(one.item_keys or ()),
                "tone": _TONES[one.state],
            }
            for one in found
        ],
        "tabs": [
            Tab(str(label), f"{address}?state={key}", None, key == state)
            for key, label in UnknownTask.State.choices
        ],
    }
    return render_desk(request, "benefit_studio/desk/unknown.html", context, fragment="results")


def _items(found: UnknownTask) -> str:
    """The items that wait, those with most enterprises first."""
    named = names_of(found.run)
    text = "、".join(named.get(key, key) for key in found.item_keys[:12])
    more = len(found.item_keys) > 12
    return text + (_(" 等 %(n)d 项") % {"n": len(found.item_keys)} if more else "")


def _acted(request: HttpRequest, found: UnknownTask, actor: Actor, now: datetime) -> str:
    """Do what the pressed button says. Raises FieldError."""
    act, text = request.POST.get("act", ""), request.POST.get("text", "")
    if act == "answer":
        service.answer(found, text, actor, now)
        return _("已答复。新数据交付并重新筛选后，这一项会自动关闭。")
    if act == "quick":
        service.to_quick(found, text, actor, now)
        return _("这些企业改为即申即享，可以自己申请。")
    raise FieldError("act", "没有这一步", "unknown")


@require_http_methods(common.GET_AND_POST)
@role_only(*common.READERS)
@common.answered
def task(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One task: which enterprises and items wait, and the answer."""
    actor, now = actor_of(request), timezone.now()
    rows = UnknownTask.objects.visible_to(actor).select_related("source__unit", "run")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise PageError(404, _("没有这项待核实"), back=reverse("desk:direct_benefits:unknown"))
    error = ""
    if request.method == "POST":
        try:
            messages.success(request, _acted(request, found, actor, now))
            return HttpResponseRedirect(request.path)
        except FieldError as wrong:
            if wrong.code == "role":
                raise PageError(403, wrong.message, back=request.path) from wrong
            error = wrong.message
    start = common.whole(request.GET.get("start"))
    pairs = service.pairs(found, start, common.PAGE)
    open_ = found.state == UnknownTask.State.OPEN
    context = {
        "task": found,
        "title": _label(found.fact, facts.declared().every),
        "facts": [
            parts.Fact(_("数据来源"), found.source.name),
            parts.Fact(_("原因"), found.get_why_display()),
            parts.Fact(_("涉及企业"), _("%(n)s 家") % {"n": f"{found.parties:,}"}),
            parts.Fact(_("涉及事项"), _items(found)),
        ],
        "tone": _TONES[found.state],
        "light": light(found.due_at, now, done_at=found.answered_at),
        "may_answer": open_ and service.may_answer(actor, found),
        "may_quick": open_ and service.may_switch(actor),
        "error": error,
        "text": request.POST.get("text", ""),
        "pairs": pairs,
        "next": f"?start={start + common.PAGE}" if start + common.PAGE < found.parties else "",
        "previous": f"?start={max(0, start - common.PAGE)}" if start else "",
        "may_look": actor.has(*common.LOOKERS),
        "back": reverse("desk:direct_benefits:unknown"),
    }
    return render_desk(
        request, "benefit_studio/desk/unknown_task.html", context, status=422 if error else 200
    )
