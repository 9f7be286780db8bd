"""What a grant consists of: certificate, licence in force, first check, credit facts; the rows of
one commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.dates import add_months
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.rulebook.outcome import Outcome
from yishi.systems.pledge_licences.catalogue.model import Book, Licence
from yishi.systems.pledge_licences.context import City, day_of
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Check, CreditFact, Pledge
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.services import bars, facts, supervision, tasks_of
from yishi.systems.pledge_licences.services.beginning import unseal


@dataclass(slots=True)
class Deciding:
    """One case on its way to the decision: what was planned so far."""

    actor: Actor
    pledge: Pledge
    found: City
    now: datetime
    changes: list[Change]
    rows: list[tuple[Any, dict[str, Any]]]

    @property
    def case(self) -> CaseState:
        """The case as planned."""
        return self.changes[-1].after

    @property
    def book(self) -> Book:
        """The list in the case's version."""
        found: Book = self.found.for_case(self.case).catalogue
        return found

    @property
    def licence(self) -> Licence:
        """What is applied for."""
        return self.book.licences[self.case.type_key]

    def move(self, move: str, facts: Mapping[str, Any], *, itself: bool = True) -> Change:
        """Plan a move, by the system itself or by the actor."""
        change = plan(
            LIFECYCLE,
            self.case,
            move,
            ITSELF if itself else self.actor,
            facts,
            self.now,
            self.found.for_case(self.case),
            trusted=itself,
        )
        self.changes.append(change)
        return change


def grant(deciding: Deciding, outcome: Outcome, by_officer: bool) -> None:
    licence, now = deciding.licence, deciding.now
    known = supervision.facts_of(deciding.pledge.holder, licence, None, now)
    rule = supervision.rule_for(deciding.book, known)
    valid_to = _valid_to(licence, day_of(now))
    planned = certificates.plan_issue(
        certificate_input(deciding, valid_to), actor=deciding.actor, now=now
    )
    deciding.rows += planned.rows
    deciding.move(
        "decide",
        {
            "certificate": str(planned.id),
            "number": planned.number,
            "valid_to": valid_to.isoformat() if valid_to else "",
            "level": rule.level,
            "reasons": [str(one.condition.key) for one in outcome],
        },
        itself=not by_officer,
    )
    deciding.rows.append((Held, _held_row(deciding, planned.id, valid_to, rule.level, rule.key)))
    kind = Check.OPENING if rule.before else Check.FIRST
    deciding.rows.append((Check, tasks_of.row(deciding.case, licence, kind, now)))
    deciding.rows.append(facts.row(deciding.case, CreditFact.PLEDGED, now))


def _valid_to(licence: Licence, day: date) -> date | None:
    """The last day: the day before the same day *months* later."""
    if licence.certificate.months is None:
        return None
    return bars.day_before(add_months(day, licence.certificate.months))


def certificate_input(deciding: Deciding, valid_to: date | None) -> certificates.CertificateInput:
    """The certificate as the decision gives it."""
    case, licence = deciding.case, deciding.licence
    values = unseal(deciding.pledge)
    field = certificates.CertificateField
    chief = values.get("legal_representative", "")
    lines = [
        field("scope", "许可项目", licence.name),
        field("premises", "经营场所", values.get("premises_address", "")),
        field("representative", "法定代表人（负责人）", chief, personal=True),
        field("way", "取得方式", "告知承诺"),
    ]
    return certificates.CertificateInput(
        type_key=licence.key[:40],
        name=licence.certificate.name,
        type_code=licence.certificate.type,
        issuer_code=case.division[:6],
        issuer_name=deciding.found.base.places.unit_name(case.unit_id) or "审批机关",
        holder=certificates.holder_of(deciding.pledge.holder),
        issued_on=day_of(deciding.now),
        region=case.division[:6],
        managed_path=case.managed_path[:60],
        unit_id=case.unit_id,
        valid_to=valid_to,
        fields=[line for line in lines if line.value],
        about=("case", case.id),
        simulated=deciding.pledge.holder.simulated,
    )


def _held_row(
    deciding: Deciding, certificate: Any, valid_to: date | None, level: str, rule: str
) -> dict[str, Any]:
    case = deciding.case
    return {
        "case_id": case.id,
        "certificate_id": certificate,
        "holder_id": deciding.pledge.holder.file_id,
        "licence_key": case.type_key,
        "premises_key": case.data["premises_key"],
        "trade": case.data["trade"],
        "regulator_id": case.data["regulator"],
        "state": Held.VALID,
        "granted_at": deciding.now,
        "valid_to": valid_to,
        "level": level,
        "level_rule": rule,
        "listed_after": False,
        "simulated": deciding.pledge.holder.simulated,
    }
