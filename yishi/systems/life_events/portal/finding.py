"""Finding a theme, and its guide (办事指南): one page a theme, with the date of its version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from yishi.foundation.access.throttle import Limit
from yishi.foundation.approvals.catalogue import Book, book_of
from yishi.foundation.cases.models import CatalogueVersion
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.rendering import render_page
from yishi.systems.life_events import applications
from yishi.systems.life_events.catalogue import routes
from yishi.systems.life_events.catalogue.days import in_days
from yishi.systems.life_events.catalogue.form import Paper, form_of, papers_of
from yishi.systems.life_events.catalogue.measures import Measures, fullest, measures
from yishi.systems.life_events.catalogue.model import AUDIENCES, GROUPS, Theme
from yishi.systems.life_events.flowpicture import picture_of_route
from yishi.systems.life_events.portal.flow import FOLDER, remember
from yishi.systems.life_events.versions import Registers, registers, themes_of

#: Applications that one address may begin in ten minutes.
MOST_BEGUN = 60


@dataclass(frozen=True, slots=True)
class Offer:
    """A theme in a list: with what it spares."""

    theme: Theme
    items: int
    days: int
    words: str


@dataclass(frozen=True, slots=True)
class Guide:
    """What the guide of a theme says, computed once for each pair of versions."""

    theme: Theme
    full: routes.Route
    measures: Measures
    papers: Sequence[Paper]
    paths: int
    fees: Sequence[tuple[str, str]]
    rows: Sequence[dict[str, Any]]


@lru_cache(maxsize=8)
def offers_of(version: int, items: int) -> tuple[Offer, ...]:
    """All themes for lists and search."""
    book = book_of(items)
    found = []
    for theme in themes_of(version).themes.values():
        guide = guide_of(version, items, theme.key)
        words = " ".join(
            [
                theme.name,
                theme.summary,
                theme.group,
                *(book.items[k].name for k in guide.full.items),
            ]
        )
        found.append(Offer(theme, guide.measures.items, guide.measures.days.after, words.lower()))
    groups = list(GROUPS)
    found.sort(key=lambda o: (groups.index(o.theme.group), not o.theme.deep, o.theme.name))
    return tuple(found)


@lru_cache(maxsize=1024)
def guide_of(version: int, items: int, key: str) -> Guide:
    """The guide of one theme. Raises KeyError for a theme that is not there."""
    theme, book = themes_of(version).themes[key], book_of(items)
    full = fullest(theme, book)
    rows = [_row(theme, book, key, full) for key in full.items]
    return Guide(
        theme,
        full,
        measures(theme, full, book),
        papers_of(theme, full, book),
        len(routes.paths(theme, book)),
        [
            (book.items[k].name, book.items[k].fee)
            for k in full.items
            if book.items[k].fee not in ("none", "无", "不收费")
        ],
        rows,
    )


def _row(theme: Theme, book: Book, key: str, full: routes.Route) -> dict[str, Any]:
    item = book.items[key]
    return {
        "item": item,
        "always": not (theme.item(key) or theme.items[0]).when,
        "days": in_days(item.promise),
        "after": [book.items[a.item].name for a in full.after.get(key, ())],
    }


def matches(offer: Offer, text: str) -> bool:
    """Whether every word of *text* stands in the theme or its items' names."""
    return all(word in offer.words for word in text.lower().split())


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Search by words, by group, for people or for businesses."""
    found = _registers()
    version, items = _versions(found)
    text = request.GET.get("q", "").replace("\x00", "")[:60].strip()
    audience = request.GET.get("for", "")
    audience = audience if audience in AUDIENCES else ""
    offers = [
        one
        for one in offers_of(version, items)
        if (not audience or one.theme.audience == audience) and matches(one, text)
    ]
    groups: dict[str, list[Offer]] = {}
    for one in offers:
        groups.setdefault(one.theme.group, []).append(one)
    context = {
        "groups": groups,
        "count": len(offers),
        "q": text,
        "audience": audience,
        "audiences": AUDIENCES,
        "deep": [one for one in offers if one.theme.deep] if not text else [],
    }
    return render_page(request, f"{FOLDER}/find.html", context, fragment="results")


@require_safe
def guide(request: HttpRequest, key: str) -> HttpResponse:
    """What a theme is: items, papers, days, fees, before and after."""
    found = _registers()
    version, items = _versions(found)
    if key not in themes_of(version).themes:
        raise PageError(404, _("没有这件事，可能已经停用。"), back=reverse("themes:find"))
    shown, book = guide_of(version, items, key), book_of(items)
    row = CatalogueVersion.objects.only("effective_from", "loaded_at").get(pk=version)
    context = {
        "guide": shown,
        "theme": shown.theme,
        "book": book,
        "picture": picture_of_route(shown.theme, shown.full, book),
        "fields": len(form_of(shown.theme, shown.full, book)),
        "version": version,
        "dated": row.loaded_at,
        "departments": sorted({book.items[k].department for k in shown.full.items}),
        "back": reverse("themes:find"),
    }
    return render_page(request, f"{FOLDER}/guide.html", context)


@require_POST
def start(request: HttpRequest, key: str) -> HttpResponse:
    """Begin an application; its first page follows."""
    Limit("portal.themes", MOST_BEGUN, 600, shared=True).take_for(request)
    try:
        made = applications.begin(_registers(), key, applications.PORTAL, timezone.now())
    except FieldError as error:
        raise PageError(404, error.message, back=reverse("themes:find")) from error
    remember(request, made.id)
    return HttpResponseRedirect(reverse("themes:ask", args=[made.id]))


def _registers() -> Registers:
    return registers()


def _versions(found: Registers) -> tuple[int, int]:
    now = timezone.now()
    try:
        return found.themes(now)[0], found.book(now)[0]
    except LookupError:
        raise PageError(404, _("本市尚未开通一件事，请稍后再来。")) from None
