"""A party, a body, records, and the people of repair."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from yishi.foundation.access.actors import SYSTEM, Actor, ActorGrant
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.load import load_states
from yishi.foundation.cases.models import Case
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit import records
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.repair import services
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.applying import Application, Ruling, apply
from yishi.foundation.credit.repair.registers import registers
from yishi.foundation.parties.identifiers import uscc_check_sign
from yishi.foundation.parties.models import Party
from yishi.foundation.parties.registering import find_or_create
from yishi.foundation.parties.services import PartyInput

_COUNT = itertools.count(1)


def at(text: str) -> datetime:
    """``2026-03-02`` or ``2026-03-02 09:00`` in Shanghai."""
    found = datetime.fromisoformat(text if " " in text else f"{text} 10:00")
    return found.replace(tzinfo=SHANGHAI)


def enterprise(name: str = "襄阳模拟食品有限公司") -> Party:
    """An enterprise with a file."""
    first = f"91420606MNXY{next(_COUNT):05d}"
    raw = PartyInput(name=name, identifier=first + uscc_check_sign(first), identifier_kind="uscc")
    party, _new = find_or_create(raw, actor=SYSTEM, purpose="测试", now=at("2020-01-01"))
    return party


def unit(function: str = "market_supervision") -> int:
    """A body in 樊城区."""
    places = registers().places
    place = places.place_of_division("420606007")
    found = places.responsible(function, place, at=date(2026, 6, 1))
    assert found is not None
    return found.unit_id


def record(
    party: Party, document_date: str, severity: str = "general", **more: Any
) -> CreditRecord:
    """A penalty of the body, entered on the day of its document."""
    values: dict[str, Any] = {
        "kind": "penalty",
        "authority": "樊城区市场监督管理局",
        "document_no": f"樊市监罚〔2026〕{next(_COUNT)}号",
        "summary": "模拟：标签不合格",
        "severity": severity,
        "unit_id": unit(),
    } | more
    done, unpaid = values.pop("done", None), values.pop("unpaid", False)
    raw = records.RecordInput(
        party=party, document_date=date.fromisoformat(document_date), **values
    )
    found = records.add(raw, SYSTEM, at(f"{document_date} 09:00"))
    if done:
        records.note_duty(found, SYSTEM, at(f"{done} 18:00"), done_on=date.fromisoformat(done))
    if unpaid:
        records.note_duty(found, SYSTEM, at(f"{document_date} 18:00"), is_open=True)
    return again(found)


def again(one: CreditRecord) -> CreditRecord:
    """The record as it is stored now."""
    found: CreditRecord = CreditRecord.objects.unscoped("test").get(pk=one.pk)
    return found


def applicant(party: Party) -> Actor:
    """The party, signed in at the portal."""
    return Actor("party", "account:1", "申请人", party_id=party.file_id, person_id=party.file_id)


def body(unit_id: int | None = None) -> Actor:
    """An officer of the body that decides."""
    return Actor("user", "user:2", "审查", (ActorGrant(s.BODY, unit_id or unit(), ""),))


def keeper() -> Actor:
    """The officer of the window."""
    return Actor("user", "user:1", "信用管理员", (ActorGrant(s.WINDOW, None, "4206"),))


def hand_in(
    party: Party,
    when: str,
    *chosen: CreditRecord,
    pledge: bool = True,
    declared: Mapping[str, date] | None = None,
    ruling: Ruling | None = None,
    actor: Actor | None = None,
) -> tuple[CaseState, list[CaseState]]:
    """One application for the records: its case and theirs, in their order."""
    wanted = Application(
        party=party,
        records=tuple(one.number for one in chosen),
        pledge=pledge,
        declared=declared or {},
        ruling=ruling,
    )
    root = apply(actor or applicant(party), wanted, at(when))
    return root, members(root)


def members(root: CaseState) -> list[CaseState]:
    """The records' cases of an application."""
    ids = Case.objects.unscoped("test").filter(root_id=root.id).order_by("id")
    return load_states(list(ids.values_list("pk", flat=True)))


def stored(case: CaseState) -> CaseState:
    """The case as it is stored now."""
    return load_states([case.id])[0]


def do(actor: Actor, case: CaseState, move: str, when: str, **raw: Any) -> CaseState:
    """Make a move."""
    return services.advance(actor, case.number, move, raw, at(when))


def codes(case: CaseState) -> list[str]:
    """What stood against a record."""
    return [one["code"] for one in case.data["conditions"] if one["met"] is not True]


def due(case: CaseState, clock: str) -> str:
    """The day on which a limit ends."""
    found = case.last_clock(clock)
    assert found is not None
    return found.due_at.astimezone(SHANGHAI).date().isoformat()


def repaired(party: Party, one: CreditRecord, when: str) -> CaseState:
    """A record that was repaired on a day."""
    _root, (case,) = hand_in(party, when, one)
    do(body(), case, "accept", when)
    return do(body(), case, "repair", when)
