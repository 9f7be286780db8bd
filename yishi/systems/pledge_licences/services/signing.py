"""Signing, and the decision on the spot: one commit for decision, certificate, credit and push.

Screening is asked anew at the moment of the decision; what it says then decides. Two who sign for
the same holder, licence and premises at once get one licence: the database refuses the second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.calendars.dates import add_months
from yishi.foundation.cases.advance import one_locked
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.inputs import clean_text
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.policy import owning
from yishi.foundation.cases.state import CaseState
from yishi.foundation.papers.certificates import services as certificates
from yishi.foundation.parties.party_models import ACTIVE
from yishi.foundation.revisions.errors import FieldError
from yishi.foundation.rulebook.models import decision_row
from yishi.foundation.rulebook.outcome import Outcome, Truth
from yishi.systems.pledge_licences import states as s
from yishi.systems.pledge_licences.catalogue.model import Book, Licence
from yishi.systems.pledge_licences.context import City, city, day_of
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Check, Pledge
from yishi.systems.pledge_licences.models import Licence as Held
from yishi.systems.pledge_licences.ports import credit
from yishi.systems.pledge_licences.services import bars, composite, signature, supervision
from yishi.systems.pledge_licences.services.beginning import pledge_of, unseal
from yishi.systems.pledge_licences.services.screening import screened
from yishi.systems.pledge_licences.services.texts import unit_name

RULE = "pledge_licences.grant"
TAKEN = "该主体在此经营场所已经持有同一有效许可"


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


def sign(
    actor: Actor,
    number: str,
    raw: Mapping[str, Any],
    now: datetime,
    *,
    decide: bool = True,
) -> CaseState:
    """Sign what was shown: ``shown_hash`` of :func:`texts.show`, ``agreed`` (keys of all
    conditions), ``way`` (``online``, or ``paper`` at the window). The decision follows on the spot
    unless *decide* is False (then an officer decides). Signing the same again gives the same.

    The case afterwards is ``pushed`` with the certificate in ``data["certificate"]``, or
    ``not_eligible`` when screening answers otherwise at this moment.

    Raises:
        CaseNotFound, MoveRefused (``guard``: held already; ``state``: not to be signed now).
        FieldError: ``shown_hash`` when another text was shown last, ``agreed``.
    """
    found = city()
    try:
        with transaction.atomic():
            case = one_locked(actor, number)
            actor = owning(actor, case)
            pledge = pledge_of(case)
            if case.state in s.HOLDING and raw.get("shown_hash") == pledge.shown_hash:
                return case
            return _sign(actor, case, pledge, raw, found, now, decide)
    except IntegrityError as error:
        raise _taken(error, case) from error


def _taken(error: IntegrityError, case: CaseState) -> Exception:
    if "licence_once" in str(error):
        return MoveRefused("guard", TAKEN, case)
    return error


def _sign(
    actor: Actor,
    case: CaseState,
    pledge: Pledge,
    raw: Mapping[str, Any],
    found: City,
    now: datetime,
    decide: bool,
) -> CaseState:
    facts = _signed(case, pledge, raw, found)
    context = found.for_case(case)
    first = plan(LIFECYCLE, case, "sign", actor, facts, now, context)
    deciding = Deciding(actor, pledge, found, now, [first], [])
    pledge.signed_at, pledge.signed_by = now, actor.ref
    pledge.signature = signature.over(pledge.shown_hash, case.number, actor.ref, now)
    pledge.save(update_fields=["signed_at", "signed_by", "signature"])
    if decide:
        _decide(deciding)
    commit(deciding.changes, deciding.rows)
    _after(deciding)
    return deciding.case


def _signed(case: CaseState, pledge: Pledge, raw: Mapping[str, Any], found: City) -> dict[str, Any]:
    if case.state != "offered":
        label = LIFECYCLE.states[case.state].label
        raise MoveRefused("state", f"案件处于“{label}”，不能签署承诺", case)
    shown = clean_text("shown_hash", raw.get("shown_hash"), 64)
    if not shown or shown != pledge.shown_hash:
        raise FieldError("shown_hash", "告知承诺文本已更新，请重新阅读后再签署", "outdated")
    licence = found.for_case(case).catalogue.licences[case.type_key]
    agreed = raw.get("agreed") or ()
    if not isinstance(agreed, Sequence) or isinstance(agreed, str):
        raise FieldError("agreed", "应为条件代码的列表", "type")
    for one in licence.conditions:
        if one.key not in agreed:
            raise FieldError("agreed", f"请逐项确认：{one.text}", "required")
    known = {one.key for one in licence.conditions}
    if not set(map(str, agreed)) <= known:
        raise FieldError("agreed", "有不属于本事项的条件", "unknown")
    way = clean_text("way", raw.get("way") or "online", 10)
    if way not in ("online", "paper"):
        raise FieldError("way", "签署方式应为 online 或 paper", "unknown")
    return {"shown_hash": shown, "agreed": [one.key for one in licence.conditions], "way": way}


def decide(actor: Actor, number: str, now: datetime) -> CaseState:
    """The officer's decision on what was signed at the window; the same checks as on the spot.

    Raises CaseNotFound, MoveRefused.
    """
    found = city()
    try:
        with transaction.atomic():
            case = one_locked(actor, number)
            if case.state != "signed":
                label = LIFECYCLE.states[case.state].label
                raise MoveRefused("state", f"案件处于“{label}”，不能决定", case)
            pledge = pledge_of(case)
            start = Change(before=case, after=case)
            deciding = Deciding(actor, pledge, found, now, [start], [])
            _decide(deciding, by_officer=True)
            commit(deciding.changes[1:], deciding.rows)
            _after(deciding)
            return deciding.case
    except IntegrityError as error:
        raise _taken(error, case) from error


def _decide(deciding: Deciding, *, by_officer: bool = False) -> None:
    """Screen anew, apply the rule, and grant; else the ordinary route stands open."""
    case, pledge, found, now = deciding.case, deciding.pledge, deciding.found, deciding.now
    if _held_already(case, pledge):
        raise MoveRefused("guard", TAKEN, case)
    deciding.changes += screened(case, pledge, "decide", deciding.actor, found, now)
    outcome = found.base.rulebook.decide(RULE, _facts(deciding), now, case.managed_path)
    row = decision_row(outcome, "case", case.id, deciding.actor.ref, now)
    deciding.changes[-1].decisions.append(row)
    if deciding.case.state == "not_eligible":
        return
    if outcome.truth is not Truth.TRUE:
        raise MoveRefused("guard", _why(outcome), case)
    _grant(deciding, outcome, by_officer)


def _why(outcome: Outcome) -> str:
    """The first condition that does not hold, in words."""
    failed = [one.reason() for one in outcome if one.truth is not Truth.TRUE]
    return f"不符合当场发证条件：{failed[0]}" if failed else "不符合当场发证条件"


def _held_already(case: CaseState, pledge: Pledge) -> bool:
    rows = Held.objects.unscoped("the holder's own licences").filter(
        holder__file_id=pledge.holder.file_id,
        licence_key=case.type_key,
        premises_key=case.data["premises_key"],
        state=Held.VALID,
    )
    return bool(rows.exists())


def _facts(deciding: Deciding) -> dict[str, Any]:
    case, pledge, licence = deciding.case, deciding.pledge, deciding.licence
    holder = pledge.holder
    screening = case.data["screening"]
    _version, current = deciding.found.list_at(deciding.now)
    return {
        "screening_outcome": screening["outcome"],
        "on_the_list": licence.key in current.licences,
        "holder_is_market_entity": holder.legal_kind in licence.holders and holder.state == ACTIVE,
        "fast_route_open": "fast_route_closed" not in screening["codes"],
        "signed_as_shown": bool(pledge.shown_hash)
        and case.data["shown"]["shown_hash"] == pledge.shown_hash,
        "all_conditions_promised": set(case.data.get("agreed", ()))
        == {condition.key for condition in licence.conditions},
        "licence_not_held": True,
    }


def _grant(deciding: Deciding, outcome: Outcome, by_officer: bool) -> None:
    case, licence, now = deciding.case, deciding.licence, deciding.now
    facts = supervision.facts_of(deciding.pledge.holder, licence, None, now)
    rule = supervision.rule_for(deciding.book, facts)
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
    deciding.rows.append((Check, check_row(deciding.case, licence, rule.before, now)))
    deciding.rows += credit.granted_rows(
        deciding.case,
        deciding.pledge.holder,
        licence,
        authority=unit_name(deciding.found, case.unit_id),
        actor=deciding.actor,
        now=now,
    )


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
        field(
            "representative", "法定代表人（负责人）", values.get("legal_representative", ""), True
        ),
        field("way", "取得方式", "告知承诺"),
    ]
    return certificates.CertificateInput(
        type_key=licence.key[:40],
        name=licence.certificate.name,
        type_code=licence.certificate.type,
        issuer_code=case.division[:6],
        issuer_name=unit_name(deciding.found, case.unit_id) or "审批机关",
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


def check_row(case: CaseState, licence: Licence, before: bool, now: datetime) -> dict[str, Any]:
    """The first check as a task; its day is the clock's."""
    clock = case.clock(s.CHECK_CLOCK)
    return {
        "case_id": case.id,
        "kind": Check.OPENING if before else Check.FIRST,
        "method": licence.check.method,
        "full": licence.check.full,
        "level": case.data["level"],
        "unit_id": case.data["regulator"],
        "opened_at": now,
        "due_on": day_of(clock.due_at) if clock else None,
        "provisional": bool(clock and clock.provisional),
        "state": Check.OPEN,
        "managed_path": case.managed_path,
    }


def _after(deciding: Deciding) -> None:
    """In the same transaction: the composite of the trade, and the job that makes the PDF."""
    case = deciding.case
    if case.state != "pushed":
        return
    import uuid

    certificates.queue_files([uuid.UUID(case.data["certificate"])])
    if case.data["trade"]:
        composite.refresh(
            deciding.pledge.holder,
            case.data["trade"],
            case.data["premises_key"],
            deciding.actor,
            deciding.now,
        )
