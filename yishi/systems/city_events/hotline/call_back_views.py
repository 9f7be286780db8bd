"""回访 at the desk: the list of those to call back, and the script of one call."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.worklists import PAGE, make_cursor, read_cursor
from yishi.foundation.parties.contacts import masked_contacts
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, render_desk, role_only
from yishi.foundation.ui.parts import Fact
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.city_events import privacy
from yishi.systems.city_events.case_page import channel_label
from yishi.systems.city_events.hotline import callbacks
from yishi.systems.city_events.hotline.forms import CallBackForm
from yishi.systems.city_events.hotline.models import CallBack
from yishi.systems.city_events.hotline.words import answers_of

RESULTS = {
    callbacks.CONNECTED: "接通",
    callbacks.MISSED: "未接通",
    callbacks.REFUSED: "接通后拒绝回访",
}


#: Pages of those who call back.
callers_only = role_only(*callbacks.ROLES, refusal=_("回访由热线话务员和受理员办理。"))


@callers_only
@require_safe
def call_backs(request: HttpRequest) -> HttpResponse:
    """Whom to call back, who has waited longest first (2 statements)."""
    now = timezone.now()
    rows = callbacks.waiting(actor_of(request), now)
    after = read_cursor(request.GET.get("after"))
    if after is not None and after[0] is not None:
        rows = rows.filter(Q(next_at__gt=after[0]) | Q(next_at=after[0], pk__gt=after[1]))
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    context = {
        "rows": [_row(one) for one in found[:PAGE]],
        "next": make_cursor(last.next_at, last.pk) if last else None,
        "first": not request.GET.get("after"),
        "export_url": reverse("desk:city_events:call-backs-export"),
    }
    return render_desk(request, "city_events/call_backs.html", context)


def _row(one: CallBack) -> dict[str, Any]:
    return {
        "url": reverse("desk:city_events:call-back", args=[one.pk]),
        "number": one.case.number,
        "subject": one.case.subject,
        "channel": channel_label(one.report.channel),
        "secret": one.report.secret,
        "unit": one.case.unit.name if one.case.unit else "",
        "closed_at": one.closed_at,
        "tries": one.tries,
    }


@callers_only
@require_http_methods(["GET", "HEAD", "POST"])
def call_back(request: HttpRequest, task: int) -> HttpResponse:
    """One call-back: who to call, what to ask, and the answers."""
    actor = actor_of(request)
    rows = CallBack.objects.visible_to(actor).select_related("case", "case__unit", "report")
    found: CallBack | None = rows.filter(pk=task).first()
    if found is None:
        raise Http404
    form = CallBackForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, found, form)
    if form.is_valid():
        try:
            outcome = callbacks.attempt(actor, task, form.raw(), timezone.now())
        except FieldError as error:
            form.refuse(error.field, error.message)
        else:
            messages.success(request, _said(outcome))
            return HttpResponseRedirect(reverse("desk:city_events:call-backs"))
    return _page(request, found, form, status=422)


def _said(outcome: callbacks.Outcome) -> str:
    task = outcome.call_back
    if task.state == CallBack.OPEN:
        return gettext("已记录未接通，%(at)s后再次回访") % {"at": moment_text(task.next_at)}
    if outcome.redone:
        return gettext("回访已完成，案件 %(number)s 已按规则重新办理") % {
            "number": task.case.number
        }
    if outcome.refused:
        return gettext("回访已完成，但案件没有重新办理：%(why)s") % {"why": outcome.refused}
    return gettext("回访已完成")


def _page(
    request: HttpRequest, found: CallBack, form: CallBackForm, status: int = 200
) -> HttpResponse:
    actor, case, report = actor_of(request), found.case, found.report
    state = load_states([case.pk])[0]
    shown = privacy.sees_masked(actor, state, secret=report.secret)
    contacts = masked_contacts([report.contact_id]) if report.contact_id and shown else {}
    contact = contacts.get(report.contact_id) if report.contact_id else None
    facts = [
        Fact(gettext("案卷编号"), case.number, url=reverse("desk:case", args=[case.number])),
        Fact(gettext("事项"), case.subject),
        Fact(gettext("来源"), channel_label(report.channel)),
        Fact(gettext("来电内容"), privacy.words_of(actor, state, report)),
        Fact(gettext("处置部门"), case.unit.name if case.unit else ""),
        Fact(gettext("办结时间"), moment_text(found.closed_at)),
    ]
    attempts = [
        {"at": one.at, "result": gettext(RESULTS[one.result])}
        for one in found.attempts.order_by("seq")
    ]
    context = {
        "task": found,
        "open": found.state == CallBack.OPEN,
        "form": form,
        "facts": facts,
        "contact": contact,
        "reveal_url": reverse("desk:city_events:reveal", args=[case.number, report.pk]),
        "secret": report.secret,
        "attempts": attempts,
        "answers": answers_of(found),
        "action": reverse("desk:city_events:call-back", args=[found.pk]),
        "back": reverse("desk:city_events:call-backs"),
    }
    return render_desk(request, "city_events/call_back.html", context, status=status)
