"""What a case's page says of the hotline: tickets to print, repeats, later cases, call-backs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext

from yishi.foundation.cases.models import Case
from yishi.foundation.ui.desk import Look, Panel
from yishi.systems.city_events.hotline.models import CallBack
from yishi.systems.city_events.hotline.words import answers_of, state_text
from yishi.systems.city_events.models import Report


def after_calls(look: Look, reports: Sequence[Report]) -> list[Panel]:
    """The panel, or none where there is nothing to say (2 statements)."""
    case = look.case
    tasks = CallBack.objects.visible_to(look.actor).filter(case_id=case.id).order_by("-id")
    rows = [
        {"state": state_text(one), "answers": answers_of(one), "at": one.done_at or one.closed_at}
        for one in tasks
    ]
    own = Case.objects.unscoped("the case is in the looker's sight").filter(pk=case.id)
    found = own.annotate(n=Count("repeats", distinct=True)).values_list(
        "n", "followed_by__case__number"
    )
    counted = list(found)
    numbers = [number for _n, number in counted if number]
    seen = Case.objects.visible_to(look.actor).filter(Q(number__in=numbers)) if numbers else ()
    context: dict[str, Any] = {
        "rows": rows,
        "repeats": counted[0][0] if counted else 0,
        "later": [one.number for one in seen],
        "tickets": [
            (one, reverse("desk:city_events:ticket", args=[case.number, one.pk]))
            for one in reports
            if one.appeal
        ],
    }
    if not any(context.values()):
        return []
    template = "city_events/after_calls_panel.html"
    return [Panel("calls", gettext("工单与回访"), template, context)]
