"""考核: rates by unit, county or month, the lists behind their numbers, and what they mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.worklists import PAGE, case_page
from yishi.foundation.ui.officer import officers_only, render_desk
from yishi.foundation.ui.parts import Tab
from yishi.systems.city_events.assessment import scoring
from yishi.systems.city_events.assessment.homes import home_of
from yishi.systems.city_events.assessment.measures import CALL_BACKS, MEASURES, RATES
from yishi.systems.city_events.assessment.pages import (
    Asked,
    Share,
    ask,
    definition_url,
    name_of_unit,
    number,
    period_text,
    share,
)
from yishi.systems.city_events.assessment.periods import MONTH, Period, months
from yishi.systems.city_events.assessment.reading import (
    Count,
    behind,
    call_backs_behind,
    frequent_types,
)
from yishi.systems.city_events.assessment.results import Busy, Stored, count_now, read
from yishi.systems.city_events.hotline.words import state_text
from yishi.systems.city_events.states import SYSTEM

#: The rates of a row, in the order of the table.
COLUMNS = ("closing_rate", "on_time_rate", "handling_rate", "rework_rate", "accuracy_rate")
CALLED = "satisfaction"
MONTHS = 6
BY = ("unit", "county", "month")
#: Rows with nothing due that are named.
MOST_APART = 100


@dataclass(frozen=True, slots=True)
class Row:
    """One unit, county or month; ``rank`` is ``None`` for months and where nothing is due."""

    label: str
    url: str
    rank: int | None
    shares: Sequence[Share]
    hours: Decimal | None
    points: Decimal | None
    due: Any
    received: Any


def order(count: Count) -> tuple[Decimal, Decimal, int]:
    """What rows are ranked by: closed in time, closed, then the more work."""
    rates = (count.rate("on_time_rate") or Decimal(0), count.rate("closing_rate") or Decimal(0))
    return (-rates[0], -rates[1], -count.numbers.get("due", 0))


def points_of(profile: scoring.Profile | None, found: Count) -> Decimal | None:
    """The points of a row under the city's profile; ``None`` unless every part has data."""
    if profile is None:
        return None
    suffix = "_net" if profile.deferred else ""
    rates = {
        "satisfaction": found.rate("satisfaction"),
        "on_time_rate": found.rate(f"on_time_rate{suffix}"),
        "closing_rate": found.rate(f"closing_rate{suffix}"),
    }
    parts = profile.points(rates)
    given = [value for value in parts.values() if value is not None]
    if not given or len(given) < len(parts):
        return None
    third = found.numbers.get("reworked_third", 0)
    fake = found.numbers.get("faked", 0)
    return sum(given, Decimal(0)) - profile.deductions(
        found.numbers.get("reworked", 0), third, fake
    )


@officers_only
@require_safe
def assessment(request: HttpRequest) -> HttpResponse:
    """The rates of a month, week or day by unit, area or month, as counted last (3 statements)."""
    question = ask(request)
    by, profile = asked_by(request, question), profile_of(question)
    page = request.GET.get("part", "")
    here = max(int(page), 1) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    question, found = stored_rows(question, by)
    ranked, apart, more = _rows(question, by, profile, found, here)
    context = {
        "period": period_text(question.span.period),
        "by": by,
        "tabs": _tabs(question, by),
        "rows": ranked,
        "apart": apart,
        "more_url": question.url("assessment", by=by, part=here + 1) if more else "",
        "less_url": question.url("assessment", by=by) if here > 1 else "",
        "heads": [gettext(str(RATES[name].label)) for name in COLUMNS],
        "profile": scoring.CITIES.get(profile.area, profile.area) if profile else "",
        "illustrative": True,
        "before": question.url("assessment", on=question.span.period.before.first, by=by),
        "after": _after(question, by),
        "area": question.register.label(question.span.area) if question.span.area else "",
        "all_url": question.url("assessment", area="", unit="", by=by),
        "kinds": _kinds(question, by),
        "report_url": question.url("assessment-report"),
        "export_url": question.url("assessment-export", by=by),
        "definitions_url": reverse("desk:kpis"),
        "count_url": question.url("assessment-count", by=by),
        "fresh": question.counted,
    }
    return render_desk(request, "city_events/assessment.html", context)


