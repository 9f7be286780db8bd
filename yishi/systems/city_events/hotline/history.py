"""A caller's open and recent tickets, found by the number's keyed hash; every look is logged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.models import Case
from yishi.foundation.parties.contacts import find_contacts
from yishi.systems.city_events.lifecycle import SYSTEM
from yishi.systems.city_events.models import Report

#: Who may ask for a caller's tickets: those who talk to callers.
ROLES = ("hotline", "acceptor")
#: Stated with every look and shown on the page.
PURPOSE = "受理来电：核对是否重复诉求"
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Earlier:
    """One earlier ticket of the caller, without anything personal."""

    number: str
    subject: str
    state: str
    unit: str
    received_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    reason: str


def of_phone(actor: Actor, phone: str, now: datetime, days: int) -> list[Earlier]:
    """The caller's tickets that are open, or were received in the last *days*, newest first
    (4 statements). Only those that *actor* may see anyway.

    Raises:
        FieldError: on ``phone`` when it is no number.
        PermissionError: when the actor does not talk to callers.
    """
    if not actor.has(*ROLES):
        raise PermissionError("caller history is for the hotline")
    contacts = find_contacts(phone, actor=actor, purpose=PURPOSE, now=now)
    reports = Report.objects.visible_to(actor).filter(contact_id__in=[c.id for c in contacts])
    ids = list(reports.values_list("case_id", flat=True).distinct())
    since = now - timedelta(days=days)
    rows = Case.objects.visible_to(actor).filter(pk__in=ids, system=SYSTEM)
    return [
        earlier_of(case) for case in _ordered(rows) if not case.closed_at or _recent(case, since)
    ]


def of_numbers(actor: Actor, numbers: Sequence[str]) -> list[Earlier]:
    """The tickets with these case numbers that *actor* may see (1 statement)."""
    rows = Case.objects.visible_to(actor).filter(number__in=list(numbers)[:SHOWN], system=SYSTEM)
    return [earlier_of(case) for case in _ordered(rows)]


def _ordered(rows: Any) -> list[Case]:
    return list(rows.select_related("unit").order_by("-received_at", "-id")[:SHOWN])


def _recent(case: Case, since: datetime) -> bool:
    return case.received_at >= since or (case.closed_at is not None and case.closed_at >= since)


def earlier_of(case: Case) -> Earlier:
    """How a case stands, as a ticket that a caller is told of (its unit is read)."""
    return Earlier(
        case.number,
        case.subject,
        case.state,
        case.unit.name if case.unit else "",
        case.received_at,
        case.closed_at,
        case.next_due_at,
        str(case.data.get("reason_code") or ""),
    )
