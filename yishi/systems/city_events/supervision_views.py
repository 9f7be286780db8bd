"""The page of cards at the desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import orjson
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from yishi.foundation import revisions
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Trace
from yishi.foundation.parties.masking import mask_numbers
from yishi.foundation.places.loading import load_register
from yishi.foundation.ui.documents import pdf_answer, verify_address
from yishi.foundation.ui.exports import export_url
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of
from yishi.foundation.ui.parts import Tab
from yishi.systems.city_events.beside import reason_text
from yishi.systems.city_events.dispatch_order import words_of
from yishi.systems.city_events.lifecycle import STATES
from yishi.systems.city_events.models import Card
from yishi.systems.city_events.states import LEVELS
from yishi.systems.city_events.supervision_ledger import by_unit, newest, order_of
from yishi.systems.city_events.supervision_order import supervision_order

#: Spans that the page offers, in days.
SPANS = (7, 30, 90, 365)
_CARDED = ("supervise", "escalate_supervision")


def days_of(request: HttpRequest) -> int:
    """The span that is asked for, in days."""
    given = request.GET.get("days", "")
    return next((span for span in SPANS if str(span) == given), 30)


@officers_only
@require_safe
def supervision(request: HttpRequest) -> HttpResponse:
    """Cards by unit and level, and the newest cards, of the cases that the officer sees."""
    actor, now = actor_of(request), timezone.now()
    register = revisions.at("places", shell_of(request).numbers.get("places", 0), load_register)
    days = days_of(request)
    since = now - timedelta(days=days)
    address = reverse("desk:city_events:supervision")
    cards = newest(actor, since)
    context = {
        "title": gettext("督办台账"),
        "export_url": export_url(request, "desk:city_events:supervision-export"),
        "tabs": [
            Tab(gettext("近%(n)d天") % {"n": span}, f"{address}?days={span}", None, span == days)
            for span in SPANS
        ],
        "levels": [gettext(label) for label in LEVELS.values()],
        "units": by_unit(cards, register),
        "cards": [
            {
                "card": card,
                "level": gettext(LEVELS[card.level]),
                "reason": reason_text(card.reason),
                "open": card.held == card.number,
                "url": reverse("desk:case", args=[card.case.number]),
            }
            for card in cards
        ],
    }
    return render_desk(request, "city_events/supervision.html", context)


@officers_only
@require_safe
def card_paper(request: HttpRequest, number: str) -> HttpResponse:
    """The newest 督办单 of a case as a numbered PDF."""
    actor, now = actor_of(request), timezone.now()
    clean = number[:40].replace("\x00", "")
    rows = Card.objects.visible_to(actor).filter(case__number=clean).order_by("-id")
    card = rows.first()
    if card is None:
        raise Http404
    case = load_states([card.case_id])[0]
    steps = Trace.objects.visible_to(actor).filter(case_id=case.id, at=card.at, move__in=_CARDED)
    step = steps.order_by("-seq").values_list("note", "body").first()
    note, body = step or ("", b"{}")
    register = revisions.at("places", shell_of(request).numbers.get("places", 0), load_register)
    order = order_of(card, case, register, mask_numbers(note), demo=bool(settings.DEMO))
    by = str(orjson.loads(bytes(body)).get("by") or "")
    issued = supervision_order(
        replace(
            order,
            words=words_of(actor, case),
            state=STATES[case.state].label,
            supervisor=order.supervisor or by,
        ),
        about=("case", case.id),
        actor_ref=actor.ref,
        now=now,
        verify_url=verify_address(request),
    )
    return pdf_answer(issued.pdf, card.number)
