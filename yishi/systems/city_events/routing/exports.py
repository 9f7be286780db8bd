"""The routing table, its gaps and the returns as Excel files."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from yishi.foundation.places.snapshot import Register
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.exports import Offer, export_page
from yishi.foundation.ui.officer import officers_only, shell_of
from yishi.systems.city_events.catalogue.types import Catalogue
from yishi.systems.city_events.context import city
from yishi.systems.city_events.exports import GET_AND_POST
from yishi.systems.city_events.rehearsing.words import unit_name
from yishi.systems.city_events.routing.checks import Gap
from yishi.systems.city_events.routing.return_views import found_returns, question_of
from yishi.systems.city_events.routing.returns import Return
from yishi.systems.city_events.routing.views import (
    ROLES,
    WIDE,
    ShownRow,
    gaps_now,
    only,
    shown_row,
)

ROWS: Table[ShownRow] = Table(
    "routing",
    _("派单规则"),
    (
        Column("key", _("编号"), lambda one: one.row.key),
        Column("subject", _("类别或场景"), lambda one: one.subject, width=24),
        Column("area", _("区域"), lambda one: one.area, width=20),
        Column("when", _("时段"), lambda one: one.when, width=20),
        Column("more", _("其他条件"), lambda one: one.attributes, width=24),
        Column("target", _("派给"), lambda one: one.target, width=28),
        Column("from", _("生效日期"), lambda one: one.row.start, kind="day"),
        Column("to", _("失效日期"), lambda one: one.row.end, kind="day"),
        Column("reason", _("理由"), lambda one: one.row.reason, width=40),
        Column("source", _("依据"), lambda one: one.row.source, width=30),
    ),
)


def _gaps(register: Register) -> Table[Gap]:
    return Table(
        "routing-gaps",
        _("无人承担的类别"),
        (
            Column("area", _("区域"), lambda gap: register.label(gap.path), width=20),
            Column("function", _("职能"), lambda gap: register.functions.get(gap.function, "")),
            Column("count", _("类别数"), lambda gap: len(gap.types), kind="number"),
            Column("types", _("类别"), lambda gap: "、".join(k.name for k in gap.types), width=60),
            Column(
                "places",
                _("缺少单位的区域"),
                lambda gap: "、".join(register.label(path) for path in gap.places),
                width=60,
            ),
        ),
    )


def _returns(register: Register, catalogue: Catalogue) -> Table[Return]:
    def name(one: Return) -> str:
        kind = catalogue.by_key.get(one.type_key)
        return kind.name if kind else one.type_key

    return Table(
        "returns",
        _("错派退单"),
        (
            Column("number", _("案卷"), lambda one: one.number, width=20),
            Column("subject", _("事项"), lambda one: one.subject, width=40),
            Column("type", _("类别"), name, width=20),
            Column("area", _("区域"), lambda one: register.label(one.path), width=24),
            Column("unit", _("退单单位"), lambda one: unit_name(register, one.unit), width=30),
            Column("final", _("最终承办"), lambda one: unit_name(register, one.final), width=30),
            Column("row", _("派单规则"), lambda one: one.row),
            Column("at", _("退单时间"), lambda one: one.at, kind="moment", width=17),
        ),
    )


@officers_only
@require_http_methods(GET_AND_POST)
def rows(request: HttpRequest) -> HttpResponseBase:
    """The table in force, and the gaps."""
    only(request, ROLES)
    now, registers = timezone.now(), city(shell_of(request).numbers)
    _version, catalogue = registers.catalogue(now)
    table = registers.tables.at(now)
    found = gaps_now(registers, now)

    def parts() -> list[Part]:
        shown = [shown_row(row, catalogue, registers.register) for row in table.rows]
        return [Part(ROWS, shown), Part(_gaps(registers.register), found)]

    back = reverse("desk:city_events:routing")
    count = len(table.rows) + len(found)
    return export_page(request, Offer("routing", ROWS.title, parts, count, list, back))


@officers_only
@require_http_methods(GET_AND_POST)
def returned(request: HttpRequest) -> HttpResponseBase:
    """The returns of the span, or those behind one number."""
    actor, question = only(request, WIDE), question_of(request)
    registers = city(shell_of(request).numbers)
    _version, catalogue = registers.catalogue(question.now)
    found: Any = question.picked(found_returns(actor, question))
    table = _returns(registers.register, catalogue)

    def filters() -> list[tuple[str, str]]:
        return [(gettext("时间范围"), gettext("近%(n)d天") % {"n": question.days})]

    back = f"{reverse('desk:city_events:returns')}?days={question.days}"
    offer = Offer("returns", table.title, lambda: [Part(table, found)], len(found), filters, back)
    return export_page(request, offer)
