"""日历订阅: a person's deadlines in the own calendar program, by a secret address."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.views.decorators.http import require_http_methods, require_safe

from yishi.faces.desk.filters import register_now
from yishi.faces.desk.lists import duty_label
from yishi.foundation.access.actors import Actor
from yishi.foundation.access.throttle import Throttle
from yishi.foundation.cases.worklists import work
from yishi.foundation.messages import feeds
from yishi.foundation.messages.agenda import Entry, calendar, entries_of
from yishi.foundation.places.models import Unit
from yishi.foundation.revisions import numbers
from yishi.foundation.ui.desk import systems
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk
from yishi.foundation.ui.timetext import moment_text

GUESSES = Throttle("calendar")
#: A calendar with more deadlines than this helps nobody; the nearest ones are kept.
MOST = 500
_SESSION = "calendar_token"


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def subscription(request: HttpRequest) -> HttpResponse:
    """The feed's address (once), and how to renew and revoke it."""
    actor, now = actor_of(request), timezone.now()
    if request.method == "POST":
        if request.POST.get("act") == "revoke":
            feeds.revoke(actor.user_id or 0, now)
            messages.success(request, gettext("已停用。订阅了旧地址的日历不会再更新。"))
        elif request.POST.get("act") == "renew":
            request.session[_SESSION] = feeds.renew(actor.user_id or 0, now)
        else:
            raise PageError(400, gettext("没有这个操作。"), back=reverse("desk:calendar"))
        return HttpResponseRedirect(reverse("desk:calendar"))
    token = request.session.pop(_SESSION, "") if request.method == "GET" else ""
    path = reverse("desk:calendar-feed", args=[token]) if token else ""
    context = {
        "title": gettext("日历订阅"),
        "feed": feeds.feed_of(actor.user_id or 0),
        "address": request.build_absolute_uri(path) if path else "",
        "most": MOST,
    }
    return render_desk(request, "desk/calendar.html", context)


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar behind a secret address: whoever knows it reads, and nothing else.

    A wrong address is a 404, like one that was revoked.
    """
    if GUESSES.waits(request):
        return HttpResponse(status=429, headers={"Retry-After": str(GUESSES.seconds)})
    now = timezone.now()
    user = feeds.reader(token, now)
    if user is None:
        GUESSES.wrong(request)
        raise Http404
    with override("zh-hans"):
        entries = entries_of(user.actor(), now)
        content = calendar(gettext("一事待办"), entries, request.build_absolute_uri)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, max-age=300", "X-Robots-Tag": "noindex"}
    if request.headers.get("If-None-Match") == etag:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(content, content_type="text/calendar; charset=utf-8", headers=headers)


def deadlines(actor: Actor, now: datetime) -> Iterator[Entry]:
    """The open work of *actor* that has a deadline, the nearest first (2 statements).

    A case is told by number, type and area: its title may hold words of the reporter.
    """
    known = numbers()
    register = register_now(known)
    city = register.root
    kinds = {
        (system.system, key): str(label)
        for system in systems()
        for _group, pairs in system.types(known, now)
        for key, label in pairs
    }
    rows = work(actor).filter(due_at__isnull=False).order_by("due_at", "id")[:MOST]
    for row in rows:
        case, unit, due = row.case, row.unit, row.due_at
        assert due is not None, "filtered above"
        kind = kinds.get((case.system, case.type_key), gettext("待识别"))
        area = register.label("/".join(case.managed_path.split("/")[:2]))
        yield Entry(
            uid=f"work-{row.pk}@{city}.yishi",
            summary=gettext("%(duty)s截止：%(kind)s %(number)s")
            % {"duty": duty_label(row.role), "kind": kind, "number": case.number},
            start=due,
            alarm_at=row.warn_at,
            stamp=row.created_at,
            sequence=case.version,
            description=_description(case.number, area, unit, due),
            path=reverse("desk:case", args=[case.number]),
        )


def _description(number: str, area: str, unit: Unit, due: datetime) -> str:
    lines = [
        gettext("案卷：%(number)s") % {"number": number},
        gettext("区域：%(area)s") % {"area": area or "—"},
        gettext("单位：%(unit)s") % {"unit": unit.name},
        gettext("截止：%(due)s") % {"due": moment_text(due)},
    ]
    return "\n".join(lines)
