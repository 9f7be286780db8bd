"""The desk's pages of what was sent to the wrong unit, and the cases behind each number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.places.snapshot import Register
from yishi.foundation.ui.exports import export_url
from yishi.foundation.ui.officer import officers_only, render_desk, shell_of
from yishi.foundation.ui.parts import Tab
from yishi.systems.city_events.catalogue.types import Catalogue
from yishi.systems.city_events.context import city
from yishi.systems.city_events.rehearsing.words import unit_name
from yishi.systems.city_events.routing import absence
from yishi.systems.city_events.routing.returns import (
    Misdispatch,
    Return,
    grouped,
    returns,
    suggested_row,
)
from yishi.systems.city_events.routing.views import WIDE, only

SPANS = (7, 30, 90, 365)
#: Rows of a page.
ROWS = 100


@dataclass(frozen=True, slots=True)
class Question:
    """What the page of returns asks: since when, and which of them."""

    days: int
    now: datetime
    type_key: str = ""
    county: str = ""
    unit: int = 0
    part: int = 1

    def picked(self, found: Sequence[Return]) -> list[Return]:
        """Those of *found* that are asked for."""
        return [
            one
            for one in found
            if (not self.type_key or one.type_key == self.type_key)
            and (not self.county or (one.path + "/").startswith(self.county + "/"))
            and (not self.unit or one.unit == self.unit)
        ]


def question_of(request: HttpRequest) -> Question:
    """What *request* asks."""
    given = request.GET.get("days", "")
    unit, part = request.GET.get("unit", ""), request.GET.get("part", "")
    return Question(
        next((span for span in SPANS if str(span) == given), 90),
        timezone.now(),
        request.GET.get("type", "")[:64],
        request.GET.get("area", "")[:200],
        int(unit) if unit.isascii() and unit.isdigit() and len(unit) < 19 else 0,
        max(int(part), 1) if part.isascii() and part.isdigit() and len(part) < 6 else 1,
    )


def found_returns(actor: Actor, question: Question) -> list[Return]:
    """The returns of the span, of cases that *actor* sees."""
    return returns(absence.wide(actor), question.now - timedelta(days=question.days))


@dataclass(frozen=True, slots=True)
class Shown:
    """One page of a list: its rows, which of how many they are, and the pages beside it."""

    rows: Sequence[Any]
    first: int
    last: int
    total: int
    before: int | None
    after: int | None


def part_of(found: Sequence[Any], part: int) -> Shown:
    """Page *part* of *found*; the last one for a number that is too large."""
    part = min(part, max(1, -(-len(found) // ROWS)))
    start = (part - 1) * ROWS
    rows = found[start : start + ROWS]
    after = part + 1 if start + ROWS < len(found) else None
    before = part - 1 if part > 1 else None
    return Shown(rows, start + 1 if rows else 0, start + len(rows), len(found), before, after)


@officers_only
@require_safe
def misdispatched(request: HttpRequest) -> HttpResponse:
    """Returns for lack of duty by type, area and unit, and the row that would have helped."""
    actor, question = only(request, WIDE), question_of(request)
    registers = city(shell_of(request).numbers)
    _version, catalogue = registers.catalogue(question.now)
    found = grouped(found_returns(actor, question))
    shown = part_of(found, question.part)
    address = reverse("desk:city_events:returns")
    context = {
        "title": gettext("错派分析"),
        "tabs": [
            Tab(
                gettext("近%(n)d天") % {"n": span},
                f"{address}?days={span}",
                None,
                span == question.days,
            )
            for span in SPANS
        ],
        "total": sum(len(group.returns) for group in found),
        "shown": shown,
        "groups": [
            shown_group(group, registers.register, catalogue, question) for group in shown.rows
        ],
        "back": reverse("desk:city_events:routing"),
        "export_url": export_url(request, "desk:city_events:returns-export"),
    }
    return render_desk(request, "city_events/returns.html", context)


def shown_group(
    group: Misdispatch, register: Register, catalogue: Catalogue, question: Question
) -> dict[str, Any]:
    """A group in words, with the address of its cases."""
    kind = catalogue.by_key.get(group.type_key)
    query = {
        "days": question.days,
        "type": group.type_key,
        "area": group.county,
        "unit": group.unit,
    }
    return {
        "type": kind.name if kind else group.type_key,
        "area": register.label(group.county) or register.node(register.root).name,
        "unit": unit_name(register, group.unit),
        "count": len(group.returns),
        "finals": [(unit_name(register, unit), n) for unit, n in group.finals],
        "rows": sorted({one.row for one in group.returns if one.row}),
        "suggestion": suggested_row(group, register, catalogue, question.days, question.now),
        "url": f"{reverse('desk:city_events:return-cases')}?{urlencode(query)}",
    }


@officers_only
@require_safe
def return_cases(request: HttpRequest) -> HttpResponse:
    """The cases behind a number of returns."""
    actor, question = only(request, WIDE), question_of(request)
    register = city(shell_of(request).numbers).register
    shown = part_of(question.picked(found_returns(actor, question)), question.part)
    context = {
        "title": gettext("退单的案件"),
        "back": f"{reverse('desk:city_events:returns')}?days={question.days}",
        "shown": shown,
        "rows": [
            {
                "number": one.number,
                "subject": one.subject,
                "url": reverse("desk:case", args=[one.number]),
                "unit": unit_name(register, one.unit),
                "final": unit_name(register, one.final),
                "rule": one.row,
                "at": one.at,
            }
            for one in shown.rows
        ],
        "export_url": export_url(request, "desk:city_events:returns-export"),
    }
    return render_desk(request, "city_events/return_cases.html", context)
