"""Items at the desk: their papers, files, cards, and a single application at the window."""

from __future__ import annotations

import uuid

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.approvals import roles, single
from yishi.foundation.approvals.catalogue import Book, book_of
from yishi.foundation.approvals.context import registers
from yishi.foundation.approvals.forms import ApplicationForm
from yishi.foundation.approvals.lifecycle import SYSTEM
from yishi.foundation.approvals.lifecycle.states import CLOCK_LABELS
from yishi.foundation.approvals.models import Card
from yishi.foundation.approvals.notice_pdf import notice_answer
from yishi.foundation.approvals.submitted import submitted_for
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.policy import sees
from yishi.foundation.cases.state import CaseState
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.documents import file_answer, wants_small
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.exports import Offer, counted, export_page, export_url
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, role_only, shell_of

SHOWN = 100
EXPORTED_AT_ONCE = 500
REASONS = {
    "warning": "时限将到",
    "overdue": "逾期未办结",
    "deemed_renewal": "逾期未决定，已视为准予延续",
}
WATCHERS = frozenset({roles.OFFICE, roles.HEAD, roles.APPROVER, roles.CLERK})


def case_of(request: HttpRequest, number: str) -> CaseState:
    """The item case *number* if the officer may see it, else 404."""
    if "\x00" in number or any("\ud800" <= char <= "\udfff" for char in number):
        raise Http404
    states = load_states(number=number[:40])
    if not states or states[0].system != SYSTEM or not sees(actor_of(request), states[0]):
        raise Http404
    return states[0]


@officers_only
@require_safe
def notice(request: HttpRequest, number: str, seq: int) -> HttpResponse:
    """The paper that step *seq* of the case made, as a numbered PDF."""
    return notice_answer(request, actor_of(request), case_of(request, number), seq)


@officers_only
@require_safe
def file(request: HttpRequest, number: str, attachment: uuid.UUID) -> HttpResponseBase:
    """A file that was handed in for the item, also where the parent keeps it."""
    case = case_of(request, number)
    given = submitted_for(actor_of(request), case, book_of(case.catalogue_id), timezone.now())
    if not any(attachment in paper.attachments for paper in given.papers):
        raise Http404
    return file_answer(attachment, small=wants_small(request))


@officers_only
@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    """The newest yellow and red cards of the items that the officer sees."""
    rows = _cards_of(request)
    context = {
        "title": gettext("审批红黄牌"),
        "export_url": export_url(request, "desk:approvals:cards-export"),
        "cards": [
            {
                "card": card,
                "clock": gettext(CLOCK_LABELS.get(card.clock, card.clock)),
                "reason": gettext(REASONS[card.reason]),
                "tone": "bad" if card.colour == "red" else "warn",
                "label": gettext("红牌") if card.colour == "red" else gettext("黄牌"),
                "url": reverse("desk:case", args=[card.case.number]),
            }
            for card in rows[:SHOWN]
        ],
    }
    return render_desk(request, "approvals/cards.html", context)


def _cards_of(request: HttpRequest) -> QuerySet[Card]:
    rows = Card.objects.visible_to(actor_of(request)).select_related("case", "unit")
    newest: QuerySet[Card] = rows.order_by("-at", "-id")
    return newest


CARDS: Table[Card] = Table(
    "item_cards",
    gettext_lazy("审批红黄牌"),
    (
        Column("number", gettext_lazy("办件"), lambda card: card.case.number, width=22),
        Column("subject", gettext_lazy("事项"), lambda card: card.case.subject, width=40),
        Column(
            "colour",
            gettext_lazy("牌"),
            lambda card: gettext("红牌") if card.colour == "red" else gettext("黄牌"),
        ),
        Column(
            "clock",
            gettext_lazy("时钟"),
            lambda card: gettext(CLOCK_LABELS.get(card.clock, card.clock)),
        ),
        Column(
            "reason", gettext_lazy("事由"), lambda card: gettext(REASONS[card.reason]), width=30
        ),
        Column("unit", gettext_lazy("单位"), lambda card: card.unit.name, width=30),
        Column("at", gettext_lazy("发出时间"), lambda card: card.at, kind="moment", width=17),
    ),
)


@officers_only
@require_http_methods(["GET", "HEAD", "POST"])
def cards_export(request: HttpRequest) -> HttpResponseBase:
    """The list of cards as a file: all of them, not the newest only."""
    rows = _cards_of(request)

    def parts() -> list[Part]:
        return [Part(CARDS, rows.iterator(EXPORTED_AT_ONCE))]

    back = reverse("desk:approvals:cards")
    offer = Offer("item_cards", CARDS.title, parts, counted(rows), list, back)
    return export_page(request, offer)


#: Whoever receives applications at the window.
_clerks_only = role_only(roles.CLERK, refusal=gettext_lazy("收件由综合窗口办理。"))


@_clerks_only
@require_safe
def items(request: HttpRequest) -> HttpResponse:
    """The items that can be applied for at the window, by department; ``q`` narrows them."""
    words = request.GET.get("q", "").strip()[:40]
    book = _book(request)
    groups = [
        (department, [item for item in rows if not words or words in item.name])
        for department, rows in book.departments.items()
    ]
    context = {
        "title": gettext("单项事项收件"),
        "q": words,
        "groups": [(department, rows) for department, rows in groups if rows],
    }
    return render_desk(request, "approvals/items.html", context)


@_clerks_only
@require_http_methods(["GET", "HEAD", "POST"])
def apply(request: HttpRequest, item: str) -> HttpResponse:
    """The form of one item, and receiving it."""
    found = _book(request).items.get(item)
    if found is None:
        raise Http404
    places = registers(shell_of(request).numbers).places
    form = ApplicationForm(_book(request), found, places, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            case = single.apply(actor_of(request), form.raw(), timezone.now())
        except FieldError as error:
            form.refuse(error)
        except MoveRefused as error:
            raise PageError(403, error.message) from error
        else:
            return HttpResponseRedirect(reverse("desk:case", args=[case.number]))
    context = {
        "title": found.name,
        "form": form,
        "item": found,
        "back": reverse("desk:approvals:items"),
    }
    status = 422 if form.errors else 200
    return render_desk(request, "approvals/apply.html", context, status=status)


def _book(request: HttpRequest) -> Book:
    try:
        return registers(shell_of(request).numbers).catalogue(timezone.now())[1]
    except FieldError as error:
        raise PageError(409, error.message) from error