def periods_shown(question: Asked, by: str) -> list[Period]:
    """The periods that a page of rows is about."""
    return months(question.span.period, MONTHS) if by == "month" else [question.span.period]


def stored_rows(question: Asked, by: str) -> tuple[Asked, Stored]:
    """The rows as counted last, and the question that knows how fresh they are."""
    grouped = {"unit": "unit", "county": question.below, "month": ""}[by]
    stored = read(question.span, grouped, periods_shown(question, by))
    return question.answered(stored), stored


@officers_only
@require_POST
def count_again(request: HttpRequest) -> HttpResponseRedirect:
    """Count the page's figures now, and show them."""
    question = ask(request)
    by, period = asked_by(request, question), question.span.period
    try:
        count_now(question.span, [period], timezone.now())
        messages.success(request, gettext("已按此刻的案件重新统计。"))
    except Busy:
        messages.info(request, gettext("同一统计正在进行，请过几秒刷新。"))
    page = "assessment-report" if request.GET.get("then") == "report" else "assessment"
    return HttpResponseRedirect(question.url(page, by=by if page == "assessment" else None))


def asked_by(request: HttpRequest, question: Asked) -> str:
    """What the rows are: units, counties or months."""
    by = request.GET.get("by", "")
    return by if by in BY else _first_by(question)


def profile_of(question: Asked) -> scoring.Profile | None:
    """The city's way of giving points, if it has one."""
    return scoring.profile(question.registers.rulebook, timezone.now(), question.register.root)


def _first_by(question: Asked) -> str:
    """Whoever sees the whole city begins with its counties, others with units."""
    root = question.register.managed_path(question.register.root)
    wide = any(grant.scope == root for grant in question.span.actor.grants)
    return "county" if wide and not question.span.area else "unit"


def _after(question: Asked, by: str) -> str:
    after = question.span.period.after
    if after.start > timezone.now():
        return ""
    return question.url("assessment", on=after.first, by=by)


def _tabs(question: Asked, by: str) -> list[Tab]:
    labels = {"unit": gettext("按单位"), "county": area_label(question), "month": gettext("按月")}
    return [
        Tab(label, question.url("assessment", by=name), None, name == by)
        for name, label in labels.items()
    ]


def area_label(question: Asked) -> str:
    """What lies right below the area that is looked at."""
    steps = home_of(question.span).area.count("/")
    return {1: gettext("按乡镇街道"), 2: gettext("按社区村")}.get(steps, gettext("按县市区"))


def _kinds(question: Asked, by: str) -> list[Tab]:
    labels = {"day": gettext("日"), "week": gettext("周"), "month": gettext("月")}
    return [
        Tab(label, question.url("assessment", kind=name, by=by), None, name == question.kind)
        for name, label in labels.items()
    ]


def _rows(
    question: Asked, by: str, profile: scoring.Profile | None, found: Stored, page: int
) -> tuple[list[Row], list[Row], bool]:
    """A page of ranked rows; after the last one those with nothing due, who are listed apart
    (§S2.8 12); and whether more follow."""
    due, apart = all_rows(question, by, profile, found)
    if by == "month":
        return list(due), [], False
    begin = (page - 1) * PAGE
    ranked = list(islice(due, begin, begin + PAGE))
    if next(due, None) is not None:
        return ranked, [], True
    return ranked, list(islice(apart, MOST_APART)), False


def all_rows(
    question: Asked, by: str, profile: scoring.Profile | None, stored: Stored
) -> tuple[Iterator[Row], Iterator[Row]]:
    """The ranked rows and those with nothing due, each made when it is taken."""
    if by == "month":
        return iter(_months(question, profile, stored)), iter(())
    found = {key: one for (_place, key), one in stored.rows.items()}
    ordered = sorted(found, key=lambda key: (order(found[key]), str(key)))

    def row(key: Any, rank: int | None) -> Row:
        label, more = _named(question, by, key)
        return _row(question, label, found[key], profile, rank, more)

    due = [key for key in ordered if found[key].numbers.get("due", 0)]
    apart = (row(key, None) for key in ordered if not found[key].numbers.get("due", 0))
    return (row(key, rank) for rank, key in enumerate(due, 1)), apart


