"""Budget lines with their figures, and reconciliation with the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yishi.foundation.ledger import budgets
from yishi.foundation.ledger.budgets import Figures
from yishi.foundation.ledger.models import BudgetLine
from yishi.foundation.ui.officer import actor_of, render_desk
from yishi.foundation.ui.parts import Tab
from yishi.systems.direct_benefits.payments.models import PaymentLine
from yishi.systems.direct_benefits.payments.pages.common import TONES, finance_only, yuan
from yishi.systems.direct_benefits.payments.reconciling import Reconciliation, Row, reconcile

#: The parts of a line in the order of money's way, each with its colour's name.
_PARTS = (
    ("paid", _("已支付")),
    ("returned", _("退票待重付")),
    ("committed", _("已核定")),
    ("reserved", _("预留")),
    ("available", _("可用")),
)
#: Width of the drawing; its units are thousandths of the line.
_WIDE = 1000


def bar(figures: Figures) -> list[dict[str, Any]]:
    """The parts of a budget line as pieces of one bar: thousandths of what was granted, of which
    none that holds money disappears, and together never more than the bar."""
    amounts = [(key, label, getattr(figures, key)) for key, label in _PARTS]
    total = sum(amount for _key, _label, amount in amounts) or 1
    pieces, start = [], 0.0
    for key, label, amount in amounts:
        width = _WIDE * amount / total
        shown = max(width, 4.0) if amount else 0.0
        shown = min(shown, _WIDE - start)
        pieces.append(
            {
                "key": key,
                "label": label,
                "amount": yuan(amount),
                "share": amount / total,
                "x": f"{start:.1f}",
                "width": f"{shown:.1f}",
            }
        )
        start += shown
    return pieces


@finance_only
@require_safe
def of_budgets(request: HttpRequest) -> HttpResponse:
    """The budget lines of a year that the reader reaches."""
    rows = BudgetLine.objects.visible_to(actor_of(request)).select_related("unit")
    years = sorted({*rows.values_list("year", flat=True)}, reverse=True)
    said = request.GET.get("year", "")
    year = next((one for one in years if str(one) == said), years[0] if years else 0)
    lines = list(rows.filter(year=year).order_by("code"))
    figures = budgets.states(lines)
    address = reverse("desk:payments:budgets")
    context = {
        "title": gettext("预算与支付进度"),
        "tabs": [Tab(str(one), f"{address}?year={one}", None, one == year) for one in years],
        "whole": _whole([figures[line.pk] for line in lines]) if len(lines) > 1 else None,
        "rows": [_budget(line, figures[line.pk]) for line in lines],
        "simulated": any(line.simulated for line in lines),
    }
    return render_desk(request, "benefit_payments/budgets.html", context)


def _whole(figures: Sequence[Figures]) -> dict[str, Any]:
    names = ("granted", *(key for key, _label in _PARTS))
    together = Figures(**{name: sum(getattr(one, name) for one in figures) for name in names})
    return _drawn(together)


def _budget(line: BudgetLine, figures: Figures) -> dict[str, Any]:
    return {
        "line": line,
        "unit": line.unit.name if line.unit else "",
        "state": line.get_state_display(),
        "shares": _shares(line),
        **_drawn(figures),
    }


def _drawn(figures: Figures) -> dict[str, Any]:
    spent = figures.paid / figures.granted if figures.granted else 0
    other = [
        (label, yuan(getattr(figures, key)))
        for key, label in (
            ("recovered", _("收回上缴")),
            ("lapsed", _("年终收回")),
            ("carried", _("结转下年")),
        )
        if getattr(figures, key)
    ]
    return {"granted": yuan(figures.granted), "bar": bar(figures), "spent": spent, "other": other}


_LEVELS = {"nation": _("中央"), "province": _("省级"), "city": _("市级"), "county": _("县级")}


def _shares(line: BudgetLine) -> str:
    total = sum(line.shares.values())
    parts = [
        f"{_LEVELS.get(key, key)} {100 * weight / total:.0f}%"
        for key, weight in line.shares.items()
    ]
    return " · ".join(parts)


@finance_only
@require_safe
def of_reconciliation(request: HttpRequest) -> HttpResponse:
    """What was sent, booked, returned and unknown, and the difference to the ledger."""
    found = reconcile(actor_of(request))
    context = {
        "title": gettext("对账"),
        "at": timezone.now(),
        "columns": _columns(found),
        "ledger_paid": yuan(found.ledger_paid),
        "ledger_returned": yuan(found.ledger_returned),
        "queue": found.queue.count,
        "queue_total": yuan(found.queue.fen),
        "differences": len(found.differences),
        "rows": [_reconciled(row) for row in found.rows],
    }
    return render_desk(request, "benefit_payments/reconciliation.html", context)


def _columns(found: Reconciliation) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "count": found.totals[state].count if state in found.totals else 0,
            "total": yuan(found.totals[state].fen if state in found.totals else 0),
        }
        for state, label in PaymentLine.STATES
        if state != PaymentLine.CANCELLED
    ]


def _reconciled(row: Row) -> dict[str, Any]:
    open_ = row.of(PaymentLine.WAITING) + row.of(PaymentLine.SENT)
    return {
        "order": row.order,
        "url": reverse("desk:payments:order", args=[row.order.number]),
        "state": row.order.get_state_display(),
        "tone": TONES[row.order.state],
        "total": yuan(row.order.total_fen),
        "open": yuan(open_.fen),
        "booked": yuan(row.of(PaymentLine.BOOKED).fen),
        "returned": yuan(row.of(PaymentLine.RETURNED).fen),
        "rejected": yuan(row.of(PaymentLine.REJECTED).fen),
        "ledger": yuan(row.ledger_paid - row.ledger_returned),
        "difference": yuan(row.difference),
        "wrong": row.differs or not row.adds_up,
    }
