"""The 38 scenarios: a list, and a page for each with plan, types, units, open cases and goals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of
from yishi.systems.city_events.assessment.bulletin import FEWER
from yishi.systems.city_events.assessment.pages import (
    ROLES,
    UNIT_ROLES,
    Asked,
    Share,
    definition_url,
    period_text,
    question_of,
    share,
)
from yishi.systems.city_events.assessment.results import Stored, read
from yishi.systems.city_events.catalogue import Catalogue
from yishi.systems.city_events.catalogue.types import Group, Target
from yishi.systems.city_events.context import City, city
from yishi.systems.city_events.scenarios import (
    Open,
    address,
    by_section,
    carriers,
    open_cases,
    type_rows,
)

#: What the report of October 2022 says of the city (FIGURES); shown beside what is loaded here.
REPORTED = (38, 1383)


@dataclass(frozen=True, slots=True)
class Goal:
    """A scenario's goal against what was measured this month and in the last."""

    target: Target
    share: Share
    before: Share
    fewer: bool
    definition: str

    @property
    def met(self) -> bool | None:
        """Whether this month's rate reaches the goal; ``None`` without data."""
        if self.share.value is None:
            return None
        goal = Decimal(self.target.goal)
        return self.share.value <= goal if self.fewer else self.share.value >= goal


def _registers(request: HttpRequest) -> tuple[City, Catalogue]:
    registers = city(shell_of(request).numbers)
    try:
        return registers, registers.catalogue(timezone.now())[1]
    except LookupError as error:
        raise PageError(409, str(error), back=reverse("desk:home")) from error


@officers_only
@require_safe
def scenarios(request: HttpRequest) -> HttpResponse:
    """All scenarios by section, with the open cases that the officer sees (3 statements)."""
    _city, catalogue = _registers(request)
    counts = open_cases(actor_of(request), timezone.now())
    sections = [
        (section, [_tile(group, counts.get(group.key, Open())) for group in groups])
        for section, groups in by_section(catalogue)
    ]
    context = {
        "title": gettext("应用场景"),
        "sections": sections,
        "count": len(catalogue.groups),
        "types": len(catalogue.types),
        "reported": REPORTED,
        "unclear": counts.get("", Open()).open,
    }
    return render_desk(request, "city_events/scenarios.html", context)


def _tile(group: Group, counts: Open) -> dict[str, Any]:
    cases = f"{reverse('desk:cases')}?family={group.key}&figure="
    return {
        "name": group.main_name,
        "code": f"{group.main}",
        "kind": gettext("部件") if group.kind == "component" else gettext("事件"),
        "purpose": group.scenario.purpose if group.scenario else "",
        "types": len(group.types),
        "url": address(group.key),
        "counts": counts,
        "open_url": cases + "open",
        "late_url": cases + "running_late",
    }


@officers_only
@require_safe
def scenario(request: HttpRequest, kind: str, main: str) -> HttpResponse:
    """One scenario (5 statements)."""
    registers, catalogue = _registers(request)
    group = catalogue.by_group.get(f"{kind}/{main}")
    if group is None:
        raise Http404
    actor = actor_of(request)
    counts = open_cases(actor, timezone.now(), group.key).get(group.key, Open())
    question = question_of(request)
    periods = [question.span.period, question.span.period.before]
    stored = read(question.span, "scenario", periods, key=group.key)
    question = question.answered(stored)
    cases = f"{reverse('desk:cases')}?family={group.key}&figure="
    context = {
        "title": group.main_name,
        "group": group,
        "kind": gettext("部件") if group.kind == "component" else gettext("事件"),
        "scenario": group.scenario,
        "notice": group.notice,
        "counts": counts,
        "open_url": cases + "open",
        "late_url": cases + "running_late",
        "fact_url": f"{cases}open&late=fact",
        "goals": _goals(group, question, stored),
        "month": period_text(periods[0]),
        "last_month": period_text(periods[1]),
        "fresh": question.counted,
        "may_open": actor.has(*ROLES, *UNIT_ROLES),
        "rows": type_rows(group, registers.register),
        "carriers": carriers(group, actor, registers.register),
        "back": reverse("desk:city_events:scenarios"),
        "cases_query": f"family={group.key}",
    }
    return render_desk(request, "city_events/scenario.html", context)


def _goals(group: Group, question: Asked, stored: Stored) -> list[Goal]:
    if group.scenario is None:
        return []
    now, before = stored.row(0, group.key), stored.row(1, group.key)
    last = question.span.period.before.first
    return [
        Goal(
            target,
            share(question, now, target.rate, type=group.key),
            share(question, before, target.rate, type=group.key, on=last, at=""),
            target.rate in FEWER,
            definition_url(target.rate),
        )
        for target in group.scenario.kpis
    ]
