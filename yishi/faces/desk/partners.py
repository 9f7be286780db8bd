"""Partners (合作平台) for the administrator: their state and the log of deliveries."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from yishi.faces.desk.filters import register_now
from yishi.foundation.audit import access_log
from yishi.foundation.exchange import partners as service
from yishi.foundation.exchange.models import Outgoing, Partner, PartnerUnit
from yishi.foundation.exchange.notices import ADMINISTRATOR
from yishi.foundation.ui.exports import export_url
from yishi.foundation.ui.officer import actor_of, officers_who, render_desk, shell_of
from yishi.foundation.ui.parts import Fact, Tab
from yishi.foundation.ui.timetext import moment_text

PAGE = 50
_TONES = {
    "queued": "active",
    "sent": "good",
    "failed": "bad",
    "skipped": "neutral",
    "active": "good",
    "paused": "warn",
    "disabled": "bad",
}

_KINDS = {
    "case.dispatched": _("派遣"),
    "case.moved": _("进展"),
    "case.replied": _("反馈"),
    "case.closed": _("办结"),
}

View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Line:
    """One message of the log; ``open``: it can still be given up."""

    id: uuid.UUID
    label: str
    number: str
    sequence: int
    state: str
    tone: str
    open: bool
    message: Outgoing


def _of_the_city(request: HttpRequest) -> bool:
    root = register_now(shell_of(request).numbers).root
    return any(g.role == ADMINISTRATOR and g.scope == root for g in actor_of(request).grants)


#: Partners belong to the whole city: 404 for all but its administrators.
administrators_only = officers_who(_of_the_city)


@administrators_only
@require_safe
def partners(request: HttpRequest) -> HttpResponse:
    """Every partner, with what waits for it (1 statement)."""
    waiting = Count("outgoing", filter=Q(outgoing__state__in=("queued", "failed")))
    rows = Partner.objects.annotate(waiting=waiting).order_by("name")
    shown = [(row, row.get_state_display(), _TONES[row.state]) for row in rows]
    context = {"partners": shown, "export_url": reverse("desk:partners-export")}
    return render_desk(request, "desk/partners.html", context)


@administrators_only
@require_safe
def partner(request: HttpRequest, key: str) -> HttpResponse:
    """One partner and what was sent to it, newest first (2 statements)."""
    found = found_partner(key)
    state = request.GET.get("state", "")
    rows = outgoing_of(found, state)
    after = _uuid(request.GET.get("after", ""))
    if after is not None:
        rows = rows.filter(id__lt=after)
    page = list(rows[: PAGE + 1])
    register = register_now(shell_of(request).numbers)
    units = [register.unit(unit_id).name for unit_id in found.unit_ids]  # type: ignore[attr-defined]
    context = {
        "partner": found,
        "state": found.get_state_display(),
        "tone": _TONES[found.state],
        "facts": _facts(found, units),
        "tabs": _tabs(found, state),
        "lines": [_line(row) for row in page[:PAGE]],
        "next": str(page[PAGE - 1].id) if len(page) > PAGE else None,
        "first": after is None,
        "export_url": export_url(request, "desk:partner-export", found.key),
    }
    return render_desk(request, "desk/partner.html", context)


@administrators_only
@require_POST
def act(request: HttpRequest, key: str) -> HttpResponse:
    """Send a message again or give it up; resume or disable the partner. Logged."""
    found, now = found_partner(key), timezone.now()
    wanted, message = request.POST.get("act", ""), _uuid(request.POST.get("message", ""))
    done, said = False, ""
    if wanted == "again" and message is not None:
        done = service.send_again(found, message, now)
        said = gettext("已重新排队，将按顺序推送。")
    elif wanted == "skip" and message is not None:
        done = service.skip(found, message)
        said = gettext("已跳过，该案卷的后续消息将继续推送。")
    elif wanted == "resume":
        service.resume(found.key)
        done, said = True, gettext("已恢复，积压的消息将按顺序推送。")
    elif wanted == "disable":
        service.disable(found.key)
        done, said = True, gettext("已停用，该平台的凭证和令牌立即失效。")
    if done:
        subject = f"message:{message}" if message else f"partner:{found.pk}"
        access_log.look(actor_of(request).ref, f"partner.{wanted}", subject, "", now)
        messages.success(request, said)
    else:
        messages.error(request, gettext("没有可以这样处理的消息。"))
    return HttpResponseRedirect(reverse("desk:partner", args=[found.key]))


def outgoing_of(found: Partner, state: str) -> QuerySet[Outgoing]:
    """What was or is to be sent to a partner, newest first, in one state or all."""
    rows = found.outgoing.select_related("case").order_by("-id")
    return rows.filter(state=state) if state in Outgoing.State.values else rows


def found_partner(key: str) -> Partner:
    """The partner of an address, with its units and counts (1 statement); else 404."""
    if not key.isascii():
        raise Http404
    units = PartnerUnit.objects.filter(partner=OuterRef("pk")).order_by("id").values("unit_id")
    states = {
        value: Count("outgoing", filter=Q(outgoing__state=value)) for value in Outgoing.State.values
    }
    rows = Partner.objects.filter(key=key[:64]).annotate(unit_ids=ArraySubquery(units), **states)
    found = rows.first()
    if found is None:
        raise Http404
    return found


def _facts(found: Partner, units: list[str]) -> list[Fact]:
    names = "、".join(gettext(service.SCOPES.get(scope, scope)) for scope in found.scopes)
    return [
        Fact(gettext("类型"), found.get_kind_display()),
        Fact(gettext("客户端编号（client_id）"), found.key),
        Fact(gettext("权限范围"), names),
        Fact(gettext("所属单位"), "、".join(units) or "—"),
        Fact(gettext("推送地址"), found.callback_url or gettext("未设置，由对方查询")),
        Fact(gettext("最近送达"), _moment(found.last_success_at)),
        Fact(gettext("连续失败"), found.failures, hint=found.last_error),
        Fact(gettext("下次尝试"), _moment(found.next_attempt_at)),
    ]


def _moment(value: datetime | None) -> str:
    return moment_text(value) if value is not None else ""


def _tabs(found: Partner, state: str) -> list[Tab]:
    url = reverse("desk:partner", args=[found.key])
    counts: dict[str, int] = {value: getattr(found, value) for value in Outgoing.State.values}
    tabs = [Tab(gettext("全部"), url, sum(counts.values()), state not in Outgoing.State.values)]
    return tabs + [
        Tab(str(label), f"{url}?state={value}", counts[value], state == value)
        for value, label in Outgoing.State.choices
    ]


def _line(row: Outgoing) -> Line:
    return Line(
        id=row.id,
        label=str(_KINDS.get(row.kind, row.kind)),
        number=row.case.number,
        sequence=row.seq,
        state=str(row.get_state_display()),
        tone=_TONES[row.state],
        open=row.state in (Outgoing.State.QUEUED, Outgoing.State.FAILED),
        message=row,
    )


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
