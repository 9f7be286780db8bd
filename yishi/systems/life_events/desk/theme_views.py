"""The themes at the desk: the catalogue, one theme with its picture, and what all of them spare."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.approvals.catalogue import book_of
from yishi.foundation.approvals.words import HOLDERS
from yishi.foundation.cases.models import Case, CatalogueVersion
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.exports import Offer, export_page, export_url
from yishi.foundation.ui.officer import actor_of, render_desk, role_only, shell_of
from yishi.systems.life_events import states as s
from yishi.systems.life_events.catalogue.checking import said
from yishi.systems.life_events.catalogue.form import form_of
from yishi.systems.life_events.catalogue.measures import Measures, Pair
from yishi.systems.life_events.catalogue.model import AUDIENCES, Theme
from yishi.systems.life_events.catalogue.routes import paths
from yishi.systems.life_events.desk.counter_views import versions_of
from yishi.systems.life_events.desk.menu import READERS, STUDIO
from yishi.systems.life_events.flowpicture import picture_of_route
from yishi.systems.life_events.portal.finding import guide_of, matches, offers_of
from yishi.systems.life_events.versions import registers, themes_of


@dataclass(frozen=True, slots=True)
class Row:
    """A theme with its measures."""

    theme: Theme
    measures: Measures
    paths: int


@lru_cache(maxsize=4)
def rows_of(version: int, items: int) -> tuple[Row, ...]:
    """All themes with their measures, once for each pair of versions."""
    found = []
    for offer in offers_of(version, items):
        guide = guide_of(version, items, offer.theme.key)
        found.append(Row(offer.theme, guide.measures, guide.paths))
    return tuple(found)


def _share(pair: Pair) -> float | None:
    return None if pair.before == 0 else (pair.before - pair.after) / pair.before


MEASURES: Table[Row] = Table(
    "theme-measures",
    _("一件事成效"),
    (
        Column("name", _("主题"), lambda row: row.theme.name, width=28),
        Column("group", _("分类"), lambda row: row.theme.group, width=16),
        Column("items", _("事项"), lambda row: row.measures.items, kind="number"),
        Column("paths", _("情形"), lambda row: row.paths, kind="number"),
        Column("fields_before", _("字段（前）"), lambda r: r.measures.fields.before, kind="number"),
        Column("fields_after", _("字段（后）"), lambda r: r.measures.fields.after, kind="number"),
        Column("papers_before", _("材料（前）"), lambda r: r.measures.papers.before, kind="number"),
        Column(
            "papers_distinct", _("材料（去重）"), lambda r: r.measures.distinct_papers, "number"
        ),
        Column("papers_after", _("材料（后）"), lambda r: r.measures.papers.after, kind="number"),
        Column("papers_share", _("材料压减率"), lambda r: _share(r.measures.papers), kind="share"),
        Column("visits_before", _("跑动（前）"), lambda r: r.measures.visits.before, kind="number"),
        Column("visits_after", _("跑动（后）"), lambda r: r.measures.visits.after, kind="number"),
        Column("steps_before", _("环节（前）"), lambda r: r.measures.steps.before, kind="number"),
        Column("steps_after", _("环节（后）"), lambda r: r.measures.steps.after, kind="number"),
        Column("days_before", _("法定时限"), lambda r: r.measures.days.before, kind="number"),
        Column("days_after", _("承诺时限"), lambda r: r.measures.days.after, kind="number"),
        Column("days_share", _("时限压缩率"), lambda r: _share(r.measures.days), kind="share"),
    ),
)


def _text(request: HttpRequest) -> str:
    return request.GET.get("q", "").replace("\x00", "")[:60].strip()


def _narrowed(request: HttpRequest) -> list[Row]:
    version, items = versions_of(registers(shell_of(request).numbers))
    text = _text(request)
    wanted = {o.theme.key for o in offers_of(version, items) if matches(o, text)}
    return [row for row in rows_of(version, items) if row.theme.key in wanted]


@require_safe
@role_only(*READERS)
def themes(request: HttpRequest) -> HttpResponseBase:
    """All themes in force by group."""
    version, items = versions_of(registers(shell_of(request).numbers))
    text = _text(request)
    groups: dict[str, list[Any]] = {}
    offers = [one for one in offers_of(version, items) if matches(one, text)]
    for one in offers:
        groups.setdefault(one.theme.group, []).append(one)
    national = themes_of(version).national
    context = {"groups": groups, "count": len(offers), "q": text, "version": version}
    context["national"] = national
    return render_desk(request, "life_events/themes.html", context, fragment="results")


@require_safe
@role_only(*READERS)
def theme(request: HttpRequest, key: str) -> HttpResponseBase:
    """One theme: its picture, questions, items, one form, papers, paths, and its open cases."""
    version, items = versions_of(registers(shell_of(request).numbers))
    if key not in themes_of(version).themes:
        raise PageError(404, gettext("没有这个主题"), back=reverse("desk:life_events:themes"))
    guide, book = guide_of(version, items, key), book_of(items)
    row = CatalogueVersion.objects.only("loaded_at", "origin").get(pk=version)
    cases = Case.objects.visible_to(actor_of(request)).filter(system=s.SYSTEM, type_key=key)
    functions = registers(shell_of(request).numbers).register.functions
    context = {
        "theme": guide.theme,
        "lead": functions.get(guide.theme.lead, guide.theme.lead),
        "papers": [
            (paper, gettext(HOLDERS.get(paper.holder, paper.holder))) for paper in guide.papers
        ],
        "guide": guide,
        "book": book,
        "audience": AUDIENCES[guide.theme.audience],
        "picture": picture_of_route(guide.theme, guide.full, book, columns=4),
        "form": form_of(guide.theme, guide.full, book),
        "paths": [
            (said(guide.theme, one.answers), [book.items[k].name for k in one.items])
            for one in paths(guide.theme, book)[:200]
        ],
        "version": version,
        "row": row,
        "open": cases.filter(closed_at__isnull=True).count(),
        "may_edit": actor_of(request).has(*STUDIO),
        "back": reverse("desk:life_events:themes"),
    }
    return render_desk(request, "life_events/theme.html", context)


@require_safe
@role_only(*READERS)
def measured(request: HttpRequest) -> HttpResponseBase:
    """What all themes spare, as a table and a chart."""
    rows = _narrowed(request)
    context = {
        "rows": rows,
        "table": MEASURES,
        "q": _text(request),
        "sums": _sums(rows),
        "option": _chart(rows),
        "export": export_url(request, "desk:life_events:measures-export"),
        "chart_rows": [[label, a, b] for label, a, b in _totals(rows)],
        "chart_head": [gettext("指标"), gettext("分开办"), gettext("一件事")],
    }
    return render_desk(request, "life_events/measures.html", context, fragment="results")


@require_http_methods(["GET", "HEAD", "POST"])
@role_only(*READERS)
def measured_export(request: HttpRequest) -> HttpResponseBase:
    """The table as a file."""
    rows = _narrowed(request)
    text = _text(request)
    offer = Offer(
        key="theme-measures",
        title=MEASURES.title,
        parts=lambda: [Part(MEASURES, rows)],
        count=len(rows),
        filters=lambda: [(gettext("查找"), text)] if text else [],
        back=reverse("desk:life_events:measures"),
    )
    return export_page(request, offer)


def _totals(rows: list[Row]) -> list[tuple[str, int, int]]:
    names = (
        ("fields", gettext("字段")),
        ("papers", gettext("材料")),
        ("visits", gettext("跑动")),
        ("steps", gettext("环节")),
        ("days", gettext("工作日")),
    )
    found = []
    for name, label in names:
        pairs = [getattr(row.measures, name) for row in rows]
        found.append((label, sum(p.before for p in pairs), sum(p.after for p in pairs)))
    return found


def _sums(rows: list[Row]) -> list[dict[str, Any]]:
    found = []
    for label, before, after in _totals(rows):
        reduction = Pair(before, after).reduction
        found.append(
            {"label": label, "before": before, "after": after, "reduction": reduction or Decimal(0)}
        )
    return found


def _chart(rows: list[Row]) -> dict[str, Any]:
    """Averages of a theme before and after, as bars."""
    totals, count = _totals(rows), max(len(rows), 1)

    def mean(value: int) -> float:
        return round(value / count, 1)

    return {
        "tooltip": {"trigger": "axis"},
        "legend": {"data": [gettext("分开办"), gettext("一件事")]},
        "grid": {"left": 40, "right": 12, "top": 36, "bottom": 28},
        "xAxis": {"type": "category", "data": [label for label, _a, _b in totals]},
        "yAxis": {"type": "value", "name": gettext("每个主题平均")},
        "series": [
            {"name": gettext("分开办"), "type": "bar", "data": [mean(a) for _l, a, _b in totals]},
            {"name": gettext("一件事"), "type": "bar", "data": [mean(b) for _l, _a, b in totals]},
        ],
    }
