"""我的通知: what a party was told, and what of its own stands on notice."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from yishi.foundation.messages.texts import render
from yishi.foundation.ui.rendering import render_page
from yishi.systems.direct_benefits.portal import catalogue, wording, words
from yishi.systems.direct_benefits.portal.finding import FOLDER
from yishi.systems.direct_benefits.portal.mine import enterprises_only, mine_of
from yishi.systems.direct_benefits.portal.models import News, Subscription

PAGE = 50


@enterprises_only
@require_safe
def news(request: HttpRequest) -> HttpResponse:
    """The newest first; one's own payouts that are on notice or need something stand above."""
    who = mine_of(request, timezone.now())
    rows = News.objects.visible_to(who.actor).order_by("-pk")
    before = request.GET.get("after", "")
    if before.isascii() and before.isdigit() and len(before) < 18:
        rows = rows.filter(pk__lt=int(before))
    page = list(rows[: PAGE + 1])
    public = [
        {
            "name": one.batch.item_name,
            "url": reverse("policies:payout", args=[one.case.number]),
            "notice": reverse("policies:notice", args=[one.batch.number])
            if one.batch.notice_from
            else "",
            "label": wording.label(one),
            "tone": wording.tone(one),
            "where": wording.where(one, who.now),
            "sum": words.yuan(one.paid_fen or one.amount_fen, catalogue.language()),
        }
        for one in who.payouts
        if one.state in wording.COMING or one.state in ("clawback_notice", "clawback_decided")
    ]
    context = {
        "rows": [_row(one) for one in page[:PAGE]],
        "public": public,
        "unread": any(one.read_at is None for one in page),
        "next": page[PAGE - 1].pk if len(page) > PAGE else None,
        "followed": Subscription.objects.visible_to(who.actor).filter(ended_at=None).count(),
    }
    return render_page(request, f"{FOLDER}/news.html", context)


def _row(one: News) -> dict[str, Any]:
    title, text = render(f"benefit.{one.kind}", one.params, catalogue.language())
    if one.kind == News.APPLIED and one.params.get("number"):
        url = reverse("policies:application", args=[one.params["number"]])
    else:
        url = reverse("policies:item", args=[one.item_key])
    return {"title": title, "text": text, "url": url, "at": one.at, "new": one.read_at is None}


@enterprises_only
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """All of it was read."""
    who = mine_of(request, timezone.now())
    News.objects.visible_to(who.actor).filter(read_at=None).update(read_at=who.now)
    return HttpResponseRedirect(reverse("policies:news"))
