"""日报、周报、月报: a page that prints well and a PDF; every number of the page opens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, override
from django.views.decorators.http import require_safe

from yishi.foundation.papers.pdf import render
from yishi.foundation.ui.documents import pdf_answer
from yishi.foundation.ui.officer import officers_only, render_desk
from yishi.foundation.ui.parts import Tab
from yishi.foundation.ui.timetext import moment_text
from yishi.systems.city_events.assessment.bulletin import bulletin, cards_of, place_of
from yishi.systems.city_events.assessment.bulletin_parts import Bulletin, Line
from yishi.systems.city_events.assessment.pages import (
    Asked,
    Share,
    ask,
    period_text,
)
from yishi.systems.city_events.assessment.periods import CITY_TIME
from yishi.systems.city_events.assessment.views import area_label, where_of
from yishi.systems.city_events.beside import reason_text
from yishi.systems.city_events.states import LEVELS

#: Cards that the list behind a number shows.
MOST_CARDS = 200
_TITLES = {"day": "日报", "week": "周报", "month": "月报"}


def title_of(kind: str) -> str:
    """What the bulletin of a kind of period is called."""
    titles = {"day": gettext("日报"), "week": gettext("周报"), "month": gettext("月报")}
    return gettext("城市运行管理%(kind)s") % {"kind": titles[kind]}


@officers_only
@require_safe
def report(request: HttpRequest) -> HttpResponse:
    """The bulletin of a day, week or month."""
    told = bulletin(ask(request))
    question = told.question
    titles = {"day": gettext("日报"), "week": gettext("周报"), "month": gettext("月报")}
    context = {
        "title": title_of(question.kind),
        "period": period_text(question.span.period),
        "place": place_of(question),
        "kinds": [
            Tab(label, question.url("assessment-report", kind=name), None, name == question.kind)
            for name, label in titles.items()
        ],
        "before": question.url("assessment-report", on=question.span.period.before.first),
        "after": _after(question),
        "told": told,
        "fresh": question.counted,
        "count_url": question.url("assessment-count", then="report"),
        "pdf_url": question.url("assessment-report-pdf"),
        "below": area_label(question).removeprefix("按"),
        "back": question.url("assessment"),
    }
    return render_desk(request, "city_events/assessment_report.html", context)


def _after(question: Asked) -> str:
    after = question.span.period.after
    if after.start > timezone.now():
        return ""
    return question.url("assessment-report", on=after.first)


@officers_only
@require_safe
def report_paper(request: HttpRequest) -> HttpResponse:
    """The same bulletin as PDF."""
    with override("zh-hans"):
        told = bulletin(ask(request))
        data = paper_data(told)
    span = told.question.span
    return pdf_answer(
        render("city_events/bulletin", data), f"bulletin-{span.period.kind}-{span.period.first}"
    )


def paper_data(told: Bulletin) -> dict[str, Any]:
    """The values that ``city_events/bulletin.typ`` prints."""
    question = told.question
    fresh = question.counted
    register = question.register
    return {
        "city": register.node(register.root).name,
        "demo": bool(settings.DEMO),
        "title": f"城市运行管理{_TITLES[question.kind]}",
        "period": period_text(question.span.period),
        "place": place_of(question),
        "below": area_label(question).removeprefix("按"),
        "counted": moment_text(fresh.counted_at) if fresh else "",
        "issued_parts": _parts(fresh.counted_at if fresh else question.span.period.start),
        "running": bool(fresh and fresh.running),
        "head": [[one.label, f"{one.number.value:,}", _signed(one.change)] for one in told.head],
        "hours": str(told.hours) if told.hours is not None else "",
        "rates": [
            [one.label, _share(one), _counts(one), _points(moved)] for one, moved in told.rates
        ],
        "three": [[one.label, _share(one), _counts(one)] for one in told.three],
        "weighted": str(told.weighted) if told.weighted is not None else "",
        "areas": [_ranked(one) for one in told.areas],
        "units": [_ranked(one) for one in told.units],
        "places": [_spot(one) for one in told.places],
        "types": [_spot(one) for one in told.types],
        "scenarios": [_spot(one) for one in told.scenarios],
        "cards": [[one.label, str(one.value)] for one in told.cards],
        "card_units": [[one.label, str(one.number.value)] for one in told.card_units],
        "better": [
            [f"{one.name}{one.label}", f"{one.before}%", f"{one.now}%", f"{one.points}"]
            for one in told.better
        ],
        "calls": _calls(told),
        "repeats": str(told.repeats),
    }


def _parts(moment: datetime) -> list[int]:
    """When the figures were counted: the same count prints the same bytes."""
    local = moment.astimezone(CITY_TIME)
    return [local.year, local.month, local.day, local.hour, local.minute]


def _calls(told: Bulletin) -> list[str]:
    one = told.quality
    if one is None:
        return []
    rates = [f"{rate}%" if rate is not None else "没有数据" for rate in (one.rate, one.quick_rate)]
    return [str(one.offered), *rates]


def _ranked(one: Line) -> list[str]:
    rank = str(one.rank) if one.rank is not None else "—"
    assert one.share is not None
    return [rank, one.label, _share(one.share), str(one.share.part.value), str(one.number.value)]


def _spot(one: Line) -> list[str]:
    return [one.label, str(one.number.value), _signed(one.change)]


def _share(one: Share) -> str:
    return f"{one.value}%" if one.value is not None else "没有数据"


def _counts(one: Share) -> str:
    return f"{one.part.value:,} / {one.whole.value:,}"


def _signed(change: int | None) -> str:
    if change is None:
        return "上期未进前20"
    return f"{change:+,}" if change else "持平"


def _points(moved: Any) -> str:
    return "" if moved is None else f"{moved:+}" if moved else "持平"


@officers_only
@require_safe
def cards(request: HttpRequest) -> HttpResponse:
    """The cards behind a number of the bulletin (3 statements)."""
    question = ask(request)
    text = request.GET.get("level", "")
    level = int(text) if text in {str(one) for one in LEVELS} else None
    rows = cards_of(question).select_related("case", "unit").order_by("-at", "-id")
    if level is not None:
        rows = rows.filter(level=level)
    found = list(rows[: MOST_CARDS + 1])
    context = {
        "title": gettext("督办单") + (f" · {gettext(LEVELS[level])}" if level else ""),
        "where": " · ".join(where_of(question)),
        "back": question.url("assessment-report", unit=None),
        "more": len(found) > MOST_CARDS,
        "rows": [
            {
                "number": one.number,
                "subject": one.case.subject,
                "url": reverse("desk:case", args=[one.case.number]),
                "level": gettext(LEVELS[one.level]),
                "reason": reason_text(one.reason),
                "unit": one.unit.name,
                "at": one.at,
            }
            for one in found[:MOST_CARDS]
        ],
    }
    return render_desk(request, "city_events/assessment_cards.html", context)
