"""政策交换 at the desk: what was sent to the service networks, and what they answered."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.foundation.audit import access_log
from yishi.foundation.exchange.models import Partner
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.foundation.ui.parts import Tab
from yishi.systems.direct_benefits.exchange import simulated
from yishi.systems.direct_benefits.exchange.models import NetworkMessage
from yishi.systems.direct_benefits.exchange.outbox import networks
from yishi.systems.direct_benefits.states import POLICY, REVIEWER

PAGE = 50
READERS = (POLICY, REVIEWER)
S = NetworkMessage.State
_TONES = {
    S.QUEUED: "active",
    S.SENT: "active",
    S.ACCEPTED: "good",
    S.REFUSED: "bad",
    S.SKIPPED: "neutral",
}
_KINDS = {
    "policy.published": "政策发布",
    "policy.repealed": "政策废止",
    "item.published": "事项发布",
    "item.ended": "事项失效",
    "result.paid": "兑现结果",
    "result.recovered": "追回结果",
}


@role_only(*READERS)
@require_safe
def listed(request: HttpRequest) -> HttpResponseBase:
    """The networks and their messages, newest first."""
    found = networks()
    chosen = request.GET.get("network", "")
    state = request.GET.get("state", "")
    rows = NetworkMessage.objects.select_related("partner")
    if chosen in {one.key for one in found}:
        rows = rows.filter(partner__key=chosen)
    counts = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    if state in S.values:
        rows = rows.filter(state=state)
    after = _uuid(request.GET.get("after", ""))
    if after is not None:
        rows = rows.filter(pk__lt=after)
    page = list(rows.order_by("-pk")[: PAGE + 1])
    context = {
        "networks": [(one, simulated.is_simulated(one), _of(one)) for one in found],
        "tabs": _tabs(chosen, state, counts),
        "rows": [_row(one) for one in page[:PAGE]],
        "next": str(page[PAGE - 1].pk) if len(page) > PAGE else None,
    }
    return render_desk(request, "benefits/desk/exchange.html", context)


def _of(partner: Partner) -> str:
    if partner.state != Partner.State.ACTIVE:
        return str(partner.get_state_display())
    if partner.last_error:
        return _("上次没有送达：%(why)s") % {"why": partner.last_error}
    return _("正常")


def _tabs(chosen: str, state: str, counts: dict[Any, int]) -> list[Tab]:
    base = f"?network={chosen}" if chosen else "?"
    joint = "&" if chosen else ""
    every = [("", _("全部"), sum(counts.values()))]
    every += [(str(one), str(one.label), counts.get(one, 0)) for one in S]
    return [
        Tab(label, f"{base}{joint}state={key}" if key else base, n, key == state)
        for key, label, n in every
    ]


def _row(one: NetworkMessage) -> dict[str, Any]:
    return {
        "message": one,
        "kind": _(_KINDS.get(one.kind, one.kind)),
        "what": one.content.get("title") or one.content.get("name") or one.content.get("number"),
        "state": one.get_state_display(),
        "tone": _TONES[S(one.state)],
        "stuck": one.state == S.REFUSED or bool(one.state == S.QUEUED and one.attempts),
    }


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


@role_only(*READERS)
@require_POST
def act(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Send a message again under its id, or give it up; logged."""
    now = timezone.now()
    wanted = request.POST.get("act", "")
    rows = NetworkMessage.objects.filter(pk=pk)
    if wanted == "again":
        done = rows.exclude(state__in=(S.ACCEPTED, S.SENT)).update(
            state=S.QUEUED, attempts=0, next_attempt_at=now
        )
        said = _("已重新排入推送。")
    elif wanted == "skip":
        done = rows.filter(state__in=(S.QUEUED, S.REFUSED)).update(state=S.SKIPPED)
        said = _("已跳过，同一事项后面的消息继续推送。")
    else:
        raise Http404
    if not done:
        raise Http404
    access_log.look(actor_of(request).ref, f"network.{wanted}", f"message:{pk}", said, now)
    messages.success(request, said)
    return HttpResponseRedirect(reverse("desk:benefit_exchange:list"))


app_name = "benefit_exchange"
urlpatterns = [
    path("benefits/exchange/", listed, name="list"),
    path("benefits/exchange/<uuid:pk>/act/", act, name="act"),
]
