"""What a regulator has to look at: open checks by risk, by day, or along the townships."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext

from yishi.foundation.access.actors import Actor, Reach
from yishi.foundation.access.models import Grant
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.state import CaseState
from yishi.foundation.places.snapshot import Register
from yishi.foundation.ui.parts import Light, light
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue import version
from yishi.systems.pledge_licences.catalogue.model import METHODS, Level, Licence
from yishi.systems.pledge_licences.context import day_of
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.lifecycle.checking import end_of
from yishi.systems.pledge_licences.models import Check, Pledge
from yishi.systems.pledge_licences.services.beginning import unseal

#: What one page lists, and a phone keeps.
MOST = 200
#: An open check is yellow so many days before its day.
WARN = timedelta(days=7)
RISK, DAY, ROUTE = "risk", "day", "route"


@dataclass(frozen=True, slots=True)
class Task:
    """One open check with all that its row shows."""

    check: Check
    case: CaseState
    licence: Licence
    level: Level | None
    holder: str
    address: str
    township: str

    @property
    def kind(self) -> str:
        """First check, second look, lot …"""
        return str(self.check.get_kind_display())

    @property
    def method(self) -> str:
        """How it is looked at."""
        return gettext(METHODS[self.check.method])

    @property
    def state_label(self) -> str:
        """The case's state in words."""
        return gettext(LIFECYCLE.states[self.case.state].label)

    @property
    def due_at(self) -> datetime | None:
        """24:00 of its day."""
        return end_of(self.check.due_on) if self.check.due_on else None

    @property
    def warn_at(self) -> datetime | None:
        """From when on it is yellow."""
        return self.due_at - WARN if self.due_at else None

    def light(self, now: datetime) -> Light:
        """Its light."""
        return light(self.due_at, now, warn_at=self.warn_at, provisional=self.check.provisional)

    def order(self, by: str) -> tuple[Any, ...]:
        """Where it stands in a list."""
        due = self.check.due_on.toordinal() if self.check.due_on else 9_999_999
        level = self.level.order if self.level else 99
        if by == ROUTE:
            return self.check.managed_path, self.address, level, due
        if by == DAY:
            return due, level, self.check.pk
        return level, due, self.check.pk


def open_checks(actor: Actor, *, in_scope: bool = False) -> Any:
    """The open checks of the actor's units, or (*in_scope*) of all cases in sight."""
    rows = Check.objects.visible_to(actor).filter(state=Check.OPEN)
    if in_scope:
        return rows
    units = {g.unit_id for g in actor.with_reach(Reach.UNIT) if g.role in (s.REGULATOR, s.HEAD)}
    return rows.filter(unit_id__in=units)


def tasks(rows: Iterable[Check], register: Register) -> list[Task]:
    """The rows with their cases, holders and addresses (4 statements)."""
    kept = list(rows)
    cases = {case.id: case for case in load_states({row.case_id for row in kept})} if kept else {}
    pledges = {
        one.case_id: one
        for one in Pledge.objects.unscoped("of checks in sight")
        .filter(case_id__in=cases)
        .select_related("holder")
    }
    return [_task(row, cases[row.case_id], pledges[row.case_id], register) for row in kept]


def _task(row: Check, case: CaseState, pledge: Pledge, register: Register) -> Task:
    book = version(case.catalogue_id)
    town = "/".join(case.managed_path.split("/")[:3])
    return Task(
        row,
        case,
        book.licences[case.type_key],
        book.supervision.levels.get(row.level),
        pledge.holder.name,
        unseal(pledge).get("premises_address", ""),
        register.label(town),
    )


def overdue(now: datetime) -> Q:
    """Checks whose day is over."""
    return Q(due_on__lt=day_of(now))


def colleagues(actor: Actor, unit: int, now: datetime) -> list[tuple[int, str]]:
    """(id, name) of those who may be the second officer of a unit (1 statement)."""
    rows = Grant.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=now),
        unit_id=unit,
        role__in=(s.REGULATOR, s.HEAD),
        valid_from__lte=now,
        user__is_active=True,
    ).exclude(user_id=actor.user_id or 0)
    found = rows.select_related("user").order_by("user_id")
    named = {g.user.pk: str(g.user.display_name) for g in found if g.user is not None}
    return list(named.items())


def latest_rectification(now: datetime) -> str:
    """Two weeks from today: what the form suggests."""
    return (day_of(now) + timedelta(days=14)).isoformat()
