"""What people see of records and applications: standing of each record, applications, papers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.models.parties import APPLICANT
from yishi.foundation.cases.party_access import followed_cases
from yishi.foundation.cases.policy import sees
from yishi.foundation.cases.scope import storable_number
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit import book as rulebooks
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.record_models import DELETED, OVER
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.conditions import Verdict
from yishi.foundation.credit.repair.models import RepairedRecord
from yishi.foundation.credit.repair.registers import Registers
from yishi.foundation.credit.repair.standing import Standing, check_repair, pending, standing
from yishi.foundation.credit.repair.wording import reason_text
from yishi.foundation.parties.models import Party
from yishi.foundation.rulebook.outcome import Truth

#: Conditions that are met by nearly all, or by the application itself.
_PLAIN = frozenset({"RECORDED", "REPAIRABLE", "NOT_PENDING", "PENDING", "PLEDGE"})
#: Applications that a page shows.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Offer:
    """A record with what stands between it and its repair today. ``pending``: the number of its
    open application; ``choosable``: an application would be taken in."""

    standing: Standing
    verdict: Verdict
    pending: str

    @property
    def record(self) -> CreditRecord:
        """The record."""
        return self.standing.record

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The conditions that say something of this record, in the reader's language."""
        told = [one for one in self.verdict.conditions if one.code not in _PLAIN]
        return [{"text": reason_text(one), "met": one.met} for one in told]

    @property
    def over(self) -> bool:
        """Nothing is left to repair."""
        return self.record.state in OVER

    @property
    def choosable(self) -> bool:
        """Whether nothing but what the applicant can still say stands against it."""
        return self.verdict.outcome is not Truth.FALSE

    @property
    def claims(self) -> bool:
        """Whether only the duties stand against it: whoever did them may say so, with proof."""
        against = [one.code for one in self.verdict.reasons if one.met is False]
        return against == ["DUTY_NOT_DONE"]


def offers_of(party: Party, now: datetime, found: Registers) -> list[Offer]:
    """The records of a party, open ones first, the newest first (3 statements)."""
    rows = CreditRecord.objects.unscoped("a party's own records")
    own = rows.filter(party__file_id=party.file_id).exclude(state=DELETED)
    return offers(own.order_by("-document_date", "-id"), now, found)


def offers(records: Iterable[CreditRecord], now: datetime, found: Registers) -> list[Offer]:
    """How *records* stand today (2 statements)."""
    rows = list(records)
    on, rules, waiting = _day(now), rulebooks.book(), pending([one.id for one in rows])
    _version, book = found.book(now)
    made = []
    for row in rows:
        one = standing(row, on, rules, book, found.places)
        number = waiting.get(row.id, "")
        made.append(Offer(one, check_repair(one, on, pledge=True, pending_in=number), number))
    return sorted(made, key=lambda offer: offer.over)


@dataclass(frozen=True, slots=True)
class Whole:
    """An application with its records' cases and the records themselves, in one order."""

    root: CaseState
    members: Sequence[CaseState]
    records: dict[int, CreditRecord]
    party: Party


def whole_of(actor: Actor, number: str) -> Whole | None:
    """The application *number* (or the one that a record's case of that number belongs to), if the
    actor sees the case of that number; of the records those in sight (about 4 statements)."""
    if not storable_number(number):
        return None
    states = load_states(number=number)
    if not states or states[0].system not in (s.SYSTEM, s.RECORD):
        return None
    if not sees(actor, states[0]):
        return None
    root_id = states[0].root_id or states[0].id
    ids = Case.objects.unscoped("the family of a case in sight").filter(root_id=root_id)
    family = load_states([root_id, *ids.values_list("pk", flat=True)])
    root = next(one for one in family if one.id == root_id)
    own = actor.kind == "party"  # whoever applied for one applied for all
    members = [one for one in family if one.root_id == root_id and (own or sees(actor, one))]
    return Whole(root, members, records_of(members), applicant_of(root_id))


def records_of(members: Iterable[CaseState]) -> dict[int, CreditRecord]:
    """The records of cases in sight, by case (1 statement)."""
    rows = RepairedRecord.objects.unscoped("records of cases in sight")
    found = rows.filter(case_id__in=[one.id for one in members]).select_related("record")
    return {row.case_id: row.record for row in found}


def applicant_of(case_id: int) -> Party:
    """Who applies (1 statement)."""
    from yishi.foundation.cases.models import CaseParty

    rows = CaseParty.objects.unscoped("the applicant of a case in sight")
    row = rows.filter(case_id=case_id, role=APPLICANT).select_related("party__file").first()
    assert row is not None  # written with the case
    party: Party = row.party.file
    return party


def applications_of(actor: Actor) -> list[Case]:
    """The applications that a party follows, the newest first (1 statement)."""
    rows = Case.objects.unscoped("narrowed to what the party follows")
    own = rows.filter(pk__in=followed_cases(actor), system=s.SYSTEM).order_by("-id")
    return list(own[:SHOWN])


def record_in_sight(actor: Actor, number: str) -> CreditRecord | None:
    """The record *number* if the actor may see it (1 statement)."""
    if not storable_number(number):
        return None
    rows = CreditRecord.objects.visible_to(actor).filter(number=number)
    found: CreditRecord | None = rows.select_related("party").first()
    return found


def _day(now: datetime) -> date:
    return now.astimezone(SHANGHAI).date()
