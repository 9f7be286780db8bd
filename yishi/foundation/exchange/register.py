"""The partners as each process keeps them, and the systems whose cases are exchanged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from yishi.foundation import revisions
from yishi.foundation.cases.state import CaseState

REVISION = "exchange"
#: A partner's reports arrive on ``partner:KEY``.
CHANNEL = "partner:"


@dataclass(frozen=True, slots=True)
class Known:
    """A partner that is told of cases. ``actor_ref`` makes its own moves."""

    id: int
    name: str
    channel: str
    actor_ref: str
    units: frozenset[int]
    scopes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Partners:
    """The partners that are told, by unit and by the channel that their reports arrive on."""

    by_unit: Mapping[int, tuple[Known, ...]]
    by_channel: Mapping[str, Known]


@dataclass(frozen=True, slots=True)
class Told:
    """What the content of a message is drawn from.

    ``body`` is the trace row's content, ``note`` its free text; ``case`` is the case as it stands
    now: only what never changes may be taken from it. ``as_unit``: the partner handles the case,
    otherwise it sent it, under ``their_number``.
    """

    case: CaseState
    body: Mapping[str, Any]
    note: str
    kind: str
    as_unit: bool
    their_number: str | None


@dataclass(frozen=True, slots=True)
class ExchangeSystem:
    """A system whose cases are exchanged: the moves that partners are told, as which event, and
    what is said of them (plain JSON values, no personal numbers)."""

    system: str
    told: Mapping[str, str]
    describe: Callable[[Told], dict[str, Any]]


_SYSTEMS: dict[str, ExchangeSystem] = {}


def register_system(system: ExchangeSystem) -> None:
    """Make a system's cases exchangeable (called from an app's ``ready``)."""
    _SYSTEMS[system.system] = system


def system_of(name: str) -> ExchangeSystem | None:
    """The system *name*, if its cases are exchanged."""
    return _SYSTEMS.get(name)


def load_partners() -> Partners:
    """The partners from the database (2 statements)."""
    from yishi.foundation.exchange.models import Partner, PartnerUnit

    rows = Partner.objects.exclude(state=Partner.State.DISABLED).exclude(callback_url="")
    units: dict[int, set[int]] = {}
    for partner_id, unit_id in PartnerUnit.objects.values_list("partner_id", "unit_id"):
        units.setdefault(partner_id, set()).add(unit_id)
    known = [
        Known(
            id=row.pk,
            name=row.name,
            channel=CHANNEL + row.key,
            actor_ref=f"client:{row.client_id}",
            units=frozenset(units.get(row.pk, ())),
            scopes=frozenset(row.scopes),
        )
        for row in rows.order_by("id")
    ]
    by_unit: dict[int, tuple[Known, ...]] = {}
    for partner in known:
        for unit in partner.units:
            by_unit[unit] = (*by_unit.get(unit, ()), partner)
    return Partners(by_unit, {partner.channel: partner for partner in known})


def look(numbers: Mapping[str, int]) -> Partners:
    """The partners for revision numbers that the caller read anyway (no statement when fresh).

    Every system calls this where it reads its registers: :func:`partners` then knows them.
    """
    return revisions.at(REVISION, numbers.get(REVISION, 0), load_partners)


def partners() -> Partners:
    """The partners as of the process's last :func:`look` (no statement)."""
    return revisions.kept(REVISION, load_partners)
