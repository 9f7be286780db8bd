"""Budget lines: what was granted, what is spoken for, what is left; what levels owe each other."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from yishi.foundation.access.actors import Actor
from yishi.foundation.ledger import budgets, settling
from yishi.foundation.ledger.areas import area_name
from yishi.foundation.ledger.budget_models import OPEN, BudgetChange, BudgetLine
from yishi.foundation.ledger.desk.common import PAGE, for_readers, number_in, text_in
from yishi.foundation.ledger.pots import POTS, Figures
from yishi.foundation.ledger.scope import sees
from yishi.foundation.ledger.showing import money, used_share
from yishi.foundation.tables.columns import Column, Part, Table
from yishi.foundation.ui.exports import Offer, counted, export_page, export_url
from yishi.foundation.ui.officer import actor_of, render_desk
from yishi.foundation.ui.parts import Fact

SHOWN = ("granted", "available", "reserved", "committed", "paid", "returned")


@dataclass(frozen=True, slots=True)
class Shown:
    """A line with its figures, as texts of the page and as numbers of the file."""

    line: BudgetLine
    figures: Figures

    @property
    def amounts(self) -> list[str]:
        """The figures of the table."""
        return [money(getattr(self.figures, name)) for name in SHOWN]

    @property
    def share(self) -> float:
        """How much of it is paid."""
        return used_share(self.line, self.figures)


def _yuan(name: str) -> Column[Shown]:
    # Excel keeps numbers as doubles, which hold yuan with two places exactly enough to 90 trillion.
    return Column(
        name, POTS[name], lambda row: getattr(row.figures, name) / 100, kind="money", width=18
    )


LINES: Table[Shown] = Table(
    "ledger-lines",
    _("预算指标"),
    (
        Column("code", _("编号"), lambda row: row.line.code, width=20),
        Column("name", _("名称"), lambda row: row.line.name, width=36),
        Column("year", _("年度"), lambda row: row.line.year, width=8),
        Column("functional", _("支出功能分类"), lambda row: row.line.functional),
        Column("economic", _("政府预算支出经济分类"), lambda row: row.line.economic),
        Column("economic_unit", _("部门预算支出经济分类"), lambda row: row.line.economic_unit),
        Column("area", _("地区"), lambda row: area_name(row.line.area)),
        Column("state", _("状态"), lambda row: str(row.line.get_state_display())),
        *(_yuan(name) for name in POTS),
        Column("share", _("执行率"), lambda row: row.share, kind="share"),
    ),
)


def _narrowed(request: HttpRequest, actor: Actor) -> tuple[QuerySet[BudgetLine], list[int], int]:
    rows = BudgetLine.objects.visible_to(actor)
    years = sorted(set(rows.values_list("year", flat=True)), reverse=True)
    wanted = number_in(request, "year")
    year = wanted if wanted in years else (years[0] if years else 0)
    return rows.filter(year=year), years, year or 0


@for_readers
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The lines of a year with their figures, and what levels owe each other of it."""
    actor = actor_of(request)
    rows, years, year = _narrowed(request, actor)
    after = text_in(request, "after")
    found = list(rows.filter(code__gt=after).order_by("code")[: PAGE + 1])
    figures = budgets.states(found)
    shown = [Shown(line, figures[line.pk]) for line in found[:PAGE]]
    due = [one for one in settling.due(year) if sees(actor, one.lower)] if year else []
    context = {
        "lines": shown,
        "pots": [POTS[name] for name in SHOWN],
        "next": found[PAGE - 1].code if len(found) > PAGE else "",
        "years": years,
        "year": year,
        "due": [(area_name(one.lower), area_name(one.upper), money(one.amount)) for one in due],
        "export_url": export_url(request, "desk:ledger:lines-export"),
    }
    return render_desk(request, "ledger/lines.html", context)


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def exported(request: HttpRequest) -> HttpResponseBase:
    """The same list as a file."""
    rows, _years, year = _narrowed(request, actor_of(request))

    def parts() -> list[Part]:
        lines = list(rows.order_by("code"))
        figures = budgets.states(lines)
        return [Part(LINES, (Shown(line, figures[line.pk]) for line in lines))]

    back = f"{reverse('desk:ledger:lines')}?year={year}"
    filters = [(gettext("年度"), str(year))]
    return export_page(
        request, Offer(LINES.key, LINES.title, parts, counted(rows), lambda: filters, back)
    )


@for_readers
@require_safe
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """One line: its codes, its pots and the documents that changed it."""
    rows = BudgetLine.objects.visible_to(actor_of(request))
    found: BudgetLine | None = rows.filter(pk=pk).select_related("unit", "carried_to").first()
    if found is None:
        raise Http404
    figures = budgets.state(found)
    changes = BudgetChange.objects.visible_to(actor_of(request)).filter(line=found).order_by("-pk")
    pots = [
        (label, money(getattr(figures, pot)), reverse("desk:ledger:account", args=[pk_]))
        for (pot, label), pk_ in ((one, found.accounts[one[0]]) for one in POTS.items())
    ]
    context = {
        "line": found,
        "tone": "active" if found.state == OPEN else "neutral",
        "facts": _facts(found, figures),
        "pots": pots,
        "changes": [(one, money(one.amount)) for one in changes[:200]],
    }
    return render_desk(request, "ledger/line.html", context)


def _facts(found: BudgetLine, figures: Figures) -> list[Fact]:
    levels = {
        "nation": gettext("中央"),
        "province": gettext("省级"),
        "city": gettext("市级"),
        "county": gettext("区县级"),
    }
    shares = "、".join(f"{levels[key]} {value}%" for key, value in found.shares.items())
    facts = [
        Fact(gettext("年度"), found.year),
        Fact(gettext("支出功能分类"), found.functional),
        Fact(gettext("政府预算支出经济分类"), found.economic),
        Fact(gettext("部门预算支出经济分类"), found.economic_unit or gettext("未指定")),
        Fact(gettext("单位"), found.unit.name if found.unit else gettext("未指定")),
        Fact(gettext("地区"), area_name(found.area)),
        Fact(gettext("分担比例"), shares or gettext("不分担")),
        Fact(gettext("执行率"), f"{used_share(found, figures):.1%}"),
    ]
    if found.carried_to is not None:
        url = reverse("desk:ledger:line", args=[found.carried_to_id])
        facts.append(Fact(gettext("结转至"), found.carried_to.code, url=url))
    return facts
