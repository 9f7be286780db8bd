"""Handing in: one application for several records, each judged at once by its conditions.

What plainly does not meet them is not accepted, with the reasons and the first day to apply; a
light record that does is repaired at once; the rest goes to the bodies. All in one commit.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as SYSTEM_ACTOR
from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.timeline import SHANGHAI
from yishi.foundation.cases.commit import COLUMNS, commit
from yishi.foundation.cases.families import Contexts, Family, Member, start
from yishi.foundation.cases.load import reserve
from yishi.foundation.cases.models import CasePaper
from yishi.foundation.cases.models.parties import AGENT, APPLICANT
from yishi.foundation.cases.party_access import party_row
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.credit import book as rulebooks
from yishi.foundation.credit.models import CreditRecord
from yishi.foundation.credit.record_models import SHOWN
from yishi.foundation.credit.repair import recording, wording
from yishi.foundation.credit.repair import states as s
from yishi.foundation.credit.repair.catalogue import Book
from yishi.foundation.credit.repair.conditions import Verdict
from yishi.foundation.credit.repair.lifecycle import LIFECYCLE
from yishi.foundation.credit.repair.models import RepairedRecord
from yishi.foundation.credit.repair.registers import Registers, registers
from yishi.foundation.credit.repair.standing import (
    Standing,
    check_repair,
    check_shield,
    pending,
    standing,
)
from yishi.foundation.parties.models import Party
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.outcome import Truth

COLUMNS[RepairedRecord] = ("case_id", "record_id", "open")
#: Records of one application.
MOST = 30
PAPER_STEP = "proof"


@dataclass(frozen=True, slots=True)
class Ruling:
    """The court's ruling that approves a plan or a settlement."""

    court: str
    number: str
    ruled_on: date

    def as_data(self) -> dict[str, str]:
        """As the case keeps it."""
        return {"court": self.court, "number": self.number, "on": self.ruled_on.isoformat()}


@dataclass(frozen=True, slots=True)
class Application:
    """What is applied for. ``records``: their numbers; ``declared``: by number, when the applicant
    says the duties were done; ``proofs``: by number, uploads that show it; ``contacts``: (contact
    id, channel) pairs to tell."""

    party: Party
    records: tuple[str, ...]
    pledge: bool
    channel: str = "web"
    declared: Mapping[str, date] = field(default_factory=dict)
    proofs: Mapping[str, Sequence[uuid.UUID]] = field(default_factory=dict)
    contacts: Sequence[tuple[str, str]] = ()
    ruling: Ruling | None = None


def apply(actor: Actor, wanted: Application, now: datetime) -> CaseState:
    """Take the application in; returns the application's case as it then stands.

    Raises:
        FieldError: ``records`` for none, too many, unknown or another's; nothing is stored.
    """
    numbers = tuple(dict.fromkeys(wanted.records))
    if not numbers:
        raise FieldError("records", "请至少选择一条信用记录", "required")
    if len(numbers) > MOST:
        raise FieldError("records", f"一次最多申请{MOST}条", "too_many")
    found = registers()
    version, book = found.book(now)
    with transaction.atomic():
        records = _locked(actor, wanted.party, numbers)
        judged = _judge(records, wanted, found, book, now)
        ids = reserve(1 + len(judged))
        root = _root(found, ids[0], version, wanted, now)
        family = _begin(actor, root, ids[1:], judged, wanted, found, book, now)
        effects = [
            _settle_at_once(family, one, case_id, now)
            for case_id, one in zip(ids[1:], judged, strict=True)
        ]
        family.settle(now)
        rows = _rows(actor, family, ids, judged, wanted, now)
        commit(family.changes, rows)
        for record, move, case_id in (one for one in effects if one is not None):
            recording.after_move(family.states[case_id], record, move, {}, SYSTEM_ACTOR, now)
    return family.root


def _locked(actor: Actor, party: Party, numbers: Sequence[str]) -> list[CreditRecord]:
    """The records, locked in one order; only the party's own, and nothing that it may not see."""
    rows = CreditRecord.objects.unscoped("narrowed to the party's own records")
    own = rows.filter(party__file_id=party.file_id, number__in=numbers).order_by("id")
    found = {row.number: row for row in own.select_for_update(of=("self",))}
    for number in numbers:
        if number not in found:
            raise FieldError("records", f"没有编号为 {number[:40]} 的信用记录", "unknown")
    return [found[number] for number in numbers]


@dataclass(frozen=True, slots=True)
class _Judged:
    """A record with its conditions as of the application."""

    standing: Standing
    verdict: Verdict
    declared_on: date | None


def _judge(
    records: Sequence[CreditRecord],
    wanted: Application,
    found: Registers,
    book: Book,
    now: datetime,
) -> list[_Judged]:
    on = now.astimezone(SHANGHAI).date()
    rules = rulebooks.book()
    waiting = pending([one.id for one in records])
    judged = []
    for record in records:
        declared = wanted.declared.get(record.number)
        if declared is not None and declared > on:
            raise FieldError(f"declared.{record.number}", "履行完毕日不能晚于今天", "future")
        one = standing(record, on, rules, book, found.places, declared_on=declared)
        number = waiting.get(record.id, "")
        if wanted.ruling is not None:
            ruled = wanted.ruling.ruled_on
            verdict = check_shield(one, on, ruled, pledge=wanted.pledge, pending_in=number)
            if record.state not in SHOWN:
                verdict = wording.nothing_to_shield(verdict)
        else:
            verdict = check_repair(one, on, pledge=wanted.pledge, pending_in=number)
        judged.append(_Judged(one, verdict, declared))
    return judged


