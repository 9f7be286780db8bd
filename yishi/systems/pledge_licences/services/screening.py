"""Credit screening: at the application, and anew at the moment of decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.foundation.parties.identifiers import IdentifierKind
from yishi.foundation.parties.services import mandates_of
from yishi.systems.pledge_licences.catalogue.model import Licence
from yishi.systems.pledge_licences.context import City, city, day_of, locked, seen
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Pledge
from yishi.systems.pledge_licences.ports import credit
from yishi.systems.pledge_licences.services import bars, texts
from yishi.systems.pledge_licences.services.beginning import pledge_of, unseal

#: The fast route is closed by a bar of this system, whatever the lists say.
CLOSED = "fast_route_closed"
PURPOSES = {"apply": "申请时筛查", "decide": "决定时复查"}
PASSED = "screen_pass"
_OPEN = frozenset({"screening", "not_eligible", "offered"})


def screen(actor: Actor, number: str, now: datetime) -> CaseState:
    """Ask the credit file: passed, the notice is shown; else the ordinary route stands open.

    After UNKNOWN it may be asked again. The sources are asked before the case is locked, so that
    a slow one holds up nobody else. Raises CaseNotFound, MoveRefused.
    """
    found = city()
    before = seen(actor, number)
    _refuse_late(before)
    answer = ask(before, pledge_of(before), "apply", actor, found, now)
    with transaction.atomic():
        case = locked(actor, number)
        _refuse_late(case)
        pledge = pledge_of(case)
        changes = [screened(case, pledge, answer, "apply", found, now)]
        if changes[-1].traces[-1].move == PASSED:
            changes.append(texts.shown_change(changes[-1].after, pledge, found, now))
        commit(changes)
    return changes[-1].after


def _refuse_late(case: CaseState) -> None:
    if case.state not in _OPEN:
        label = LIFECYCLE.states[case.state].label
        raise MoveRefused("state", f"案件处于“{label}”，不再筛查", case)


def ask(
    case: CaseState, pledge: Pledge, purpose: str, actor: Actor, found: City, now: datetime
) -> credit.Answer:
    """What the credit file answers now about whom the licence asks about; stored there."""
    licence: Licence = found.for_case(case).catalogue.licences[case.type_key]
    subjects = _subjects(licence, pledge, now)
    why = f"{licence.name}（{PURPOSES[purpose]}）{case.number}"[:120]
    return credit.screen(subjects, licence, why, actor=actor, now=now, unit_id=case.unit_id)


def screened(
    case: CaseState,
    pledge: Pledge,
    answer: credit.Answer,
    purpose: str,
    found: City,
    now: datetime,
) -> Change:
    """Plan what follows from an answer; a bar of this system closes the fast route as well."""
    closed = bars.fast_route_closed(bars.in_force(pledge.holder, day_of(now)))
    passed = answer.outcome == credit.PASS and not closed
    facts: dict[str, Any] = {
        "screening": answer.id,
        "outcome": credit.EXCLUDED if closed else answer.outcome,
        "codes": [*answer.codes, *([CLOSED] if closed else ())],
        "purpose": purpose,
    }
    move = PASSED if passed else "screen_closed"
    return plan(LIFECYCLE, case, move, ITSELF, facts, now, found.for_case(case), trusted=True)


def _subjects(licence: Licence, pledge: Pledge, now: datetime) -> list[credit.Subject]:
    """The holder, and whom else the licence asks about: the representative by the mandate on file,
    else by the number that was given."""
    found = [credit.Subject("applicant", party=pledge.holder.file_id)]
    if "legal_representative" not in licence.roles:
        return found
    role = "legal_representative"
    for mandate in mandates_of(pledge.holder, day_of(now)):
        if mandate.kind == role:
            return [*found, credit.Subject(role, party=mandate.agent.file_id)]
    values = unseal(pledge)
    name, number = values.get(role, ""), values.get(f"{role}_id", "")
    if name:
        found.append(credit.Subject(role, None, name, number, IdentifierKind.RESIDENT_ID))
    return found
