"""算一算: what one would get, without signing in. The answers go back with the page and are gone:
nothing is stored, no session is begun, and they travel in the body, not in an address."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from yishi.foundation.access.throttle import Limit
from yishi.foundation.rulebook.facts import FactType
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.rendering import render_page
from yishi.systems.direct_benefits.portal import catalogue, judging, labels, places, words
from yishi.systems.direct_benefits.portal.catalogue import Entry
from yishi.systems.direct_benefits.portal.finding import FOLDER, Looked, entry_of, look
from yishi.systems.direct_benefits.portal.questions import Questions

#: Calculations of one address in a minute.
MOST = 60
#: Items of which one may be chosen at once.
MOST_ITEMS = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """What is calculated: some items, or all of a label."""

    title: str
    entries: Sequence[Entry]
    query: str


@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def calculator(request: HttpRequest) -> HttpResponse:
    """Choose, answer, read what comes of it."""
    now = timezone.now()
    looked = look(now)
    wish = _wish(request, looked)
    if wish is None:
        return render_page(request, f"{FOLDER}/calculator_choose.html", _choices(looked))
    declared = looked.declared
    asked = judging.needed(wish.entries, declared.derived)
    form = Questions(
        asked,
        request.POST if request.method == "POST" else None,
        language=catalogue.language(),
        counties=places.counties(looked.numbers),
        values={
            one.name: judging.values_in(wish.entries, one.name)
            for one in asked
            if one.type is FactType.SET
        },
    )
    context: dict[str, Any] = {"wish": wish, "form": form, "found": None}
    if request.method == "POST" and form.is_valid():
        Limit("portal.calculator", MOST, 60).take_for(request)
        cards = [looked.card(one) for one in wish.entries]
        found = judging.judge(
            cards,
            declared.needed(judging.named(wish.entries)),
            judging.seen_now(form.answers(), now),
            looked.params,
            now,
            catalogue.language(),
        )
        context |= {"found": found, "sum": words.yuan(found.fen, catalogue.language())}
    context["open"], context["folded"] = form.groups(
        {key: one.name for key, one in declared.sources.items()}
    )
    status = 422 if form.errors else 200
    return render_page(
        request, f"{FOLDER}/calculator.html", context, fragment="content", status=status
    )


def _wish(request: HttpRequest, looked: Looked) -> Wish | None:
    keys = request.GET.getlist("item")[:MOST_ITEMS]
    label = request.GET.get("label", "")
    if keys:
        entries = [entry_of(looked, key) for key in dict.fromkeys(keys)]
        title = entries[0].item.name if len(entries) == 1 else _("选定的事项")
        return Wish(title, entries, "&".join(f"item={one.key}" for one in entries))
    if not label:
        return None
    entries = in_force(looked, label)
    if not entries:
        raise PageError(404, _("这个标签下没有事项。"), back=reverse("policies:calculator"))
    return Wish(labels.text_of(label, places.counties(looked.numbers)), entries, f"label={label}")


def in_force(looked: Looked, label: str = "") -> list[Entry]:
    """The items in force with a label (``kind:value``), all of them for none."""
    found = [
        one
        for one in looked.shelf.entries.values()
        if one.standing(looked.today) in (catalogue.IN_FORCE, catalogue.SOON)
    ]
    return [one for one in found if not label or has_label(one, label)]


def has_label(entry: Entry, label: str) -> bool:
    """Whether an item has a label."""
    kind, _colon, value = label.partition(":")
    item = entry.item
    if kind == "audience":
        return value in item.audience
    if kind == "county":
        return places.reaches(item.region, value)
    known = {"department": entry.department, "kind": item.kind, "mode": item.mode}
    return known.get(kind) == value


def _choices(looked: Looked) -> dict[str, Any]:
    entries = in_force(looked)
    groups: dict[str, dict[str, int]] = {"audience": {}, "department": {}}
    for one in entries:
        for tag in one.item.audience:
            groups["audience"][tag] = groups["audience"].get(tag, 0) + 1
        by = groups["department"]
        by[one.department] = by.get(one.department, 0) + 1
    return {
        "groups": [
            (
                labels.NAMES[kind],
                [(f"{kind}:{value}", value, n) for value, n in sorted(found.items())],
            )
            for kind, found in groups.items()
        ],
        "count": len(entries),
    }
