"""我的政策: what is coming, what is just missed and how to get it, what was paid and why."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.rulebook.outcome import Truth
from yishi.foundation.rulebook.wording import pick
from yishi.foundation.ui.applicant import MineSection, applicants_only, party_of
from yishi.foundation.ui.officer import actor_of
from yishi.foundation.ui.rendering import render_page
from yishi.systems.direct_benefits.models import Payout
from yishi.systems.direct_benefits.portal import catalogue, judging, wording, words
from yishi.systems.direct_benefits.portal.calculator import in_force
from yishi.systems.direct_benefits.portal.catalogue import Entry
from yishi.systems.direct_benefits.portal.finding import FOLDER, entry_of, look
from yishi.systems.direct_benefits.portal.models import Application, News
from yishi.systems.direct_benefits.portal.standing import Mine
from yishi.systems.direct_benefits.runs.periods import period_text

#: Rows of each part of the first page.
SHOWN = 10
View = Callable[..., HttpResponseBase]


def mine_of(request: HttpRequest, now: datetime) -> Mine:
    """The party behind the request."""
    return Mine(actor_of(request), look(now), now)


def enterprises_only(view: View) -> View:
    """For whoever acts for an enterprise; a person is asked for whom."""

    @applicants_only
    @wraps(view)
    def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if party_of(actor_of(request)).is_person:
            here = request.get_full_path() if request.method == "GET" else reverse("policies:mine")
            acting = f"{reverse('portal:acting')}?{urlencode({'next': here})}"
            # What is somebody's own is refused; a start page may be looked at.
            status = 403 if args or kwargs or request.method == "POST" else 200
            return render_page(request, f"{FOLDER}/whom.html", {"acting": acting}, status=status)
        return view(request, *args, **kwargs)

    return entered


@enterprises_only
@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """The first page."""
    now = timezone.now()
    who = mine_of(request, now)
    found = who.judge(in_force(who.looked)) if who.facts else judging.Sorted()
    had = {one.item_key for one in who.payouts}
    coming = [row_of(one, who) for one in who.payouts if one.state in wording.COMING]
    paid = [row_of(one, who) for one in who.payouts if one.state in wording.PAID]
    back = [row_of(one, who) for one in who.payouts if one.state in wording.RECOVERING]
    left = [row_of(one, who) for one in who.payouts if one.state in ("struck", "declined")]
    waiting = [one for one in found.yes if one.card.key not in had]
    unread = News.objects.visible_to(who.actor).filter(read_at=None).count()
    applied = Application.objects.visible_to(who.actor).order_by("-pk")[:SHOWN]
    context = {
        "name": who.actor.name,
        "known": bool(who.facts),
        "coming": coming,
        "paid": paid,
        "recovering": back,
        "left": left,
        "waiting": waiting,
        "near": found.near,
        "unknown": found.unknown,
        "others": len(found.no),
        "coming_sum": words.yuan(_sum(who.payouts, wording.COMING), catalogue.language()),
        "paid_sum": words.yuan(
            sum(one.paid_fen for one in who.payouts if one.state in wording.PAID),
            catalogue.language(),
        ),
        "unread": unread,
        "applied": [_applied(one, who) for one in applied],
        "simulated": who.party.simulated,
    }
    return render_page(request, f"{FOLDER}/mine.html", context)


def _sum(payouts: list[Payout], states: frozenset[str]) -> int:
    return sum(one.amount_fen for one in payouts if one.state in states)


def row_of(payout: Payout, who: Mine) -> dict[str, Any]:
    """A payout as a list shows it."""
    return {
        "payout": payout,
        "name": payout.batch.item_name,
        "url": reverse("policies:payout", args=[payout.case.number]),
        "label": wording.label(payout),
        "tone": wording.tone(payout),
        "sum": words.yuan(payout.paid_fen or payout.amount_fen, catalogue.language()),
        "where": wording.where(payout, who.now),
        "reason": payout.reason,
        "period": period_text(payout.batch.period),
    }


def _applied(one: Application, who: Mine) -> dict[str, Any]:
    entry = who.looked.shelf.entries.get(one.item_key)
    return {
        "name": entry.item.name if entry else one.item_key,
        "url": reverse("policies:application", args=[one.number]),
        "label": one.get_state_display(),
        "tone": {"granted": "good", "refused": "bad", "checking": "active"}.get(
            one.state, "neutral"
        ),
        "number": one.number,
    }


@enterprises_only
@require_safe
def others(request: HttpRequest) -> HttpResponse:
    """Items that do not fit, each with the reasons; by words."""
    who = mine_of(request, timezone.now())
    text = request.GET.get("q", "").replace("\x00", "")[:60].strip()
    entries = [one for one in in_force(who.looked) if catalogue.matches(one, text)]
    found = who.judge(entries).no if who.facts else []
    context = {"q": text, "found": found[:60], "count": len(found), "known": bool(who.facts)}
    return render_page(request, f"{FOLDER}/others.html", context, fragment="results")


@enterprises_only
@require_safe
def mine_item(request: HttpRequest, key: str) -> HttpResponse:
    """Why or why not: every condition, the data it rests on with source and time."""
    now = timezone.now()
    who = mine_of(request, now)
    entry = entry_of(who.looked, key)
    judged = who.judge_one(entry)
    payouts = [row_of(one, who) for one in who.payouts if one.item_key == key]
    open_one = Application.objects.visible_to(who.actor).filter(
        item_key=key, state__in=(Application.CHECKING, Application.GRANTED)
    )
    context = {
        "card": judged.card,
        "one": judged,
        "verdict": _verdict(judged, known=bool(who.facts)),
        "rows": fact_rows(entry, who),
        "payouts": payouts,
        "may_apply": may_apply(entry, who, judged),
        "applied": open_one.first(),
        "known": bool(who.facts),
        "snapshot": who.snapshot,
    }
    return render_page(request, f"{FOLDER}/mine_item.html", context)


def may_apply(entry: Entry, who: Mine, judged: judging.Judged) -> bool:
    """Whether there is an application to make: not where the data already say no."""
    if entry.standing(who.looked.today) not in (catalogue.IN_FORCE, catalogue.SOON):
        return False
    if judged.truth == Truth.FALSE:
        return False
    return entry.item.mode in ("quick", "promise") or who.offered_quick(entry.key)


def _verdict(judged: judging.Judged, *, known: bool) -> tuple[str, str, str]:
    """(word, sentence, tone)."""
    if judged.truth == Truth.TRUE:
        return _("符合"), _("按现在的数据，每一条都符合。"), "good"
    if judged.near is not None:
        return _("只差一条"), judged.near.text, "warn"
    if judged.truth == Truth.UNKNOWN:
        missing = "、".join(judged.unknown)
        said = _("还缺数据：%(facts)s。不算不符合。") % {"facts": missing}
        return _("还不知道"), said if known else _("还没有您的数据。"), "warn"
    return _("不符合"), _("下面打叉的几条没有达到。"), "bad"


def fact_rows(entry: Entry, who: Mine) -> list[dict[str, Any]]:
    """The data that an item rests on, with source, time, and where to correct them."""
    rows = []
    for fact in judging.base_facts(entry, who.looked.declared.derived):
        rows.append(fact_row(fact, who))
    return rows


def fact_row(fact: Any, who: Mine) -> dict[str, Any]:
    """One fact as its enterprise sees it."""
    seen = who.facts.get(fact.name)
    source = who.looked.declared.source_of(fact.name)
    language = catalogue.language()
    value = getattr(seen, "value", seen)
    as_of = getattr(seen, "as_of", None)
    stale = bool(as_of and fact.freshness and who.now - as_of > fact.freshness)
    return {
        "name": fact.name,
        "label": pick(language, fact.label, fact.label_en),
        "value": words.value_text(fact, value, language),
        "missing": value is None,
        "stale": stale,
        "source": pick(language, source.name, source.name_en) if source else "",
        "as_of": as_of,
        "url": reverse("policies:correct", args=[fact.name]),
    }


def section(actor: Actor, now: datetime) -> Mapping[str, Any]:
    """What a signed-in enterprise finds on 我的 (2 statements)."""
    rows = Payout.objects.visible_to(actor).filter(party__file_id=actor.party_id)
    held = list(rows.select_related("batch", "case").order_by("-listed_at", "-pk")[:5])
    unread = News.objects.visible_to(actor).filter(read_at=None).count()
    shown = [
        {
            "name": one.batch.item_name,
            "url": reverse("policies:payout", args=[one.case.number]),
            "label": wording.label(one),
            "tone": wording.tone(one),
            "sum": words.yuan(one.paid_fen or one.amount_fen, catalogue.language()),
        }
        for one in held
    ]
    return {"payouts": shown, "unread": unread}


SECTION = MineSection(
    "benefits", gettext_lazy("我的政策"), "benefits/portal/mine_part.html", section, order=25
)
