"""What verbs need besides the case: calendar, places, rules, single items, the published list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yishi.foundation import revisions
from yishi.foundation.access.actors import Actor
from yishi.foundation.approvals.catalogue import Book as Items
from yishi.foundation.approvals.context import Registers, registers
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.advance import CaseNotFound, one_locked
from yishi.foundation.cases.draft import Context
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import CatalogueVersion
from yishi.foundation.cases.policy import sees
from yishi.foundation.cases.scope import storable_number
from yishi.foundation.cases.state import CaseState
from yishi.foundation.exchange import register as exchange
from yishi.foundation.revisions.errors import FieldError
from yishi.systems.pledge_licences.catalogue import Book, version
from yishi.systems.pledge_licences.states import SYSTEM

_REVISION = "catalogue"


@dataclass(frozen=True, slots=True)
class City:
    """The registers as of one look; ``versions``: (id, effective from) of the list, newest
    first."""

    base: Registers
    versions: tuple[tuple[int, datetime], ...]

    def list_at(self, at: datetime) -> tuple[int, Book]:
        """The published list in force with its version's id.

        Raises:
            FieldError: when none was loaded.
        """
        for number, begins in self.versions:
            if begins <= at:
                return number, version(number)
        raise FieldError("licence", "尚未载入告知承诺清单，请先运行 yishi city load", "unknown")

    def items(self, at: datetime) -> Items:
        """The single items in force."""
        return self.base.catalogue(at)[1]

    def for_case(self, case: CaseState) -> Context:
        """What planning a move of *case* may know."""
        return Context(
            self.base.calendar,
            self.base.places,
            version(case.catalogue_id),
            rulebook=self.base.rulebook,
        )


def _load_versions() -> tuple[tuple[int, datetime], ...]:
    rows = CatalogueVersion.objects.filter(system=SYSTEM).order_by("-effective_from", "-id")
    return tuple(rows.values_list("id", "effective_from"))


def city(numbers: Mapping[str, Any] | None = None) -> City:
    """The registers now: one statement, or none when the caller already has the *numbers*."""
    known = revisions.numbers() if numbers is None else numbers
    exchange.look(known)
    return City(
        registers(known),
        revisions.at(_REVISION, known.get(_REVISION, 0), _load_versions),
    )


def context_for(case: CaseState) -> Context:
    """The context of one case (1 statement)."""
    return city().for_case(case)


def locked(actor: Actor, number: str) -> CaseState:
    """The case *number* of this system, locked until the transaction ends.

    Raises:
        CaseNotFound: when there is none that *actor* may see.
    """
    if not storable_number(number):
        raise CaseNotFound(number)
    case = one_locked(actor, number)
    if case.system != SYSTEM:
        raise CaseNotFound(number)
    return case


def seen(actor: Actor, number: str) -> CaseState:
    """The case *number* of this system, not locked. Raises CaseNotFound."""
    states = load_states(number=number) if storable_number(number) else []
    if not states or states[0].system != SYSTEM or not sees(actor, states[0]):
        raise CaseNotFound(number)
    return states[0]


def day_of(moment: datetime) -> date:
    """The city's day."""
    return moment.astimezone(SHANGHAI).date()
