"""指标口径: one page on which every figure of the house is defined."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from yishi.foundation.cases.kpis import books
from yishi.foundation.ui.officer import officers_only, render_desk, shell_of


@officers_only
@require_safe
def kpis(request: HttpRequest) -> HttpResponse:
    """Every figure: its name, formula, SQL, source, denominator and freshness."""
    found = books(shell_of(request).numbers, timezone.now())
    words = request.GET.get("q", "").strip()[:40]
    shown = [
        (
            book,
            [kpi for kpi in book.kpis if not words or words in f"{kpi.label}{kpi.id}{kpi.formula}"],
        )
        for book in found
    ]
    context = {
        "title": gettext("指标口径"),
        "books": [(book, kept) for book, kept in shown if kept],
        "words": words,
        "count": sum(len(kept) for _book, kept in shown),
    }
    return render_desk(request, "desk/kpis.html", context)