def _root(
    found: Registers, case_id: int, version: int, wanted: Application, now: datetime
) -> CaseState:
    place = found.places.place_of_division(found.places.root)
    kind = s.SHIELD if wanted.ruling is not None else s.REPAIR
    return _case(
        found,
        case_id,
        s.SYSTEM,
        kind,
        version,
        "XF",
        now,
        wording.subject_of(wanted.party, kind),
        place.division,
        place.managed_path,
    )


def _case(
    found: Registers,
    case_id: int,
    system: str,
    kind: str,
    version: int,
    letters: str,
    now: datetime,
    subject: str,
    division: str,
    path: str,
) -> CaseState:
    today = now.astimezone(SHANGHAI).date()
    prefix = found.places.number_prefix
    return CaseState(
        id=case_id,
        number=f"{prefix}{letters}{today:%Y%m%d}{case_id % 1_000_000:06d}",
        system=system,
        type_key=kind,
        catalogue_id=version,
        subject=subject[:200],
        division=division,
        managed_path=path,
        received_at=now,
        received_on=today,
    )


def window_of(found: Registers, book: Book, on: date) -> int:
    """The unit that keeps the window. Raises FieldError where the city has none."""
    place = found.places.place_of_division(found.places.root)
    window = found.places.responsible(book.window_function, place, at=on)
    if window is None:
        raise FieldError("records", "本市没有承担信用修复窗口的单位", "no_unit")
    return window.unit_id


def _begin(
    actor: Actor,
    root: CaseState,
    ids: Sequence[int],
    judged: Sequence[_Judged],
    wanted: Application,
    found: Registers,
    book: Book,
    now: datetime,
) -> Family:
    """The application and its records, each begun."""
    on = now.astimezone(SHANGHAI).date()
    window = window_of(found, book, on)
    pledge: dict[str, Any] = {"made": wanted.pledge}
    if wanted.pledge:
        pledge |= {"version": book.pledge_version, "digest": book.pledge_digest}
    ruling = wanted.ruling.as_data() if wanted.ruling is not None else {}
    facts = {
        "unit": window,
        "kind": root.type_key,
        "channel": wanted.channel,
        "records": len(judged),
        "pledge": pledge,
        "contacts": [list(one) for one in wanted.contacts],
        "ruling": ruling,
    }
    contexts = Contexts()
    change = plan(LIFECYCLE, root, "submit", actor, facts, now, contexts(root), trusted=True)
    members = []
    for case_id, one in zip(ids, judged, strict=True):
        record = one.standing.record
        unit = found.places.unit(one.standing.unit or window)
        case = _case(
            found,
            case_id,
            s.RECORD,
            root.type_key,
            root.catalogue_id,
            "XFJ",
            now,
            wording.title_of(record),
            unit.division,
            unit.managed_path,
        )
        members.append(Member(record.number, case, _first(one, wanted, window, on)))
    family = Family((), (), contexts)
    for made in start(change, members, actor=actor, now=now, contexts=contexts):
        family.keep(made, "receive")
    return family


def _first(one: _Judged, wanted: Application, window: int, on: date) -> dict[str, Any]:
    record = one.standing.record
    return {
        "record": str(record.id),
        "document_no": record.document_no,
        "authority": record.authority,
        "profile": record.profile,
        "accept": one.standing.accept,
        "decide": one.standing.decide,
        "rule": one.standing.document,
        "rules": one.standing.rules,
        "unit": one.standing.unit,
        "window": window,
        "verdict": one.verdict,
        "seen": one.standing.seen(on, pledge=wanted.pledge),
        "declared_on": one.declared_on,
        "contacts": [list(pair) for pair in wanted.contacts],
    }


def _settle_at_once(
    family: Family, one: _Judged, case_id: int, now: datetime
) -> tuple[CreditRecord, str, int] | None:
    """What the conditions decide by themselves, as a move of the system."""
    case = family.states[case_id]
    on = now.astimezone(SHANGHAI).date()
    facts = {
        "verdict": one.verdict,
        "seen": one.standing.seen(on, pledge=True),
        "rules": one.standing.rules,
    }
    if one.verdict.outcome is Truth.FALSE:
        family.move(case_id, "turn_down", SYSTEM_ACTOR, facts, now, trusted=True)
        return None
    record = one.standing.record
    light = record.severity == "light" and case.type_key == s.REPAIR
    if light and case.state == "received" and one.verdict.outcome is Truth.TRUE:
        family.move(case_id, "repair_at_once", SYSTEM_ACTOR, facts, now, trusted=True)
        return record, "repair_at_once", case_id
    return None


def _rows(
    actor: Actor,
    family: Family,
    ids: Sequence[int],
    judged: Sequence[_Judged],
    wanted: Application,
    now: datetime,
) -> list[Any]:
    rows: list[Any] = []
    for case_id in ids:
        rows.append(party_row(case_id, wanted.party.file_id, APPLICANT, now))
        if actor.mandate_id is not None and actor.person_id is not None:
            rows.append(party_row(case_id, actor.person_id, AGENT, now, actor.mandate_id))
    for case_id, one in zip(ids[1:], judged, strict=True):
        record = one.standing.record
        open_still = family.states[case_id].closed_at is None
        row = {"case_id": case_id, "record_id": record.id, "open": open_still}
        rows.append((RepairedRecord, row))
        for attachment in wanted.proofs.get(record.number, ()):
            paper = {"case_id": case_id, "attachment_id": attachment}
            rows.append((CasePaper, paper | {"step": PAPER_STEP, "at": now}))
    return rows
