"""接听质量: how many calls are answered, and how soon, in the last and the worst 24 hours."""

from __future__ import annotations

from datetime import timedelta

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from yishi.foundation.ui.errors import PageError
from yishi.foundation.ui.officer import actor_of, officers_only, render_desk, shell_of
from yishi.systems.city_events.context import city
from yishi.systems.city_events.hotline import calls
from yishi.systems.city_events.hotline.models import QualityAlarm
from yishi.systems.city_events.hotline.parameters import ParameterMissing, Parameters

ROLES = ("hotline", "acceptor", "duty_leader", "administrator", "auditor")
#: How far back the worst 24 hours are sought.
LOOKED = timedelta(days=7)


@officers_only
@require_safe
def quality(request: HttpRequest) -> HttpResponse:
    """The line's quality now, the worst 24 hours of a week, the hours, and the alarms."""
    if not actor_of(request).has(*ROLES):
        raise PermissionDenied(gettext("接听质量由热线和值班人员查看。"))
    now = timezone.now()
    registers = city(shell_of(request).numbers)
    parameters = Parameters(registers.rulebook, now, registers.register.root)
    try:
        seconds, lowest = parameters.whole("call_seconds"), parameters.decimal("call_rate")
    except ParameterMissing as error:
        raise PageError(409, str(error)) from error
    last = calls.in_window(now, seconds)
    worst = calls.worst_window(now - LOOKED, now, seconds)
    context = {
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
