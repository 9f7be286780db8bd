"""What do you want to open: trades and licences to look for, and what each of them needs."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.rendering import render_page
from yishi.systems.pledge_licences.catalogue.model import Book
from yishi.systems.pledge_licences.context import City, city
from yishi.systems.pledge_licences.portal import plain

FOLDER = "pledge_licences/portal"
MOST_WORDS = 60


def listed(found: City | None = None) -> tuple[Book, Any]:
    """The list and the single items in force, or a page that says that there is none."""
    found = found or city()
    now = timezone.now()
    try:
        return found.list_at(now)[1], found.items(now)
    except FieldError:
        raise PageError(404, _("本市尚未开通承诺即入，请稍后再来。")) from None


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Search by trade, by what people call it, or by licence."""
    book, items = listed()
    text = request.GET.get("q", "").replace("\x00", "")[:MOST_WORDS].strip()
    groups: dict[str, list[Any]] = {}
    for trade in book.trades.values():
        if plain.found(text, trade.name, trade.hint, trade.group, *trade.words):
            groups.setdefault(trade.group, []).append(trade)
    single: dict[str, list[Any]] = {}
    for licence in book.licences.values():
        if licence.item in items.items and plain.found(
            text, licence.name, licence.certificate.name, licence.department
        ):
            single.setdefault(licence.department, []).append(licence)
    context = {
        "q": text,
        "groups": groups,
        "single": single,
        "trades": sum(map(len, groups.values())),
        "licences": sum(map(len, single.values())),
    }
    return render_page(request, f"{FOLDER}/find.html", context, fragment="results")


@require_safe
def trade(request: HttpRequest, key: str) -> HttpResponse:
    """A trade: first its questions, each yes or no; then what it needs."""
    book, items = listed()
    found = book.trades.get(key)
    if found is None:
        raise PageError(404, _("没有这个行业，可能已经停用。"), back=reverse("licences:find"))
    back = reverse("licences:find")
    if found.questions and "answered" not in request.GET:
        context = {"trade": found, "back": back}
        return render_page(request, f"{FOLDER}/questions.html", context)
    answers = frozenset(one.key for one in found.questions if request.GET.get(one.key) == "yes")
    parts = [plain.told(one, book, items) for one in plain.components(found, answers)]
    rows = [one for one in parts if one is not None]
    context = {
        "trade": found,
        "rows": rows,
        "pledged": [one for one in rows if one.licence],
        "ordinary": [one for one in rows if not one.licence],
        "answers": sorted(answers),
        "back": reverse("licences:trade", args=[key]) if found.questions else back,
    }
    return render_page(request, f"{FOLDER}/needs.html", context)


@require_safe
def licence(request: HttpRequest, key: str) -> HttpResponse:
    """One licence by itself: what it needs."""
    book, items = listed()
    row = plain.told(key, book, items) if key in book.licences else None
    if row is None:
        text = _("这个事项不在告知承诺清单内，请按普通程序申请。")
        raise PageError(404, text, back=reverse("licences:find"))
    trades = [one for one in book.trades.values() if key in one.components]
    context = {"rows": [row], "pledged": [row], "ordinary": [], "one": row, "trades": trades}
    return render_page(
        request, f"{FOLDER}/needs.html", {**context, "back": reverse("licences:find")}
    )
