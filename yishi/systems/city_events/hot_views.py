"""The page of hot issues at the desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.exports import export_url
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of
from yishi.foundation.ui.parts import Tab
from yishi.systems.city_events import hot as issues
from yishi.systems.city_events.catalogue import Catalogue
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.hot_counts import LEAST


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks for: the registers, the span, how many reports make an issue hot."""

    registers: City
    catalogue: Catalogue
    now: datetime
    days: int
    least: int


def asked(request: HttpRequest) -> Asked:
    """Read the request.

    Raises:
        PageError: before a catalogue was loaded.
    """
    now, registers = timezone.now(), city(shell_of(request).numbers)
    try:
        _version, catalogue = registers.catalogue(now)
    except LookupError as error:
        raise PageError(409, str(error)) from error
    given = request.GET.get("days", "")
    days = next((span for span in issues.SPANS if str(span) == given), issues.SPANS[0])
    least = int(registers.rulebook.value("card_reports", now, default=LEAST))
    return Asked(registers, catalogue, now, days, least)


def groups(request: HttpRequest, wanted: Asked) -> issues.Found:
    """The hot issues that the officer sees."""
    label = wanted.registers.register.label
    return issues.groups(
        actor_of(request), wanted.catalogue, label, wanted.now, wanted.days, wanted.least
    )


@officers_only
@require_safe
def hot(request: HttpRequest) -> HttpResponse:
    """Hot issues of a span; with ``type`` and ``division`` the cases of one."""
    wanted = asked(request)
    address = reverse("desk:city_events:hot")
    tabs = [
        Tab(_span(days), f"{address}?days={days}", None, days == wanted.days)
        for days in sorted(issues.SPANS)
    ]
    key, division = request.GET.get("type", "")[:64], request.GET.get("division", "")[:12]
    context: dict[str, Any] = {"title": gettext("热点问题"), "tabs": tabs, "least": wanted.least}
    kind = wanted.catalogue.by_key.get(key)
    if kind is not None and division.isdigit():
        found = issues.members(actor_of(request), key, division, wanted.now, wanted.days)
        context |= {
            "title": kind.name,
            "back": f"{address}?days={wanted.days}",
            "members": [
                (case, issues.stage_label(case), reverse("desk:case", args=[case.number]))
                for case in found
            ],
            "span": _span(wanted.days),
        }
        return render_desk(request, "city_events/hot_members.html", context)
    found_groups = groups(request, wanted)
    context |= {
        "counted_at": found_groups.counted_at,
        "groups": [
            (group, f"{address}?days={wanted.days}&type={group.type_key}&division={group.division}")
            for group in found_groups.groups
        ],
        "export_url": export_url(request, "desk:city_events:hot-export"),
    }
    return render_desk(request, "city_events/hot.html", context)


def _span(days: int) -> str:
    return gettext("今天") if days == 1 else gettext("近%(n)d天") % {"n": days}