def _months(question: Asked, profile: scoring.Profile | None, stored: Stored) -> list[Row]:
    return [
        _row(
            question,
            period_text(period),
            stored.row(place),
            profile,
            None,
            {"kind": MONTH, "on": str(period.first)},
        )
        for place, period in enumerate(periods_shown(question, "month"))
    ][::-1]


def _named(question: Asked, by: str, key: Any) -> tuple[str, dict[str, Any]]:
    if by == "unit":
        return name_of_unit(question.register, int(key)), {"unit": key}
    label = question.register.label(key) or question.register.node(question.register.root).name
    return label, {"area": key}


def _row(
    question: Asked,
    label: str,
    found: Count,
    profile: scoring.Profile | None,
    rank: int | None,
    more: dict[str, Any],
) -> Row:
    return Row(
        label,
        question.url("assessment-report", **more),
        rank,
        [share(question, found, name, **more) for name in (*COLUMNS, CALLED)],
        found.hours,
        points_of(profile, found),
        number(question, found, "due", **more),
        number(question, found, "received", **more),
    )


@officers_only
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """The cases behind a number (3 statements)."""
    question = ask(request)
    name = request.GET.get("figure", "")
    if name not in MEASURES:
        raise Http404
    frequent = frequent_types(question.span) if name == "frequent" else ()
    rows = behind(question.span, name, frequent).defer("trace_head")
    page = case_page(rows, request.GET.get("after"))
    states = lifecycle_of(SYSTEM).states
    context = {
        **_behind(question, name, MEASURES[name].label, MEASURES[name].formula),
        "export_url": question.url("assessment-cases-export", figure=name),
        "rows": [
            {
                "number": case.number,
                "url": reverse("desk:case", args=[case.number]),
                "subject": case.subject,
                "state": gettext(states[case.state].label),
                "final": states[case.state].final,
                "late": case.timeliness == "late",
                "area": question.register.label("/".join(case.managed_path.split("/")[:2])),
                "unit": case.unit.name if case.unit else "",
                "at": case.received_at,
            }
            for case in page.rows
        ],
        "next": page.next,
    }
    return render_desk(request, "city_events/assessment_cases.html", context)


@officers_only
@require_safe
def call_backs(request: HttpRequest) -> HttpResponse:
    """The call-backs behind a number (2 statements)."""
    question = ask(request)
    name = request.GET.get("figure", "")
    if name not in CALL_BACKS:
        raise Http404
    rows = call_backs_behind(question.span, name).select_related("case", "case__unit")
    after = request.GET.get("after", "")
    if after.isascii() and after.isdigit() and len(after) < 19:
        rows = rows.filter(pk__lt=int(after))
    found = list(rows.order_by("-pk")[: PAGE + 1])
    context = {
        **_behind(question, name, CALL_BACKS[name].label, CALL_BACKS[name].formula),
        "export_url": question.url("assessment-call-backs-export", figure=name),
        "rows": [
            {
                "number": one.case.number,
                "url": reverse("desk:case", args=[one.case.number]),
                "subject": one.case.subject,
                "state": state_text(one),
                "unit": one.case.unit.name if one.case.unit else "",
                "in_time": one.in_time,
                "solved": one.solved,
                "score": one.score,
                "excluded": bool(one.excluded),
                "at": one.closed_at,
            }
            for one in found[:PAGE]
        ],
        "next": str(found[PAGE - 1].pk) if len(found) > PAGE else None,
    }
    return render_desk(request, "city_events/assessment_call_backs.html", context)


def where_of(question: Asked) -> list[str]:
    """Days, area and unit in words."""
    span = question.span
    place = [question.register.label(span.area)] if span.area else []
    place += [name_of_unit(question.register, span.unit)] if span.unit is not None else []
    return [period_text(span.period), *place]


def _behind(question: Asked, name: str, label: Any, formula: Any) -> dict[str, Any]:
    return {
        "title": str(label),
        "formula": formula,
        "where": " · ".join(where_of(question)),
        "back": question.url("assessment", unit=None),
        "definition_url": definition_url(name),
        "counted_at": question.at,
    }
