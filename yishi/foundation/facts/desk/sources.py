"""Sources with how fresh they are, and what each is expected to deliver."""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from yishi.foundation.facts import columnar, corrections, incoming, snapshots
from yishi.foundation.facts.delivering import may_deliver
from yishi.foundation.facts.desk.common import (
    PAGE,
    english,
    guarded,
    label,
    light,
    source_of,
    sources_of,
)
from yishi.foundation.facts.desk.common import start_of as start_at
from yishi.foundation.facts.models import Delivery, Source
from yishi.foundation.rulebook.facts import Fact, FactType
from yishi.foundation.ui.officer import actor_of, render_desk

_TYPES = {
    FactType.BOOL: _("是否"),
    FactType.INT: _("整数"),
    FactType.DECIMAL: _("小数"),
    FactType.MONEY: _("金额（元）"),
    FactType.TEXT: _("文字"),
    FactType.DATE: _("日期"),
    FactType.DATETIME: _("时间"),
    FactType.SET: _("文字集合"),
}
TONES = {"never": "neutral", "ok": "good", "failed": "bad"}


@guarded
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every source that one answers for: its light, and what waits there."""
    actor, now = actor_of(request), timezone.now()
    open_ = Counter(corrections.waiting(actor).values_list("source_id", flat=True))
    lines = []
    for source in sources_of(actor):
        tone, words = light(source, now)
        lines.append(
            {
                "source": source,
                "name": label(source.name, source.name_en),
                "tone": tone,
                "words": words,
                "facts": len(source.columns),
                "waiting": open_.get(source.pk, 0),
                "failed": source.state == Source.State.FAILED,
            }
        )
    lines.sort(key=lambda line: ("bad", "neutral", "warn", "good").index(str(line["tone"])))
    latest = snapshots.latest()
    context = {"lines": lines, "waiting": sum(open_.values()), "snapshot": latest}
    return render_desk(request, "facts/sources.html", context)


@guarded
@require_safe
def one(request: HttpRequest, key: str) -> HttpResponse:
    """One source: what it delivers and what it delivered."""
    actor, now = actor_of(request), timezone.now()
    source = source_of(request, key)
    tone, words = light(source, now)
    start = start_at(request)
    rows = Delivery.objects.visible_to(actor).filter(source=source).order_by("-received_at", "-pk")
    found = list(rows[start : start + PAGE + 1])
    context = {
        "source": source,
        "name": label(source.name, source.name_en),
        "tone": tone,
        "words": words,
        "columns": [_column(fact) for fact in columnar.declared(source.columns).values()],
        "deliveries": found[:PAGE],
        "next": start + PAGE if len(found) > PAGE else "",
        "may": may_deliver(actor, source),
        "asked": source.kind == Source.Kind.SQL,
    }
    return render_desk(request, "facts/source.html", context)


def _column(fact: Fact) -> dict[str, Any]:
    days = fact.freshness.days if fact.freshness else None
    words = [label(zh, en) for zh, en in fact.values.values()]
    return {
        "name": label(fact.label, fact.label_en),
        "heading": incoming.heading(fact),
        "name_en": fact.label_en if english() else "",
        "type": str(_TYPES[fact.type]),
        "days": days,
        "words": "、".join(words[:8]) + ("…" if len(words) > 8 else ""),
    }


@guarded
@require_safe
def empty_file(request: HttpRequest, key: str) -> HttpResponse:
    """A file with the right headings to fill in."""
    source = source_of(request, key)
    headings = incoming.headings(columnar.declared(source.columns), names=source.names)
    text = io.StringIO()
    csv.writer(text).writerow(headings.values())
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{source.key}.csv"'
    return response
