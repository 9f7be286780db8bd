"""Closing a month, and winding up a year: what goes on is carried over, the rest is taken back."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from yishi.foundation.access.actors import Actor
from yishi.foundation.ledger import budgets, periods, year_end
from yishi.foundation.ledger.budget_models import OPEN, BudgetLine
from yishi.foundation.ledger.desk.common import for_readers
from yishi.foundation.ledger.errors import LedgerError
from yishi.foundation.ledger.models import Period
from yishi.foundation.ledger.scope import closes, closing_areas
from yishi.foundation.ledger.showing import money
from yishi.foundation.ui.officer import actor_of, render_desk

MOST_LINES = 500


class _Plain(forms.Form):
    use_required_attribute = False


class CloseForm(_Plain):
    """Close a month."""

    sure = forms.BooleanField(
        label=_("已核对科目余额表和记账凭证"),
        error_messages={"required": _("请先核对，再勾选")},
    )


class _WithDocument(_Plain):
    document = forms.CharField(
        label=_("文号"),
        max_length=120,
        help_text=_("结转或收回所依据的文件，例如“襄财预〔2027〕3号”"),
        error_messages={"required": _("请写明文号"), "max_length": _("最多120字")},
    )


class CarryForm(_WithDocument):
    """Carry a line over to one of the next year."""

    line = forms.ModelChoiceField(
        BudgetLine.objects.none(),
        label=_("从哪个预算项"),
        error_messages={"required": _("请选择预算项"), "invalid_choice": _("请重新选择预算项")},
    )
    to = forms.ModelChoiceField(
        BudgetLine.objects.none(),
        label=_("结转到"),
        error_messages={"required": _("请选择下年度的预算项"), "invalid_choice": _("请重新选择")},
    )
    available = forms.DecimalField(
        label=_("结转多少可用指标（元）"),
        required=False,
        min_value=Decimal(0),
        max_digits=16,
        decimal_places=2,
        help_text=_("不填则全部结转；少于全部时，其余收回。预留和待支付的资金总是全部结转。"),
        error_messages={
            "invalid": _("请填写金额，例如 1200.50"),
            "min_value": _("不能小于0"),
            "max_decimal_places": _("最多两位小数"),
            "max_digits": _("数字过大"),
            "max_whole_digits": _("数字过大"),
        },
    )

    def __init__(self, actor: Actor, over: list[BudgetLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = BudgetLine.objects.visible_to(actor).filter(state=OPEN).order_by("code")
        mine = rows.filter(pk__in=[line.pk for line in over])
        later = rows.filter(year__gt=year_end.last_over(timezone.now()))
        self.fields["line"].queryset = mine  # type: ignore[attr-defined]
        self.fields["to"].queryset = later  # type: ignore[attr-defined]
        for name in ("line", "to"):
            self.fields[name].empty_label = gettext("请选择")  # type: ignore[attr-defined]


class LapseForm(_WithDocument):
    """Take back what lines of a year have left."""

    year = forms.TypedChoiceField(
        label=_("年度"),
        coerce=int,
        error_messages={"required": _("请选择年度"), "invalid_choice": _("请重新选择年度")},
    )

    def __init__(self, over: list[BudgetLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = sorted({line.year for line in over})
        self.fields["year"].choices = [(year, str(year)) for year in years]  # type: ignore[attr-defined]


def ended(actor: Actor) -> list[BudgetLine]:
    """The open lines of years that are over, of areas that *actor* winds up (1 statement)."""
    last = year_end.last_over(timezone.now())
    rows: QuerySet[BudgetLine] = BudgetLine.objects.visible_to(actor)
    found = rows.filter(year__lte=last, state=OPEN).order_by("year", "code")[:MOST_LINES]
    return [line for line in found if closes(actor, line.area)]


@for_readers
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What can be closed and wound up now, and doing it."""
    actor = actor_of(request)
    if not closes(actor) and not closing_areas(actor):
        raise Http404
    lines = ended(actor)
    does = request.POST.get("do", "") if request.method == "POST" else ""
    shown: dict[str, forms.Form] = {
        "close": CloseForm(request.POST if does == "close" else None, prefix="close"),
        "carry": CarryForm(actor, lines, request.POST if does == "carry" else None, prefix="carry"),
        "lapse": LapseForm(lines, request.POST if does == "lapse" else None, prefix="lapse"),
    }
    form = shown.get(does)
    if form is not None and form.is_valid():
        try:
            messages.success(request, _DO[does](request, actor, form.cleaned_data))
            return HttpResponseRedirect(reverse("desk:ledger:closing"))
        except LedgerError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
    return _shown(request, actor, lines, shown, form)


def _shown(
    request: HttpRequest,
    actor: Actor,
    lines: list[BudgetLine],
    shown: dict[str, forms.Form],
    wrong: forms.Form | None,
) -> HttpResponse:
    figures = budgets.states(lines)
    held = [(line, figures[line.pk]) for line in lines]
    context = {
        "forms": shown,
        "wrong": wrong,
        "month": periods.next_to_close(timezone.now()) if closes(actor) else "",
        "whole": closes(actor),
        "closed": Period.objects.filter(closed_at__isnull=False).order_by("-key")[:12],
        "lines": [
            (line, *(money(n) for n in (had.available, had.reserved, had.committed)))
            for line, had in held
        ],
        "year": timezone.localdate().year,
    }
    return render_desk(request, "ledger/closing.html", context, status=422 if wrong else 200)


def _close(request: HttpRequest, actor: Actor, said: dict[str, Any]) -> str:
    if not closes(actor):
        raise Http404
    done = periods.close(request.POST.get("period", "")[:7], actor.ref, timezone.now())
    return gettext("%(month)s 已结账，共 %(n)s 笔分录。") % {"month": done.key, "n": done.transfers}


def _carry(request: HttpRequest, actor: Actor, said: dict[str, Any]) -> str:
    free = said["available"]
    moved = year_end.carry_over(
        said["line"],
        said["to"],
        said["document"],
        actor.ref,
        timezone.now(),
        available=None if free is None else int(free * 100),
    )
    return gettext("已结转 %(sum)s 元。") % {"sum": money(moved)}


def _lapse(request: HttpRequest, actor: Actor, said: dict[str, Any]) -> str:
    if not closes(actor):
        raise Http404
    found = year_end.lapse(said["year"], said["document"], actor.ref, timezone.now())
    figures = {"n": len(found), "sum": money(sum(found.values()))}
    return gettext("已收回 %(n)s 个预算项的余额，共 %(sum)s 元。") % figures


_DO: dict[str, Callable[[HttpRequest, Actor, dict[str, Any]], str]] = {
    "close": _close,
    "carry": _carry,
    "lapse": _lapse,
}
