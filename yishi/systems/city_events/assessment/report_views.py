"""日报、周报、月报: one page that prints well, every number of it open."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from yishi.foundation.access.actors import Reach
from yishi.foundation.ui.officer import officers_only, render_desk
from yishi.foundation.ui.parts import Tab
from yishi.systems.city_events.assessment.measures import CALL_BACK_RATES, RATES
from yishi.systems.city_events.assessment.pages import (
    Asked,
    ask,
    name_of_unit,
    number,
    period_text,
    share,
)
from yishi.systems.city_events.assessment.reading import Count, Span, count
from yishi.systems.city_events.hotline import calls
from yishi.systems.city_events.hotline.models import RepeatCall
from yishi.systems.city_events.hotline.parameters import ParameterMissing, Parameters

HEAD = ("received", "filed", "dispatched", "handled", "due", "closed", "on_time")
COUNTY_RATES = ("filing_rate", "closing_rate", "on_time_rate")


@officers_only
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """The report of a day, week or month: figures, rates, three rates, calls, counties."""
    question = ask(request)
    by_county = count(question.span, "county")
    whole = total(list(by_county.values()))
    whole = Count(whole.numbers, _hours(by_county), whole.calls)
    titles = {"day": gettext("日报"), "week": gettext("周报"), "month": gettext("月报")}
    context = {
        "title": gettext("城市运行管理%(kind)s") % {"kind": titles[question.kind]},
        "period": period_text(question.span.period),
        "place": _place(question),
        "made_at": timezone.now(),
        "kinds": [
            Tab(label, question.url("assessment-report", kind=name), None, name == question.kind)
            for name, label in titles.items()
        ],
        "before": question.url("assessment-report", on=question.span.period.before.first),
        "after": _after(question),
        "head": [number(question, whole, name) for name in HEAD],
        "rates": [share(question, whole, name) for name in RATES],
        "three": [share(question, whole, name) for name in CALL_BACK_RATES],
        "tickets": [number(question, whole, name) for name in ("tickets", "excluded")],
        "weighted": _weighted(question, whole),
        "hours": whole.hours,
        "counties": _counties(question, by_county),
        "quality": _quality(question),
        "repeats": _repeats(question.span),
        "back": question.url("assessment"),
    }
    return render_desk(request, "city_events/assessment_report.html", context)


def total(counts: list[Count]) -> Count:
    """The sum of several rows; times are not added."""
    numbers: dict[str, int] = {}
    called: dict[str, int] = {}
    for one in counts:
        for kept, found in ((numbers, one.numbers), (called, one.calls)):
            for name, value in found.items():
                kept[name] = kept.get(name, 0) + value
    return Count(numbers, None, called)


def _hours(found: dict[tuple[int, Any], Count]) -> Decimal | None:
    """The average time of handling of all, from the averages of the counties."""
    known = [
        (one.hours, one.numbers.get("handled", 0))
        for one in found.values()
        if one.hours is not None
    ]
    handled = sum(weight for _hours, weight in known)
    if not handled:
        return None
    return (sum((h * w for h, w in known), Decimal(0)) / handled).quantize(Decimal("0.01"))


def _after(question: Asked) -> str:
    after = question.span.period.after
    if after.start > timezone.now():
        return ""
    return question.url("assessment-report", on=after.first)


def _place(question: Asked) -> str:
    span, register = question.span, question.register
    if span.unit is not None:
        return name_of_unit(register, span.unit)
    if span.area:
        return register.label(span.area)
    wide = span.actor.with_reach(Reach.SCOPE)
    names = [register.label(g.scope) or register.node(register.root).name for g in wide]
    return "、".join(dict.fromkeys(names)) or gettext("本单位")


def _weighted(question: Asked, whole: Count) -> Decimal | None:
    parameters = Parameters(
        question.registers.rulebook, question.span.period.start, question.register.root
    )
    try:
        weights = [
            parameters.decimal(f"weight_{name}") for name in ("response", "solved", "satisfied")
        ]
    except ParameterMissing:
        return None
    return whole.three.weighted(*weights)


def _counties(question: Asked, found: dict[tuple[int, Any], Count]) -> list[dict[str, Any]]:
    rows = []
    for (_place, path), one in sorted(found.items(), key=lambda item: str(item[0][1])):
        label = question.register.label(path) or gettext("市级")
        rows.append(
            {
                "label": label,
                "received": number(question, one, "received", area=path),
                "shares": [share(question, one, name, area=path) for name in COUNTY_RATES],
                "satisfaction": share(question, one, "satisfaction", area=path),
                "hours": one.hours,
            }
        )
    return rows


def _quality(question: Asked) -> calls.Quality | None:
    """The calls of the days, for those who see the whole city."""
    root = question.register.managed_path(question.register.root)
    if not any(grant.scope == root for grant in question.span.actor.with_reach(Reach.SCOPE)):
        return None
    period = question.span.period
    seconds = question.registers.rulebook.value("call_seconds", period.start, default=15)
    until = min(period.end, timezone.now())
    return calls.in_window(until, int(seconds), until - period.start)


def _repeats(span: Span) -> int:
    """Repeated calls that were only told how the case stands (1 statement)."""
    rows = RepeatCall.objects.visible_to(span.actor).filter(case__in=span.cases().order_by())
    return int(rows.filter(at__gte=span.period.start, at__lt=span.period.end).count())
