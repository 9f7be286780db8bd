"""Credit screening: at the application, and anew at the moment of decision."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from yishi.foundation.access.actors import SYSTEM as ITSELF
from yishi.foundation.access.actors import Actor
from yishi.foundation.cases.advance import one_locked
from yishi.foundation.cases.change import Change
from yishi.foundation.cases.commit import commit
from yishi.foundation.cases.draft import MoveRefused
from yishi.foundation.cases.plan import plan
from yishi.foundation.cases.state import CaseState
from yishi.systems.pledge_licences.catalogue.model import Licence
from yishi.systems.pledge_licences.context import City, city, day_of
from yishi.systems.pledge_licences.lifecycle import LIFECYCLE
from yishi.systems.pledge_licences.models import Pledge
from yishi.systems.pledge_licences.ports import credit
from yishi.systems.pledge_licences.services import bars, texts
from yishi.systems.pledge_licences.services.beginning import pledge_of, unseal

#: The fast route is closed by a bar of this system, whatever the lists say.
CLOSED = "fast_route_closed"
_OPEN = frozenset({"screening", "not_eligible", "offered"})


def screen(actor: Actor, number: str, now: datetime) -> CaseState:
    """Ask the credit file: passed, the notice is shown; else the ordinary route stands open.

    After UNKNOWN it may be asked again. Raises CaseNotFound, MoveRefused.
    """
    found = city()
    with transaction.atomic():
        case = one_locked(actor, number)
        if case.state not in _OPEN:
            label = LIFECYCLE.states[case.state].label
            raise MoveRefused("state", f"案件处于“{label}”，不再筛查", case)
        pledge = pledge_of(case)
        changes = screened(case, pledge, "apply", actor, found, now)
        last = changes[-1].after
        if last.state != "not_eligible":
            changes.append(texts.shown_change(last, pledge, found, now))
        commit(changes)
    return changes[-1].after


def screened(
    case: CaseState, pledge: Pledge, purpose: str, actor: Actor, found: City, now: datetime
) -> list[Change]:
    """Ask, and plan what follows: nothing but a trace when it passes."""
    licence: Licence = found.for_case(case).catalogue.licences[case.type_key]
    subjects = _subjects(licence, pledge)
    answer = credit.screen(
        subjects, licence.excludes, f"pledge:{case.number}:{purpose}", actor=actor, now=now
    )
    closed = bars.fast_route_closed(bars.in_force(pledge.holder, day_of(now)))
    passed = answer.outcome == credit.PASS and not closed
    facts: dict[str, Any] = {
        "screening": answer.id,
        "outcome": credit.EXCLUDED if closed else answer.outcome,
        "codes": [*answer.codes, *([CLOSED] if closed else ())],
        "purpose": purpose,
    }
    move = "screen_pass" if passed else "screen_closed"
    return [plan(LIFECYCLE, case, move, ITSELF, facts, now, found.for_case(case), trusted=True)]


def _subjects(licence: Licence, pledge: Pledge) -> list[credit.Subject]:
    values = unseal(pledge)
    found = [credit.Subject("applicant", party=pledge.holder)]
    chief = values.get("legal_representative", "")
    if "legal_representative" in licence.roles and chief:
        number = values.get("legal_representative_id", "")
        found.append(credit.Subject("legal_representative", name=chief, identifier=number))
    return found
