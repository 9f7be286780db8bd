"""The assessment as Excel files: its rows, and the lists behind every number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from yishi.foundation.cases.lifecycle import lifecycle_of
from yishi.foundation.cases.models import Case
from yishi.foundation.tables.columns import Column, Part, Shown, Table
from yishi.foundation.ui.exports import Offer, counted, export_page
from yishi.foundation.ui.officer import officers_only
from yishi.systems.city_events.assessment.measures import (
    CALL_BACK_RATES,
    CALL_BACKS,
    MEASURES,
    RATES,
)
from yishi.systems.city_events.assessment.pages import Asked, ask
from yishi.systems.city_events.assessment.reading import (
    behind,
    call_backs_behind,
    frequent_types,
)
from yishi.systems.city_events.assessment.views import (
    CALLED,
    COLUMNS,
    Row,
    all_rows,
    area_label,
    asked_by,
    profile_of,
    stored_rows,
    where_of,
)
from yishi.systems.city_events.exports import CHUNK, GET_AND_POST, part_of_one
from yishi.systems.city_events.hotline.models import CallBack
from yishi.systems.city_events.hotline.words import state_text
from yishi.systems.city_events.states import SYSTEM


@dataclass(frozen=True, slots=True)
class _Share:
    """Takes one rate, or one of the two numbers it is made of, out of a row."""

    place: int
    what: str

    def __call__(self, row: Row) -> Shown:
        share = row.shares[self.place]
        if self.what == "value":
            return part_of_one(share.value)
        return share.part.value if self.what == "part" else share.whole.value


def _rate_columns() -> tuple[Column[Row], ...]:
    """Each rate with its numerator and denominator, so that the file can be checked."""
    found: list[Column[Row]] = []
    for place, name in enumerate((*COLUMNS, CALLED)):
        rate = RATES.get(name) or CALL_BACK_RATES[name]
        measures: Any = MEASURES | CALL_BACKS
        found += [
            Column(name, rate.label, _Share(place, "value"), kind="share"),
            Column(
                f"{name}_part",
                measures[rate.numerator].label,
                _Share(place, "part"),
                kind="number",
            ),
            Column(
                f"{name}_whole",
                measures[rate.denominator].label,
                _Share(place, "whole"),
                kind="number",
            ),
        ]
    return tuple(found)


ROWS: Table[Row] = Table(
    "assessment",
    _("考核"),
    (
        Column("rank", _("名次"), lambda row: row.rank, kind="number", width=8),
        Column("label", _("单位、区域或月份"), lambda row: row.label, width=30),
        *_rate_columns(),
        Column("hours", _("平均处置时长（小时）"), lambda row: _plain(row.hours), kind="number"),
        Column("points", _("得分（示意）"), lambda row: _plain(row.points), kind="number"),
        Column("received", _("上报"), lambda row: row.received.value, kind="number"),
    ),
)


def _plain(value: Any) -> float | None:
    return None if value is None else float(value)


def _cases(question: Asked) -> Table[Case]:
    states = lifecycle_of(SYSTEM).states

    def area(case: Case) -> str:
        return question.register.label("/".join(case.managed_path.split("/")[:2])) or ""

    return Table(
        "assessment-cases",
        _("考核案件"),
        (
            Column("number", _("案卷"), lambda case: case.number, width=20),
            Column("subject", _("事项"), lambda case: case.subject, width=40),
            Column("state", _("状态"), lambda case: gettext(states[case.state].label)),
            Column("late", _("处置逾期"), lambda case: "是" if case.timeliness == "late" else ""),
            Column("area", _("区域"), area, width=20),
            Column("unit", _("单位"), lambda case: case.unit.name if case.unit else "", width=30),
            Column("at", _("上报时间"), lambda case: case.received_at, kind="moment", width=17),
        ),
    )


def _yes_no(value: bool | None) -> str:
    return "" if value is None else "是" if value else "否"


CALLS: Table[CallBack] = Table(
    "assessment-call-backs",
    _("考核回访"),
    (
        Column("number", _("案卷"), lambda one: one.case.number, width=20),
        Column("subject", _("事项"), lambda one: one.case.subject, width=40),
        Column("state", _("回访"), state_text, width=18),
        Column("excluded", _("剔除"), lambda one: "是" if one.excluded else ""),
        Column("in_time", _("及时联系"), lambda one: _yes_no(one.in_time)),
        Column("solved", _("问题解决"), lambda one: _yes_no(one.solved)),
        Column("score", _("满意度"), lambda one: one.score, kind="number"),
        Column("unit", _("单位"), lambda one: one.case.unit.name if one.case.unit else ""),
        Column("closed", _("办结时间"), lambda one: one.closed_at, kind="moment", width=17),
    ),
)


def _where(question: Asked, *more: tuple[Any, Any]) -> Callable[[], list[tuple[str, str]]]:
    """The filters, in the language of whoever asks for them."""

    def filters() -> list[tuple[str, str]]:
        asked = [(gettext("期间和范围"), " · ".join(where_of(question)))]
        return asked + [(str(label), str(text)) for label, text in more]

    return filters


@officers_only
@require_http_methods(GET_AND_POST)
def rows(request: HttpRequest) -> HttpResponseBase:
    """Every row of the assessment: ranked ones, then those with nothing due."""
    question = ask(request)
    by = asked_by(request, question)
    question, stored = stored_rows(question, by)
    due, apart = (list(part) for part in all_rows(question, by, profile_of(question), stored))

    def parts() -> list[Part]:
        return [Part(ROWS, [*due, *apart])]

    grouped = {"unit": _("按单位"), "county": area_label(question), "month": _("按月")}
    filters = _where(question, (_("分组"), grouped[by]))
    back = question.url("assessment", by=by)
    count = len(due) + len(apart)
    return export_page(request, Offer("assessment", ROWS.title, parts, count, filters, back))


@officers_only
@require_http_methods(GET_AND_POST)
def cases(request: HttpRequest) -> HttpResponseBase:
    """The cases behind a number."""
    question, name = ask(request), request.GET.get("figure", "")
    if name not in MEASURES:
        raise Http404
    frequent = frequent_types(question.span) if name == "frequent" else ()
    found = behind(question.span, name, frequent).defer("trace_head", "data")
    table = _cases(question)

    def parts() -> list[Part]:
        return [Part(table, found.select_related("unit").order_by("-pk").iterator(CHUNK))]

    filters = _where(question, (_("指标"), MEASURES[name].label))
    back = question.url("assessment-cases", figure=name)
    return export_page(
        request, Offer("assessment-cases", table.title, parts, counted(found), filters, back)
    )


@officers_only
@require_http_methods(GET_AND_POST)
def call_backs(request: HttpRequest) -> HttpResponseBase:
    """The call-backs behind a number."""
    question, name = ask(request), request.GET.get("figure", "")
    if name not in CALL_BACKS:
        raise Http404
    found = call_backs_behind(question.span, name).select_related("case", "case__unit")

    def parts() -> list[Part]:
        return [Part(CALLS, found.order_by("-pk").iterator(CHUNK))]

    filters = _where(question, (_("指标"), CALL_BACKS[name].label))
    back = question.url("assessment-call-backs", figure=name)
    return export_page(
        request, Offer("assessment-call-backs", CALLS.title, parts, counted(found), filters, back)
    )
