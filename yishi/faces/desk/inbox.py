"""Messages in the application."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST

from yishi.foundation.messages import inbox as store
from yishi.foundation.messages import outside as beyond
from yishi.foundation.messages.models import Message, Outside
from yishi.foundation.messages.texts import render
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, units_of

PAGE = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as drawn; ``url`` leads to what it is about."""

    id: uuid.UUID
    title: str
    body: str
    at: datetime
    unread: bool
    url: str


def _shown(message: Message, language: str) -> Shown:
    title, body = render(message.template, message.params, language)
    number = message.params.get("number")
    url = reverse("desk:case", args=[number]) if number and message.about_kind == "case" else ""
    if message.about_kind == "data_ticket":
        url = reverse("desk:data-ticket", args=[message.about_id])
    return Shown(message.id, title, body, message.created_at, message.read_at is None, url)


@officers_only
def inbox(request: HttpRequest) -> HttpResponse:
    """The newest messages of the officer and of the unit's desk."""
    actor = actor_of(request)
    before = _uuid(request.GET.get("after", ""))
    found = store.inbox(actor.user_id or 0, before, PAGE + 1, unit_ids=units_of(actor))
    language = get_language() or "zh-hans"
    context = {
        "messages_shown": [_shown(message, language) for message in found[:PAGE]],
        "next": str(found[PAGE - 1].id) if len(found) > PAGE else None,
        "first": before is None,
        "export_url": reverse("desk:inbox-export"),
    }
    return render_desk(request, "desk/inbox.html", context)


@officers_only
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one message (``id``) or all of them as read."""
    actor = actor_of(request)
    one = _uuid(request.POST.get("id", ""))
    ids = None if request.POST.get("all") == "1" else [one] if one else []
    done = store.mark_read(actor.user_id or 0, ids, timezone.now(), unit_ids=units_of(actor))
    messages.success(request, gettext("已标为已读：%(n)d 条") % {"n": done})
    return HttpResponseRedirect(reverse("desk:inbox"))


@officers_only
def outside(request: HttpRequest) -> HttpResponse:
    """Where else the officer is told of messages that stay unread, and when."""
    actor = actor_of(request)
    email = str(getattr(request.user, "email", ""))
    problem = ""
    if request.method == "POST":
        channel, hours = request.POST.get("channel", ""), request.POST.get("hours", "")
        try:
            beyond.choose(actor.user_id or 0, email, channel, hours, timezone.now())
        except FieldError as error:
            problem = error.message
        else:
            messages.success(request, gettext("已保存站外通知设置"))
            return HttpResponseRedirect(reverse("desk:inbox-outside"))
    wish = beyond.wish_of(actor.user_id or 0)
    context = {
        "channels": [(c.value, c.label) for c in beyond.available(email)],
        "hours": [(h.value, h.label) for h in Outside.Hours],
        "channel": wish.channel if wish else "",
        "chosen_hours": wish.hours if wish else Outside.Hours.WORKING,
        "problem": problem,
        "email": email,
    }
    return render_desk(request, "desk/outside.html", context)


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
