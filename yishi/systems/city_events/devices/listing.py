"""Devices as the desk lists them: each with its state, troubled ones first."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Case, CharField, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils.translation import gettext_lazy as _

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.worklists import PAGE
from yishi.systems.city_events.devices.models import Alarm, Device

ROLES = ("acceptor", "dispatcher", "duty_leader", "auditor", "administrator")
#: Percent of charge at which somebody should bring a new battery.
LOW_BATTERY = 20
#: In the order of the list. The first letter of the code is what it is sorted by.
STATES = {
    "a_silent": (_("失联"), "bad"),
    "b_alarm": (_("报警中"), "bad"),
    "c_low": (_("电量低"), "warn"),
    "d_unheard": (_("未接入"), "warn"),
    "e_normal": (_("正常"), "good"),
    "f_inactive": (_("未启用或已停用"), "neutral"),
}


def devices_of(actor: Actor, today: date) -> QuerySet[Any]:
    """The devices that *actor* sees, with ``state`` (a code of ``STATES``)."""
    over = Alarm.objects.unscoped("whether the device has one, and no more").filter(
        device_id=OuterRef("pk"), ended_at=None
    )
    state = Case(
        When(Q(active_from__gt=today) | Q(active_to__lt=today), then=Value("f_inactive")),
        When(heard__silent_since__isnull=False, then=Value("a_silent")),
        When(Exists(over.exclude(metric="")), then=Value("b_alarm")),
        When(heard__battery__lte=LOW_BATTERY, then=Value("c_low")),
        When(heard__at__isnull=True, then=Value("d_unheard")),
        default=Value("e_normal"),
        output_field=CharField(),
    )
    rows = Device.objects.visible_to(actor).annotate(state=state).select_related("heard")
    found: QuerySet[Any] = rows.order_by("state", "ref")
    return found


def counted(actor: Actor, today: date) -> dict[str, int]:
    """How many devices are in each state (1 statement)."""
    rows = devices_of(actor, today).order_by().values("state").annotate(n=Count("id"))
    return {row["state"]: row["n"] for row in rows}


def narrowed(rows: QuerySet[Any], state: str, kind: str, text: str) -> QuerySet[Any]:
    """*rows* of one state, kind, and with *text* in ref, name or object."""
    if state in STATES:
        rows = rows.filter(state=state)
    if kind in Device.Kind.values:
        rows = rows.filter(kind=kind)
    if text:
        found = Q(ref__icontains=text) | Q(name__icontains=text) | Q(object_name__icontains=text)
        rows = rows.filter(found)
    return rows


def page(rows: QuerySet[Any], after: str) -> tuple[list[Any], str]:
    """One page, and the cursor of the next one (1 statement)."""
    state, _, ref = after[:80].replace("\x00", "").partition("~")
    if state in STATES:
        rows = rows.filter(Q(state__gt=state) | Q(state=state, ref__gt=ref))
    found = list(rows[: PAGE + 1])
    last = found[PAGE - 1] if len(found) > PAGE else None
    return found[:PAGE], f"{last.state}~{last.ref}" if last else ""
