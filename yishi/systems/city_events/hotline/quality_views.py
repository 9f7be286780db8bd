"""接听质量: how many calls are answered, and how soon, in the last and the worst 24 hours."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import officers_only, render_desk, require_role, shell_of
from yishi.systems.city_events.context import city
from yishi.systems.city_events.hotline import calls
from yishi.systems.city_events.hotline.models import QualityAlarm
from yishi.systems.city_events.hotline.parameters import ParameterMissing, Parameters

ROLES = ("hotline", "acceptor", "duty_leader", "administrator", "auditor")
#: How far back the worst 24 hours are sought.
LOOKED = timedelta(days=7)


def promised(request: HttpRequest, now: datetime) -> tuple[int, Decimal]:
    """Seconds within which a call is answered, and the share of calls, in percent.

    Raises PermissionDenied for other roles, and PageError where the city names no such values.
    """
    require_role(request, *ROLES, refusal=gettext("接听质量由热线和值班人员查看。"))
    registers = city(shell_of(request).numbers)
    parameters = Parameters(registers.rulebook, now, registers.register.root)
    try:
        return parameters.whole("call_seconds"), parameters.decimal("call_rate")
    except ParameterMissing as error:
        raise PageError(409, str(error)) from error


@officers_only
@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """The line's quality now, the worst 24 hours of a week, the hours, and the alarms."""
    now = timezone.now()
    seconds, lowest = promised(request, now)
    last = calls.in_window(now, seconds)
    worst = calls.worst_window(now - LOOKED, now, seconds)
    context = {
        "export_url": reverse("desk:city_events:quality-export"),
        "seconds": seconds,
        "lowest": lowest,
        "last": last,
        "alarm": last.alarms(lowest),
        "worst": worst,
        "worst_alarm": worst.alarms(lowest),
        "hours": calls.by_hour(now, seconds),
        "alarms": list(QualityAlarm.objects.order_by("-begun_at")[:10]),
    }
    return render_desk(request, "city_events/quality.html", context)
